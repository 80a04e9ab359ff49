"""Every served route with what can go wrong: bad parameter, 401, 403, 404, 409, 412, 429 and 503."""

from datetime import datetime, timedelta, timezone

from msgraph.generated.models.calendar import Calendar
from msgraph.generated.models.event import Event
from msgraph.generated.models.exchange_id_format import ExchangeIdFormat
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
from msgraph.generated.users.item.events.item.decline.decline_post_request_body import DeclinePostRequestBody
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder
from msgraph.generated.users.item.events.item.snooze_reminder.snooze_reminder_post_request_body import SnoozeReminderPostRequestBody
from msgraph.generated.users.item.events.item.tentatively_accept.tentatively_accept_post_request_body import TentativelyAcceptPostRequestBody
from msgraph.generated.users.item.translate_exchange_ids.translate_exchange_ids_post_request_body import TranslateExchangeIdsPostRequestBody

from graph import receiver
from graph.build import at, guest, hour, rich, weekly
from graph.desk import ADA, BEN, WINDOW
from graph.routes import asking

VIEW = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters
DELTA = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters
LIST = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters
INSTANCES = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters
#: What the vendor may answer to any request at all.
ANYWHERE = [(429, "ApplicationThrottled"), (503, "ErrorServerBusy"), (500, "ErrorInternalServerError"),
            (404, "MailboxNotEnabledForRESTAPI"), (409, "ErrorIrresolvableConflict"), (410, "SyncStateNotFound")]


def wish(url="http://127.0.0.1:9/hook", **change):
    until = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
    return Subscription(**{"change_type": "updated", "notification_url": url, "resource": "/me/events", "expiration_date_time": until, **change})


class Ids:
    """A calendar, an event, a series and a subscription to aim at."""

    async def make(self, client):
        self.calendar = (await client.me.calendars.post(Calendar(name="Aim"))).id
        self.event = (await client.me.events.post(hour("Aim"))).id
        self.series = (await client.me.events.post(weekly())).id
        return self


def table(client, ids):
    """Every operation as (name, permission to write needed, its request)."""
    me, event = client.me, client.me.events.by_event_id(ids.event)
    later = Subscription(expiration_date_time=datetime(2026, 11, 22, tzinfo=timezone.utc))
    subscription = client.subscriptions.by_subscription_id("00000000-0000-0000-0000-000000000000")
    calendar = me.calendars.by_calendar_id(ids.calendar)
    return [
        ("me", False, lambda: me.get()),
        ("mailboxSettings", False, lambda: me.mailbox_settings.get()),
        ("supportedTimeZones", False, lambda: me.outlook.supported_time_zones.get()),
        ("translateExchangeIds", False, lambda: me.translate_exchange_ids.post(TranslateExchangeIdsPostRequestBody(
            input_ids=[ids.event], source_id_type=ExchangeIdFormat.RestId, target_id_type=ExchangeIdFormat.RestImmutableEntryId))),
        ("calendarGroups.list", False, lambda: me.calendar_groups.get()),
        ("calendarGroups.calendars", False, lambda: me.calendar_groups.by_calendar_group_id("AQMkAGroupMine").calendars.get()),
        ("calendars.list", False, lambda: me.calendars.get()),
        ("calendars.create", True, lambda: me.calendars.post(Calendar(name="New"))),
        ("calendars.get", False, lambda: calendar.get()),
        ("calendars.patch", True, lambda: calendar.patch(Calendar(name="Other"))),
        ("calendars.delete", True, lambda: calendar.delete()),
        ("events.list", False, lambda: calendar.events.get()),
        ("events.create", True, lambda: me.events.post(hour("New"))),
        ("events.get", False, lambda: event.get()),
        ("events.patch", True, lambda: event.patch(Event(subject="x"))),
        ("events.delete", True, lambda: event.delete()),
        ("events.cancel", True, lambda: event.cancel.post(CancelPostRequestBody())),
        ("events.accept", True, lambda: event.accept.post(AcceptPostRequestBody())),
        ("events.decline", True, lambda: event.decline.post(DeclinePostRequestBody())),
        ("events.tentativelyAccept", True, lambda: event.tentatively_accept.post(TentativelyAcceptPostRequestBody())),
        ("events.dismissReminder", True, lambda: event.dismiss_reminder.post()),
        ("events.snoozeReminder", True, lambda: event.snooze_reminder.post(SnoozeReminderPostRequestBody(new_reminder_time=at("2026-12-01T08:00:00")))),
        ("events.instances", False, lambda: me.events.by_event_id(ids.series).instances.get(asking(INSTANCES, **WINDOW))),
        ("calendarView", False, lambda: calendar.calendar_view.get(asking(VIEW, **WINDOW))),
        ("delta", False, lambda: calendar.calendar_view.delta.get(asking(DELTA, **WINDOW))),
        ("subscriptions.list", False, lambda: client.subscriptions.get()),
        ("subscriptions.create", False, lambda: client.subscriptions.post(wish())),
        ("subscriptions.get", False, lambda: subscription.get()),
        ("subscriptions.renew", False, lambda: subscription.patch(later)),
        ("subscriptions.delete", False, lambda: subscription.delete()),
        ("subscriptions.reauthorize", False, lambda: subscription.reauthorize.post()),
    ]


