"""Which series touch which days: the sandbox's answers against recurring-ical-events."""

from datetime import datetime, timedelta, timezone

import icalendar
import recurring_ical_events

from dav.desk import event

# All of them hold on the first day, 1 December 2026: what a start outside of its rule means is not defined (RFC 5545 3.8.5.3).
RULES = [
    "FREQ=DAILY;INTERVAL=3;COUNT=9",
    "FREQ=WEEKLY;BYDAY=TU,SA;UNTIL=20270228T235959Z",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=11",
    "FREQ=MONTHLY;BYMONTHDAY=1,-1;COUNT=7",
    "FREQ=MONTHLY;BYDAY=1TU;COUNT=5",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=5",
    "FREQ=YEARLY;BYMONTH=1,12;BYDAY=1TU;COUNT=6",
]


def run(desk, score):
    team = desk.calendars()["Team"]
    for one in team.events():
        one.delete()
    texts = {}
    for number, rule in enumerate(RULES):
        texts[f"r{number}"] = event(f"r{number}", f"Rule {number}", "20261201T093000Z", [f"RRULE:{rule}", "EXDATE:20261208T093000Z"])
        team.add_event(texts[f"r{number}"])
    series = {uid: recurring_ical_events.of(icalendar.Calendar.from_ical(text)) for uid, text in texts.items()}
    for day in range(0, 100, 1):
        start = datetime(2026, 11, 28, tzinfo=timezone.utc) + timedelta(days=day)
        end = start + timedelta(days=1)
        found = team.search(start=start, end=end, event=True, expand=False)
        got = sorted(str(one.icalendar_component["UID"]) for one in found)
        wanted = sorted(uid for uid, own in series.items() if own.between(start, end))
        score.check(f"{start:%Y-%m-%d}", got, wanted)
