//! One event of the calendar as an object of a CalDAV server.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use tidecal_ical::{Attendee, Moment, PartStat, Person, Recurrence, RecurrenceId, VEvent, When, Zone};

/// An event; the input is the same event as Google writes it.
pub(super) fn shape(google: &Value) -> Result<VEvent> {
    let text = |name: &str| google[name].as_str().unwrap_or_default().to_owned();
    let rules = google["recurrence"].as_array().map(|rules| rules.iter().filter_map(Value::as_str).map(bare).collect());
    let stamp: Timestamp = "2026-11-20T09:00:00Z".parse()?;
    let original = google["originalStartTime"]["dateTime"].as_str().map(str::parse).transpose()?;
    let attendees: Vec<Attendee> = google["attendees"].as_array().into_iter().flatten().map(guest).collect();
    let organizer = Person { email: "ada@example.com".to_owned(), name: "Ada".to_owned() };
    Ok(VEvent {
        uid: text("iCalUID"),
        recurrence_id: original.map(RecurrenceId::Utc),
        stamp: Some(stamp),
        created: Some(stamp),
        last_modified: Some(stamp),
        recurrence: Recurrence { rules: rules.unwrap_or_default(), ..Recurrence::default() },
        summary: text("summary"),
        description: text("description"),
        location: text("location"),
        organizer: (!attendees.is_empty()).then_some(organizer),
        attendees,
        ..VEvent::at(when(google)?)
    })
}

fn bare(rule: &str) -> String {
    rule.trim_start_matches("RRULE:").to_owned()
}

fn when(google: &Value) -> Result<When> {
    let date = |name: &str| google[name]["date"].as_str().map(str::parse::<Date>).transpose();
    if let (Some(start), Some(end)) = (date("start")?, date("end")?) {
        return Ok(When::AllDay { start, end });
    }
    let moment = |name: &str| -> Result<Moment> {
        let time = &google[name];
        let zone = time["timeZone"].as_str().and_then(Zone::iana).context("an unknown zone")?;
        let at: Timestamp = time["dateTime"].as_str().context("no time")?.parse()?;
        Ok(Moment::zoned(zone.rules().to_datetime(at), zone))
    };
    Ok(When::Timed { start: moment("start")?, end: moment("end")? })
}

fn guest(google: &Value) -> Attendee {
    let text = |name: &str| google[name].as_str().unwrap_or_default().to_owned();
    Attendee {
        email: text("email"),
        name: text("displayName"),
        role: tidecal_ical::Role::Required,
        kind: tidecal_ical::AttendeeKind::Individual,
        partstat: match google["responseStatus"].as_str() {
            Some("accepted") => PartStat::Accepted,
            Some("declined") => PartStat::Declined,
            Some("tentative") => PartStat::Tentative,
            _ => PartStat::NeedsAction,
        },
        rsvp: false,
        comment: None,
        schedule_agent: None,
    }
}
