"""The sandbox's extract against the discovery document that the client carries, and its answers against it."""

from cases.table import NOT_SERVED, Table
from desk import ADA, BEN
from extract import document, extract


def run(desk, score):
    contract = document()
    score.check("the sandbox's extract is the client's document", desk.control("GET", "contract"), extract())
    every_method(desk, score, contract)
    desk.reset(filled=True)
    for person in (ADA, BEN):
        answers(desk.service(person), score, contract)


def every_method(desk, score, contract):
    """Every served method answers a good request in its declared shape, and none of those requests is a violation."""
    table = Table(desk, desk.owner())
    declared = {f"{r}.{m}" for r, own in contract["resources"].items() for m in own["methods"]}
    score.check("every method is served or known not to be", set(table.operations()) | NOT_SERVED, declared)
    for operation in table.operations():
        resource, method = operation.split(".")
        answer = table.request(operation).execute()
        schema = contract["resources"][resource]["methods"][method].get("response")
        if schema is None:
            score.check(f"{operation} answers nothing", answer, "")
        else:
            score.check(f"shape of {operation}", fault_of(answer, schema, contract), None)
    score.check("the client's requests keep to the contract", desk.control("GET", "violations")["items"], [])


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
