"""The real binary on a database of its own, and a look into that database past the binary."""

import json
import os
import pathlib
import sqlite3
import subprocess
import urllib.parse

PERSON = "ada@example.com"


class Program:
    """Runs verbs of the command line; a verb that fails ends the referee's work."""

    def __init__(self, binary, database, origin):
        self.binary = str(pathlib.Path(binary).resolve())
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "TZ": "UTC",
            "DATABASE_URL": database,
            "CALENDAR_OAUTH_ENCRYPTION_KEY": "a key of the judge that is long enough",
            "TIDECAL_ALLOWED_ORIGINS": origin,
            "CALENDAR_SYNC_MONTHS_BACK": "120",
            "CALENDAR_SYNC_MONTHS_AHEAD": "24",
            "TIDECAL_LOG": "warn",
        }

    def run(self, *arguments, stdin=""):
        """Its JSON answer."""
        command = [self.binary, *arguments, "--json"]
        done = subprocess.run(
            command, input=stdin, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def set_up(self, origin, username, password):
        """A fresh database, a person, and all their calendars."""
        self.run("migrate")
        self.run("users", "add", PERSON, "--password-stdin", stdin="four words in a row\n")
        login = ["--username", username, "--user", PERSON, "--password-stdin"]
        return self.run("connections", "add-caldav", origin, *login, stdin=password + "\n")

    def sync(self):
        return self.run("connections", "sync")

    def events(self, first, last):
        return self.run("events", "list", "--from", first.isoformat(), "--days", str((last - first).days))


class Sqlite:
    """A database file in a folder."""

    name = "SQLite"

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "tidecal.db"
        self.url = f"sqlite:{self.path}"

    def rows(self, statement):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(statement)]
        finally:
            connection.close()

    def drop(self):
        """Goes with its folder."""


class Postgres:
    """A fresh database on a server, through psql."""

    name = "PostgreSQL"

    def __init__(self, server):
        self.server = server
        self.database = f"tidecal_step_{os.getpid()}"
        self.url = urllib.parse.urlsplit(server)._replace(path="/" + self.database).geturl()
        self._psql(server, f"CREATE DATABASE {self.database}")

    @staticmethod
    def _psql(url, statement):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise SystemExit(f"psql: {done.stderr}")
        return done.stdout

    def rows(self, statement):
        return json.loads(self._psql(self.url, f"SELECT coalesce(json_agg(t), '[]') FROM ({statement}) t"))

    def drop(self):
        self._psql(self.server, f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
