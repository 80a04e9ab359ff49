"""Calendar objects of the referee's own making: what the samples have too little of."""

import datetime as dt
import random

from samples import HEAD, TAIL

ZONES = [
    "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland", "America/Sao_Paulo",
    "Africa/Casablanca", "Europe/London", "Asia/Tokyo", "America/St_Johns",
]
WINDOWS_ZONES = [
    "W. Europe Standard Time", "Eastern Standard Time", "Pacific Standard Time", "India Standard Time",
    "AUS Eastern Standard Time", "GMT Standard Time", "Tokyo Standard Time", "UTC",
]
TITLES = [
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
    "会議 第一四半期の計画",
    "اجتماع الفريق الأسبوعي",
    "👩‍👩‍👧‍👦 family, 🎂 & 🎈",
    "a\\, b\\; c\\\\ d \\\"quoted\\\"",
    "two\\nlines",
    "tab\there",
    "e\u0301 combining, \u200bzero\u200b width, \u202eright to left\u202c",
    "<b>no markup</b> &amp; no entity ]]>",
    "  spaces around  ",
    "x" * 900,
    "ÄÖÜ" * 80,
    "BEGIN:VEVENT",
    "%41 %s {0} $(id) ' OR 1=1 --",
]
# COUNT stands only where every start fits its rule: RFC 5545 3.8.5.3 leaves the rest undefined.
RULES = [
    "FREQ=DAILY;COUNT=40", "FREQ=DAILY;INTERVAL=3;COUNT=30", "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", "FREQ=WEEKLY;COUNT=30", "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYYEARDAY=100,200", "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=HOURLY;INTERVAL=6;COUNT=25", "FREQ=DAILY;BYHOUR=9,14", "FREQ=MINUTELY;INTERVAL=90;COUNT=20",
]


OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")


def event(*lines):
    return "BEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n" + "".join(fold(line) for line in lines) + "END:VEVENT\r\n"


def calendar(*events):
    return HEAD + "".join(events) + TAIL


def fold(line):
    """75 octets a line (RFC 5545 3.1), never within a character."""
    parts, part = [], ""
    for c in line:
        if len((part + c).encode()) > 74:
            parts.append(part)
            part = ""
        part += c
    return "\r\n ".join([*parts, part]) + "\r\n"


def local(at):
    return at.strftime("%Y%m%dT%H%M%S")


def date(at):
    return at.strftime("%Y%m%d")


