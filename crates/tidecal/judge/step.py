"""Is Tidecal in step with a calendar server that other software fills and edits? Judged from outside.

Usage: python step.py [TIDECAL [--seed N]]

Starts Radicale, fills it with calendars of other people's making and of its own, lets the binary
connect and sync, and compares what the binary lists with what icalendar and recurring-ical-events
find in what the Python caldav client reads. Then edits behind Tidecal's back, and again. Runs on
SQLite and, with TIDECAL_TEST_POSTGRES_URL, on a fresh PostgreSQL database. Prints each failure and
`N passed, N failed`; exits with 1 when anything failed. See README.md.
"""

import argparse
import collections
import datetime as dt
import logging
import os
import sys
import tempfile
import time
import traceback
import warnings

import known
from edits import Edits
from program import Postgres, Program, Sqlite
from radicale_server import PASSWORD, USER, Radicale
from referee import Referee, Unreadable, Window, has_event, printed
from world import NAMES, World, parts

MAPPINGS = """SELECT external_series_id AS series, event_id AS event, verdict, reason, sync_status AS status
 FROM external_calendar_events"""
VERSIONS = """SELECT e.id AS id, e.version AS version, e.seq AS seq, m.external_series_id AS series
 FROM calendar_events e JOIN external_calendar_events m ON m.event_id = e.id AND m.tenant_id = e.tenant_id
 WHERE e.deleted_at IS NULL"""
COMPARISONS = "SELECT COUNT(*) AS runs FROM sync_runs WHERE kind = 'comparison' AND outcome = 'success'"
TOTAL = "SELECT COUNT(*) AS events, SUM(version) AS versions, MAX(seq) AS seq FROM calendar_events"


class Score:
    """Counts checks; a failed one is printed and the rest goes on."""

    def __init__(self):
        self.passed = self.failed = 0
        self.began = time.monotonic()

    def check(self, what, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}\n{detail}".rstrip())

    def note(self, text):
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)