async def run(desk, score):
    ada = desk.client(ADA)
    ids = await Ids().make(ada)
    for name, _, request in table(ada, ids):
        for status, code in ANYWHERE:
            desk.fault(operation=f"graph.{name}", reason=code)
            await score.refused(f"{name} as {code}", request(), status, code)
    for name, _, request in table(desk.client(token="made-up"), ids):
        await score.refused(f"{name} with a made-up token", request(), 401, "InvalidAuthenticationToken")
    reader = desk.client(ADA, "Calendars.Read")
    for name, writes, request in table(reader, ids):
        if writes:
            await score.refused(f"{name} with permission to read", request(), 403, "ErrorAccessDenied")
    profile_only = desk.client(ADA, "User.Read")
    for name, _, request in table(profile_only, ids):
        if name.startswith(("calendar", "events", "delta", "subscriptions")):
            await score.refused(f"{name} without permission", request(), 403, "ErrorAccessDenied")
    parameters(desk, score, ids)
    await bodies(score, ada, ids)
    await absent(score, ada, ids)
    await conflicts(desk, score, ada, ids)
    await rights(desk, score, ada)
    await subscriptions(desk, score, ada)


def parameters(desk, score, ids):
    """Unknown, mistyped, impossible and missing query options."""
    headers = {"Authorization": f"Bearer {desk.tokens(ADA)['access_token']}"}
    window = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z"
    for path, status, code in [
        ("me?$expand=x", 400, "BadRequest"),
        ("me/calendars?$filter=x", 400, "BadRequest"),
        ("me/calendars?$top=many", 400, "BadRequest"),
        ("me/events?$selekt=id", 400, "BadRequest"),
        ("me/events?$select=title", 400, "BadRequest"),
        ("me/events?$orderby=title", 400, "BadRequest"),
        ("me/events?$filter=subject%20like%20'x'", 400, "BadRequest"),
        ("me/events?$top=0", 400, "BadRequest"),
        ("me/events?$top=1&$top=2", 400, "BadRequest"),
        ("me/events?$expand=everything", 400, "BadRequest"),
        ("me/events?singleEvents=true", 400, "sandboxUnknownParameter"),
        ("me/calendarView", 400, "ErrorInvalidParameter"),
        ("me/calendarView?startDateTime=2026-12-01T00:00:00Z", 400, "ErrorInvalidParameter"),
        ("me/calendarView?startDateTime=soon&endDateTime=later", 400, "ErrorInvalidParameter"),
        ("me/calendarView?startDateTime=2027-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z", 400, "ErrorInvalidParameter"),
        (f"me/calendarView/delta?{window}&$orderby=subject", 400, "ErrorInvalidUrlQuery"),
        ("me/calendarView/delta?$skiptoken=x", 400, "BadRequest"),
        ("me/nothing", 400, "BadRequest"),
        ("me/calendar/getSchedule", 400, "BadRequest"),
    ]:
        got, body = desk.http("GET", f"/v1.0/{path}", headers=headers)
        score.check(path, (got, body["error"]["code"]), (status, code))
    for prefer, code in [('outlook.timezone="Mars"', "TimeZoneNotSupportedException"), ("odata.maxpagesize=x", "BadRequest")]:
        got, body = desk.http("GET", "/v1.0/me/events", headers={**headers, "Prefer": prefer})
        score.check(prefer, (got, body["error"]["code"]), (400, code))
    got, body = desk.http("POST", "/v1.0/me/events", {"title": "x"}, headers=headers)
    score.check("an unknown member", (got, body["error"]["code"]), (400, "RequestBodyRead"))


