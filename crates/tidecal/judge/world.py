"""The calendars on the server: how they are filled, and what they hold, as another client reads it."""

import urllib.parse
import zlib

from made import Maker, broken
from samples import property_of, samples

# Address and name. What lands in a verbatim calendar is served byte for byte as it was written; the
# others hold what Radicale makes of an upload.
UPLOADED = {"work": "Work", "home": "Zuhause & Büro", "kazoku": "家族 🎂"}
VERBATIM = {"archive": "Archive, as written", "old": "<Old> \"things\"", "shared": "Shared; with 'others'"}
MADE = {"made": "Made up"}
BROKEN = {"broken": "Broken"}
NAMES = UPLOADED | VERBATIM | MADE | BROKEN


class World:
    """Radicale, filled. `labels` and `broken` speak of resources by their path."""

    def __init__(self, server, today, seed):
        self.server = server
        self.labels = {}
        self.broken = set()
        self.maker = Maker(today, seed)
        self.refused = 0

    def fill(self):
        for slug, name in NAMES.items():
            self.server.make_calendar(slug, name)
        self.uids = {slug: set() for slug in self.server.calendars}
        for sample in samples():
            self.add_sample(sample)
        for number, (label, text) in enumerate(self.maker.all()):
            status = self.server.put("made", f"made-{number}.ics", text)
            if status != 201:
                self.refused += 1
                self.server.place("made", f"made-{number}.ics", text)
            self.labels[self.server.path("made", f"made-{number}.ics")] = label
        for label, text in broken(self.maker):
            self.place("broken", label.split("/")[1] + ".ics", label, text)

    def add_sample(self, sample):
        """Objects of one file stay in one calendar, unless that has their UID already."""
        uid = property_of(sample.text, "UID")
        first = zlib.crc32(sample.label.rsplit("/", 1)[0].encode())
        choice = list(UPLOADED | VERBATIM)
        order = [choice[(first + at) % len(choice)] for at in range(len(choice))]
        slug = next((slug for slug in order if uid not in self.uids[slug]), None)
        if slug is None:
            return
        self.uids[slug].add(uid)
        resource = sample.label.replace("/", "-").replace(".ics", "") + ".ics"
        if slug in UPLOADED:
            if self.server.put(slug, resource, sample.text) == 201:
                self.labels[self.server.path(slug, resource)] = sample.label
                return
            # What Radicale refuses may come from another server, or from an older Radicale.
            self.refused += 1
            slug = next(iter(VERBATIM))
        self.place(slug, resource, sample.label, sample.text, False)

    def place(self, slug, resource, label, text, is_broken=True):
        self.server.place(slug, resource, text)
        path = self.server.path(slug, resource)
        self.labels[path] = label
        if is_broken:
            self.broken.add(path)

    def read(self):
        """Path to bytes of every resource, through the Python caldav client."""
        found = {}
        for slug, calendar in self.server.calendars.items():
            for item in calendar.get_objects_by_sync_token(load_objects=True):
                text = item.raw_data or (item.data or "").encode()
                if text:  # what is gone is listed as well
                    found[path_of(item)] = text
            stored = {self.server.path(slug, name) for name in self.server.stored(slug)}
            read = {path for path in found if parts(path)[0] == slug}
            assert read == stored, f"the client misses {stored - read} and makes up {read - stored}"
        return found


def path_of(item):
    return urllib.parse.urlsplit(str(item.url)).path


def parts(path):
    """Calendar and name of a resource."""
    _, _, slug, resource = path.split("/")
    return slug, urllib.parse.unquote(resource)
