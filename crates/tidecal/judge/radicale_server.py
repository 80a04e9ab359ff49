"""A real CalDAV server for the referee: Radicale on a free loopback port, with a storage of its own."""

import hashlib
import os
import pathlib
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import caldav
import radicale.item
import radicale.storage

USER = "ada"
PASSWORD = "pw-ada"

# Ends when nobody is left at the other end of its standard input, whatever happens to the referee.
LAUNCHER = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
sys.argv = ["radicale", "--config", sys.argv[1]]
runpy.run_module("radicale", run_name="__main__", alter_sys=True)
"""

CONFIG = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/storage
[logging]
level = warning
"""


class Radicale:
    """A running server with one person on it."""

    def __init__(self):
        # Radicale waits for the disk after each write; memory is quicker, where there is such a folder.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.temporary = tempfile.TemporaryDirectory(prefix="tidecal-judge-radicale-", dir=memory)
        self.folder = pathlib.Path(self.temporary.name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        (self.folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        (self.folder / "config").write_text(CONFIG.format(port=self.port, folder=self.folder), encoding="utf-8")
        with open(self.folder / "log", "wb") as log:
            command = [sys.executable, "-c", LAUNCHER, str(self.folder / "config")]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        self._wait()
        self.client = caldav.DAVClient(self.origin, username=USER, password=PASSWORD)
        self.calendars = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.temporary.cleanup()

    def _wait(self):
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("Radicale does not start:\n" + self.log()) from None
                time.sleep(0.02)

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def make_calendar(self, slug, name):
        calendar = self.client.principal().make_calendar(
            name=name, cal_id=slug, supported_calendar_component_set=["VEVENT"]
        )
        self.calendars[slug] = calendar
        return calendar

    def path(self, slug, resource):
        return f"/{USER}/{slug}/{urllib.parse.quote(resource)}"

    def put(self, slug, resource, text):
        """Stores a resource as any client would; answers the status."""
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        try:
            return self.client.put(self.origin + self.path(slug, resource), text, headers).status
        except caldav.lib.error.DAVError:
            return 0

    def place(self, slug, resource, text):
        """Writes a resource straight into the server's storage, where no check of an upload sees it.

        Radicale leaves out what it cannot parse itself, unless its cache says that it has: with an
        entry there it serves the text as it stands, to every client alike.
        """
        folder = self.files(slug)
        raw = text.encode()
        known_by = hashlib.sha256(radicale.storage.CACHE_VERSION + raw).hexdigest()
        entry = (known_by, resource, radicale.item.get_etag(text), text, "VCALENDAR", "VEVENT", 0, 2**31)
        cache = folder / ".Radicale.cache/item"
        cache.mkdir(parents=True, exist_ok=True)
        (cache / resource).write_bytes(pickle.dumps(entry))
        (folder / resource).write_bytes(raw)

    def files(self, slug):
        return self.folder / "storage/collection-root" / USER / slug

    def stored(self, slug):
        """Names of the resources in a calendar."""
        return [file.name for file in self.files(slug).iterdir() if not file.name.startswith(".")]

    def forget_tokens(self):
        """Sync tokens handed out so far are worth nothing any more."""
        for slug in self.calendars:
            for memory in ("sync-token", "history"):
                shutil.rmtree(self.files(slug) / ".Radicale.cache" / memory)

    def move(self, path, slug):
        """WebDAV MOVE into another calendar under the same name."""
        target = f"/{USER}/{slug}/{path.rsplit('/', 1)[1]}"
        answer = self.client.request(self.origin + path, "MOVE", "", {"Destination": self.origin + target})
        return answer.status, target
