"""calendarView/delta with the vendor's client: rounds, pages, losses."""

from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder

from graph.build import hour, weekly
from graph.desk import ADA, WINDOW
from graph.routes import asking

PARAMETERS = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters


async def whole_round(score, builder, link=None, size=3):
    """All items of a round, and the link for the next."""
    prefer = f'IdType="ImmutableId", odata.maxpagesize={size}'
    request = builder.with_url(link).get(asking(None, prefer)) if link else builder.get(asking(PARAMETERS, prefer, **WINDOW))
    items = []
    while True:
        page = await score.ok("a page of a delta", request)
        items += page.value or []
        if page.odata_delta_link:
            return items, page.odata_delta_link
        request = builder.with_url(page.odata_next_link).get(asking(None, prefer))


def removed(item):
    return "@removed" in item.additional_data


async def run(desk, score):
    ada = desk.client(ADA)
    calendar = await ada.me.calendar.get()
    for builder in (ada.me.calendar_view.delta, ada.me.calendars.by_calendar_id(calendar.id).calendar_view.delta):
        await rounds(score, ada, builder)
    await losses(desk, score, ada)


async def rounds(score, ada, builder):
    single = await ada.me.events.post(hour("Single", 3), asking(None, 'IdType="ImmutableId"'))
    await ada.me.events.post(weekly())
    items, link = await whole_round(score, builder)
    kinds = [item.type for item in items]
    score.check("kinds of a first round", kinds, [EventType.SingleInstance, EventType.SeriesMaster] + [EventType.Occurrence] * 4)
    sparse = items[2]
    score.check("occurrences are sparse", (sparse.subject, sparse.body, bool(sparse.start and sparse.series_master_id)), (None, None, True))
    score.check("a quiet round", (await whole_round(score, builder, link))[0], [])
    await ada.me.events.by_event_id(single.id).patch(Event(subject="Changed"))
    changed, link = await whole_round(score, builder, link)
    score.check("a changed event", [item.subject for item in changed], ["Changed"])
    for item in (await ada.me.events.get()).value:
        await ada.me.events.by_event_id(item.id).delete()
    gone, _ = await whole_round(score, builder, link)
    score.check("removals", [removed(item) for item in gone], [True, True])


async def losses(desk, score, ada):
    builder = ada.me.calendar_view.delta
    _, link = await whole_round(score, builder)
    desk.control("POST", "graph/expire-delta-tokens", {})
    await score.refused("a lost state", builder.with_url(link).get(), 410, "SyncStateNotFound")
    for status, code in [(400, "syncStateNotFound"), (404, "SyncStateInvalid"), (410, "resyncRequired")]:
        desk.control("PATCH", "switches", {"graph": {"lostStateStatus": status, "lostStateCode": code}})
        await score.refused(f"a lost state as {status}", builder.with_url(link).get(), status, code)
    await score.refused("no window", builder.get(), 400, "ErrorInvalidParameter")
    await score.refused("a filter", builder.get(asking(PARAMETERS, filter="isAllDay eq true", **WINDOW)), 400, "ErrorInvalidUrlQuery")
    await score.refused("a made-up token", builder.with_url(f"{desk.base}/v1.0/me/calendarView/delta?$deltatoken=x").get(), 400, "BadRequest")
