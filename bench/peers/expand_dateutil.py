"""Occurrences per second of python-dateutil, with the rules of Tidecal's example expand_speed."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

RULES = [
    "FREQ=DAILY", "FREQ=DAILY;COUNT=20000", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    "FREQ=WEEKLY;UNTIL=20391231T235959Z", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "FREQ=HOURLY;INTERVAL=6",
]
ZONE = ZoneInfo("Europe/Berlin")
START = datetime(1990, 1, 5, 9, 30, tzinfo=ZONE)
WINDOW = datetime(1990, 1, 1, tzinfo=ZONE), datetime(2040, 1, 1, tzinfo=ZONE)

found, spent = 0, 0.0
for rule in RULES:
    rounds, count = 0, 0
    begun = time.perf_counter()
    while count < 20_000:
        count += len(rrulestr(rule, dtstart=START).between(*WINDOW, inc=True))
        rounds += 1
    spent += time.perf_counter() - begun
    found += count
print(f"{found / spent:.0f} occurrences/s")