async def bodies(score, ada, ids):
    """Values that the types allow and the vendor does not."""
    post, event = ada.me.events.post, ada.me.events.by_event_id(ids.event)
    day = {"is_all_day": True, "end": at("2026-12-03T00:00:00")}
    for what, request, code in [
        ("no times", post(Event(subject="x")), "ErrorPropertyValidationFailure"),
        ("an end before the start", post(Event(subject="x", start=at("2026-12-02T10:00:00"), end=at("2026-12-02T09:00:00"))), "ErrorInvalidRequest"),
        ("a day that begins at nine", post(Event(subject="x", start=at("2026-12-02T09:00:00"), **day)), "ErrorInvalidRequest"),
        ("a day of no length", post(Event(subject="x", start=at("2026-12-03T00:00:00"), **day)), "ErrorInvalidRequest"),
        ("a day in two zones", post(Event(subject="x", start=at("2026-12-02T00:00:00", "UTC"), **day)), "ErrorInvalidRequest"),
        ("no attendee's address", post(hour("x", attendees=[guest("nobody")])), "ErrorInvalidRecipients"),
        ("too many attendees", post(hour("x", attendees=[guest(f"a{n}@example.org") for n in range(501)])), "ErrorTooManyAttendees"),
        ("another transaction id", event.patch(Event(transaction_id="x")), "ErrorInvalidRequest"),
        ("no name of a calendar", ada.me.calendars.post(Calendar()), "ErrorPropertyValidationFailure"),
        ("cancelling as a guest would", event.accept.post(AcceptPostRequestBody()), "ErrorInvalidRequest"),
    ]:
        await score.refused(what, request, 400, code)
    too_long = weekly()
    too_long.end = at("2026-12-10T09:00:00")
    await score.refused("occurrences that overlap", post(too_long), 400, "ErrorOccurrenceTimeSpanTooBig")
    all_four = (await ada.me.events.by_event_id(ids.series).instances.get(asking(INSTANCES, **WINDOW))).value
    crossing = Event(start=at("2026-12-16T09:00:00"), end=at("2026-12-16T10:00:00"))
    await score.refused("an occurrence past its neighbour", ada.me.events.by_event_id(all_four[1].id).patch(crossing), 400, "ErrorOccurrenceCrossingBoundary")


async def absent(score, ada, ids):
    """Items that are gone, and ids that never were."""
    gone = Ids()
    made = await ada.me.events.post(hour("Gone"))
    shelf = await ada.me.calendars.post(Calendar(name="Gone"))
    await ada.me.events.by_event_id(made.id).delete()
    await ada.me.calendars.by_calendar_id(shelf.id).delete()
    gone.event, gone.series, gone.calendar = made.id, made.id, shelf.id
    for name, _, request in table(ada, gone):
        if name.startswith("subscriptions.") and name not in ("subscriptions.list", "subscriptions.create"):
            await score.refused(f"{name} of nothing", request(), 404, "ResourceNotFound")
        elif name in ("calendarView", "delta", "events.list") or name.startswith("calendars.") and name not in ("calendars.list", "calendars.create"):
            await score.refused(f"{name} of a calendar that is gone", request(), 404, "ErrorItemNotFound")
        elif name.startswith("events.") and name != "events.create":
            await score.refused(f"{name} of an event that is gone", request(), 404, "ErrorItemNotFound")
    await score.refused("a group that is none", ada.me.calendar_groups.by_calendar_group_id("x").calendars.get(), 404, "ErrorItemNotFound")
    await score.refused("an id that is none", ada.me.events.by_event_id("x").get(), 400, "ErrorInvalidIdMalformed")
    await score.refused("a calendar's id that is none", ada.me.calendars.by_calendar_id("x").get(), 400, "ErrorInvalidIdMalformed")
    await score.refused("instances of a single event", ada.me.events.by_event_id(ids.event).instances.get(asking(INSTANCES, **WINDOW)), 400, "ErrorInvalidRequest")


