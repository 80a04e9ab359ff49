"""Drives a running sandbox with Microsoft's own client library (msgraph-sdk) and compares recurrence with python-dateutil.

Usage: python graph_client.py http://127.0.0.1:PORT
Resets the sandbox. Prints each failure and `N passed, N failed`; exits with 1 when anything failed.
"""

import asyncio
import sys

from graph import batches, deltas, recurrence, refusals, routes, sign_in, zones
from graph.desk import Desk, Score


async def judge(base: str) -> int:
    score = Score()
    desk = Desk(base)
    for part in (sign_in, routes, refusals, batches, deltas, recurrence, zones):
        desk.reset()
        score.part(part.__name__)
        await part.run(desk, score)
    await desk.close()
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    return asyncio.run(judge(sys.argv[1].rstrip("/")))


if __name__ == "__main__":
    sys.exit(main())
