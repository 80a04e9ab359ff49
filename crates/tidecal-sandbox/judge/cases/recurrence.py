"""Random rules: the occurrences that the sandbox lists against python-dateutil's."""

import datetime
import random
import zoneinfo

from dateutil import rrule

from desk import ADA

ZONES = ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
RULES = 400


def some_rule(chance):
    frequency = chance.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.4:
        parts.append(f"INTERVAL={chance.randint(2, 4)}")
    if frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.6:
        if chance.random() < 0.5:
            ordinal = chance.choice(["1", "2", "3", "4", "5", "-1", "-2", ""])
            parts.append("BYDAY=" + ordinal + chance.choice(DAYS))
            if frequency == "MONTHLY" and ordinal == "" and chance.random() < 0.5:
                parts.append(f"BYSETPOS={chance.choice([1, 2, -1])}")
            if frequency == "YEARLY" and ordinal:
                parts.append(f"BYMONTH={chance.randint(1, 12)}")
        else:
            days = chance.sample([*range(1, 32), -1, -2, -7], chance.randint(1, 3))
            parts.append("BYMONTHDAY=" + ",".join(map(str, days)))
    elif frequency in ("DAILY", "WEEKLY") and chance.random() < 0.7:
        parts.append("BYDAY=" + ",".join(chance.sample(DAYS, chance.randint(1, 4))))
    if chance.random() < 0.25 and "BYMONTH=" not in ";".join(parts) and frequency != "WEEKLY":
        parts.append("BYMONTH=" + ",".join(map(str, sorted(chance.sample(range(1, 13), 4)))))
    if frequency == "WEEKLY" and chance.random() < 0.3:
        parts.append("WKST=SU")
    return parts


def run(desk, score):
    service = desk.service(ADA).events()
    chance = random.Random(20261121)
    for number in range(RULES):
        zone = zoneinfo.ZoneInfo(chance.choice(ZONES))
        local = datetime.datetime(2026, chance.randint(1, 12), chance.randint(1, 28), chance.randint(5, 22), 30)
        parts = some_rule(chance)
        if chance.random() < 0.5:
            until = (local + datetime.timedelta(days=chance.randint(20, 900))).replace(tzinfo=zone)
            bound = f"UNTIL={until.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}"
            dateutil_bound = f"UNTIL={until:%Y%m%dT%H%M%S}"
        else:
            bound = dateutil_bound = f"COUNT={chance.randint(2, 40)}"
        # the oracle leaves out a start that does not match its own rule; the standard always counts it
        plain = rrule.rrulestr(";".join([*parts, "COUNT=1"]), dtstart=local)
        first = next(iter(plain), None)
        if first is None:
            continue
        local = first
        oracle = list(rrule.rrulestr(";".join([*parts, dateutil_bound]), dtstart=local))[:100]
        rule = "RRULE:" + ";".join([*parts, bound])
        moment = {"dateTime": local.isoformat(), "timeZone": zone.key}
        event = service.insert(calendarId="primary", body={
            "summary": rule, "start": moment, "end": moment, "recurrence": [rule]}).execute()
        listed = service.list(calendarId="primary", singleEvents=True, orderBy="startTime", timeZone="UTC",
                              maxResults=100).execute()["items"]
        got = [datetime.datetime.fromisoformat(item["start"]["dateTime"]) for item in listed]
        wanted = [slot.replace(tzinfo=zone).astimezone(datetime.UTC) for slot in oracle]
        score.check(f"{number}: {rule} from {local} {zone.key}", got, wanted)
        service.delete(calendarId="primary", eventId=event["id"]).execute()
