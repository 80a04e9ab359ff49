"""Every served route with what can go wrong: bad parameter, 401, 403, 404, 409, 410, 412."""

from desk import ADA, BEN, CALENDAR, hour


def run(desk, score):
    service = desk.service(ADA, refreshes=False)
    event = service.events().insert(calendarId="primary", body=hour("x")).execute()
    gone = service.events().insert(calendarId="primary", body=hour("gone", id="goneforever")).execute()
    service.events().delete(calendarId="primary", eventId=gone["id"]).execute()
    bad_parameters(score, service, event)
    absent(score, service)
    taken_deleted_stale(score, service, event, gone)
    rights(desk, score, event)
    # last: it ends every access token
    everywhere(desk, score, event)


def requests(service, event):
    """One good request for each served operation."""
    one = {"calendarId": "primary", "eventId": event["id"]}
    return {
        "calendarList.list": service.calendarList().list(),
        "calendars.get": service.calendars().get(calendarId="primary"),
        "events.list": service.events().list(calendarId="primary"),
        "events.get": service.events().get(**one),
        "events.insert": service.events().insert(calendarId="primary", body=hour("y")),
        "events.patch": service.events().patch(**one, body={"summary": "y"}),
        "events.delete": service.events().delete(**one),
    }


def everywhere(desk, score, event):
    """What may meet any request."""
    for operation, request in requests(desk.service(token="made-up"), event).items():
        score.refused(f"{operation} with an unknown token", request, 401, "authError")
    service = desk.service(ADA, refreshes=False)
    for operation, request in requests(service, event).items():
        for status, reason in [(403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (403, "quotaExceeded"),
                               (429, "rateLimitExceeded"), (500, "backendError"), (503, "backendError")]:
            desk.fault(operation=operation, status=status, reason=reason)
            score.refused(f"{operation} meets {status} {reason}", request, status, reason)
    desk.fault(operation="events.list", reason="rateLimitExceeded", times=2)
    request = requests(service, event)["events.list"]
    request._sleep = lambda seconds: None
    request._rand = lambda: 0
    score.check("the client's own retries get through a rate limit", "items" in request.execute(num_retries=3))
    narrow = desk.service(ADA, scope=f"{CALENDAR}.settings.readonly", refreshes=False)
    for operation, request in requests(narrow, event).items():
        score.refused(f"{operation} without its scope", request, 403, "insufficientPermissions")
    desk.control("POST", "oauth/expire-access-tokens", {})
    for operation, request in requests(service, event).items():
        score.refused(f"{operation} with an expired token", request, 401, "authError")


def bad_parameters(score, service, event):
    service_events = service.events()
    bad = {
        "calendarList.list": (service.calendarList().list(pageToken="x"), "invalid"),
        "events.list": (service_events.list(calendarId="primary", orderBy="startTime"), "badRequest"),
        "events.list with an empty range": (
            service_events.list(calendarId="primary", timeMin="2026-12-02T00:00:00Z", timeMax="2026-12-01T00:00:00Z"),
            "timeRangeEmpty"),
        "events.list with a foreign sync token": (service_events.list(calendarId="primary", syncToken="x"), "invalid"),
        "events.get": (service_events.get(calendarId="primary", eventId=event["id"], timeZone="Mars/Base"), "invalid"),
        "events.insert": (service_events.insert(calendarId="primary", body={"summary": "no times"}), "required"),
        "events.insert with a wrong id": (
            service_events.insert(calendarId="primary", body=hour("y", id="XYZ")), "invalid"),
        "events.insert with an unknown member": (
            service_events.insert(calendarId="primary", body=hour("y", colour="red")), "sandboxUnknownField"),
        "events.patch": (
            service_events.patch(calendarId="primary", eventId=event["id"], body={"start": {"date": "2026-12-01"}}),
            "invalid"),
    }
    for what, (request, reason) in bad.items():
        score.refused(f"{what}: bad parameter", request, 400, reason)
    request = service.calendars().get(calendarId="primary")
    request.uri += "&color=red"
    score.refused("calendars.get: bad parameter", request, 400, "sandboxUnknownParameter")
    request = service_events.delete(calendarId="primary", eventId=event["id"])
    request.uri += "&sendUpdates=some"
    score.refused("events.delete: bad parameter", request, 400, "invalidParameter")


def absent(score, service):
    events = service.events()
    for what, request in {
        "calendars.get of a stranger": service.calendars().get(calendarId=BEN),
        "events.list of a stranger": events.list(calendarId=BEN),
        "events.insert with a stranger": events.insert(calendarId=BEN, body=hour("y")),
        "events.get": events.get(calendarId="primary", eventId="unknownevent"),
        "events.patch": events.patch(calendarId="primary", eventId="unknownevent", body={}),
        "events.delete": events.delete(calendarId="primary", eventId="unknownevent"),
    }.items():
        score.refused(f"{what}: absent", request, 404, "notFound")


def taken_deleted_stale(score, service, event, gone):
    events = service.events()
    taken = events.insert(calendarId="primary", body=hour("y", id=event["id"]))
    score.refused("events.insert: id taken", taken, 409, "duplicate")
    taken = events.insert(calendarId="primary", body=hour("y", id=gone["id"]))
    score.refused("events.insert: id of a deleted event", taken, 409, "duplicate")
    score.refused("events.delete: twice", events.delete(calendarId="primary", eventId=gone["id"]), 410, "deleted")
    patch = events.patch(calendarId="primary", eventId=gone["id"], body={"summary": "z"})
    score.refused("events.patch: deleted", patch, 403, "forbidden")
    for what, request in {
        "events.patch": events.patch(calendarId="primary", eventId=event["id"], body={"summary": "z"}),
        "events.delete": events.delete(calendarId="primary", eventId=event["id"]),
    }.items():
        request.headers["If-Match"] = '"1"'
        score.refused(f"{what}: stale version", request, 412, "conditionNotMet")
    request = events.get(calendarId="primary", eventId=event["id"])
    request.headers["If-None-Match"] = events.get(calendarId="primary", eventId=event["id"]).execute()["etag"]
    error = score.refused("events.get: unchanged", request, 304, "")
    score.check("a 304 has no body", error is not None and error.content, b"")


def rights(desk, score, event):
    desk.control("POST", "access", {"calendarId": ADA, "account": BEN, "role": "reader"})
    ben = desk.service(BEN, refreshes=False).events()
    one = {"calendarId": ADA, "eventId": event["id"]}
    for what, request in {
        "events.insert": ben.insert(calendarId=ADA, body=hour("y")),
        "events.patch": ben.patch(**one, body={"summary": "z"}),
        "events.delete": ben.delete(**one),
    }.items():
        score.refused(f"{what} as a reader", request, 403, "requiredAccessLevel")
    owner = desk.service(ADA).events()
    meeting = owner.insert(calendarId="primary", body=hour("m", attendees=[{"email": BEN}])).execute()
    patch = ben.patch(calendarId="primary", eventId=meeting["id"], body={"summary": "mine"})
    score.refused("events.patch of shared properties as a guest", patch, 403, "forbiddenForNonOrganizer")
