"""Every served route with what can go wrong: bad parameter, 401, 403, 404, 409, 410, 412, and what may meet any request."""

from cases.table import Table
from desk import ADA, BEN, CALENDAR, hour
from extract import extract

#: What the vendor may answer to any request at all.
ANYWHERE = [
    (403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (403, "quotaExceeded"), (429, "rateLimitExceeded"),
    (404, "notFound"), (409, "conflict"), (410, "deleted"), (412, "conditionNotMet"), (500, "backendError"),
    (503, "backendError"),
]
#: Methods that take If-Match.
VERSIONED = [
    "acl.delete", "acl.patch", "acl.update", "calendarList.delete", "calendarList.patch", "calendarList.update",
    "calendars.delete", "calendars.patch", "calendars.update", "events.delete", "events.move", "events.patch",
    "events.update",
]
#: Methods that answer 304 to If-None-Match.
CACHED = ["calendarList.get", "calendarList.list", "calendars.get", "events.get", "events.list", "settings.get"]


def run(desk, score):
    table = Table(desk, desk.service(ADA, refreshes=False))
    parameters(score, table)
    bodies(score, table)
    absent(score, table)
    taken(desk, score, table)
    gone(desk, score, table)
    versions(score, table)
    rights(desk, score)
    anywhere(desk, score, table)
    # last: it ends every access token
    signed_out(desk, score, table)


def parameters(score, table):
    """Unknown, mistyped, impossible and missing parameters of every method."""
    for operation, method in extract()["methods"].items():
        if operation not in table.operations():
            continue
        refused_with(score, table, operation, "color=red", "sandboxUnknownParameter")
        for name, own in method["query"].items():
            wrong = {"boolean": "maybe", "integer": "many"}.get(own["type"]) or ("wrong" if "enum" in own else None)
            if wrong:
                refused_with(score, table, operation, f"{name}={wrong}", "invalidParameter")
            if own.get("required"):
                request = table.request(operation)
                request.uri = request.uri.split("?")[0] + "?alt=json"
                score.refused(f"{operation} without {name}", request, 400, "required")
    for what, request, reason in [
        ("events.list by start", table.request("events.list", orderBy="startTime"), "badRequest"),
        ("events.list of nothing", table.request(
            "events.list", timeMin="2026-12-02T00:00:00Z", timeMax="2026-12-01T00:00:00Z"), "timeRangeEmpty"),
        ("events.list with a foreign sync token", table.request("events.list", syncToken="x"), "invalid"),
        ("events.list with a foreign page token", table.request("events.list", pageToken="x"), "invalid"),
        ("events.instances with a foreign page token", table.request("events.instances", pageToken="x"), "invalid"),
        ("calendarList.list with a foreign page token", table.request("calendarList.list", pageToken="x"), "invalid"),
        ("calendarList.list with a foreign sync token", table.request("calendarList.list", syncToken="x"), "invalid"),
        ("settings.list with a foreign sync token", table.request("settings.list", syncToken="x"), "invalid"),
        ("events.get in no zone", table.request("events.get", timeZone="Mars/Base"), "invalid"),
    ]:
        score.refused(what, request, 400, reason)


def refused_with(score, table, operation, pair, reason):
    request = table.request(operation)
    request.uri += f"&{pair}"
    score.refused(f"{operation} with {pair}", request, 400, reason)


def bodies(score, table):
    for operation, method in extract()["methods"].items():
        if "request" in method:
            score.refused(f"{operation} with an unknown member",
                          table.request(operation, body={"colour": "red"}), 400, "sandboxUnknownField")
    wrong = lambda **more: {**hour("y"), **more}
    for what, operation, body, reason in [
        ("a wrong id", "events.insert", wrong(id="XYZ"), "invalid"),
        ("both ids", "events.insert", wrong(id="abcdef", iCalUID="x@example.org"), "invalid"),
        ("no times", "events.insert", {"summary": "x"}, "required"),
        ("both kinds of time", "events.insert", {**wrong(), "start": {"date": "2026-12-01"}}, "invalid"),
        ("a series without zone", "events.insert", {
            "start": {"dateTime": "2026-12-01T09:00:00Z"}, "end": {"dateTime": "2026-12-01T10:00:00Z"},
            "recurrence": ["RRULE:FREQ=DAILY"]}, "required"),
        ("a text for a number", "events.insert", wrong(sequence="1"), "sandboxWrongValue"),
        ("no such status", "events.insert", wrong(status="maybe"), "sandboxWrongValue"),
        ("a mail of the vendor's", "events.insert", wrong(eventType="fromGmail"), "invalid"),
        ("one kind of time", "events.patch", {"start": {"date": "2026-12-01"}}, "invalid"),
        ("another type", "events.patch", {"eventType": "focusTime"}, "invalid"),
        ("a lower sequence", "events.patch", {"sequence": -1}, "invalid"),
        ("no times", "events.update", {"summary": "x"}, "required"),
        ("no iCalUID", "events.import", wrong(), "required"),
        ("another type", "events.import", wrong(iCalUID="a@example.org", eventType="outOfOffice"), "eventTypeRestriction"),
        ("no title", "calendars.insert", {}, "required"),
        ("no zone", "calendars.insert", {"summary": "x", "timeZone": "Mars/Base"}, "invalid"),
        ("no title", "calendars.update", {}, "required"),
        ("no color", "calendarList.patch", {"colorId": "99"}, "invalid"),
        ("no id", "calendarList.insert", {}, "required"),
        ("no role", "acl.insert", {"scope": {"type": "user", "value": BEN}}, "required"),
        ("no scope", "acl.insert", {"role": "reader"}, "required"),
        ("no address", "events.watch", {"id": "c", "type": "web_hook"}, "required"),
        ("a plain address", "events.watch", {
            "id": "c", "type": "web_hook", "address": "http://example.com/"}, "push.webhookUrlNotHttps"),
        ("another way", "calendarList.watch", {
            "id": "c", "type": "mail", "address": "https://example.com/"}, "channelTypeNotSupported"),
        ("no channel", "channels.stop", {}, "required"),
        ("no range", "freebusy.query", {"items": []}, "required"),
    ]:
        score.refused(f"{operation}: {what}", table.request(operation, body=body), 400, reason)


def absent(score, table):
    """Unknown calendars, events, rules and settings."""
    for operation in table.operations():
        path = table.path(operation)
        for name in path:
            other = {**path, name: BEN if name == "calendarId" else "unknown"}
            request = table.request(operation, path=other)
            score.refused(f"{operation}: {name} is not there", request, 404, "notFound")
    for operation, change in {
        "events.move": {"destination": BEN},
        "calendarList.insert": {"body": {"id": "unknown"}},
        "channels.stop": {"body": {"id": "unknown", "resourceId": "unknown"}},
    }.items():
        score.refused(f"{operation}: target is not there", table.request(operation, **change), 404, "notFound")


def taken(desk, score, table):
    live, dead = table.event(), table.event()
    desk.control("DELETE", f"events/{ADA}/{dead}")
    for what, id in [("a living event", live), ("a deleted event", dead)]:
        request = table.request("events.insert", body=hour("y", id=id))
        score.refused(f"events.insert: the id of {what}", request, 409, "duplicate")
    path = {"calendarId": ADA, "eventId": live}
    score.refused("events.move: to where it is", table.request("events.move", path=path, destination=ADA), 409, "duplicate")
    body = table.channel()
    table.request("events.watch", body=body).execute()
    score.refused("events.watch: id taken", table.request("events.watch", body=body), 400, "channelIdNotUnique")


def gone(desk, score, table):
    path = {"calendarId": ADA, "eventId": table.event()}
    table.request("events.delete", path=path).execute()
    score.refused("events.delete: twice", table.request("events.delete", path=path), 410, "deleted")
    for operation in ("events.patch", "events.update", "events.move"):
        score.refused(f"{operation}: deleted", table.request(operation, path=path), 403, "forbidden")
    tokens = {name: table.request(name).execute()["nextSyncToken"] for name in ("events.list", "calendarList.list")}
    desk.control("POST", "expire-sync-tokens", {})
    for operation, token in tokens.items():
        request = table.request(operation, syncToken=token)
        score.refused(f"{operation}: old sync token", request, 410, "fullSyncRequired")
    request = table.request("events.list", updatedMin="2025-01-01T00:00:00Z")
    score.refused("events.list: changes of long ago", request, 410, "updatedMinTooLongAgo")


def versions(score, table):
    for operation in VERSIONED:
        request = table.request(operation)
        request.headers["If-Match"] = '"1"'
        score.refused(f"{operation}: stale version", request, 412, "conditionNotMet")
        request = table.request(operation)
        request.headers["If-Match"] = "*"
        request.execute()
        score.check(f"{operation}: any version", True)
    for operation in CACHED:
        path = table.path(operation)
        request = table.request(operation, path=path)
        request.headers["If-None-Match"] = table.request(operation, path=path).execute()["etag"]
        error = score.refused(f"{operation}: unchanged", request, 304, "")
        score.check(f"{operation}: a 304 has no body", error is not None and error.content, b"")


def rights(desk, score):
    """A reader, a guest, and a token without the scope."""
    table = Table(desk, desk.service(BEN, refreshes=False))
    for operation in table.operations():
        reads = extract()["methods"][operation]["method"] == "GET" or operation.split(".")[1] == "watch"
        path = table.path(operation)
        if path.get("calendarId") and not reads and not operation.startswith("calendarList"):
            desk.control("POST", "access", {"calendarId": path["calendarId"], "account": BEN, "role": "reader"})
            desk.control("POST", "access", {"calendarId": ADA, "account": BEN, "role": "reader"})
            change = {"destination": ADA} if operation == "events.move" else {}
            score.refused(f"{operation} as a reader", table.request(operation, path=path, **change), 403,
                          "requiredAccessLevel")
    owner = desk.owner().events()
    meeting = owner.insert(calendarId="primary", body=hour("m", attendees=[{"email": BEN}])).execute()
    path = {"calendarId": BEN, "eventId": meeting["id"]}
    for operation in ("events.patch", "events.update"):
        score.refused(f"{operation} of shared members as a guest", table.request(operation, path=path), 403,
                      "forbiddenForNonOrganizer")
    move = table.request("events.move", path=path, destination=table.service.calendars().insert(
        body={"summary": "His"}).execute()["id"])
    score.refused("events.move as a guest", move, 403, "cannotChangeOrganizer")
    narrow = Table(desk, desk.service(ADA, scope=f"{CALENDAR}.acls", refreshes=False))
    for operation in narrow.operations():
        if not operation.startswith(("acl.", "channels.")):
            score.refused(f"{operation} without its scope", narrow.request(operation), 403, "insufficientPermissions")


def anywhere(desk, score, table):
    for operation in table.operations():
        request = table.request(operation)
        for status, reason in ANYWHERE:
            desk.fault(operation=operation, status=status, reason=reason)
            score.refused(f"{operation} meets {status} {reason}", request, status, reason)
    desk.fault(operation="events.list", reason="rateLimitExceeded", times=2, headers={"Retry-After": "1"})
    request = table.request("events.list")
    request._sleep = lambda seconds: None
    request._rand = lambda: 0
    score.check("the client's own retries get through a rate limit", "items" in request.execute(num_retries=3))
    lost(desk, score, table)


def lost(desk, score, table):
    """httplib2 repeats by itself what got no answer at all: an id of one's own keeps that from making two events."""
    for when, status in [("before", None), ("after", 409)]:
        id = f"lost{when}"
        desk.fault(operation="events.insert", dropConnection=when)
        request = table.request("events.insert", body=hour("once", id=id))
        if status is None:
            score.check(f"an insert lost {when} it is applied", request.execute()["id"], id)
        else:
            score.refused(f"an insert lost {when} it is applied", request, status, "duplicate")
        same = [item for item in desk.control("GET", f"events/{ADA}")["items"] if item["id"] == id]
        score.check(f"and the event is there once ({when})", len(same), 1)


def signed_out(desk, score, table):
    unknown = Table(desk, desk.service(token="made-up"))
    for operation in table.operations():
        score.refused(f"{operation} with an unknown token", unknown.request(operation), 401, "authError")
    requests = {operation: table.request(operation) for operation in table.operations()}
    desk.control("POST", "oauth/expire-access-tokens", {})
    for operation, request in requests.items():
        score.refused(f"{operation} with an expired token", request, 401, "authError")
