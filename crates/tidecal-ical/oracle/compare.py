"""Compares what tidecal-ical finds with python-dateutil and recurring-ical-events.

    compare.py cases [--count 3200] [--seed 1]
    compare.py files [PATH...]

`cases`: random series against python-dateutil, which only walks rules on wall clocks here; zones,
UNTIL, COUNT, EXDATE and RDATE are applied below, in code that shares nothing with the crate.
`files`: calendars of other people's making (by default those in the installed icalendar package)
against recurring-ical-events. The exit code is 1 if anything differs without a known reason.
See README.md beside this file for the differences and why they are meant.
"""

import argparse
import datetime as dt
import glob
import json
import os
import signal
import subprocess
import sys
import zoneinfo

from dateutil import rrule

HERE = os.path.dirname(os.path.abspath(__file__))
DAY = dt.timedelta(days=1)
UTC = dt.timezone.utc


def run_example(*arguments):
    """One JSON object per line of the crate's example."""
    command = os.environ.get("TIDECAL_ORACLE_COMMAND")
    command = command.split() if command else ["cargo", "run", "-q", "-p", "tidecal-ical", "--example", "oracle", "--"]
    output = subprocess.run([*command, *arguments], cwd=HERE, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


# ---- random series -------------------------------------------------------------------------------


def stamp(text):
    """('date' | 'local' | 'utc', naive datetime)"""
    if len(text) == 8:
        return "date", dt.datetime.strptime(text, "%Y%m%d")
    kind = "utc" if text.endswith("Z") else "local"
    return kind, dt.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")


def split_line(line):
    head, value = line.split(":", 1)
    name, *params = head.split(";")
    return name, dict(param.split("=") for param in params), value


class Series:
    """Keys of occurrences: naive UTC for zoned series, naive wall clock otherwise."""

    def __init__(self, case):
        _, params, value = split_line(case["start"])
        kind, self.start = stamp(value)
        zone = params.get("TZID") or ("UTC" if kind == "utc" else None)
        self.days = kind == "date"
        self.zone = zoneinfo.ZoneInfo(zone) if zone else None
        self.floating_in = zoneinfo.ZoneInfo(case["floating_in"])

    def instant(self, local, zone=None):
        """Naive UTC of a wall-clock time, and whether it exists."""
        zone = zone or self.zone or self.floating_in
        at = local.replace(tzinfo=zone).astimezone(UTC)
        exists = at.astimezone(zone).replace(tzinfo=None) == local
        return at.replace(tzinfo=None), exists

    def local(self, instant):
        zone = self.zone or self.floating_in
        return instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)

    def key(self, local):
        return self.instant(local)[0] if self.zone else local

    def key_of(self, text, params):
        """The key an EXDATE or RDATE names; a date in a timed series stays a date."""
        kind, value = stamp(text.split("/")[0])
        if self.days:
            return value.replace(hour=0, minute=0)
        if kind == "date":
            return value.date()
        if kind == "utc":
            return value if self.zone else self.local(value)
        if "TZID" in params and self.zone:
            return self.instant(value, zoneinfo.ZoneInfo(params["TZID"]))[0]
        return self.key(value)

    def after_until(self, local, until):
        kind, bound = stamp(until)
        if kind == "date" or self.days:
            return local.date() > bound.date()
        if kind == "utc" and self.zone:
            return self.instant(local)[0] > bound
        return local > bound

    def named(self, rule, last):
        """Wall-clock times that the rule names up to `last`."""
        parts = dict(part.split("=") for part in rule.split(";"))
        for bound in ("COUNT", "UNTIL"):
            parts.pop(bound, None)
        start = self.start
        if self.days:
            # Times of day mean nothing for whole days (RFC 5545 3.3.10).
            for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
                parts.pop(part, None)
        if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
            # README: the first week is whole. Missing parts still come from DTSTART.
            first = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].index(parts.get("WKST", "MO"))
            parts.setdefault("BYDAY", ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][start.weekday()])
            start -= ((start.weekday() - first) % 7) * DAY
        if parts["FREQ"] in ("HOURLY", "MINUTELY") and "BYSETPOS" in parts:
            # The same for the first hour or minute.
            unit = {"minute": 0} if parts["FREQ"] == "HOURLY" else {}
            parts.setdefault("BYSECOND", str(start.second))
            if parts["FREQ"] == "HOURLY":
                parts.setdefault("BYMINUTE", str(start.minute))
            start = start.replace(second=0, **unit)
        parts["UNTIL"] = last.strftime("%Y%m%dT%H%M%S")
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        try:
            for at in rrule.rrulestr(text, dtstart=start):
                if at >= self.start:
                    yield at
        except ValueError:
            return  # no step of the interval ever fits


def expected(case):
    series = Series(case)
    begin, end = (dt.datetime.fromtimestamp(case[name], UTC).replace(tzinfo=None) for name in ("from", "to"))
    keys, excluded_keys, excluded_days = {series.key(series.start)}, set(), set()
    for line in case["lines"]:
        name, params, value = split_line(line)
        if name == "RRULE":
            keys |= by_rule(series, value, end)
            continue
        for text in value.split(","):
            key = series.key_of(text, params)
            if name == "RDATE":
                keys.add(key)
            elif isinstance(key, dt.datetime):
                excluded_keys.add(key)
            elif "BYHOUR" in case["lines"][0] or "BYMINUTE" in case["lines"][0] or "FREQ=HOURLY" in case["lines"][0] or "FREQ=MINUTELY" in case["lines"][0]:
                excluded_days.add(key)
            else:
                excluded_keys.add(series.key(dt.datetime.combine(key, series.start.time())))
    found = []
    for key in sorted(keys - excluded_keys):
        local = series.local(key) if series.zone else key
        at = key if series.zone else series.instant(key)[0]
        over = series.instant(key + DAY)[0] if series.days else at
        in_range = at < end and (over > begin or at == over >= begin)
        if in_range and local.date() not in excluded_days:
            found.append(key)
    form = "%Y%m%d" if series.days else "%Y%m%dT%H%M%SZ" if series.zone else "%Y%m%dT%H%M%S"
    return [key.strftime(form) for key in found]


