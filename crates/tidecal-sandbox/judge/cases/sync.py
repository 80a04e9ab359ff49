"""Full and incremental synchronisation as the vendor's guide shows it, through rough weather."""

from desk import ADA, hour, weekly


def read_all(events, **parameters):
    items, token = {}, None
    request = events.list(calendarId="primary", **parameters)
    while request is not None:
        page = request.execute()
        items.update((item["id"], item) for item in page["items"])
        token = page.get("nextSyncToken")
        request = events.list_next(request, page)
    return items, token


def run(desk, score):
    desk.control("POST", "populate", {"calendarId": ADA, "count": 3000, "seed": 7})
    events = desk.service(ADA).events()
    desk.control("PATCH", "switches", {"emptyPages": 3, "shortPages": 400, "repeatLastItem": True})
    items, token = read_all(events, showDeleted=True, maxResults=2500)
    dump = {item["id"]: item for item in desk.control("GET", f"events/{ADA}")["items"]}
    score.check("the full list has everything", sorted(items), sorted(dump))
    live = {id for id, item in dump.items() if item["status"] != "cancelled"}
    score.check("and in full", all(items[id] == dump[id] for id in live))

    single = next(id for id in sorted(live) if "recurrence" not in dump[id] and "recurringEventId" not in dump[id])
    desk.control("PATCH", f"events/{ADA}/{single}", {"summary": "Changed by another person"})
    other = desk.control("POST", f"events/{ADA}", hour("New"))["id"]
    series = desk.control("POST", f"events/{ADA}", weekly(5))["id"]
    desk.control("DELETE", f"events/{ADA}/{series}_20261208T080000Z")
    changed, next_token = read_all(events, showDeleted=True, syncToken=token)
    gap = changed.get(f"{series}_20261208T080000Z", {})
    score.check("the delta has what changed", sorted(changed), sorted([single, other, series, f"{series}_20261208T080000Z"]))
    score.check("a gap names its series", (gap.get("status"), gap.get("recurringEventId")), ("cancelled", series))
    quiet, _ = read_all(events, showDeleted=True, syncToken=next_token)
    score.check("a quiet delta is empty", quiet, {})

    for name, value in {"timeMin": "2026-01-01T00:00:00Z", "q": "x", "orderBy": "updated", "iCalUID": "x"}.items():
        request = events.list(calendarId="primary", syncToken=token, **{name: value})
        score.refused(f"{name} with a sync token", request, 400, "badRequest")
    desk.control("POST", "expire-sync-tokens", {"calendarId": ADA})
    request = events.list(calendarId="primary", showDeleted=True, syncToken=next_token)
    score.refused("an expired sync token", request, 410, "fullSyncRequired")
    _, fresh = read_all(events, showDeleted=True)
    score.check("a full list brings a new one", fresh not in (None, token))
