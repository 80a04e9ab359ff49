"""Edits behind Tidecal's back, with the Python caldav client: random, the same for the same seed."""

import collections
import datetime as dt
import random

import icalendar

import known
from referee import Unreadable, occurrences
from world import BROKEN, VERBATIM, parts, path_of

# How often each kind of edit is tried.
DECK = {
    "rename": 16, "shift": 14, "change_occurrence": 12, "exclude_occurrence": 6, "cancel_occurrence": 6,
    "delete": 8, "create": 8, "move": 3, "copy_and_delete": 3, "break_text": 2, "mend": 1,
}


class Edits:
    """What was touched, by path; and the last readable text of what was broken."""

    def __init__(self, world, referee, texts, seed):
        self.world, self.server, self.referee, self.texts = world, world.server, referee, texts
        self.random = random.Random(seed)
        self.touched, self.last_good, self.done = set(), {}, collections.Counter()
        self.paths = sorted(path for path in texts if self.may_edit(path))

    def may_edit(self, path):
        """Readable for both sides, so that both sides' view of the edit counts."""
        label = self.world.labels[path]
        try:
            self.referee.slots(self.texts[path])
        except Unreadable:
            return False
        return path not in self.world.broken and not known.reason(known.DIFFERENT | known.QUARANTINED, label)

    def make(self):
        deck = [kind for kind, count in DECK.items() for _ in range(count)]
        self.random.shuffle(deck)
        for kind in deck:
            if self.attempt(getattr(self, kind)):
                self.done[kind] += 1

    def summary(self):
        return f"{self.done.total()} times: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.done.items()))

    def attempt(self, edit):
        """Tries resources until the edit fits one and the server accepts it."""
        for _ in range(60):
            path = self.random.choice(self.paths)
            if path in self.touched:
                continue
            try:
                if edit(path):
                    self.touched.add(path)
                    return True
            except Exception:  # their software stumbles over a sample, or the server refuses what it wrote
                continue
        return False

    # ---- reading and writing one resource

    def open(self, path):
        """The client's object, its calendar as data, and the master or single event in it."""
        item = self.server.calendars[parts(path)[0]].event_by_url(self.server.origin + path)
        item.load()
        data = icalendar.Calendar.from_ical(item.raw_data)
        masters = [event for event in data.walk("VEVENT") if "RECURRENCE-ID" not in event]
        return item, data, masters[0]

    @staticmethod
    def save(item, data):
        item.data = data.to_ical().decode()
        item.save(only_this_recurrence=False)
        return True

    def occurrence(self, data, master):
        """Some occurrence in the window that nothing has changed yet.

        Not of series with several a day: the library takes a changed slot for all that carry the
        same digits, in its zone and in UTC.
        """
        rule = master["RRULE"].to_ical().decode() if "RRULE" in master else "HOUR"
        if any(word in rule for word in ("HOUR", "MINUTE", "SECOND")):
            return None
        window = self.referee.window
        taken = {event["RECURRENCE-ID"].dt for event in data.walk("VEVENT") if "RECURRENCE-ID" in event}
        found = [event for event in occurrences(data.to_ical(), window.first, window.last)
                 if event["DTSTART"].dt == event["RECURRENCE-ID"].dt and event["DTSTART"].dt not in taken]
        return self.random.choice(found) if found else None

    # ---- kinds of edits; each says whether it was done

    def rename(self, path):
        item, data, master = self.open(path)
        master["SUMMARY"] = icalendar.vText(f"renamed ✏️ {self.random.randint(0, 999)}, really")
        return self.save(item, data)

    def shift(self, path):
        item, data, master = self.open(path)
        if "RRULE" in master or "RDATE" in master:
            return False
        by = dt.timedelta(days=self.random.randint(-5, 5))
        if isinstance(master["DTSTART"].dt, dt.datetime):
            by += dt.timedelta(minutes=15 * self.random.randint(1, 20))
        for name in ("DTSTART", "DTEND"):
            if name in master:
                master[name].dt += by
        return self.save(item, data)

    def change_occurrence(self, path):
        item, data, master = self.open(path)
        event = self.occurrence(data, master)
        if event is None:
            return False
        self.add_override(data, master, event, by=dt.timedelta(days=1), title=f"changed {self.random.randint(0, 999)}")
        return self.save(item, data)

    def cancel_occurrence(self, path):
        item, data, master = self.open(path)
        event = self.occurrence(data, master)
        if event is None:
            return False
        self.add_override(data, master, event, by=dt.timedelta(), title="cancelled", status="CANCELLED")
        return self.save(item, data)

    @staticmethod
    def add_override(data, master, event, by, title, status=None):
        override = icalendar.Event()
        override.add("UID", master["UID"])
        override.add("DTSTAMP", dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc))
        override.add("SEQUENCE", int(master.get("SEQUENCE", 0)))
        override.add("SUMMARY", title)
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        for name, at in (("RECURRENCE-ID", start), ("DTSTART", start + by), ("DTEND", end + by)):
            override.add(name, at)
        if status:
            override.add("STATUS", status)
        data.add_component(override)

    def exclude_occurrence(self, path):
        item, data, master = self.open(path)
        event = self.occurrence(data, master)
        if event is None:
            return False
        master.add("EXDATE", event["DTSTART"].dt)
        return self.save(item, data)

    def delete(self, path):
        item, _, _ = self.open(path)
        item.delete()
        return True

    def create(self, path):
        calendar = self.server.calendars[parts(path)[0]]
        item = calendar.add_event(self.world.maker.single("created"))
        new = path_of(item)
        self.world.labels[new] = f"created/{self.done['create']}"
        self.touched.add(new)
        return True

    def another(self, path):
        """Some other calendar."""
        return self.random.choice([slug for slug in self.server.calendars if slug not in (parts(path)[0], *BROKEN)])

    def move(self, path):
        status, target = self.server.move(path, self.another(path))
        return status in (201, 204) and self.arrived(path, target)

    def copy_and_delete(self, path):
        """How most calendar programs move an event."""
        item, _, _ = self.open(path)
        slug, resource = self.another(path), parts(path)[1]
        if self.server.put(slug, resource, item.raw_data.decode()) != 201:
            return False
        item.delete()
        return self.arrived(path, self.server.path(slug, resource))

    def arrived(self, path, target):
        self.world.labels[target] = self.world.labels[path]
        self.touched.add(target)
        return True

    def break_text(self, path):
        """The server suddenly serves rubbish: the last good copy is kept, and the rubbish is shown."""
        slug, resource = parts(path)
        if slug not in VERBATIM:
            return False
        self.server.place(slug, resource, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:torn of")
        self.last_good[path] = self.texts[path]
        self.world.broken.add(path)
        return True

    def mend(self, _):
        """Somebody replaces what was broken from the beginning."""
        path = self.random.choice(sorted(path for path in self.world.broken if parts(path)[0] in BROKEN))
        slug, resource = parts(path)
        self.server.client.delete(self.server.origin + path)
        if self.server.put(slug, resource, self.world.maker.single("mended")) != 201:
            return False
        self.world.broken.remove(path)
        self.touched.add(path)
        return True
