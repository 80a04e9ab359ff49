"""What takes place, by icalendar and recurring-ical-events alone."""

import collections
import datetime as dt
import hashlib
import zoneinfo

import icalendar
import recurring_ical_events

UTC = dt.timezone.utc
DAY = dt.timedelta(days=1)


class Unreadable(Exception):
    """The referee cannot make sense of an object."""


class Window:
    """Occurrences count by their start: from `first` (a date) up to `last`, exclusively."""

    def __init__(self, first, last):
        self.first, self.last = first, last

    def holds(self, start):
        return self.first.isoformat() <= start[:10] < self.last.isoformat()


class Referee:
    """Remembers what it has expanded: most objects stay the same between two comparisons."""

    def __init__(self, window):
        self.window = window
        self.known = {}

    def slots(self, text):
        """Multiset of (start, end, title) in the window, or raises Unreadable."""
        digest = hashlib.sha256(text).digest()
        if digest not in self.known:
            self.known[digest] = self._expand(text)
        found = self.known[digest]
        if isinstance(found, Unreadable):
            raise found
        return found

    def _expand(self, text):
        try:
            events = occurrences(text, self.window.first - DAY, self.window.last + DAY)
            is_series = b"RRULE" in text
            slots = [slot(event) for event in events if takes_place(event) and not (is_series and is_skipped(event))]
        except Exception as error:  # whatever their reader makes of a broken object
            return Unreadable(f"{type(error).__name__}: {error}")
        return collections.Counter(it for it in slots if self.window.holds(it[0]))


def occurrences(text, first, last):
    return list(recurring_ical_events.of(parsed(text)).between(first, last))


def parsed(text):
    # The library remembers VTIMEZONEs for as long as it runs: without this an object would be read
    # by the zones of another that happens to name them alike.
    icalendar.timezone.tzp.use_default()
    (calendar,) = icalendar.Calendar.from_ical(text, multiple=True)
    return calendar


def takes_place(event):
    return str(event.get("STATUS", "")).upper() not in ("CANCELLED", "CANCELED")


def is_skipped(event):
    """RFC 5545 3.3.10: a rule's time that the clock skips is no occurrence; the library keeps it."""
    start = event["DTSTART"].dt
    by_rule = "RECURRENCE-ID" in event and event["RECURRENCE-ID"].dt == start
    if not by_rule or not isinstance(start, dt.datetime) or start.tzinfo is None:
        return False
    return start.astimezone(UTC).astimezone(start.tzinfo).replace(tzinfo=None) != start.replace(tzinfo=None)


def slot(event):
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    if start == end and not isinstance(start, dt.datetime):
        # RFC 5545 3.8.2.2: an end is later than its start, so this is one whole day.
        end += DAY
    return point(start), point(end), title(event.get("SUMMARY", ""))


def has_event(text):
    """Whether a resource holds anything that takes place, as far as it can be read."""
    try:
        calendar = parsed(text)
    except ValueError:
        return True
    return any(takes_place(event) for event in calendar.walk("VEVENT"))


def point(at):
    """A date, a UTC instant with Z, or a floating wall-clock time; to the minute."""
    if not isinstance(at, dt.datetime):
        return at.isoformat()
    if at.tzinfo is None:
        return at.strftime("%Y-%m-%dT%H:%M")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def title(text):
    """The documented spelling: no control characters, no white space around."""
    if isinstance(text, list):
        text = text[0]
    text = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or not is_control(c)).strip()


def is_control(c):
    return ord(c) < 32 or 127 <= ord(c) < 160


def printed(text):
    """A point as `tidecal events list --json` prints it: `2026-11-21` or `2026-11-21 09:00 Zone`."""
    if len(text) == 10:
        return text
    day, clock, *zone = text.split(" ", 2)
    local = dt.datetime.fromisoformat(f"{day}T{clock}")
    return point(local.replace(tzinfo=zoneinfo.ZoneInfo(zone[0])) if zone else local)
