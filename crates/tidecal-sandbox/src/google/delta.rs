//! The incremental list: what changed since a sync token, in the order of change.
//!
//! With `singleEvents` a changed series lists its occurrences in the window of the first request. Occurrences that a
//! changed rule no longer has are not reported there; the product reads series unexpanded.

use jiff::Timestamp;

use super::cursor::SyncToken;
use super::expanded::{self, Row};
use super::full::in_window;
use super::list_query::ListQuery;
use super::page::{Page, Scan, View};
use crate::data::calendar::Calendar;
use crate::data::event::Stored;

/// What a delta covers.
#[derive(Debug)]
pub(crate) struct Since<'a> {
    pub(crate) token: &'a SyncToken,
    /// The last change it delivers.
    pub(crate) upto: u64,
    /// Leave out changes outside the window of the first request.
    pub(crate) keeps_window: bool,
}

pub(crate) fn page(calendar: &Calendar, list: &ListQuery, since: &Since<'_>, scan: Scan, view: &View) -> Page {
    let token = since.token;
    let mut list = list.clone();
    list.time_min = token.time_min.and_then(|second| Timestamp::from_second(second).ok());
    list.time_max = token.time_max.and_then(|second| Timestamp::from_second(second).ok());
    let reached = scan.after.get(..20).and_then(|number| number.parse::<u64>().ok());
    let from = match reached {
        // an expanded series may continue, and a repeated item is asked for again
        Some(seq) if list.single_events || scan.repeats => seq,
        Some(seq) => seq + 1,
        None => token.seq + 1,
    };
    if from > since.upto {
        return Page::default();
    }
    let changed = calendar
        .changes
        .range(from..=since.upto)
        .filter_map(|(_, id)| calendar.events.get(id))
        .filter(|stored| is_of_type(stored, &list))
        .filter(|stored| !since.keeps_window || stored.cancelled || in_window(stored, &list));
    if !list.single_events {
        let candidates = changed.map(|stored| (key(stored.seq, ""), stored));
        return scan.cut(candidates, |stored| view.show(stored));
    }
    let after = scan.after.clone();
    let repeats = scan.repeats;
    let rows = changed
        .flat_map(|stored| {
            expanded::rows_of(calendar, stored, &list).into_iter().map(move |row| (key(stored.seq, &row.id()), row))
        })
        .filter(move |(key, _)| if repeats { *key >= after } else { *key > after });
    scan.cut(rows, |row: Row<'_>| row.show(calendar, view))
}

fn is_of_type(stored: &Stored, list: &ListQuery) -> bool {
    list.event_types.is_empty() || list.event_types.iter().any(|wanted| wanted == stored.event_type)
}

fn key(seq: u64, id: &str) -> String {
    format!("{seq:020}|{id}")
}
