//! Calendar time as people write it: a date, a wall-clock time, a zone.
//!
//! The local text and its zone are the truth; an instant is always derived (and may change when
//! the rules of a zone change).

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// An IANA zone name that the bundled tz database knows (`Europe/Vienna`, `UTC`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone(String);

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The zone of that IANA name, spelled as the database spells it; `None` if it has no such name.
    #[must_use]
    pub fn iana(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("UTC") || name.eq_ignore_ascii_case("Z") {
            return Some(Self::utc());
        }
        let zone = TimeZone::get(name).ok()?;
        zone.iana_name().map(|known| Self(known.to_owned()))
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The rules behind the name; UTC should the database have lost the name since.
    #[must_use]
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

/// A wall-clock time, in a zone or floating (RFC 5545 3.3.5, form 1, 2 and 3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// What the clock on the wall shows, to the second.
    pub local: DateTime,
    /// `None`: floating, the same wall-clock time wherever the reader is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl Moment {
    /// A wall-clock time in a zone.
    #[must_use]
    pub fn zoned(local: DateTime, zone: Zone) -> Self {
        Self { local, zone: Some(zone) }
    }

    /// The instant; floating times are read in `floating_in`. In a gap the time after it, in a
    /// fold the first of the two (RFC 5545 3.3.5).
    #[must_use]
    pub fn instant(&self, floating_in: &Zone) -> Timestamp {
        let zone = self.zone.as_ref().unwrap_or(floating_in);
        zone.rules().to_ambiguous_timestamp(self.local).compatible().unwrap_or(if self.local.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        })
    }
}

/// When an event takes place. The end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum When {
    /// Whole days; dates stay dates, no instant is stored.
    AllDay {
        /// First day.
        start: Date,
        /// Day after the last one, always later than `start`.
        end: Date,
    },
    /// From a time to a time; both floating or both zoned (the zones may differ: a flight).
    Timed {
        /// Start.
        start: Moment,
        /// End; may equal the start.
        end: Moment,
    },
}

impl When {
    /// Whether it covers whole days.
    #[must_use]
    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::AllDay { .. })
    }

    /// Start as local text: midnight for whole days.
    #[must_use]
    pub fn start_local(&self) -> DateTime {
        match self {
            Self::AllDay { start, .. } => start.at(0, 0, 0, 0),
            Self::Timed { start, .. } => start.local,
        }
    }

    /// End as local text: midnight after the last day for whole days.
    #[must_use]
    pub fn end_local(&self) -> DateTime {
        match self {
            Self::AllDay { end, .. } => end.at(0, 0, 0, 0),
            Self::Timed { end, .. } => end.local,
        }
    }

    /// The zone of the start, if it has one.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        match self {
            Self::AllDay { .. } => None,
            Self::Timed { start, .. } => start.zone.as_ref(),
        }
    }

    /// First and exclusive last instant; dates and floating times are read in `floating_in`.
    /// The end is never before the start.
    #[must_use]
    pub fn span(&self, floating_in: &Zone) -> (Timestamp, Timestamp) {
        let (start, end) = match self {
            Self::AllDay { start, end } => {
                let midnight = |date: Date| Moment { local: date.at(0, 0, 0, 0), zone: None }.instant(floating_in);
                (midnight(*start), midnight(*end))
            }
            Self::Timed { start, end } => (start.instant(floating_in), end.instant(floating_in)),
        };
        (start, end.max(start))
    }

    /// The same length, beginning at the occurrence `slot`. A timed event keeps its elapsed
    /// duration for the end's instant (RFC 5545 3.8.5.3 leaves DTEND's exact duration to the start).
    #[must_use]
    pub fn shifted_to(&self, slot: DateTime) -> Self {
        match self {
            Self::AllDay { start, end } => {
                let days = start.until(*end).map_or(1, |span| span.get_days());
                let first = slot.date();
                Self::AllDay { start: first, end: first.checked_add(days.days()).unwrap_or(Date::MAX) }
            }
            Self::Timed { start, end } => {
                let utc = Zone::utc();
                let length = end.instant(&utc).duration_since(start.instant(&utc));
                let first = Moment { local: slot, zone: start.zone.clone() };
                let last = first.instant(&utc).checked_add(length).unwrap_or(Timestamp::MAX);
                let end_rules = end.zone.as_ref().unwrap_or(&utc).rules();
                Self::Timed { start: first, end: Moment { local: end_rules.to_datetime(last), zone: end.zone.clone() } }
            }
        }
    }
}
