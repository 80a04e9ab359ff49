"""Calendars of other people's making: the .ics files that installed Python packages carry for their
own tests. They are read where they are installed; nothing of them is copied into the project."""

import importlib.metadata
import re

# Distributions whose licences let anybody read and use the files.
SOURCES = {"icalendar": "BSD-2-Clause", "recurring-ical-events": "LGPL-3.0-or-later"}
# Files with hundreds of alike events count only so far.
MOST_PER_FILE = 60

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tidecal//Step judge//EN\r\n"
TAIL = "END:VCALENDAR\r\n"


class Sample:
    """One calendar object: all events of one UID in one file, with the zones they name."""

    def __init__(self, label, text):
        self.label = label
        self.text = text


def samples():
    """All of them, in a fixed order. A label is `package/file/number`."""
    found = []
    for package in SOURCES:
        files = importlib.metadata.files(package) or []
        for file in sorted(files, key=str):
            if file.suffix == ".ics":
                text = file.locate().read_bytes().decode("utf-8", "replace").lstrip("\ufeff")
                objects = split(text, f"{package}-{file.stem}")[:MOST_PER_FILE]
                found += [Sample(f"{package}/{file.name}/{at}", text) for at, text in enumerate(objects)]
    return found


def split(text, name):
    """Calendar objects as RFC 4791 4.1 wants them; the events' own lines stay as they are."""
    events, zones = blocks(text)
    by_uid = {}
    for at, event in enumerate(events):
        uid = property_of(event, "UID")
        if not uid:
            # No server stores an event without one.
            uid = f"{name}-{at}@example.com"
            event = re.sub(r"(?i)\A([ \t]*BEGIN:VEVENT[ \t]*\r?\n)", rf"\g<1>UID:{uid}\r\n", event)
        by_uid.setdefault(uid, []).append(event)
    objects = []
    for group in by_uid.values():
        body = "".join(group)
        named = "".join(zone for zone in zones if (property_of(zone, "TZID") or "\0") in unfold(body))
        objects.append(HEAD + named + body + TAIL)
    return objects


def blocks(text):
    """The texts of the VEVENTs and of the VTIMEZONEs."""
    found = {"VEVENT": [], "VTIMEZONE": []}
    kind, lines = None, []
    for line in re.split(r"(?<=\n)", text):
        word = line.strip().upper()
        if kind is None and word in ("BEGIN:VEVENT", "BEGIN:VTIMEZONE"):
            kind, lines = word[6:], []
        if kind is not None:
            lines.append(line)
            if word == f"END:{kind}":
                found[kind].append("".join(lines).rstrip("\r\n") + "\r\n")
                kind = None
    return found["VEVENT"], found["VTIMEZONE"]


def unfold(text):
    """Also where blank lines stand before the folded one."""
    return re.sub(r"(\r?\n)+[ \t]", "", text)


def property_of(block, name):
    """Value of the first property of that name."""
    match = re.search(rf"(?im)^{name}(?:;[^:\r\n]*)?:([^\r\n]*)", unfold(block))
    return match.group(1).strip() if match else None
