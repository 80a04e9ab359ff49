"""Every served route with the vendor's client: what it sends is taken, what it gets fits its types."""

from datetime import datetime, timedelta, timezone

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.calendar import Calendar
from msgraph.generated.models.calendar_color import CalendarColor
from msgraph.generated.models.event import Event
from msgraph.generated.models.exchange_id_format import ExchangeIdFormat
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
from msgraph.generated.users.item.events.item.decline.decline_post_request_body import DeclinePostRequestBody
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder
from msgraph.generated.users.item.events.item.snooze_reminder.snooze_reminder_post_request_body import SnoozeReminderPostRequestBody
from msgraph.generated.users.item.events.item.tentatively_accept.tentatively_accept_post_request_body import TentativelyAcceptPostRequestBody
from msgraph.generated.users.item.translate_exchange_ids.translate_exchange_ids_post_request_body import TranslateExchangeIdsPostRequestBody

from graph import receiver
from graph.build import MARK, at, guest, hour, rich, weekly
from graph.desk import ADA, BEN, WINDOW


def asking(kind, prefer=None, if_match=None, **query):
    """A request's options, in the vendor's own types."""
    config = RequestConfiguration(query_parameters=kind(**query) if kind else None)
    if prefer:
        config.headers.add("Prefer", prefer)
    if if_match:
        config.headers.add("If-Match", if_match)
    return config


async def run(desk, score):
    await seeded(desk, score)
    desk.reset()
    ada, ben = desk.client(ADA), desk.client(BEN)
    await profile(score, ada)
    await calendars(score, ada)
    await events(score, ada)
    await series(score, ada)
    await meetings(desk, score, ada, ben)
    await subscriptions(score, ada)


async def seeded(desk, score):
    """All of the seed data fits the vendor's types."""
    desk.reset(filled=True)
    for person in (ADA, BEN):
        client = desk.client(person)
        all_calendars = await score.ok("seeded calendars", client.me.calendars.get())
        for calendar in all_calendars.value:
            builder = client.me.calendars.by_calendar_id(calendar.id)
            listed = await score.ok("seeded events", builder.events.get(
                asking(EventsRequestBuilder.EventsRequestBuilderGetQueryParameters, top=500)))
            score.check(f"{calendar.name} holds something", bool(listed.value))
            page = await score.ok("seeded view", builder.calendar_view.get(asking(
                CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters, top=100, **WINDOW)))
            while page.odata_next_link:
                page = await score.ok("seeded view, next page", builder.calendar_view.with_url(page.odata_next_link).get())


async def profile(score, ada):
    await score.ok("me", ada.me.get())
    settings = await score.ok("mailboxSettings", ada.me.mailbox_settings.get())
    score.check("the mailbox's zone", settings.time_zone, "W. Europe Standard Time")
    groups = await score.ok("calendarGroups", ada.me.calendar_groups.get())
    for group in groups.value:
        await score.ok("calendars of a group", ada.me.calendar_groups.by_calendar_group_id(group.id).calendars.get())
    await score.ok("supportedTimeZones", ada.me.outlook.supported_time_zones.get())


async def calendars(score, ada):
    made = await score.ok("calendars.create", ada.me.calendars.post(Calendar(name="Side", color=CalendarColor.LightTeal)))
    builder = ada.me.calendars.by_calendar_id(made.id)
    score.check("colour", (await score.ok("calendars.get", builder.get())).color, CalendarColor.LightTeal)
    changed = await score.ok("calendars.patch", builder.patch(Calendar(name="Aside")))
    score.check("its name", changed.name, "Aside")
    await score.ok("events.create there", builder.events.post(hour("There")))
    score.check("events there", len((await score.ok("events.list there", builder.events.get())).value), 1)
    await score.ok("calendars.delete", builder.delete())
    score.check("one left", len((await score.ok("calendars.list", ada.me.calendars.get())).value), 1)
    await score.ok("the default calendar", ada.me.calendar.get())


