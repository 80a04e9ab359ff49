//! The full list in the calendar's stable order (by id): masters, exceptions and single events.

use std::ops::Bound;

use serde_json::Value;

use super::list_query::ListQuery;
use super::page::{Page, Scan, View, mentions};
use crate::data::calendar::Calendar;
use crate::data::event::Stored;
use crate::data::moment::text;

pub(crate) fn page(calendar: &Calendar, list: &ListQuery, scan: Scan, view: &View) -> Page {
    let from = match (scan.after.is_empty(), scan.repeats) {
        (true, _) => Bound::Unbounded,
        (false, true) => Bound::Included(scan.after.clone()),
        (false, false) => Bound::Excluded(scan.after.clone()),
    };
    let candidates = calendar
        .events
        .range((from, Bound::Unbounded))
        .filter(|(_, stored)| is_listed(calendar, stored, list) && in_window(stored, list))
        .map(|(id, stored)| (id.clone(), stored));
    scan.cut(candidates, |stored| view.show(stored))
}

/// All filters but the window.
pub(crate) fn is_listed(calendar: &Calendar, stored: &Stored, list: &ListQuery) -> bool {
    if stored.cancelled && !shows_cancelled(calendar, stored, list) {
        return false;
    }
    if let Some(min) = list.updated_min
        && stored.updated_ms < min.as_millisecond()
    {
        return false;
    }
    let of_type = list.event_types.is_empty() || list.event_types.iter().any(|wanted| wanted == stored.event_type);
    of_type && matches_text(stored, list)
}

/// Deleted events show when asked for, or when changed since `updatedMin`; cancelled exceptions of a living series always
/// do in an unexpanded list, being its gaps.
fn shows_cancelled(calendar: &Calendar, stored: &Stored, list: &ListQuery) -> bool {
    let gap = !list.single_events && stored.master.is_some() && !calendar.is_orphan(stored);
    gap || list.show_deleted == Some(true) || list.updated_min.is_some()
}

pub(crate) fn in_window(stored: &Stored, list: &ListQuery) -> bool {
    list.time_min.is_none_or(|min| stored.end_ms > min.as_millisecond())
        && list.time_max.is_none_or(|max| stored.start_ms < max.as_millisecond())
}

fn matches_text(stored: &Stored, list: &ListQuery) -> bool {
    let filtered = list.q.is_some()
        || list.ical_uid.is_some()
        || !list.private_properties.is_empty()
        || !list.shared_properties.is_empty();
    if !filtered {
        return true;
    }
    let body = stored.body();
    let has = |kind: &str, wanted: &[(String, String)]| {
        let own = body.get("extendedProperties").and_then(|all| all.get(kind));
        wanted.iter().all(|(key, value)| own.and_then(|own| own.get(key)).and_then(Value::as_str) == Some(value))
    };
    list.q.as_deref().is_none_or(|q| mentions(&body, q))
        && list.ical_uid.as_deref().is_none_or(|uid| text(&body, "iCalUID") == Some(uid))
        && has("private", &list.private_properties)
        && has("shared", &list.shared_properties)
}
