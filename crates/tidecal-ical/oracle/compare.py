"""Compares what tidecal-ical finds with python-dateutil and recurring-ical-events.

    compare.py cases [--count 3200] [--seed 1]
    compare.py texts [--count 1200] [--seed 1]
    compare.py files [PATH...]

`cases`: random series against python-dateutil, which only walks rules on wall clocks here; zones,
UNTIL, COUNT, EXDATE and RDATE are applied below, in code that shares nothing with the crate.
`texts`: random calendars with changed occurrences, also of this and all later ones, against
recurring-ical-events. `files`: the same for calendars of other people's making (by default those in
the installed icalendar and recurring-ical-events packages). Starts and lengths are compared. The exit
code is 1 if anything differs without a known reason.
See README.md beside this file for the differences and why they are meant.
"""

import argparse
import datetime as dt
import glob
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import warnings
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
        # It looks at UNTIL only when it finds something, and otherwise goes on until this year.
        rrule.datetime.MAXYEAR = last.year
        try:
            for at in rrule.rrulestr(text, dtstart=start):
                if at >= self.start:
                    yield at
        except ValueError:
            return  # no step of the interval ever fits


def expected(case):
    series = Series(case)
    begin, end = (dt.datetime.fromtimestamp(case[name], UTC).replace(tzinfo=None) for name in ("from", "to"))
    keys, excluded_keys, excluded_days, lengths = {series.key(series.start)}, set(), set(), {}
    for line in case["lines"]:
        name, params, value = split_line(line)
        if name == "RRULE":
            keys |= by_rule(series, value, end)
            continue
        for text in value.split(","):
            key = series.key_of(text, params)
            if name == "RDATE":
                keys.add(key)
                if "/" in text and not series.days:
                    lengths.setdefault(key, []).append(int(text.split("/PT")[1].rstrip("M")) * 60)
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
        # DTSTART keeps its own length; of two periods with one start the shorter one counts.
        length = min(lengths.get(key, [0])) if key != series.key(series.start) else 0
        over = series.instant(key + DAY)[0] if series.days else at + dt.timedelta(seconds=length)
        in_range = at < end and (over > begin or at == over >= begin)
        if in_range and local.date() not in excluded_days:
            found.append((key, int((over - at).total_seconds())))
    form = "%Y%m%d" if series.days else "%Y%m%dT%H%M%SZ" if series.zone else "%Y%m%dT%H%M%S"
    return [key.strftime(form) for key, _ in found], [length for _, length in found]


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


def compare_case(case):
    """What dateutil says, or why it says nothing: (keys, lengths) or the name of an error."""
    # Far more than any case takes, but a walk without end is not to stop the others.
    signal.signal(signal.SIGALRM, too_slow)
    signal.alarm(30)
    try:
        return expected(case)
    except (TooSlow, IndexError) as error:
        # IndexError: a weekday of the month beyond the fifth.
        return type(error).__name__
    finally:
        signal.alarm(0)


def on_all_cores(work, items):
    """Results in the order of the items."""
    with multiprocessing.Pool() as pool:
        return pool.map(work, items, chunksize=8)


def compare_cases(count, seed):
    skipped, reasons, wrong, occurrences, checked = {}, {}, [], 0, 0
    cases = run_example("cases", str(count), str(seed))
    for case, theirs in zip(cases, on_all_cores(compare_case, cases)):
        if isinstance(theirs, str):
            skipped[f"dateutil: {theirs}"] = skipped.get(f"dateutil: {theirs}", 0) + 1
            continue
        want, lengths = theirs
        checked += 1
        occurrences += len(want)
        # Whole days are compared as dates: they last what their zone makes of them.
        if want == case["ids"] and case["complete"] and ("VALUE=DATE:" in case["start"] or lengths == case["seconds"]):
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


# ---- random texts --------------------------------------------------------------------------------


def utc_text(at):
    if not isinstance(at, dt.datetime):
        return at.strftime("%Y%m%d")
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") if at.tzinfo else at.strftime("%Y%m%dT%H%M%S")


def shown(event):
    """UID, start, seconds until the end."""
    start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else event["DTSTART"].dt
    aware = isinstance(start, dt.datetime) and start.tzinfo and isinstance(end, dt.datetime) and end.tzinfo
    length = end.astimezone(UTC) - start.astimezone(UTC) if aware else end - start
    return str(event.get("UID", "")), utc_text(start), int(length.total_seconds())


def occurrences_of(calendar, begin, end):
    import recurring_ical_events

    return sorted(shown(event) for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(begin, end))