async def events(score, ada):
    options = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters
    sent = rich("Everything")
    made = await score.ok("events.create", ada.me.events.post(sent))
    for name in ["subject", "categories", "importance", "sensitivity", "show_as", "is_reminder_on", "allow_new_time_proposals",
                 "hide_attendees", "response_requested", "transaction_id", "online_meeting_provider", "is_online_meeting",
                 "reminder_minutes_before_start"]:
        score.check(f"{name} comes back", getattr(made, name), getattr(sent, name))
    score.check("a link to join", bool(made.online_meeting and made.online_meeting.join_url))
    builder = ada.me.events.by_event_id(made.id)
    got = await score.ok("events.get", builder.get(asking(options, expand=[f"singleValueExtendedProperties($filter=id eq '{MARK}')"])))
    score.check("the extended property", [one.value for one in got.single_value_extended_properties or []], ["x"])
    zoned = await score.ok("events.get in a zone", builder.get(asking(None, 'outlook.timezone="Tokyo Standard Time"')))
    score.check("times in that zone", (zoned.start.date_time, zoned.start.time_zone), ("2026-12-02T17:00:00.0000000", "Tokyo Standard Time"))
    etag = got.additional_data["@odata.etag"]
    changed = await score.ok("events.patch", builder.patch(Event(subject="Less"), asking(None, if_match=etag)))
    score.check("another change key", changed.change_key != got.change_key)
    found = await score.ok("events.list by property", ada.me.events.get(asking(
        EventsRequestBuilder.EventsRequestBuilderGetQueryParameters, count=True, top=5,
        filter=f"singleValueExtendedProperties/any(ep: ep/id eq '{MARK}' and ep/value eq 'X')")))
    score.check("one with the property", (found.odata_count, found.value[0].subject), (1, "Less"))
    immutable = await score.ok("events.get, immutable", builder.get(asking(None, 'IdType="ImmutableId"')))
    translated = await score.ok("translateExchangeIds", ada.me.translate_exchange_ids.post(TranslateExchangeIdsPostRequestBody(
        input_ids=[made.id], source_id_type=ExchangeIdFormat.RestId, target_id_type=ExchangeIdFormat.RestImmutableEntryId)))
    score.check("translated id", translated.value[0].target_id, immutable.id)
    await score.ok("dismissReminder", builder.dismiss_reminder.post())
    await score.ok("snoozeReminder", builder.snooze_reminder.post(SnoozeReminderPostRequestBody(new_reminder_time=at("2026-12-02T08:00:00"))))
    await score.ok("events.delete", builder.delete())
    day = Event(subject="Day", is_all_day=True, start=at("2026-12-05T00:00:00"), end=at("2026-12-06T00:00:00"))
    shown = await score.ok("an all-day event", ada.me.events.post(day))
    score.check("a day is a midnight in UTC", shown.start.date_time, "2026-12-05T00:00:00.0000000")


async def series(score, ada):
    made = await score.ok("a series", ada.me.events.post(weekly()))
    builder = ada.me.events.by_event_id(made.id)
    window = asking(InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters, **WINDOW)
    all_four = (await score.ok("instances", builder.instances.get(window))).value
    score.check("four of them", len(all_four), 4)
    await score.ok("an exception", ada.me.events.by_event_id(all_four[1].id).patch(Event(subject="Special")))
    await score.ok("a gap", ada.me.events.by_event_id(all_four[2].id).delete())
    options = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters
    master = await score.ok("a master in full", builder.get(asking(
        options, select=["id", "subject", "cancelledOccurrences"], expand=["exceptionOccurrences"])))
    score.check("gaps", master.cancelled_occurrences, [f"OID.{made.id}.2026-12-15"])
    score.check("exceptions", [one.subject for one in master.exception_occurrences], ["Special"])
    echoed = await score.ok("the recurrence as read, sent again", builder.patch(Event(recurrence=made.recurrence)))
    score.check("drops nothing", (echoed.type, len((await builder.instances.get(window)).value)), (made.type, 3))
    await score.ok("the series deleted", builder.delete())


async def meetings(desk, score, ada, ben):
    desk.control("DELETE", "mails")
    made = await score.ok("a meeting", ada.me.events.post(hour("Talk", attendees=[guest(BEN)])))
    invited = (await score.ok("the guest's events", ben.me.events.get())).value
    copy = next(one for one in invited if one.subject == "Talk")
    builder = ben.me.events.by_event_id(copy.id)
    await score.ok("tentativelyAccept", builder.tentatively_accept.post(TentativelyAcceptPostRequestBody(comment="x", send_response=True)))
    await score.ok("accept", builder.accept.post(AcceptPostRequestBody(send_response=False)))
    score.check("mails", [mail["kind"] for mail in desk.control("GET", "mails")["items"]], ["invitation", "response"])
    await score.ok("decline", builder.decline.post(DeclinePostRequestBody(send_response=True)))
    await score.ok("cancel", ada.me.events.by_event_id(made.id).cancel.post(CancelPostRequestBody(comment="x")))


async def subscriptions(score, ada):
    with receiver.listening() as (url, heard):
        until = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
        wish = Subscription(change_type="created,updated", notification_url=url, resource="/me/events", client_state="s", expiration_date_time=until)
        made = await score.ok("subscriptions.create", ada.subscriptions.post(wish))
        await score.ok("subscriptions.list", ada.subscriptions.get())
        builder = ada.subscriptions.by_subscription_id(made.id)
        await score.ok("subscriptions.get", builder.get())
        later = await score.ok("subscriptions.renew", builder.patch(Subscription(expiration_date_time=until + timedelta(hours=1))))
        score.check("renewed", later.expiration_date_time, until + timedelta(hours=1))
        await score.ok("an event to tell of", ada.me.events.post(hour("News")))
        notice = heard.get(timeout=10)["value"][0]
        score.check("a notification", (notice["changeType"], notice["clientState"], notice["subscriptionId"]), ("created", "s", made.id))
        await score.ok("subscriptions.reauthorize", builder.reauthorize.post())
        await score.ok("subscriptions.delete", builder.delete())
