//! Recurrence as data: the rule texts of a series and the key of one of its occurrences.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Which occurrence of a series is meant: its *original* start, never its present one
/// (RFC 5545 3.8.4.4). Zoned series are keyed by the UTC instant, so that a key compares equal
/// however a vendor spells it.
///
/// Text form (as stored and as JSON): `20261121`, `20261121T093000Z`, `20261121T093000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecurrenceId {
    /// An occurrence of an all-day series.
    Date(Date),
    /// An occurrence of a zoned series.
    Utc(Timestamp),
    /// An occurrence of a floating series.
    Floating(DateTime),
}

impl fmt::Display for RecurrenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.strftime("%Y%m%d")),
            Self::Utc(at) => write!(f, "{}", TimeZone::UTC.to_datetime(*at).strftime("%Y%m%dT%H%M%SZ")),
            Self::Floating(at) => write!(f, "{}", at.strftime("%Y%m%dT%H%M%S")),
        }
    }
}

/// The text is none of the three forms of a recurrence id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a recurrence id (expected 20261121, 20261121T093000Z or 20261121T093000)")]
pub struct ParseRecurrenceIdError(pub String);

impl FromStr for RecurrenceId {
    type Err = ParseRecurrenceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseRecurrenceIdError(text.to_owned());
        match text.len() {
            8 => Date::strptime("%Y%m%d", text).map(Self::Date).map_err(|_| wrong()),
            15 => DateTime::strptime("%Y%m%dT%H%M%S", text).map(Self::Floating).map_err(|_| wrong()),
            16 => {
                let local = text.strip_suffix('Z').ok_or_else(wrong)?;
                let at = DateTime::strptime("%Y%m%dT%H%M%S", local).map_err(|_| wrong())?;
                at.to_zoned(TimeZone::UTC).map(|zoned| Self::Utc(zoned.timestamp())).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }
}

impl Serialize for RecurrenceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecurrenceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How a series repeats. Rule texts are RFC 5545 RECUR values (`FREQ=WEEKLY;BYDAY=MO`), kept as
/// read; dates are keys of occurrences, sorted, without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recurrence {
    /// RRULE values; more than one is rare but legal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// EXRULE values (deprecated by RFC 5545, still written by some).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusion_rules: Vec<String>,
    /// RDATE: additional occurrences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<RecurrenceId>,
    /// EXDATE: occurrences that do not take place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<RecurrenceId>,
    /// RDATE of type PERIOD: those of `dates` that say how long they last, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<Period>,
}

/// The length of one additional occurrence of a timed series (RFC 5545 3.3.9, 3.8.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// Its key, which is also in `dates`.
    pub start: RecurrenceId,
    /// Seconds from start to end: elapsed in a zoned series, of the wall clock in a floating one.
    pub seconds: u32,
}

impl Recurrence {
    /// Whether anything repeats at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.dates.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recurrence_id_reads_back_as_it_was_written() {
        for text in ["20261121", "20261121T093000Z", "20261121T093000"] {
            assert_eq!(text.parse::<RecurrenceId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "2026-11-21", "20261341", "20261121T250000Z", "20261121T093000X"] {
            assert!(text.parse::<RecurrenceId>().is_err(), "{text}");
        }
    }
}
