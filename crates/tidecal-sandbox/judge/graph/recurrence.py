"""Expansion of every pattern and range by the sandbox against python-dateutil."""

from datetime import date, datetime, timedelta

from dateutil import rrule

from graph.desk import ADA

DAYS = {"monday": rrule.MO, "tuesday": rrule.TU, "wednesday": rrule.WE, "thursday": rrule.TH, "friday": rrule.FR,
        "saturday": rrule.SA, "sunday": rrule.SU}
INDEX = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
START = date(2026, 1, 5)
LAST = date(2029, 12, 31)
EVERY = list(DAYS)


def patterns():
    """Every kind with several intervals, days, indexes and months. Days of the month that some months lack are left out:
    the vendor puts them on the last day, iCalendar skips the month."""
    for interval in (1, 2, 5):
        yield {"type": "daily", "interval": interval}
        for days in (["monday"], ["tuesday", "saturday"], ["sunday", "monday", "thursday"], EVERY):
            for first in ("sunday", "monday", "thursday"):
                yield {"type": "weekly", "interval": interval, "daysOfWeek": days, "firstDayOfWeek": first}
            for index in INDEX:
                yield {"type": "relativeMonthly", "interval": interval, "daysOfWeek": days, "index": index}
                yield {"type": "relativeYearly", "interval": interval, "daysOfWeek": days, "index": index, "month": 3}
        for day in (1, 15, 28):
            yield {"type": "absoluteMonthly", "interval": interval, "dayOfMonth": day}
            yield {"type": "absoluteYearly", "interval": interval, "dayOfMonth": day, "month": 7}


def ranges():
    yield {"type": "noEnd"}
    yield {"type": "endDate", "endDate": "2027-06-30"}
    yield {"type": "numbered", "numberOfOccurrences": 7}


def expected(pattern, span):
    """Dates by dateutil, of which only the dates on or after the start count."""
    kind = pattern["type"]
    frequency = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY}.get(kind) or (rrule.YEARLY if "Yearly" in kind else rrule.MONTHLY)
    parts = {"interval": pattern["interval"], "until": datetime(LAST.year, LAST.month, LAST.day)}
    days = [DAYS[day] for day in pattern.get("daysOfWeek", [])]
    if kind == "daily":
        frequency = rrule.DAILY
    if days:
        parts["byweekday"] = days
    if kind == "weekly":
        parts["wkst"] = DAYS[pattern["firstDayOfWeek"]]
    if "index" in pattern:
        parts["bysetpos"] = INDEX[pattern["index"]]
    if "dayOfMonth" in pattern:
        parts["bymonthday"] = pattern["dayOfMonth"]
    if "month" in pattern:
        parts["bymonth"] = pattern["month"]
    found = [one.date() for one in rrule.rrule(frequency, dtstart=datetime(START.year, START.month, START.day), **parts)]
    if span["type"] == "endDate":
        found = [one for one in found if one <= date.fromisoformat(span["endDate"])]
    return found[: span.get("numberOfOccurrences")]


async def run(desk, score):
    token = desk.tokens(ADA)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Prefer": 'IdType="ImmutableId"'}
    window = f"startDateTime={START}T00:00:00Z&endDateTime={LAST + timedelta(days=1)}T00:00:00Z&$top=1000&$select=start"
    for pattern in patterns():
        for span in ranges():
            body = {
                "subject": "x", "start": {"dateTime": f"{START}T09:00:00", "timeZone": "UTC"},
                "end": {"dateTime": f"{START}T09:30:00", "timeZone": "UTC"},
                "recurrence": {"pattern": pattern, "range": {**span, "startDate": str(START)}},
            }
            status, made = desk.http("POST", "/v1.0/me/events", body, headers=headers)
            if status != 201:
                score.check(f"{pattern} {span}", made, "accepted")
                continue
            got, url = [], f"/v1.0/me/events/{made['id']}/instances?{window}"
            while url:
                status, page = desk.http("GET", url, headers=headers)
                got += [date.fromisoformat(one["start"]["dateTime"][:10]) for one in page["value"]]
                url = page.get("@odata.nextLink", "")
            score.check(f"{pattern} {span}", got, expected(pattern, span))
            desk.http("DELETE", f"/v1.0/me/events/{made['id']}", headers=headers)
