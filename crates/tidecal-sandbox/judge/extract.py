"""Prints the extract of the vendor's contract that the sandbox carries: parameters by method, members by schema.

Usage: python extract.py > ../contract/calendar.v3.json
Source: the Calendar v3 discovery document inside google-api-python-client. Kept are names, types, formats, bounds and
values; the words of the descriptions are not, except the values that only they list.
"""

import importlib.resources
import json
import re

VALUE = re.compile(r'^\s*- "([^"]+)"', re.MULTILINE)
KEPT = ("type", "format", "enum", "repeated", "required", "minimum", "maximum")


def document():
    folder = importlib.resources.files("googleapiclient.discovery_cache.documents")
    return json.loads((folder / "calendar.v3.json").read_text())


def parameter(own):
    return {name: own[name] for name in KEPT if name in own}


def node(schema):
    """A member's shape: plain type, reference, list, object of named members, or object of any members."""
    if "$ref" in schema:
        return {"ref": schema["$ref"]}
    kind = schema["type"]
    if kind == "array":
        return {"items": node(schema["items"])}
    if kind == "object":
        if "properties" in schema:
            return {"members": members(schema)}
        return {"each": node(schema["additionalProperties"])}
    plain = {"type": kind}
    if "format" in schema:
        plain["format"] = schema["format"]
    values = VALUE.findall(schema.get("description", ""))
    if values:
        plain["values"] = values
    return plain


def members(schema):
    return {name: node(one) for name, one in sorted(schema["properties"].items())}


def extract():
    contract = document()
    methods = {}
    for resource, own in contract["resources"].items():
        for name, method in own["methods"].items():
            entry = {"method": method["httpMethod"], "path": method["path"]}
            entry["query"] = {
                key: parameter(one) for key, one in sorted(method.get("parameters", {}).items()) if one["location"] == "query"
            }
            for side in ("request", "response"):
                if side in method:
                    entry[side] = method[side]["$ref"]
            entry["scopes"] = sorted(scope.rsplit("/", 1)[1] for scope in method["scopes"])
            methods[f"{resource}.{name}"] = entry
    return {
        "revision": contract["revision"],
        "standard": {name: parameter(one) for name, one in sorted(contract["parameters"].items())},
        "methods": dict(sorted(methods.items())),
        "schemas": {name: members(schema) for name, schema in sorted(contract["schemas"].items())},
    }


def printed(whole):
    """One line for each method and schema, so that a new revision shows as a readable difference."""
    parts = []
    for name, part in whole.items():
        if name in ("methods", "schemas"):
            lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(one)}" for key, one in part.items())
            parts.append(f"{json.dumps(name)}: {{\n{lines}\n}}")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(part)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    print(printed(extract()), end="")
