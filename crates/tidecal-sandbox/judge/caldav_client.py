"""Drives a running sandbox's CalDAV server with the Python caldav client, as programs do that know no other.

Usage: python caldav_client.py http://127.0.0.1:PORT
Resets the sandbox. Prints each failure and `N passed, N failed`; exits with 1 when anything failed.
"""

import sys

from dav import finding, objects, recurrence, searching, syncing
from dav.desk import Desk, Score


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    score = Score()
    desk = Desk(sys.argv[1].rstrip("/"))
    for part in (finding, objects, searching, syncing, recurrence):
        desk.reset()
        score.part(part.__name__)
        part.run(desk, score)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
