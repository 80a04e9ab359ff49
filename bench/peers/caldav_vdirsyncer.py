"""The peer for CalDAV: vdirsyncer, into a folder of files. Each run is a process of its own, as its users run it.

caldav_vdirsyncer.py ADDRESS FOLDER CHANGES QUIET_SYNCS
"""

import base64
import json
import os
import pathlib
import shutil
import sys
import time
import urllib.request

CONFIG = """[general]
status_path = "{folder}/status/"
[pair bench]
a = "remote"
b = "local"
collections = ["bench"]
conflict_resolution = "a wins"
[storage remote]
type = "caldav"
url = "http://{address}/"
username = "ada"
password = "pw-ada"
[storage local]
type = "filesystem"
path = "{folder}/local/"
fileext = ".ics"
"""


def counts(address):
    with urllib.request.urlopen(f"http://{address}/_bench/counts") as answer:
        return json.load(answer)


def run(folder, verb):
    """Wall seconds, and what the process used."""
    arguments = [sys.executable, "-m", "vdirsyncer", "-v", "CRITICAL", "-c", f"{folder}/config", verb]
    begun = time.perf_counter()
    child = os.posix_spawn(sys.executable, arguments, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"vdirsyncer {verb} failed: {status}")
    return wall, used


def step(name, count, address, folder, times=1):
    before, wall, cpu, peak = counts(address), 0.0, 0.0, 0
    for _ in range(times):
        spent, used = run(folder, "sync")
        wall, cpu, peak = wall + spent, cpu + used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss)
    after = counts(address)
    told = {"step": name, "count": count, "wall_s": wall, "cpu_s": cpu, "peak_kb": peak}
    told |= {part: after[part] - before[part] for part in ("requests", "bytes")}
    print(json.dumps(told), flush=True)


def change(address, changes):
    key = base64.b64encode(b"ada:pw-ada").decode()
    for file in sorted(pathlib.Path(changes).iterdir()):
        body = file.read_bytes().replace(b"another room", b"a room of vdirsyncer")
        request = urllib.request.Request(f"http://{address}/ada/bench/{file.name}", data=body, method="PUT")
        request.add_header("Authorization", f"Basic {key}")
        request.add_header("Content-Type", "text/calendar; charset=utf-8")
        urllib.request.urlopen(request).close()


def main():
    address, folder, changes, quiet = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    shutil.rmtree(folder, ignore_errors=True)
    local = pathlib.Path(folder, "local", "bench")
    local.mkdir(parents=True)
    pathlib.Path(folder, "config").write_text(CONFIG.format(folder=folder, address=address), encoding="utf-8")
    run(folder, "discover")
    step("first", 0, address, folder)
    objects = len(list(local.iterdir()))
    step("still", quiet, address, folder, quiet)
    change(address, changes)
    step("changes", objects, address, folder)


main()
