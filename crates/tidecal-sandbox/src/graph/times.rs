//! `dateTimeTimeZone` values: a wall-clock time without offset, and the zone it is meant in.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::errors::{GraphError, Result};
use super::zones::Zone;

/// When an event takes place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Times {
    /// Start and end are midnights, the end is exclusive.
    pub(crate) all_day: bool,
    /// Wall clock of `zone`.
    pub(crate) start: DateTime,
    /// Wall clock of `end_zone`.
    pub(crate) end: DateTime,
    pub(crate) zone: Zone,
    pub(crate) end_zone: Zone,
}

/// The instant of a wall-clock time; the epoch for times that no zone reaches.
fn instant(local: DateTime, zone: &Zone) -> Timestamp {
    zone.tz.to_timestamp(local).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Times {
    /// Checks what the vendor checks.
    pub(crate) fn checked(self) -> Result<Self> {
        if self.all_day {
            for (which, at) in [("Start", self.start), ("End", self.end)] {
                if at.time() != Time::midnight() {
                    return Err(GraphError::midnight(which));
                }
            }
            if self.zone.tz != self.end_zone.tz {
                return Err(GraphError::invalid(
                    "The start and end of an all-day event need to be in the same time zone.",
                ));
            }
            if self.end <= self.start {
                return Err(GraphError::invalid(
                    "The duration of an event marked as All day must be at least 24 hours.",
                ));
            }
        }
        if self.end_instant() < self.start_instant() {
            return Err(GraphError::new(
                400,
                "ErrorInvalidRequest",
                "The end of an event must not be before its start.",
            ));
        }
        Ok(self)
    }

    pub(crate) fn start_instant(&self) -> Timestamp {
        instant(self.start, &self.zone)
    }

    pub(crate) fn end_instant(&self) -> Timestamp {
        instant(self.end, &self.end_zone)
    }

    pub(crate) fn length(&self) -> SignedDuration {
        self.end_instant().duration_since(self.start_instant())
    }

    /// The same event on another day: the wall clock stays.
    pub(crate) fn on(&self, date: Date) -> Option<Self> {
        let start = date.to_datetime(self.start.time());
        let end = if self.zone == self.end_zone {
            start.checked_add(self.end.duration_since(self.start)).ok()?
        } else {
            self.end_zone.tz.to_datetime(instant(start, &self.zone).checked_add(self.length()).ok()?)
        };
        Some(Self { start, end, ..self.clone() })
    }

    /// Whether it overlaps `[from, to)`.
    pub(crate) fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        let (start, end) = (self.start_instant(), self.end_instant());
        start < to && (end > from || (start == end && start >= from))
    }

    /// Start and end as answered in a zone. An all-day event is shown as midnights in UTC and in its own zone, and shifted in
    /// any other.
    pub(crate) fn shown(&self, zone: &Zone) -> (Value, Value) {
        let floating = self.all_day && (zone.name == "UTC" || zone.tz == self.zone.tz);
        let show = |local: DateTime, own: &Zone| {
            let local = if floating { local } else { zone.tz.to_datetime(instant(local, own)) };
            json!({"dateTime": written(local), "timeZone": zone.name})
        };
        (show(self.start, &self.zone), show(self.end, &self.end_zone))
    }
}

/// `2026-11-21T10:00:00.0000000`.
pub(crate) fn written(local: DateTime) -> String {
    let text = strtime::format("%Y-%m-%dT%H:%M:%S", local).unwrap_or_default();
    format!("{text}.{:07}", local.subsec_nanosecond() / 100)
}

/// `2026-11-21T10:00:00.0000000Z`.
pub(crate) fn stamp(at: Timestamp) -> String {
    format!("{}Z", written(jiff::tz::TimeZone::UTC.to_datetime(at)))
}

/// Reads `{dateTime, timeZone}`.
pub(crate) fn read(value: &Value) -> Result<(DateTime, Zone)> {
    let name = value.get("timeZone").and_then(Value::as_str).unwrap_or_default();
    let zone = Zone::read(name).ok_or_else(|| GraphError::zone(name))?;
    let text = value.get("dateTime").and_then(Value::as_str).unwrap_or_default();
    let broken =
        || GraphError::body(format!("Cannot convert the literal '{text}' to the expected type 'Edm.DateTimeOffset'."));
    if text.contains('[') || text.len() < 10 {
        return Err(broken());
    }
    // with an offset the value is an instant; the zone then only says how it is kept
    let local = match text.parse::<Timestamp>() {
        Ok(instant) => zone.tz.to_datetime(instant),
        Err(_) => text.parse().map_err(|_| broken())?,
    };
    Ok((local, zone))
}

/// An instant of a query: with offset, or in UTC.
pub(crate) fn read_instant(text: &str) -> Option<Timestamp> {
    if text.contains('[') {
        return None;
    }
    let utc = || text.parse::<DateTime>().ok().and_then(|local| jiff::tz::TimeZone::UTC.to_timestamp(local).ok());
    text.parse().ok().or_else(utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> (DateTime, Zone) {
        read(&json!({"dateTime": text, "timeZone": zone})).unwrap()
    }

    #[test]
    fn answers_carry_seven_digits_and_the_zone_asked_for() {
        let (start, zone) = at("2026-07-01T09:00:00", "W. Europe Standard Time");
        let (end, end_zone) = at("2026-07-01T10:30:00.0000000", "Europe/Vienna");
        let times = Times { all_day: false, start, end, zone, end_zone }.checked().unwrap();
        let (start, end) = times.shown(&Zone::utc());
        assert_eq!(start, json!({"dateTime": "2026-07-01T07:00:00.0000000", "timeZone": "UTC"}));
        assert_eq!(end["dateTime"], "2026-07-01T08:30:00.0000000");
    }

    #[test]
    fn all_day_events_need_midnights_of_one_zone_and_a_day_at_least() {
        let day = |from: &str, to: &str, zone: &str| {
            let ((start, zone), (end, end_zone)) = (at(from, "UTC"), at(to, zone));
            Times { all_day: true, start, end, zone, end_zone }.checked()
        };
        assert!(day("2026-07-01T00:00:00", "2026-07-02T00:00:00", "UTC").is_ok());
        let error = day("2026-07-01T01:00:00", "2026-07-02T00:00:00", "UTC").unwrap_err();
        assert!(error.message.contains("Event.Start"));
        assert!(day("2026-07-01T00:00:00", "2026-07-01T00:00:00", "UTC").is_err());
        assert!(day("2026-07-01T00:00:00", "2026-07-02T00:00:00", "Asia/Tokyo").is_err());
    }

    #[test]
    fn a_day_shifts_in_a_zone_that_is_not_its_own() {
        let ((start, zone), (end, end_zone)) =
            (at("2026-07-01T00:00:00", "Europe/Vienna"), at("2026-07-02T00:00:00", "Europe/Vienna"));
        let times = Times { all_day: true, start, end, zone, end_zone };
        assert_eq!(times.shown(&Zone::utc()).0["dateTime"], "2026-07-01T00:00:00.0000000");
        let york = Zone::read("Eastern Standard Time").unwrap();
        assert_eq!(times.shown(&york).0["dateTime"], "2026-06-30T18:00:00.0000000");
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(read(&json!({"dateTime": "2026-07-01T09:00:00", "timeZone": "Mars"})).unwrap_err().status, 400);
        assert!(read(&json!({"dateTime": "soon", "timeZone": "UTC"})).is_err());
        assert!(read_instant("2026-07-01T00:00:00").is_some());
        assert!(read_instant("2026-07-01T00:00:00+02:00").is_some());
        assert!(read_instant("yesterday").is_none());
    }
}
