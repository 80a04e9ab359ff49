"""`$batch` with the vendor's client: answers by id, failed dependencies, members throttled on their own."""

from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from graph.build import hour
from graph.desk import ADA


def step(name, information):
    item = BatchRequestItem(request_information=information, id=name)
    item.set_url(information.url)
    # the library takes the version off the vendor's own addresses only
    item.url = item.url.removeprefix("/v1.0")
    return item


def content(*steps):
    return BatchRequestContent({one.id: one for one in steps})


async def run(desk, score):
    ada = desk.client(ADA)
    made, other = await ada.me.events.post(hour("In a batch")), await ada.me.events.post(hour("Other"))
    event, nothing = ada.me.events.by_event_id(made.id), ada.me.events.by_event_id("made-up")
    steps = [
        step("one", ada.me.to_get_request_information()),
        step("two", event.to_get_request_information()),
        step("three", nothing.to_get_request_information()),
        step("four", ada.me.events.by_event_id(other.id).to_delete_request_information()),
    ]
    answer = await score.ok("a batch", ada.batch.post(content(*steps)))
    wanted = {"one": 200, "two": 200, "three": 400, "four": 204}
    score.check("its answers", {name: one.status for name, one in answer.responses.items()}, wanted)
    desk.fault(operation="graph.calendars.list", reason="ApplicationThrottled")
    answer = await score.ok("a batch with a throttled member", ada.batch.post(content(
        step("one", ada.me.to_get_request_information()), step("two", ada.me.calendars.to_get_request_information()))))
    score.check("one is throttled", {name: one.status for name, one in answer.responses.items()}, {"one": 200, "two": 429})
    score.check("and says how long", answer.responses["two"].headers.get("Retry-After"), "1")
    dependencies(desk, score)
    refusals(desk, score)


def dependencies(desk, score):
    """By plain requests: the library spells `dependsOn` otherwise than the vendor."""
    headers = {"Authorization": f"Bearer {desk.tokens(ADA)['access_token']}"}
    steps = [
        {"id": "1", "method": "GET", "url": "/me/events/made-up"},
        {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/me"},
        {"id": "4", "method": "GET", "url": "/me", "dependsOn": ["3"]},
    ]
    _, answer = desk.http("POST", "/v1.0/$batch", {"requests": steps}, headers=headers)
    got = {one["id"]: one["status"] for one in answer["responses"]}
    score.check("steps that depend", got, {"1": 400, "2": 424, "3": 200, "4": 200})


def refusals(desk, score):
    """What the client itself would not send."""
    headers = {"Authorization": f"Bearer {desk.tokens(ADA)['access_token']}"}
    get = [{"id": str(number), "method": "GET", "url": "/me"} for number in range(21)]
    for what, body, sent, status, code in [
        ("too many", {"requests": get}, headers, 400, "BadRequest"),
        ("none", {"requests": []}, headers, 400, "BadRequest"),
        ("one id twice", {"requests": [get[0], get[0]]}, headers, 400, "BadRequest"),
        ("nobody", {"requests": get[:1]}, {"Authorization": "Bearer x"}, 401, "InvalidAuthenticationToken"),
    ]:
        got, answer = desk.http("POST", "/v1.0/$batch", body, headers=sent)
        score.check(f"a batch: {what}", (got, answer["error"]["code"]), (status, code))
    for reason, status in [("ApplicationThrottled", 429), ("ErrorServerBusy", 503)]:
        desk.fault(operation="graph.batch", reason=reason)
        got, answer = desk.http("POST", "/v1.0/$batch", {"requests": get[:1]}, headers=headers)
        score.check(f"a batch as {reason}", (got, answer["error"]["code"]), (status, reason))
