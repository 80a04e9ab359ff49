"""The sandbox's lists of names against the discovery document that the client carries, and its answers against it."""

import importlib.resources
import json

from desk import ADA, BEN


def document():
    folder = importlib.resources.files("googleapiclient.discovery_cache.documents")
    return json.loads((folder / "calendar.v3.json").read_text())


def run(desk, score):
    contract = document()
    names(desk, score, contract)
    desk.reset(filled=True)
    for person in (ADA, BEN):
        answers(desk.service(person), score, contract)


def names(desk, score, contract):
    own = desk.control("GET", "contract")
    for operation, parameters in own["parameters"].items():
        resource, method = operation.split(".")
        declared = contract["resources"][resource]["methods"][method]["parameters"]
        wanted = sorted(name for name, one in declared.items() if one["location"] == "query")
        score.check(f"parameters of {operation}", parameters, wanted)
    for name, members in own["schemas"].items():
        schema = contract["schemas"].get(name.split(".")[0])
        for step in name.split(".")[1:]:
            schema = schema["properties"][step]
            schema = schema.get("items", schema)
        score.check(f"members of {name}", members, sorted(schema["properties"]))


def answers(service, score, contract):
    """Every member of every answer stands in the contract with the declared type."""
    listing = service.calendarList().list().execute()
    score.check("shape of calendarList.list", fault_of(listing, {"$ref": "CalendarList"}, contract), None)
    for entry in listing["items"]:
        calendar = service.calendars().get(calendarId=entry["id"]).execute()
        score.check("shape of calendars.get", fault_of(calendar, {"$ref": "Calendar"}, contract), None)
        request = service.events().list(calendarId=entry["id"], showDeleted=True, maxResults=100)
        while request is not None:
            page = request.execute()
            score.check(f"shape of events.list {entry['id']}", fault_of(page, {"$ref": "Events"}, contract), None)
            request = service.events().list_next(request, page)


TYPES = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


def fault_of(value, schema, contract, path=""):
    """None when the value fits the schema, else where it does not."""
    if "$ref" in schema:
        return fault_of(value, contract["schemas"][schema["$ref"]], contract, path)
    kind = schema.get("type")
    if kind == "array":
        if not isinstance(value, list):
            return f"{path} is no array"
        return next((f for i, one in enumerate(value) if (f := fault_of(one, schema["items"], contract, f"{path}[{i}]"))), None)
    if kind == "object":
        if not isinstance(value, dict):
            return f"{path} is no object"
        members = schema.get("properties")
        for name, one in value.items():
            below = members.get(name) if members else schema.get("additionalProperties")
            if below is None:
                return f"{path}.{name} is not in the contract"
            if (fault := fault_of(one, below, contract, f"{path}.{name}")) is not None:
                return fault
        return None
    if kind in TYPES and not isinstance(value, TYPES[kind]):
        return f"{path} is {value!r}, no {kind}"
    return None
