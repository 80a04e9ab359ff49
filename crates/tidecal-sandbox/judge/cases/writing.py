"""What writes mean: to the event, to the other people, to the post."""

from desk import ADA, BEN, hour, weekly

CARA = "cara@example.org"


def run(desk, score):
    update(desk, score)
    imported(desk, score)
    moved(desk, score)
    instances(desk, score)
    mails(desk, score)
    split(desk, score)
    batch(desk, score)
    score.check("all of it kept to the contract", desk.control("GET", "violations")["items"], [])


def posted(desk):
    found = [(mail["kind"], mail["to"]) for mail in desk.control("GET", "mails")["items"]]
    desk.control("DELETE", "mails")
    return found


def update(desk, score):
    events = desk.owner().events()
    made = events.insert(calendarId="primary", body=hour("x", description="words", attendees=[{"email": BEN}])).execute()
    path = {"calendarId": "primary", "eventId": made["id"]}
    changed = events.update(**path, body=hour("y", day=2)).execute()
    score.check("an update resets what is not sent", [name for name in ("description", "attendees") if name in changed], [])
    whole = events.get(**path).execute()
    whole["location"] = "Here"
    request = events.update(**path, body=whole)
    request.headers["If-Match"] = whole["etag"]
    score.check("a whole event goes back with its version", request.execute()["location"], "Here")
    cleared = events.patch(**path, body={"location": None}).execute()
    score.check("a null clears one member", ("location" in cleared, cleared["summary"]), (False, "y"))


def imported(desk, score):
    events = desk.owner().events()
    body = hour("far", iCalUID="far@example.org", sequence=1, organizer={"email": CARA}, attendees=[{"email": BEN}])
    made = events.import_(calendarId="primary", body=body).execute()
    again = events.import_(calendarId="primary", body={**body, "summary": "farther", "sequence": 2}).execute()
    score.check("an import finds its event again", (again["id"], again["summary"]), (made["id"], "farther"))
    listed = desk.service(BEN).events().list(calendarId="primary", iCalUID="far@example.org").execute()["items"]
    score.check("an import invites nobody", (listed, posted(desk)), ([], []))


def moved(desk, score):
    service = desk.owner()
    team = service.calendars().insert(body={"summary": "Team"}).execute()["id"]
    made = service.events().insert(calendarId="primary", body=hour("m")).execute()
    there = service.events().move(calendarId="primary", eventId=made["id"], destination=team).execute()
    left = service.events().get(calendarId="primary", eventId=made["id"]).execute()
    score.check("a moved event has another organiser", (there["id"], there["organizer"]["email"]), (made["id"], team))
    score.check("and leaves its id behind", (left["status"], "summary" in left), ("cancelled", False))


def instances(desk, score):
    events = desk.owner().events()
    series = events.insert(calendarId="primary", body=weekly(5)).execute()["id"]
    events.delete(calendarId="primary", eventId=f"{series}_20261208T080000Z").execute()
    found, request = [], events.instances(calendarId="primary", eventId=series, maxResults=2)
    while request is not None:
        page = request.execute()
        found += [item["originalStartTime"]["dateTime"][:10] for item in page["items"]]
        request = events.instances_next(request, page)
    score.check("instances page by page", found, ["2026-12-01", "2026-12-15", "2026-12-22", "2026-12-29"])


def mails(desk, score):
    owner, guest = desk.owner().events(), desk.service(BEN).events()
    people = [{"email": BEN}, {"email": CARA}]
    made = owner.insert(calendarId="primary", body=hour("m", attendees=people)).execute()
    path = {"calendarId": "primary", "eventId": made["id"]}
    owner.patch(**path, body={"summary": "n"}).execute()
    score.check("nobody is mailed by default", posted(desk), [])
    owner.patch(**path, body={"summary": "o"}, sendUpdates="all").execute()
    score.check("all are", posted(desk), [("update", BEN), ("update", CARA)])
    owner.patch(**path, body={"summary": "p"}, sendUpdates="externalOnly").execute()
    score.check("or those without an account", posted(desk), [("update", CARA)])
    copy = guest.get(**path).execute()
    own = [{"email": BEN, "responseStatus": "tentative"}]
    guest.patch(**path, body={"attendees": own, "attendeesOmitted": True}, sendUpdates="all").execute()
    score.check("an answer goes to the organiser", posted(desk), [("response", ADA)])
    theirs = {one["email"]: one["responseStatus"] for one in owner.get(**path).execute()["attendees"]}
    score.check("and stands in their event", theirs, {BEN: "tentative", CARA: "needsAction"})
    score.check("a copy has the same iCalUID", copy["iCalUID"], made["iCalUID"])
    owner.delete(**path, sendUpdates="all").execute()
    score.check("cancellations", posted(desk), [("cancellation", BEN), ("cancellation", CARA)])
    score.check("the copy is gone", guest.get(**path).execute()["status"], "cancelled")


def split(desk, score):
    events = desk.owner().events()
    old = events.insert(calendarId="primary", body=weekly(6, colorId="7")).execute()["id"]
    token = events.list(calendarId="primary", showDeleted=True, maxResults=2500).execute()["nextSyncToken"]
    made = desk.control("POST", f"events/{ADA}/{old}_20261215T080000Z/split", {"summary": "Later"})
    score.check("the new series is named after the cut", made["id"], f"{old}_R20261215T080000")
    changed = events.list(calendarId="primary", showDeleted=True, maxResults=2500, syncToken=token).execute()["items"]
    score.check("both halves stand in the delta", sorted(item["id"] for item in changed), sorted([old, made["id"]]))
    titles = [item["summary"] for series in (old, made["id"])
              for item in events.instances(calendarId="primary", eventId=series).execute()["items"]]
    score.check("six occurrences as before", titles, ["Weekly"] * 2 + ["Later"] * 4)


def batch(desk, score):
    service = desk.owner()
    answers = {}

    def hear(request_id, response, error):
        answers[request_id] = error.status_code if error else response["summary"]

    requests = service.new_batch_http_request(callback=hear)
    requests._batch_uri = desk.base + "/batch/calendar/v3"
    for number in range(20):
        requests.add(service.events().insert(calendarId="primary", body=hour(f"b{number}")), request_id=str(number))
    requests.add(service.events().get(calendarId="primary", eventId="missing"), request_id="missing")
    desk.fault(operation="events.insert", reason="rateLimitExceeded", skip=3)
    requests.execute()
    wanted = {str(number): f"b{number}" for number in range(20)} | {"missing": 404, "3": 403}
    score.check("a batch answers each of its requests", answers, wanted)