class Maker:
    """Objects around a day, the same for the same seed."""

    def __init__(self, today, seed):
        self.today = dt.datetime.combine(today, dt.time())
        self.random = random.Random(seed)
        self.count = 0

    def uid(self):
        self.count += 1
        return f"UID:made-{self.random.getrandbits(32):08x}-{self.count}@example.com"

    def start(self):
        """Some time within ten months of today, on the quarter of an hour, from 4:00 to 18:00.

        Away from the hours in which clocks change: where an occurrence ends that began before a
        change the library counts on the clock on the wall, and RFC 5545 3.3.6 does not.
        """
        return self.today + dt.timedelta(days=self.random.randint(-300, 300), minutes=15 * self.random.randint(16, 72))

    def title(self, word):
        return f"SUMMARY:{word} {self.count}"

    def single(self, word="Single"):
        start, zone = self.start(), self.random.choice(ZONES)
        end = start + dt.timedelta(minutes=15 * self.random.randint(1, 60))
        times = (f"DTSTART;TZID={zone}:{local(start)}", f"DTEND;TZID={zone}:{local(end)}")
        return calendar(event(self.uid(), *times, self.title(word)))

    def all(self):
        """(name, text) of every generated object."""
        made = []
        for kind in (
            self.singles, self.days, self.floating, self.odd_titles, self.windows_zones, self.series, self.day_series,
            self.clock_changes, self.exceptions, self.shapes,
        ):
            made += [(f"made/{kind.__name__}/{at}", text) for at, text in enumerate(kind())]
        return made

    def singles(self):
        for zone in ZONES:
            start = self.start()
            yield calendar(event(self.uid(), f"DTSTART;TZID={zone}:{local(start)}", "DURATION:PT1H30M", self.title(zone)))
            yield calendar(event(self.uid(), f"DTSTART:{local(start)}Z", f"DTEND:{local(start)}Z", self.title("instant")))
            yield self.single()

    def days(self):
        for length in (1, 1, 2, 7, 30):
            start = self.start()
            end = start + dt.timedelta(days=length)
            times = (f"DTSTART;VALUE=DATE:{date(start)}", f"DTEND;VALUE=DATE:{date(end)}")
            yield calendar(event(self.uid(), *times, self.title(f"{length} days")))
            yield calendar(event(self.uid(), times[0], self.title("no end")))
            yield calendar(event(self.uid(), times[0], f"DURATION:P{length}D", self.title("duration")))

    def floating(self):
        for rule in ("", "RRULE:FREQ=DAILY;COUNT=10", "RRULE:FREQ=WEEKLY;UNTIL={until}"):
            for _ in range(3):
                start = self.start()
                until = rule.format(until=local(start + dt.timedelta(days=50)))
                times = (f"DTSTART:{local(start)}", f"DTEND:{local(start + dt.timedelta(hours=1))}")
                yield calendar(event(self.uid(), *times, self.title("floating"), *filter(None, [until])))

    def odd_titles(self):
        for text in TITLES:
            start = self.start()
            times = (f"DTSTART:{local(start)}Z", f"DTEND:{local(start + dt.timedelta(hours=1))}Z")
            yield calendar(event(self.uid(), *times, f"SUMMARY:{text}", f"DESCRIPTION:{text}", f"LOCATION:{text}"))

    def windows_zones(self):
        for zone in WINDOWS_ZONES:
            for name in (zone, f'"{zone}"'):
                start = self.start()
                times = (f"DTSTART;TZID={name}:{local(start)}", f"DTEND;TZID={name}:{local(start + dt.timedelta(hours=2))}")
                yield calendar(event(self.uid(), *times, self.title("Outlook"), "RRULE:FREQ=WEEKLY;COUNT=40"))

    def series(self):
        for rule in RULES:
            for zone in self.random.sample(ZONES, 2):
                start = f"DTSTART;TZID={zone}:{local(self.start())}"
                if "HOURLY" in rule or "MINUTELY" in rule:
                    start = f"DTSTART:{local(self.start())}Z"
                yield calendar(event(self.uid(), start, "DURATION:PT45M", f"RRULE:{rule}", self.title(rule)))

    def day_series(self):
        for rule in (rule for rule in RULES if "HOUR" not in rule and "MINUTE" not in rule):
            start = self.start()
            times = (f"DTSTART;VALUE=DATE:{date(start)}", f"DTEND;VALUE=DATE:{date(start + dt.timedelta(days=2))}")
            yield calendar(event(self.uid(), *times, f"RRULE:{rule}", self.title(rule)))

    def clock_changes(self):
        """Daily series across changes of the clock, some of them in the hour that is skipped or doubled."""
        year = self.today.year
        for zone, day, hour in (
            ("Europe/Vienna", f"{year}0320", "023000"), ("Europe/Vienna", f"{year}1015", "023000"),
            ("America/New_York", f"{year}0301", "023000"), ("America/New_York", f"{year}1025", "013000"),
            ("Australia/Lord_Howe", f"{year}0325", "013000"), ("Europe/London", f"{year}1020", "013000"),
            ("Europe/Vienna", f"{year}0320", "233000"), ("America/St_Johns", f"{year}1025", "090000"),
        ):
            until = local(dt.datetime.strptime(day, "%Y%m%d") + dt.timedelta(days=20))
            lines = (f"DTSTART;TZID={zone}:{day}T{hour}", "DURATION:PT15M", f"RRULE:FREQ=DAILY;UNTIL={until}Z")
            yield calendar(event(self.uid(), *lines, self.title("clock change")))

    def exceptions(self):
        """Series with moved, renamed, cancelled, left out and added occurrences."""
        for zone in ZONES:
            start, uid = self.start(), self.uid()
            slot = [local(start + dt.timedelta(days=7 * week)) for week in range(8)]
            moved = local(start + dt.timedelta(days=8, hours=3))
            added = local(start + dt.timedelta(days=3))
            yield calendar(
                event(
                    uid, f"DTSTART;TZID={zone}:{slot[0]}", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=12",
                    f"EXDATE;TZID={zone}:{slot[3]},{slot[4]}", f"RDATE;TZID={zone}:{added}", self.title("weekly"),
                ),
                self.changed(uid, zone, slot[1], moved, self.title("moved")),
                self.changed(uid, zone, slot[2], slot[2], self.title("renamed")),
                self.changed(uid, zone, slot[5], slot[5], self.title("cancelled"), "STATUS:CANCELLED"),
            )
        for _ in range(5):
            start, uid = self.start(), self.uid()
            slot = [date(start + dt.timedelta(days=day)) for day in range(9)]
            yield calendar(
                event(
                    uid, f"DTSTART;VALUE=DATE:{slot[0]}", "RRULE:FREQ=DAILY;COUNT=6", f"EXDATE;VALUE=DATE:{slot[3]}",
                    self.title("daily"),
                ),
                event(uid, f"RECURRENCE-ID;VALUE=DATE:{slot[1]}", f"DTSTART;VALUE=DATE:{slot[8]}", self.title("moved")),
            )

    @staticmethod
    def changed(uid, zone, slot, start, *lines):
        times = (f"RECURRENCE-ID;TZID={zone}:{slot}", f"DTSTART;TZID={zone}:{start}", "DURATION:PT2H")
        return event(uid, *times, *lines)

    def shapes(self):
        """One of each of the stranger shapes."""
        start, zone = self.start(), "Europe/Vienna"
        first, later = local(start), local(start + dt.timedelta(days=5))
        times = (f"DTSTART;TZID={zone}:{first}", "DURATION:PT1H")
        # Two occurrences of a series whose master was never sent, as invitations to single meetings leave them.
        uid = self.uid()
        yield calendar(*(self.changed(uid, zone, slot, slot, self.title("orphan")) for slot in (first, later)))
        # The slot is named in UTC.
        uid, base = self.uid(), dt.datetime(self.today.year, 1, 12, 9)
        slot = local(base + dt.timedelta(days=1, hours=-1))
        yield calendar(
            event(uid, f"DTSTART;TZID={zone}:{local(base)}", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5", self.title("slots")),
            event(uid, f"RECURRENCE-ID:{slot}Z", f"DTSTART;TZID={zone}:{later}", self.title("by utc")),
        )
        # Bounded by an instant and by a date.
        until = date(start + dt.timedelta(days=5))
        yield calendar(event(self.uid(), *times, f"RRULE:FREQ=DAILY;UNTIL={until}T235959Z", self.title("until")))
        day = f"DTSTART;VALUE=DATE:{date(start)}"
        yield calendar(event(self.uid(), day, f"RRULE:FREQ=DAILY;UNTIL={until}", self.title("until")))
        # The name of a zone with a prefix, and a zone of the maker's own rules.
        prefixed = f"DTSTART;TZID=/example.org/20260101_1/Europe/Rome:{first}"
        yield calendar(event(self.uid(), prefixed, "DURATION:PT1H", self.title("prefix")))
        yield calendar(OWN_ZONE, event(self.uid(), f"DTSTART;TZID=Ours:{first}", "DURATION:PT1H", self.title("own zone")))
        # Neither end nor duration; free and private; cancelled as a whole; guests; a task.
        yield calendar(event(self.uid(), times[0], self.title("moment")))
        yield calendar(event(self.uid(), *times, "TRANSP:TRANSPARENT", "CLASS:PRIVATE", self.title("private")))
        yield calendar(event(self.uid(), *times, "STATUS:CANCELLED", self.title("cancelled")))
        guests = ('X-UNKNOWN;X-P="a:b;c":value', 'ATTENDEE;CN="Lee, Bo":mailto:bo@example.com')
        yield calendar(event(self.uid(), *times, *guests, self.title("guests")))
        yield calendar(event(self.uid(), self.title("task")).replace("VEVENT", "VTODO"))


def broken(maker):
    """(name, text): what nobody can read; every one must be shown as such, and none may hurt another."""
    uid, title = maker.uid, maker.title
    times = ("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z")
    texts = {
        "no-start": calendar(event(uid(), title("broken"))),
        "start-of-words": calendar(event(uid(), "DTSTART:tomorrow at nine", title("broken"))),
        "month-13": calendar(event(uid(), "DTSTART:20261301T100000Z", title("broken"))),
        "duration-of-words": calendar(event(uid(), times[0], "DURATION:long", title("broken"))),
        "frequency-of-words": calendar(event(uid(), *times, "RRULE:FREQ=SOMETIMES", title("broken"))),
        "rule-of-words": calendar(event(uid(), *times, "RRULE:every other day", title("broken"))),
        "count-of-words": calendar(event(uid(), *times, "RRULE:FREQ=DAILY;COUNT=many", title("broken"))),
        "hebrew-rule": calendar(event(uid(), *times, "RRULE:RSCALE=HEBREW;FREQ=YEARLY", title("broken"))),
        "exclusion-of-words": calendar(event(uid(), *times, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:whenever", title("broken"))),
        "web-page": "<!DOCTYPE html><html><body>Please sign in</body></html>",
        "words": "This is no calendar.",
        "cut-off": calendar(event(uid(), *times, title("broken")))[:-30],
        "no-end": calendar(event(uid(), *times, title("broken")).replace("END:VEVENT\r\n", "")),
    }
    return [(f"broken/{name}", text) for name, text in texts.items()]
