"""Objects by time and by what is in them."""

from datetime import datetime, timezone

from dav.desk import event, titles


def at(day, hour=0):
    return datetime(2026, 12, day, hour, tzinfo=timezone.utc)


def run(desk, score):
    team = desk.calendars()["Team"]
    for one in team.events():
        one.delete()
    team.add_event(event("a", "First", "20261201T100000Z"))
    team.add_event(event("b", "Second", "20261202T100000Z", ["LOCATION:Room 5"]))
    team.add_event(event("c", "Series", "20261203T100000Z", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261204T100000Z"]))
    found = lambda start, end: titles(team.search(start=start, end=end, event=True, expand=False))
    score.check("everything", titles(team.events()), ["First", "Second", "Series"])
    score.check("a day", found(at(1), at(2)), ["First"])
    score.check("touching the end", found(at(1, 11), at(2, 10)), [])
    score.check("across", found(at(1, 10), at(2, 11)), ["First", "Second"])
    score.check("a later occurrence", found(at(5), at(6)), ["Series"])
    score.check("an excluded one", found(at(4), at(5)), [])
    score.check("after the last", found(at(6), at(9)), [])
    score.check("by text", titles(team.search(summary="Second", event=True)), ["Second"])
    score.check("tasks apart", titles(desk.calendars()["Tasks"].todos()), ["Descale the kettle"])
