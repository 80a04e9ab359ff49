"""The peer: Google's own client for Python and SQLite, one transaction a page.

google_sqlite.py ADDRESS DATABASE QUIET_SYNCS
"""

import json
import resource
import sqlite3
import sys
import time

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

SCHEMA = """PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE TABLE events (id TEXT PRIMARY KEY, etag TEXT, status TEXT, uid TEXT, series TEXT, title TEXT,
    description TEXT, location TEXT, starts TEXT, ends TEXT, zone TEXT, rules TEXT, guests TEXT);
CREATE INDEX by_start ON events (starts); CREATE INDEX by_uid ON events (uid);
CREATE TABLE cursor (one INTEGER PRIMARY KEY, token TEXT);"""
INSERT = "INSERT OR REPLACE INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_kb():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmHWM:")).split()[1])


def row(event):
    start, end = event["start"], event["end"]
    guests = [[guest["email"], guest["responseStatus"]] for guest in event.get("attendees", [])]
    return (
        event["id"], event["etag"], event["status"], event["iCalUID"], event.get("recurringEventId"),
        event.get("summary", ""), event.get("description", ""), event.get("location", ""),
        start.get("dateTime") or start["date"], end.get("dateTime") or end["date"], start.get("timeZone"),
        "\n".join(event.get("recurrence", [])), json.dumps(guests),
    )


def keep(database, page):
    with database:
        database.executemany(INSERT, map(row, page["items"]))
        if "nextSyncToken" in page:
            database.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (page["nextSyncToken"],))


def report(step, begun, before, count):
    wall, used = time.perf_counter() - begun, cpu() - before
    told = {"step": step, "count": count, "wall_s": wall, "cpu_s": used, "peak_kb": peak_kb()}
    print(json.dumps(told), flush=True)


def main():
    address, path, quiet = sys.argv[1], sys.argv[2], int(sys.argv[3])
    http = google_auth_httplib2.AuthorizedHttp(Credentials(token="bench"), http=httplib2.Http())
    options = {"api_endpoint": f"http://{address}"}
    service = build("calendar", "v3", http=http, client_options=options, cache_discovery=False)
    events = service.events()
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    begun, before, count = time.perf_counter(), cpu(), 0
    request = events.list(calendarId="bench", maxResults=2500, showDeleted=True, singleEvents=False)
    while request is not None:
        page = request.execute()
        keep(database, page)
        count += len(page["items"])
        request = events.list_next(request, page)
    report("first", begun, before, count)
    begun, before = time.perf_counter(), cpu()
    for _ in range(quiet):
        (token,) = database.execute("SELECT token FROM cursor").fetchone()
        keep(database, events.list(calendarId="bench", maxResults=2500, syncToken=token).execute())
    report("quiet", begun, before, quiet)


main()
