"""A sandbox seen through the caldav client, and the score."""

import json
import urllib.parse
import urllib.request

import caldav

ADA = "ada@example.com"
PASSWORD = "caldav-sandbox-secret"
NOW = "2026-11-21T10:00:00Z"


class Score:
    """Counts checks; a failed one is printed and the rest goes on."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.name = ""

    def part(self, name):
        self.name = name

    def check(self, what, got, wanted=True):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {self.name}: {what}\n  wanted {wanted!r}\n  got    {got!r}")

    def refused(self, what, act, *names):
        """Whether the client raises, with one of these words in the error."""
        try:
            answer = act()
        except Exception as error:  # the client has many kinds
            text = f"{type(error).__name__} {error}"
            self.check(f"{what}: {text}", any(name in text for name in names))
        else:
            self.check(what, f"taken: {answer!r}", "a refusal")


class Desk:
    def __init__(self, base):
        self.base = base

    def control(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.base}/_sandbox/{path}", data=data, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def reset(self, filled=True):
        self.control("POST", "reset", {"now": NOW, "filled": filled})

    def client(self, url=None, password=PASSWORD):
        return caldav.DAVClient(url=url or f"{self.base}/dav/", username=ADA, password=password)

    def calendars(self):
        """Ada's calendars by their names."""
        return {calendar.get_display_name(): calendar for calendar in self.client().principal().calendars()}

    def violations(self):
        items = self.control("GET", "violations")["items"]
        self.control("DELETE", "violations")
        return [(item["operation"], item["breaches"]) for item in items]


def event(uid, summary, start="20261201T100000Z", more=()):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Judge//EN", "BEGIN:VEVENT", f"UID:{uid}"]
    lines += ["DTSTAMP:20261121T100000Z", f"DTSTART:{start}", "DURATION:PT1H", f"SUMMARY:{summary}", *more]
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])


def path(one):
    """Where something is; the client writes `@` as `%40`, which means the same."""
    return urllib.parse.unquote(urllib.parse.urlsplit(str(one.url)).path)


def titles(found):
    return sorted(str(one.icalendar_component["SUMMARY"]) for one in found)