class Round:
    """One database, from empty to in step after edits."""

    def __init__(self, world, referee, program, database, score):
        self.world, self.referee, self.program, self.database, self.score = world, referee, program, database, score
        self.texts = {}

    def play(self, seed):
        server = self.world.server
        connected = self.program.set_up(server.origin, USER, PASSWORD)
        self.check("set-up", "every calendar is connected", len(connected) == len(server.calendars), str(connected))
        self.sync("first sync")
        self.compare("first sync", {})
        before = self.versions()
        edits = Edits(self.world, self.referee, self.texts, seed)
        edits.make()
        self.note("edits", edits.summary())
        self.check("edits", "nearly all find a resource", edits.done.total() >= 75)
        self.sync("sync after edits")
        self.compare("sync after edits", edits.last_good)
        self.untouched(before, edits.touched)
        self.quiet("sync without edits")
        server.forget_tokens()
        self.quiet("full comparison after lost cursors")
        compared = self.database.rows(COMPARISONS)[0]["runs"]
        self.check("lost cursors", "every calendar was compared in full", compared >= len(server.calendars), str(compared))

    def check(self, when, what, good, detail=""):
        self.score.check(f"{self.database.name}, {when}: {what}", good, detail)

    def note(self, when, text):
        self.score.note(f"{self.database.name}, {when}: {text}")

    def sync(self, when):
        results = self.program.sync()
        bad = [result for result in results if result["status"] != "success"]
        self.check(when, "every calendar syncs", not bad, str(bad))
        counts = {key: sum(result[key] for result in results) for key in ("synced", "updated", "skipped")}
        self.note(when, str(counts))
        return counts

    def compare(self, when, last_good):
        """Tidecal's list against the referee's, resource by resource; then the verdicts."""
        self.texts = self.world.read()
        mappings = self.database.rows(MAPPINGS)
        ours, orphans = self.listed(mappings)
        self.check(when, "every listed event belongs to a resource of its calendar", not orphans, str(orphans[:5]))
        quarantined = {series(row) for row in mappings if row["verdict"] == "quarantined" and row["status"] != "DELETED"}
        wrong, unread, slots = collections.defaultdict(list), set(), 0
        for path in self.texts:
            label = self.world.labels[path]
            try:
                theirs = self.expected(path, last_good)
            except Unreadable as reason:
                unread.add(path)
                if path not in quarantined and not known.reason(known.READ_BY_TIDECAL, label):
                    wrong[parts(path)[0]].append(f"  {label}: read, but not by the referee: {reason}")
                continue
            slots += theirs.total()
            if ours[path] != theirs and not known.reason(known.DIFFERENT | known.QUARANTINED, label):
                wrong[parts(path)[0]].append(self.difference(path, ours[path], theirs))
        for slug in self.world.server.calendars:
            self.check(when, f"{slug} is in step", not wrong[slug], "\n".join(wrong[slug][:20]))
        self.verdicts(when, mappings, quarantined, unread)
        self.note(when, f"{len(self.texts)} resources, {slots} occurrences compared, {len(quarantined)} quarantined")

    def expected(self, path, last_good):
        """Of what is broken on purpose: what its last good text said, if there was one."""
        text = last_good.get(path) if path in self.world.broken else self.texts[path]
        return self.referee.slots(text) if text else collections.Counter()

    def listed(self, mappings):
        """What `tidecal events list` says, by resource."""
        resource = {row["event"]: series(row) for row in mappings if row["event"]}
        ours, orphans = collections.defaultdict(collections.Counter), []
        window = self.referee.window
        day = dt.timedelta(days=1)
        for line in self.program.events(window.first - day, window.last + day):
            slot = printed(line["start"]), printed(line["end"]), line["title"]
            path = resource.get(line["eventId"])
            if path is None or line["calendar"] != NAMES[parts(path)[0]]:
                orphans.append(line)
            elif window.holds(slot[0]):
                ours[path][slot] += 1
        return ours, orphans

    def difference(self, path, ours, theirs):
        mine, other = ours - theirs, theirs - ours
        rows = [f"    only {who}: {slot}" for who, slots in (("Tidecal", mine), ("referee", other)) for slot in list(slots)[:3]]
        return "\n".join([f"  {self.world.labels[path]} ({path}): {mine.total()} and {other.total()} differ", *rows])

    def verdicts(self, when, mappings, quarantined, unread):
        live = {series(row) for row in mappings if row["status"] != "DELETED"}
        label = self.world.labels
        lost = [label[path] for path in self.texts if path not in live and has_event(self.texts[path])]
        self.check(when, "every resource has a verdict", not lost, str(lost[:9]))
        # What lies outside the window has no event; a mere note of it may outlive it.
        shown = {series(row) for row in mappings if row["status"] != "DELETED" and row["verdict"] != "out_of_window"}
        ghosts = sorted(shown - set(self.texts))
        self.check(when, "nothing is kept of what is gone", not ghosts, str(ghosts[:9]))
        silent = [row for row in mappings if row["verdict"] == "quarantined" and not row["reason"]]
        self.check(when, "every quarantine has a reason", not silent, str(silent[:3]))
        reasons = {series(row): row["reason"] for row in mappings if row["verdict"] == "quarantined"}
        excess = [f"{label[path]}: {reasons[path]}" for path in quarantined - self.world.broken - unread
                  if not known.reason(known.QUARANTINED, label[path])]
        self.check(when, "only what the referee cannot read is quarantined", not excess, "\n".join(excess[:20]))
        missed = [label[path] for path in self.world.broken - quarantined]
        self.check(when, "everything broken is quarantined", not missed, str(missed))

    def versions(self):
        return {row["id"]: (series(row), row["version"], row["seq"]) for row in self.database.rows(VERSIONS)}

    def untouched(self, before, touched):
        after = self.versions()
        moved = [before[id] for id in before if before[id][0] not in touched and after.get(id) != before[id]]
        new = [after[id] for id in after if id not in before and after[id][0] not in touched]
        self.check("sync after edits", "no unedited event is written", not moved and not new, f"{moved[:5]} {new[:5]}")

    def quiet(self, when):
        """Nothing happened on the server, so nothing happens here."""
        before = self.database.rows(TOTAL)
        counts = self.sync(when)
        self.check(when, "no event is new or changed", not counts["synced"] and not counts["updated"], str(counts))
        self.check(when, "no version moves", self.database.rows(TOTAL) == before)


def series(row):
    """Path of the resource: what is too broken to say which occurrence it is has `#number` behind it."""
    return row["series"].split("#")[0]


def months_from(day, months):
    """The first day of the month that many months away."""
    at = day.year * 12 + day.month - 1 + months
    return dt.date(at // 12, at % 12 + 1, 1)


def play(binary, seed, score):
    today = dt.datetime.now(dt.timezone.utc).date()
    referee = Referee(Window(months_from(today, -119), months_from(today, 23)))
    with Radicale() as server, tempfile.TemporaryDirectory(prefix="tidecal-judge-") as folder:
        world = World(server, today, seed)
        world.fill()
        score.note(f"{len(world.labels)} resources in {len(server.calendars)} calendars; {world.refused} refused, placed instead")
        score.check("there are at least 400 resources", len(world.labels) >= 400)
        databases = [lambda: Sqlite(folder)]
        postgres = os.environ.get("TIDECAL_TEST_POSTGRES_URL")
        if postgres:
            databases.append(lambda: Postgres(postgres))
        for number, make in enumerate(databases):
            database = make()
            try:
                program = Program(binary, database.url, server.origin)
                Round(world, referee, program, database, score).play(seed + number)
            finally:
                database.drop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default="target/debug/tidecal")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    # Other people's complaints about broken objects are not the referee's.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    score = Score()
    try:
        play(arguments.binary, arguments.seed, score)
    except SystemExit as stop:
        score.check("the judge comes to its end", False, str(stop))
    except Exception:  # the line below is to be printed whatever happens
        score.check("the judge comes to its end", False, traceback.format_exc())
    score.note("done")
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
