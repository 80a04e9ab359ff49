//! How an instance is shown.

use serde::Serialize;
use tidecal_core::model::{Event, Status, Transparency, Visibility};
use tidecal_core::sync::EventKind;
use tidecal_ical::{Moment, When};
use tidecal_store::ShownEvent;
use utoipa::ToSchema;

use super::listing::Listed;
use super::people::{AttendeeOut, OrganizerOut};

/// One event or occurrence that takes place. All-day: `start` and `end` are dates and `end` is
/// exclusive; otherwise RFC 3339 with the offset of the event's zone, or without an offset if the time
/// floats.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instance {
    /// The same for an occurrence before and after it was changed.
    id: String,
    /// Of the row behind it: for `GET /api/calendar/events/{eventId}`.
    event_id: String,
    /// Shared by all instances of a series.
    series_id: String,
    /// Which occurrence: its original start.
    recurrence_id: Option<String>,
    calendar_id: String,
    title: String,
    description: String,
    location: String,
    all_day: bool,
    #[schema(example = "2026-11-21T10:00:00+01:00")]
    start: String,
    #[schema(example = "2026-11-21T11:00:00+01:00")]
    end: String,
    /// IANA name; null for all-day and floating ones.
    time_zone: Option<String>,
    /// `confirmed` or `tentative`.
    status: &'static str,
    /// `opaque`: busy; `transparent`: free.
    transparency: &'static str,
    /// `default`, `public`, `private` or `confidential`.
    visibility: &'static str,
    /// `meeting`, `call`, `task`, …
    event_type: &'static str,
    attendees: Vec<AttendeeOut>,
    organizer: Option<OrganizerOut>,
    conference_url: Option<String>,
    /// Part of a series.
    recurring: bool,
    /// `#rrggbb` of the calendar.
    color: Option<String>,
    /// The zone was derived from something other than its name.
    zone_guessed: bool,
    /// Connections that show it.
    connection_ids: Vec<String>,
}

impl Instance {
    pub(super) fn of(listed: Listed<'_>, shown: &ShownEvent, color: Option<String>) -> Self {
        let (row, event, slot) = (&shown.row, &shown.row.event, listed.slot);
        let (start, end) = bounds(&slot.when);
        Self {
            id: listed.id(),
            event_id: row.id.clone(),
            series_id: row.series_id.clone(),
            recurrence_id: slot.recurrence_id.map(|id| id.to_string()),
            calendar_id: row.calendar_id.clone(),
            title: event.title.clone(),
            description: event.description.clone(),
            location: event.location.clone(),
            all_day: slot.when.is_all_day(),
            start,
            end,
            time_zone: zone_name(&slot.when),
            status: status(event),
            transparency: transparency(event),
            visibility: visibility(event),
            event_type: event.event_type.as_str(),
            attendees: event.attendees.iter().map(AttendeeOut::from).collect(),
            organizer: event.organizer.as_ref().map(OrganizerOut::from),
            conference_url: conference_url(event),
            recurring: row.kind != EventKind::Single,
            color,
            zone_guessed: event.zone_guessed,
            connection_ids: shown.connection_ids.clone(),
        }
    }
}

/// Start and end as texts.
pub(super) fn bounds(when: &When) -> (String, String) {
    match when {
        When::AllDay { start, end } => (start.to_string(), end.to_string()),
        When::Timed { start, end } => (moment(start), moment(end)),
    }
}

/// With the offset that its zone has then; of a gap the time after it.
fn moment(moment: &Moment) -> String {
    let Some(zone) = &moment.zone else { return moment.local.strftime("%Y-%m-%dT%H:%M:%S").to_string() };
    let format = if zone.name() == "UTC" { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
    moment.instant(zone).to_zoned(zone.rules()).strftime(format).to_string()
}

pub(super) fn zone_name(when: &When) -> Option<String> {
    when.zone().map(|zone| zone.name().to_owned())
}

pub(super) fn conference_url(event: &Event) -> Option<String> {
    event.conference.as_ref().map(|conference| conference.url.clone()).filter(|url| !url.is_empty())
}

pub(super) fn status(event: &Event) -> &'static str {
    match event.status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => "cancelled",
    }
}

pub(super) fn transparency(event: &Event) -> &'static str {
    match event.transparency {
        Transparency::Opaque => "opaque",
        Transparency::Transparent => "transparent",
    }
}

pub(super) fn visibility(event: &Event) -> &'static str {
    match event.visibility {
        Visibility::Default => "default",
        Visibility::Public => "public",
        Visibility::Private => "private",
        Visibility::Confidential => "confidential",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use tidecal_ical::Zone;

    #[test]
    fn times_carry_what_they_know() {
        let at = |zone: Option<&str>| Moment {
            local: date(2026, 7, 1).at(9, 30, 0, 0),
            zone: zone.map(|zone| Zone::iana(zone).unwrap()),
        };
        assert_eq!(moment(&at(Some("Europe/Vienna"))), "2026-07-01T09:30:00+02:00");
        assert_eq!(moment(&at(Some("UTC"))), "2026-07-01T09:30:00Z");
        assert_eq!(moment(&at(None)), "2026-07-01T09:30:00");
        let days = When::AllDay { start: date(2026, 7, 1), end: date(2026, 7, 3) };
        assert_eq!(bounds(&days), ("2026-07-01".to_owned(), "2026-07-03".to_owned()));
    }

    #[test]
    fn a_time_that_the_clock_jumps_over_is_the_time_after_it() {
        let skipped = Moment::zoned(date(2026, 3, 29).at(2, 30, 0, 0), Zone::iana("Europe/Vienna").unwrap());
        assert_eq!(moment(&skipped), "2026-03-29T03:30:00+02:00");
    }
}