def by_rule(series, rule, end):
    """Keys of a rule; DTSTART is the first of them and counts."""
    parts = dict(part.split("=") for part in rule.split(";"))
    left = int(parts["COUNT"]) - 1 if "COUNT" in parts else None
    keys = set()
    first = series.key(series.start)
    for local in series.named(rule, series.local(end) + 2 * DAY):
        if "UNTIL" in parts and series.after_until(local, parts["UNTIL"]):
            break
        if series.zone and not series.instant(local)[1]:
            continue
        key = series.key(local)
        if key == first or key in keys:
            continue
        if left == 0:
            break
        left = None if left is None else left - 1
        keys.add(key)
    return keys


def known_reason(case, want):
    """Why a case may differ, or None; each is explained in README.md."""
    rule = case["lines"][0]
    different = set(case["ids"]) ^ set(want)
    days = rule.split("BYDAY=")[1].split(";")[0].split(",") if "BYDAY=" in rule else []
    numbered = [day for day in days if len(day) > 2]
    if numbered and len(numbered) < len(days):
        return "BYDAY with and without number"
    turn_of_year = all(key[4:6] in ("12", "01") for key in different)
    if "BYWEEKNO" in rule and ("SETPOS" in rule or "COUNT" in rule or turn_of_year):
        return "BYWEEKNO at the turn of the year"
    return None


class TooSlow(Exception):
    pass


def too_slow(*_):
    raise TooSlow()


def compare_cases(count, seed):
    """Each case has two seconds: dateutil looks for impossible dates until year 9999."""
    signal.signal(signal.SIGALRM, too_slow)
    skipped, reasons, wrong, occurrences, checked = {}, {}, [], 0, 0
    for case in run_example("cases", str(count), str(seed)):
        signal.alarm(2)
        try:
            want = expected(case)
        except (TooSlow, IndexError) as error:
            # IndexError: a weekday of the month beyond the fifth.
            name = f"dateutil: {type(error).__name__}"
            skipped[name] = skipped.get(name, 0) + 1
            continue
        finally:
            signal.alarm(0)
        checked += 1
        occurrences += len(want)
        if want == case["ids"] and case["complete"]:
            continue
        reason = known_reason(case, want)
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            wrong.append((case, want))
    print(f"{checked} series with {occurrences} occurrences compared, {len(wrong)} differ without a known reason")
    print(f"known reasons: {reasons}; not compared: {skipped}")
    for case, want in wrong[:10]:
        print("\n" + "\n".join([case["start"], *case["lines"]]))
        print("  only tidecal: ", sorted(set(case["ids"]) - set(want))[:6])
        print("  only dateutil:", sorted(set(want) - set(case["ids"]))[:6])
    return not wrong and checked > 0


# ---- files of other people's making --------------------------------------------------------------


def by_recurring_ical_events(path, begin, end):
    import icalendar
    import recurring_ical_events

    with open(path, "rb") as file:
        calendars = icalendar.Calendar.from_ical(file.read(), multiple=True)
    starts = []
    for calendar in calendars:
        for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(begin, end):
            at = event["DTSTART"].dt
            if not isinstance(at, dt.datetime):
                text = at.strftime("%Y%m%d")
            elif at.tzinfo:
                text = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
            else:
                text = at.strftime("%Y%m%dT%H%M%S")
            starts.append((str(event.get("UID", "")), text))
    return sorted(starts)


def compare_files(paths):
    import icalendar

    base = os.path.join(os.path.dirname(icalendar.__file__), "tests")
    paths = paths or sorted(glob.glob(f"{base}/**/*.ics", recursive=True))
    begin, end = "1996-01-01", "2030-01-01"
    same, skipped, wrong = 0, {}, []
    for row in run_example("files", begin, end, *[os.path.abspath(path) for path in paths]):
        result, name = row["result"], os.path.basename(row["file"])
        try:
            theirs = by_recurring_ical_events(row["file"], dt.date.fromisoformat(begin), dt.date.fromisoformat(end))
        except Exception as error:  # whatever their reader makes of a broken file
            skipped[f"they fail: {type(error).__name__}"] = skipped.get(f"they fail: {type(error).__name__}", 0) + 1
            continue
        if "error" in result:
            key = f"we refuse: {result['error']}"
            skipped[key] = skipped.get(key, 0) + 1
            continue
        ours = sorted((uid, start) for uid, start in result["starts"])
        if ours == theirs:
            same += 1
        else:
            wrong.append((name, result["unreadable"], sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))))
    known = json.load(open(os.path.join(HERE, "known-files.json"), encoding="utf-8"))
    unknown = [row for row in wrong if row[0] not in known]
    print(f"{same} files alike, {len(wrong)} differ, {len(unknown)} of them without a known reason; not compared: {skipped}")
    for name, unreadable, ours, theirs in unknown:
        print(f"\n{name}\n  unreadable: {unreadable}\n  only tidecal: {ours[:4]}\n  only theirs:  {theirs[:4]}")
    return not unknown


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    cases = commands.add_parser("cases")
    cases.add_argument("--count", type=int, default=3200)
    cases.add_argument("--seed", type=int, default=1)
    commands.add_parser("files").add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    fine = compare_cases(arguments.count, arguments.seed) if arguments.command == "cases" else compare_files(arguments.paths)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
