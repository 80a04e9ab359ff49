//! `EventDateTime` values: a date, or an instant with the zone it was meant in.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::google::errors::ApiError;

/// A start or end of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Moment {
    /// All-day: a date without zone.
    Day(Date),
    /// An instant and the IANA zone the event keeps.
    At { instant: Timestamp, zone: TimeZone },
}

/// The zone of that name; UTC when the name is unknown (only for names checked before).
pub(crate) fn zone_named(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// The IANA name of a zone.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

impl Moment {
    /// Reads `{date}` or `{dateTime, timeZone}`; `field` is `start` or `end`, `calendar_zone` applies when none is given.
    pub(crate) fn read(value: Option<&Value>, field: &str, calendar_zone: &TimeZone) -> Result<Self, ApiError> {
        let missing = || ApiError::required(format!("Missing {field} time."));
        let broken = || ApiError::invalid(format!("Invalid {field} time."));
        let object = match value {
            None | Some(Value::Null) => return Err(missing()),
            Some(value) => value.as_object().ok_or_else(broken)?,
        };
        match (text(object, "date"), text(object, "dateTime")) {
            (Some(_), Some(_)) => Err(broken()),
            (None, None) => Err(missing()),
            (Some(date), None) => date.parse().map(Self::Day).map_err(|_| broken()),
            (None, Some(date_time)) => {
                let zone =
                    match text(object, "timeZone") {
                        None => None,
                        Some(name) => Some(TimeZone::get(name).map_err(|_| {
                            ApiError::invalid(format!("Invalid time zone definition for {field} time."))
                        })?),
                    };
                Self::read_instant(date_time, zone, calendar_zone).ok_or_else(broken)
            }
        }
    }

    fn read_instant(date_time: &str, zone: Option<TimeZone>, calendar_zone: &TimeZone) -> Option<Self> {
        if let Ok(instant) = date_time.parse::<Timestamp>() {
            let zone = zone.unwrap_or_else(|| calendar_zone.clone());
            return Some(Self::At { instant, zone });
        }
        // without an offset the zone must be given with the value
        let zone = zone?;
        let local: DateTime = date_time.parse().ok()?;
        let instant = zone.to_zoned(local).ok()?.timestamp();
        Some(Self::At { instant, zone })
    }

    pub(crate) fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The instant; a day begins at midnight of the calendar's zone.
    pub(crate) fn instant(&self, calendar_zone: &TimeZone) -> Timestamp {
        match self {
            Self::At { instant, .. } => *instant,
            Self::Day(date) => calendar_zone
                .to_zoned(date.to_datetime(jiff::civil::Time::midnight()))
                .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp()),
        }
    }

    /// Local wall-clock time in the moment's own zone; midnight for a day.
    pub(crate) fn local(&self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(jiff::civil::Time::midnight()),
            Self::At { instant, zone } => zone.to_datetime(*instant),
        }
    }

    /// The same kind of moment at another local time (an occurrence of a series); `None` outside the calendar's years.
    pub(crate) fn with_local(&self, local: DateTime) -> Option<Self> {
        match self {
            Self::Day(_) => Some(Self::Day(local.date())),
            Self::At { zone, .. } => {
                Some(Self::At { instant: zone.to_zoned(local).ok()?.timestamp(), zone: zone.clone() })
            }
        }
    }

    /// JSON as answered: the offset is that of `shown_in`, `timeZone` the event's own zone.
    pub(crate) fn to_json(&self, shown_in: &TimeZone) -> Value {
        match self {
            Self::Day(date) => json!({"date": date.to_string()}),
            Self::At { instant, zone } => json!({
                "dateTime": shown(*instant, shown_in),
                "timeZone": zone_name(zone),
            }),
        }
    }

    /// The suffix of an instance id: `YYYYMMDDTHHMMSSZ`, or `YYYYMMDD` for a day.
    pub(crate) fn suffix(&self) -> String {
        match self {
            Self::Day(date) => strtime::format("%Y%m%d", *date).unwrap_or_default(),
            Self::At { instant, .. } => {
                strtime::format("%Y%m%dT%H%M%SZ", TimeZone::UTC.to_datetime(*instant)).unwrap_or_default()
            }
        }
    }
}

/// RFC 3339 with the zone's offset, `Z` for UTC; seconds only, as the vendor writes it.
fn shown(instant: Timestamp, zone: &TimeZone) -> String {
    let zoned = instant.to_zoned(zone.clone());
    let local = strtime::format("%Y-%m-%dT%H:%M:%S", &zoned).unwrap_or_default();
    let seconds = zoned.offset().seconds();
    if seconds == 0 {
        return format!("{local}Z");
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `created`/`updated` stamps: RFC 3339 in UTC with milliseconds.
pub(crate) fn stamp(instant: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(instant);
    format!(
        "{}.{:03}Z",
        strtime::format("%Y-%m-%dT%H:%M:%S", utc).unwrap_or_default(),
        instant.as_millisecond().rem_euclid(1000)
    )
}

/// A non-null text member.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vienna() -> TimeZone {
        zone_named("Europe/Vienna")
    }

    #[test]
    fn the_answer_shows_the_calendars_offset_and_keeps_the_events_zone() {
        let value = json!({"dateTime": "2026-07-01T09:00:00", "timeZone": "America/New_York"});
        let moment = Moment::read(Some(&value), "start", &vienna()).unwrap();
        assert_eq!(
            moment.to_json(&vienna()),
            json!({"dateTime": "2026-07-01T15:00:00+02:00", "timeZone": "America/New_York"})
        );
        assert_eq!(moment.suffix(), "20260701T130000Z");
    }

    #[test]
    fn both_kinds_at_once_neither_kind_or_no_zone_is_refused() {
        for (value, message) in [
            (json!({"date": "2026-07-01", "dateTime": "2026-07-01T09:00:00Z"}), "Invalid end time."),
            (json!({}), "Missing end time."),
            (json!({"dateTime": "2026-07-01T09:00:00"}), "Invalid end time."),
            (
                json!({"dateTime": "2026-07-01T09:00:00Z", "timeZone": "Mars/Base"}),
                "Invalid time zone definition for end time.",
            ),
        ] {
            let error = Moment::read(Some(&value), "end", &vienna()).unwrap_err();
            assert_eq!((error.status, &*error.message), (400, message));
        }
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_calendars_zone() {
        let day = Moment::read(Some(&json!({"date": "2026-07-01"})), "start", &vienna()).unwrap();
        assert_eq!(day.instant(&vienna()).to_string(), "2026-06-30T22:00:00Z");
        assert_eq!(day.suffix(), "20260701");
    }
}
