//! "This and following": one series becomes two, as the vendor's own page does it.
//!
//! The old series ends before the occurrence; the new one has the id `<old>_R<start>`. Exceptions behind the cut go to the new
//! series: moved ones keep the ids of the old one, others get ids of the new one (observed).

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::event::Body;
use super::guests;
use super::instance::Series;
use super::moment::{Moment, stamp, text};
use super::rule::Recurrence;
use crate::google::errors::ApiError;
use crate::google::write;
use crate::state::World;

/// Occurrences counted before a cut at most.
const LONGEST: usize = 20_000;

/// The old series and the change that ends it.
#[derive(Debug)]
pub(crate) struct Old {
    pub(crate) id: String,
    pub(crate) change: Body,
}

/// The new series with its exceptions.
#[derive(Debug)]
pub(crate) struct New {
    master: Body,
    exceptions: Vec<Body>,
}

impl New {
    pub(crate) fn id(&self) -> &str {
        text(&self.master, "id").unwrap_or_default()
    }

    /// Stores the series and its exceptions, copies of guests included.
    pub(crate) fn plant(self, world: &mut World, calendar_id: &str) -> Result<(), ApiError> {
        for body in std::iter::once(self.master).chain(self.exceptions) {
            let json: Arc<str> = write::store(world, calendar_id, body)?;
            let stored: Body = serde_json::from_str(&json).unwrap_or_default();
            guests::spread(world, calendar_id, &stored);
        }
        Ok(())
    }
}

/// Works out both halves of the series that has an occurrence of that id.
pub(crate) fn divide(world: &World, calendar_id: &str, event_id: &str) -> Result<(Old, New), ApiError> {
    let calendar = write::calendar(world, calendar_id)?;
    let (master_id, suffix) = event_id.rsplit_once('_').ok_or_else(ApiError::not_found)?;
    let body = calendar.events.get(master_id).filter(|own| own.recurring).ok_or_else(ApiError::not_found)?.body();
    let series = Series::read(&body, &calendar.zone).ok_or_else(ApiError::not_found)?;
    let slot = series.slot_of(suffix).ok_or_else(ApiError::not_found)?;
    let from = series.start.with_local(slot).ok_or_else(ApiError::not_found)?;
    let passed = passed(&body, &series.start, slot);
    if passed == 0 {
        return Err(ApiError::invalid("The first occurrence is the whole series."));
    }
    let stem = from.suffix().trim_end_matches('Z').to_owned();
    let id = format!("{}_R{stem}", lineage(master_id));
    let mut master = series.instance(slot, &calendar.zone).ok_or_else(ApiError::not_found)?;
    for name in ["recurringEventId", "originalStartTime"] {
        master.remove(name);
    }
    let uid = text(&body, "iCalUID").unwrap_or_default();
    let uid = match uid.rsplit_once('@') {
        Some((local, domain)) => format!("{}_R{stem}@{domain}", lineage(local)),
        None => format!("{}_R{stem}", lineage(uid)),
    };
    master.insert("recurrence".to_owned(), halves(&body, |rule| without_passed(rule, passed)));
    master.insert("id".to_owned(), json!(id));
    master.insert("iCalUID".to_owned(), json!(uid));
    master.insert("sequence".to_owned(), json!(0));
    for name in ["created", "updated"] {
        master.insert(name.to_owned(), json!(stamp(world.now())));
    }
    let exceptions = behind(calendar, master_id, &from, &id);
    let until = until(&from, &calendar.zone);
    let change: Body = [("recurrence".to_owned(), halves(&body, |rule| bounded(rule, &until)))].into_iter().collect();
    Ok((Old { id: master_id.to_owned(), change }, New { master, exceptions }))
}

/// The id without the mark of an earlier split.
fn lineage(id: &str) -> &str {
    id.rsplit_once("_R").map_or(id, |(lineage, _)| lineage)
}

/// Occurrences before the cut as COUNT counts them: excluded ones, too.
fn passed(body: &Body, start: &Moment, slot: DateTime) -> usize {
    let lines = body.get("recurrence").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let rules = lines.filter(|line| line.to_ascii_uppercase().starts_with("RRULE"));
    Recurrence::parse(rules, start).map_or(0, |rules| rules.slots(start, None, Some(slot), LONGEST).len())
}

/// The exceptions from the cut on, as those of the new series.
fn behind(calendar: &super::calendar::Calendar, master_id: &str, from: &Moment, id: &str) -> Vec<Body> {
    let cut_ms = from.instant(&calendar.zone).as_millisecond();
    calendar
        .exceptions(master_id)
        .filter(|(_, stored)| stored.original_ms.is_some_and(|own| own >= cut_ms))
        .filter_map(|(_, stored)| {
            let mut body = stored.body();
            let original = Moment::read(body.get("originalStartTime"), "originalStartTime", &calendar.zone).ok()?;
            if stored.cancelled || body.get("start") == body.get("originalStartTime") {
                body.insert("id".to_owned(), json!(format!("{id}_{}", original.suffix())));
            }
            body.insert("recurringEventId".to_owned(), json!(id));
            Some(body)
        })
        .collect()
}

/// The recurrence lines with every RRULE changed.
fn halves(body: &Body, change: impl Fn(&str) -> String) -> Value {
    let lines = body.get("recurrence").and_then(Value::as_array);
    lines
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|line| if line.to_ascii_uppercase().starts_with("RRULE") { change(line) } else { line.to_owned() })
        .collect()
}

/// The value of UNTIL that ends a series just before the cut.
fn until(from: &Moment, zone: &jiff::tz::TimeZone) -> String {
    match from {
        Moment::Day(day) => day.yesterday().map_or_else(|_| from.suffix(), |day| Moment::Day(day).suffix()),
        Moment::At { instant, .. } => {
            let before = instant.checked_sub(SignedDuration::from_secs(1)).unwrap_or(*instant);
            Moment::At { instant: before, zone: zone.clone() }.suffix()
        }
    }
}

fn bounded(rule: &str, until: &str) -> String {
    let kept: Vec<&str> = rule.split(';').filter(|part| !is_bound(part)).collect();
    format!("{};UNTIL={until}", kept.join(";"))
}

fn is_bound(part: &str) -> bool {
    let part = part.to_ascii_uppercase();
    part.starts_with("COUNT=") || part.starts_with("UNTIL=")
}

/// A counted rule has fewer occurrences left.
fn without_passed(rule: &str, passed: usize) -> String {
    let parts = rule.split(';').map(|part| match part.to_ascii_uppercase().strip_prefix("COUNT=") {
        Some(count) => {
            format!("COUNT={}", count.parse::<usize>().map_or(1, |count| count.saturating_sub(passed).max(1)))
        }
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_of_a_counted_rule_count_what_is_theirs() {
        let rule = "RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO";
        assert_eq!(without_passed(rule, 4), "RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO");
        assert_eq!(bounded(rule, "20261206T075959Z"), "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261206T075959Z");
    }
}
