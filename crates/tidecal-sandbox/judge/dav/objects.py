"""Objects are stored, changed and removed by their versions."""

from dav.desk import event, path


def run(desk, score):
    personal = desk.calendars()["Personal"]
    desk.control("DELETE", "violations")
    made = personal.add_event(event("judge-1", "Made by the client"))
    again = personal.get_event_by_uid("judge-1")
    score.check("read back", str(again.icalendar_component["SUMMARY"]), "Made by the client")
    score.check("the same place", path(again), path(made))
    again.icalendar_component["SUMMARY"] = "Changed, by the client; twice"
    again.save()
    made.load()
    score.check("changed", str(made.icalendar_component["SUMMARY"]), "Changed, by the client; twice")
    score.check("listed", "judge-1" in [str(one.icalendar_component["UID"]) for one in personal.events()])
    headers = {"Content-Type": "text/calendar", "If-None-Match": "*"}
    put = lambda text: desk.client().put(f"{personal.url}other.ics", text, headers)
    score.check("a UID that is there", put(event("judge-1", "Twin")).status, 409)
    for name, text in {
        "no UID": event("x", "x").replace("UID:x\r\n", ""),
        "a METHOD": event("x", "x").replace("VERSION", "METHOD:PUBLISH\r\nVERSION"),
        "an end before the start": event("x", "x").replace("DURATION:PT1H", "DTEND:20261201T090000Z"),
        "a zone without definition": event("x", "x", "20261201T100000").replace("DTSTART:", "DTSTART;TZID=Europe/Vienna:"),
    }.items():
        score.refused(name, lambda text=text: put(text), "Forbidden")
    school = desk.calendars()["School"]
    score.refused("a calendar to be read", lambda: school.add_event(event("judge-2", "No")), "403", "Authorization")
    made.delete()
    score.check("gone", "judge-1" in [str(one.icalendar_component["UID"]) for one in personal.events()], False)
    # The client does without If-Match where it may; what it sends of objects is sound.
    careless = [entry for entry in desk.violations() if "names no version" not in str(entry) and "was refused" not in str(entry)]
    score.check("nothing careless", careless, [])
