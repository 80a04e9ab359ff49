//! `freebusy.query`: when calendars are busy. A calendar that cannot be read is an error inside a 200.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::Reply;
use super::call::Call;
use super::errors::ApiError;
use super::expanded;
use super::fields;
use super::full::is_listed;
use super::list_query::ListQuery;
use super::query::Query;
use crate::data::calendar::Calendar;
use crate::data::event::Body;
use crate::data::moment::{Moment, text};
use crate::state::World;

/// Most calendars of one query.
const MOST_CALENDARS: usize = 50;
/// Longest range; the vendor's limit is two to three months.
const LONGEST_RANGE: SignedDuration = SignedDuration::from_hours(92 * 24);

pub(crate) fn query(world: &mut World, call: &Call) -> Result<Reply, ApiError> {
    let body = call.json()?;
    let (min, max) = (instant(&body, "timeMin")?, instant(&body, "timeMax")?);
    if max <= min {
        return Err(ApiError::range_empty());
    }
    if max.duration_since(min) > LONGEST_RANGE {
        let message = "The requested time range is too long.";
        return Err(ApiError::new(400, "calendar", "timeRangeTooLong", message).at_parameter("timeMax"));
    }
    let most = body.get("calendarExpansionMax").and_then(Value::as_u64).map_or(MOST_CALENDARS, |most| most as usize);
    if most > MOST_CALENDARS {
        return Err(ApiError::invalid("Invalid value for calendarExpansionMax."));
    }
    let items = body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut calendars = Map::new();
    for (index, item) in items.iter().enumerate() {
        let id = item["id"].as_str().ok_or_else(|| ApiError::required("Missing calendar id."))?;
        let canonical = if id == "primary" { call.account.as_str() } else { id };
        let calendar = world.role(&call.account, canonical).and_then(|_| world.calendars.get(canonical));
        let answer = match calendar {
            _ if index >= most => failed("tooManyCalendarsRequested"),
            Some(calendar) => json!({"busy": busy(calendar, min, max)?}),
            None => failed("notFound"),
        };
        calendars.insert(id.to_owned(), answer);
    }
    let answer = json!({
        "kind": "calendar#freeBusy",
        "timeMin": second(min), "timeMax": second(max),
        "calendars": calendars,
    });
    Ok(Reply::Json { text: fields::apply(&call.query, answer)?.to_string(), etag: None })
}

fn failed(reason: &str) -> Value {
    json!({"errors": [{"domain": "global", "reason": reason}], "busy": []})
}

fn instant(body: &Body, name: &str) -> Result<Timestamp, ApiError> {
    let given = text(body, name).ok_or_else(|| ApiError::required(format!("Missing {name}.")))?;
    given.parse().map_err(|_| ApiError::bad_request("Bad Request").at_parameter(name))
}

/// The vendor writes whole seconds in UTC.
fn second(instant: Timestamp) -> String {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant).to_string()
}

/// Merged busy periods, cut to the range; free events are left out.
fn busy(calendar: &Calendar, min: Timestamp, max: Timestamp) -> Result<Vec<Value>, ApiError> {
    let mut list = ListQuery::read(&Query::default())?;
    list.single_events = true;
    (list.time_min, list.time_max) = (Some(min), Some(max));
    let mut periods: Vec<(Timestamp, Timestamp)> = calendar
        .events
        .values()
        .filter(|stored| is_listed(calendar, stored, &list) && !stored.cancelled)
        .flat_map(|stored| expanded::rows_of(calendar, stored, &list))
        .filter_map(|row| period(calendar, &row.body(calendar)))
        .map(|(start, end)| (start.max(min), end.min(max)))
        .filter(|(start, end)| start < end)
        .collect();
    periods.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in periods {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    Ok(merged.into_iter().map(|(start, end)| json!({"start": second(start), "end": second(end)})).collect())
}

fn period(calendar: &Calendar, body: &Body) -> Option<(Timestamp, Timestamp)> {
    if text(body, "transparency") == Some("transparent") || text(body, "status") == Some("cancelled") {
        return None;
    }
    let at = |name: &str| Moment::read(body.get(name), name, &calendar.zone).ok();
    Some((at("start")?.instant(&calendar.zone), at("end")?.instant(&calendar.zone)))
}
