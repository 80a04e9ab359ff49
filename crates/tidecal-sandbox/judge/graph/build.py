"""Bodies made with the vendor's own types."""

from datetime import date

from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.importance import Importance
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.location import Location
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty

ZONE = "W. Europe Standard Time"
MARK = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name tidecalId"


def at(text, zone=ZONE):
    return DateTimeTimeZone(date_time=text, time_zone=zone)


def hour(subject, day=1, time=9, **more):
    return Event(
        subject=subject, start=at(f"2026-12-{day:02}T{time:02}:00:00"), end=at(f"2026-12-{day:02}T{time + 1:02}:00:00"), **more
    )


def guest(address):
    return Attendee(type=AttendeeType.Required, email_address=EmailAddress(address=address, name=address))


def rich(subject):
    """An event with everything that can be written."""
    return hour(
        subject, 2,
        body=ItemBody(content_type=BodyType.Html, content="<p>One &amp; <b>two</b></p>"),
        location=Location(display_name="Room 1"), categories=["Red category"], importance=Importance.High,
        sensitivity=Sensitivity.Private, show_as=FreeBusyStatus.Oof, is_reminder_on=False, reminder_minutes_before_start=30,
        attendees=[guest("ben@example.com"), guest("eve@example.org")], is_online_meeting=True,
        online_meeting_provider=OnlineMeetingProviderType.TeamsForBusiness, allow_new_time_proposals=False,
        hide_attendees=True, response_requested=False, transaction_id=f"transaction {subject}",
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=MARK, value="x")],
    )


def weekly(count=4, **more):
    rule = PatternedRecurrence(
        pattern=RecurrencePattern(
            type=RecurrencePatternType.Weekly, interval=1, days_of_week=[DayOfWeek.Tuesday], first_day_of_week=DayOfWeek.Monday
        ),
        range=RecurrenceRange(type=RecurrenceRangeType.Numbered, start_date=date(2026, 12, 1), number_of_occurrences=count),
    )
    return hour("Weekly", recurrence=rule, **more)