async def conflicts(desk, score, ada, ids):
    """Taken names, repeated transactions, former versions."""
    await score.refused("a name taken", ada.me.calendars.post(Calendar(name="Aim")), 409, "ErrorFolderExists")
    await ada.me.events.post(rich("Once"))
    for status in (409, 400):
        desk.control("PATCH", "switches", {"graph": {"duplicateTransactionStatus": status}})
        await score.refused("a transaction again", ada.me.events.post(rich("Once")), status, "ErrorDuplicateTransactionId")
    event = ada.me.events.by_event_id(ids.event)
    former = asking(None, if_match=(await event.get()).additional_data["@odata.etag"])
    await event.patch(Event(subject="Newer"))
    await score.refused("events.patch of a former version", event.patch(Event(subject="x"), former), 412, "ErrorIrresolvableConflict")
    await score.refused("events.delete of a former version", event.delete(former), 412, "ErrorIrresolvableConflict")
    calendar = ada.me.calendars.by_calendar_id(ids.calendar)
    await score.refused("calendars.patch of a former version", calendar.patch(Calendar(name="x"), asking(None, if_match='W/"old"')), 412, "ErrorIrresolvableConflict")


async def rights(desk, score, ada):
    """Read-only calendars, other people's mailboxes, a guest's limits."""
    shelf = desk.control("POST", "graph/calendars", {"account": ADA, "name": "Holidays", "canEdit": False})
    calendar = ada.me.calendars.by_calendar_id(shelf["id"])
    await score.refused("an event in a read-only calendar", calendar.events.post(hour("x")), 403, "ErrorAccessDenied")
    await score.refused("a read-only calendar's name", calendar.patch(Calendar(name="x")), 403, "ErrorAccessDenied")
    await score.refused("another mailbox", ada.users.by_user_id(BEN).events.get(), 403, "ErrorAccessDenied")
    home = await ada.me.calendar.get()
    await score.refused("the default calendar", ada.me.calendars.by_calendar_id(home.id).delete(), 403, "ErrorAccessDenied")
    ben = desk.client(BEN)
    await ada.me.events.post(hour("Theirs", 9, attendees=[guest(BEN)]))
    copy = (await ben.me.events.get(asking(LIST, filter="subject eq 'Theirs'"))).value[0]
    cancel = ben.me.events.by_event_id(copy.id).cancel.post(CancelPostRequestBody())
    await score.refused("a guest who cancels", cancel, 400, "ErrorInvalidRequest")


async def subscriptions(desk, score, ada):
    post = ada.subscriptions.post
    soon = datetime(2026, 11, 21, 9, tzinfo=timezone.utc)
    with receiver.listening() as (url, _):
        for what, body, code in [
            ("a deaf receiver", wish("http://127.0.0.1:9/hook"), "ValidationError"),
            ("a receiver elsewhere", wish("http://192.0.2.1/hook"), "sandboxNotLoopback"),
            ("an unknown change", wish(url, change_type="moved"), "InvalidRequest"),
            ("an unknown resource", wish(url, resource="/me/messages"), "InvalidRequest"),
            ("an end in the past", wish(url, expiration_date_time=soon), "InvalidRequest"),
            ("an end too far", wish(url, expiration_date_time=soon + timedelta(days=8)), "InvalidRequest"),
            ("a long secret", wish(url, client_state="x" * 129), "InvalidRequest"),
        ]:
            await score.refused(what, post(body), 400, code)
        await score.ok("a subscription", post(wish(url)))
        await score.refused("the same subscription", post(wish(url)), 409, "Conflict")
