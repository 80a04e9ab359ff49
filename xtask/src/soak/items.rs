//! What a vendor holds, in the few words that the comparison needs.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

/// Nearer than this to an end of the window, an event may be in or out.
const DAYS_IN: i64 = 80;
const DAYS_AHEAD: i64 = 340;

/// One item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) title: String,
    /// An instant with milliseconds, or a date.
    pub(super) start: String,
    pub(super) cancelled: bool,
    /// Of an exception: its series.
    pub(super) series: Option<String>,
    /// Certainly within the window.
    pub(super) within: bool,
    /// A single event without guests: another person may edit it here.
    pub(super) plain: bool,
}

impl Item {
    pub(super) fn at(id: &str, title: &str, start: Start, now: Timestamp) -> Self {
        let edge = |days: i64| now.checked_add((days * 24).hours()).unwrap_or(now);
        let instant = match &start {
            Start::Date(date) => format!("{date}T12:00:00Z").parse().ok(),
            Start::Instant(at) => Some(*at),
            Start::Unknown => None,
        };
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            start: match start {
                Start::Date(date) => date,
                Start::Instant(at) => format!("{at:.3}"),
                Start::Unknown => String::new(),
            },
            cancelled: false,
            series: None,
            within: instant.is_some_and(|at| at > edge(-DAYS_IN) && at < edge(DAYS_AHEAD)),
            plain: false,
        }
    }
}

/// When it starts.
pub(super) enum Start {
    Date(String),
    Instant(Timestamp),
    Unknown,
}

fn list(stored: &Value) -> impl Iterator<Item = &Value> {
    stored["items"].as_array().into_iter().flatten()
}

/// The sandbox's dump of a Google calendar.
pub(super) fn of_google(stored: &Value, now: Timestamp) -> Vec<Item> {
    let read = |item: &Value| {
        let start = match (item["start"]["date"].as_str(), item["start"]["dateTime"].as_str()) {
            (Some(date), _) => Start::Date(date.to_owned()),
            (None, Some(text)) => text.parse().map_or(Start::Unknown, Start::Instant),
            (None, None) => Start::Unknown,
        };
        let text = |name: &str| item[name].as_str().unwrap_or_default();
        let cancelled = text("status") == "cancelled";
        let series = item["recurringEventId"].as_str().map(ToOwned::to_owned);
        let single = series.is_none() && item["recurrence"].is_null() && !cancelled;
        let plain = single && item["attendees"].is_null() && item["eventType"] == "default";
        Item { cancelled, series, plain, ..Item::at(text("id"), text("summary"), start, now) }
    };
    list(stored).map(read).collect()
}

/// The sandbox's dump of an Outlook calendar; occurrences that were cancelled are not told.
pub(super) fn of_outlook(stored: &Value, now: Timestamp) -> Vec<Item> {
    let read = |item: &Value| {
        let stamp = item["start"]["dateTime"].as_str().unwrap_or_default();
        let start = if item["isAllDay"] == true {
            Start::Date(stamp.get(..10).unwrap_or_default().to_owned())
        } else {
            let local: Option<DateTime> = stamp.parse().ok();
            let instant = local.and_then(|local| local.to_zoned(TimeZone::UTC).ok()).map(|it| it.timestamp());
            instant.map_or(Start::Unknown, Start::Instant)
        };
        let text = |name: &str| item[name].as_str().unwrap_or_default();
        let guests = item["attendees"].as_array().is_some_and(|guests| !guests.is_empty());
        let plain = item["recurrence"].is_null() && !guests && item["isOrganizer"] != false;
        let cancelled = item["isCancelled"] == true;
        Item { plain, cancelled, ..Item::at(text("id"), text("subject"), start, now) }
    };
    let mut items = Vec::new();
    for master in list(stored) {
        let whole = read(master);
        for exception in master["exceptionOccurrences"].as_array().into_iter().flatten() {
            items.push(Item { series: Some(whole.id.clone()), plain: false, ..read(exception) });
        }
        items.push(whole);
    }
    items
}