def compare_text(case):
    import icalendar

    warnings.simplefilter("ignore")
    begin, end = (dt.datetime.fromtimestamp(case[name], UTC) for name in ("from", "to"))
    return occurrences_of(icalendar.Calendar.from_ical(case["text"]), begin, end)


def known_reason_of_text(text, ours, theirs):
    """Why a text may differ, or None; each is explained in README.md."""
    if "THISANDFUTURE" in text and len(ours) == len(theirs):
        apart = {abs(instant_of(a[1]) - instant_of(b[1])) for a, b in zip(ours, theirs)}
        if "VALUE=PERIOD" in text and apart == {dt.timedelta(0)}:
            return "a period after a change of all later occurrences"
        if re.search(r"(THISANDFUTURE|RDATE):\d{8}T\d{6}Z", text) and max(apart) <= dt.timedelta(hours=1):
            return "a change of all later occurrences, of times in UTC, over a change of clocks"
    days = re.findall(r"EXDATE;VALUE=DATE:(\d{8})", text)
    only = set(ours) - set(theirs)
    if days and "RDATE" in text and not set(theirs) - set(ours) and all(key_day(text, one) in days for one in only):
        return "a day excluded that also holds an additional occurrence"
    return None


def instant_of(start):
    return stamp(start)[1]


def key_day(text, one):
    """The local day of an occurrence, by what the text's RDATEs say."""
    zone = re.search(r"DTSTART;TZID=([^:]+):", text)
    kind, at = stamp(one[1])
    if zone and kind == "utc":
        import icalendar.timezone

        at = at.replace(tzinfo=UTC).astimezone(icalendar.timezone.tzp.timezone(zone[1]))
    return at.strftime("%Y%m%d")


def compare_texts(count, seed):
    cases = run_example("texts", str(count), str(seed))
    occurrences, later, reasons, wrong = 0, 0, {}, []
    for case, theirs in zip(cases, on_all_cores(compare_text, cases)):
        ours = sorted(tuple(start) for start in case["result"]["starts"])
        occurrences += len(theirs)
        later += "THISANDFUTURE" in case["text"]
        if ours == theirs and not case["result"]["unreadable"]:
            continue
        reason = known_reason_of_text(case["text"], ours, theirs)
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            wrong.append((case, sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))))
    print(f"{len(cases)} texts with {occurrences} occurrences compared, {later} of them with THISANDFUTURE, {len(wrong)} differ without a known reason")
    print(f"known reasons: {reasons}")
    for case, ours, theirs in wrong[:10]:
        print(f"\n{case['text']}  only tidecal: {ours[:6]}\n  only theirs:  {theirs[:6]}")
    return not wrong and later > 0


# ---- files of other people's making --------------------------------------------------------------


BEGIN, END = "1996-01-01", "2030-01-01"


def compare_file(row):
    """Their occurrences, or the name of the error that their reader stops with."""
    import icalendar

    warnings.simplefilter("ignore")
    begin, end = dt.date.fromisoformat(BEGIN), dt.date.fromisoformat(END)
    try:
        with open(row["file"], "rb") as file:
            calendars = icalendar.Calendar.from_ical(file.read(), multiple=True)
        return sorted(start for calendar in calendars for start in occurrences_of(calendar, begin, end))
    except Exception as error:  # whatever their reader makes of a broken file
        return type(error).__name__


def compare_files(paths):
    import icalendar
    import recurring_ical_events

    bases = [os.path.join(os.path.dirname(module.__file__), "test*") for module in (icalendar, recurring_ical_events)]
    paths = paths or sorted(path for base in bases for path in glob.glob(f"{base}/**/*.ics", recursive=True))
    same, skipped, wrong = 0, {}, []
    rows = run_example("files", BEGIN, END, *[os.path.abspath(path) for path in paths])
    for row, theirs in zip(rows, on_all_cores(compare_file, rows)):
        result, name = row["result"], os.path.basename(row["file"])
        key = f"they fail: {theirs}" if isinstance(theirs, str) else f"we refuse: {result['error']}" if "error" in result else None
        if key:
            skipped[key] = skipped.get(key, 0) + 1
            continue
        ours = sorted(tuple(start) for start in result["starts"])
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
    texts = commands.add_parser("texts")
    texts.add_argument("--count", type=int, default=1200)
    texts.add_argument("--seed", type=int, default=1)
    commands.add_parser("files").add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    if arguments.command == "files":
        fine = compare_files(arguments.paths)
    else:
        compare = compare_cases if arguments.command == "cases" else compare_texts
        fine = compare(arguments.count, arguments.seed)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
