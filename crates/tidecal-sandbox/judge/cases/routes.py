"""Every served route, used as it is meant."""

from desk import ADA, BEN, hour, weekly


def run(desk, score):
    service = desk.service(ADA)
    events = service.events()

    listing = service.calendarList().list(minAccessRole="owner", maxResults=50).execute()
    score.check("calendarList.list", [entry["id"] for entry in listing["items"]], [ADA])
    score.check("calendars.get", service.calendars().get(calendarId="primary").execute()["id"], ADA)

    made = events.insert(calendarId="primary", body=hour("First", attendees=[{"email": BEN}]), sendUpdates="none",
                         conferenceDataVersion=1).execute()
    score.check("events.insert", (made["summary"], made["sequence"], made["organizer"]["self"]), ("First", 0, True))
    read = events.get(calendarId=ADA, eventId=made["id"]).execute()
    score.check("events.get", read, made)
    changed = events.patch(calendarId="primary", eventId=made["id"], body={"location": "Here"}).execute()
    score.check("events.patch", (changed["location"], changed["etag"] != made["etag"]), ("Here", True))
    copy = desk.service(BEN).events().get(calendarId="primary", eventId=made["id"]).execute()
    score.check("the guest's copy", (copy["iCalUID"], "self" in copy["organizer"]), (made["iCalUID"], False))

    request = events.patch(calendarId="primary", eventId=made["id"], body={"location": "There"})
    request.headers["If-Match"] = changed["etag"]
    changed = request.execute()
    score.check("events.patch with If-Match", changed["location"], "There")

    series = events.insert(calendarId="primary", body=weekly(4)).execute()
    instance = f"{series['id']}_20261208T080000Z"
    events.patch(calendarId="primary", eventId=instance, body={"summary": "Changed"}).execute()
    events.delete(calendarId="primary", eventId=f"{series['id']}_20261215T080000Z").execute()
    expanded = events.list(calendarId="primary", singleEvents=True, orderBy="startTime").execute()["items"]
    score.check("events.list expanded", [item["summary"] for item in expanded], ["First", "Weekly", "Changed", "Weekly"])
    stored = events.list(calendarId="primary", timeMin="2026-12-07T00:00:00Z").execute()["items"]
    score.check("events.list from a time on", len(stored), 3)

    score.check("events.delete", events.delete(calendarId="primary", eventId=made["id"]).execute(), "")
    score.check("a deleted event is cancelled", events.get(calendarId="primary", eventId=made["id"]).execute()["status"], "cancelled")
