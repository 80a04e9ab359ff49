//! Ordered and expanded lists (`singleEvents`, `orderBy`): candidates are computed and sorted anew for every page.

use std::sync::Arc;

use jiff::civil::DateTime;

use super::full::{in_window, is_listed};
use super::list_query::{ListQuery, Order};
use super::page::{Page, Scan, View};
use crate::data::calendar::Calendar;
use crate::data::event::{Body, Stored, tombstone};
use crate::data::instance::Series;

/// Occurrences of one series in a list without `timeMax` (observed limit of the vendor).
const MOST_OCCURRENCES: usize = 730;

/// An item of an expanded list.
#[derive(Debug)]
pub(crate) enum Row<'a> {
    /// Single event, exception, or (unexpanded) master.
    Stored { id: &'a str, stored: &'a Stored },
    /// An unchanged occurrence.
    Instance { master: &'a Stored, slot: DateTime, start_ms: i64, id: String },
}

impl Row<'_> {
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Stored { id, .. } => (*id).to_owned(),
            Self::Instance { id, .. } => id.clone(),
        }
    }

    fn start_ms(&self) -> i64 {
        match self {
            Self::Stored { stored, .. } => stored.start_ms,
            Self::Instance { start_ms, .. } => *start_ms,
        }
    }

    /// Original start of an occurrence, ms since the epoch.
    pub(crate) fn original_ms(&self) -> Option<i64> {
        match self {
            Self::Stored { stored, .. } => stored.original_ms,
            Self::Instance { start_ms, .. } => Some(*start_ms),
        }
    }

    fn updated_ms(&self) -> i64 {
        match self {
            Self::Stored { stored, .. } => stored.updated_ms,
            Self::Instance { master, .. } => master.updated_ms,
        }
    }

    /// The whole event, as its organiser sees it.
    pub(crate) fn body(&self, calendar: &Calendar) -> Body {
        match self {
            Self::Stored { stored, .. } => stored.body(),
            Self::Instance { master, slot, .. } => Series::read(&master.body(), &calendar.zone)
                .and_then(|series| series.instance(*slot, &calendar.zone))
                .unwrap_or_default(),
        }
    }

    pub(crate) fn show(&self, calendar: &Calendar, view: &View) -> Arc<str> {
        match self {
            Self::Stored { stored, .. } => view.show(stored),
            Self::Instance { master, .. } => {
                let body = self.body(calendar);
                if master.cancelled {
                    return tombstone(&body, view.bare).to_string().into();
                }
                view.show_instance(master, body).to_string().into()
            }
        }
    }
}

pub(crate) fn page(calendar: &Calendar, list: &ListQuery, scan: Scan, view: &View) -> Page {
    let mut rows: Vec<(String, Row<'_>)> = calendar
        .events
        .values()
        .filter(|stored| is_listed(calendar, stored, list))
        .flat_map(|stored| rows_of(calendar, stored, list))
        .map(|row| (key(&row, list.order_by), row))
        .collect();
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let begin = rows.partition_point(|(key, _)| if scan.repeats { *key < scan.after } else { *key <= scan.after });
    let begin = if scan.after.is_empty() { 0 } else { begin };
    let behind = rows.into_iter().skip(begin);
    scan.cut(behind, |row| row.show(calendar, view))
}

/// The position of a row in its list.
pub(crate) fn key(row: &Row<'_>, order: Option<Order>) -> String {
    let rank = match order {
        Some(Order::Updated) => row.updated_ms(),
        _ => row.start_ms(),
    };
    // shifted so that years before 1970 sort as text, too
    format!("{:020}|{}", i128::from(rank) + (1_i128 << 62), row.id())
}

/// The items that one stored event stands for: its occurrences when it is a series to be expanded, else itself.
pub(crate) fn rows_of<'a>(calendar: &'a Calendar, stored: &'a Stored, list: &ListQuery) -> Vec<Row<'a>> {
    let Some(id) = calendar.changes.get(&stored.seq).map(String::as_str) else {
        return Vec::new();
    };
    if !(stored.recurring && list.single_events) {
        return if in_window(stored, list) || stored.cancelled { vec![Row::Stored { id, stored }] } else { Vec::new() };
    }
    let Some(series) = Series::read(&stored.body(), &calendar.zone) else {
        return Vec::new();
    };
    let replaced: Vec<i64> = calendar.exceptions(id).filter_map(|(_, exception)| exception.original_ms).collect();
    series
        .slots_between(list.time_min, list.time_max, MOST_OCCURRENCES, &calendar.zone)
        .into_iter()
        .filter_map(|slot| {
            let start = series.start.with_local(slot)?;
            let start_ms = start.instant(&calendar.zone).as_millisecond();
            let id = format!("{id}_{}", start.suffix());
            (!replaced.contains(&start_ms)).then_some(Row::Instance { master: stored, slot, start_ms, id })
        })
        .collect()
}
