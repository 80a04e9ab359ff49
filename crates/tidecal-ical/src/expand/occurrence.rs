//! From a key back to calendar time.

use jiff::Timestamp;

use super::series::{Kind, Series};
use super::{Occurrence, text};
use crate::civil::{self, DAY};
use crate::{Moment, RecurrenceId, When, Zone};

impl Series<'_> {
    /// The occurrence with that key; `None` if it is beyond all calendars.
    pub(super) fn occurrence(&mut self, key: i64) -> Option<Occurrence> {
        let first = self.first_key() == key;
        let length = self.length_of(key);
        let (id, when) = match self.kind {
            Kind::Days => {
                let start = civil::date(key.div_euclid(DAY))?;
                let end = civil::date((key + length).div_euclid(DAY)).unwrap_or(jiff::civil::Date::MAX);
                (RecurrenceId::Date(start), When::AllDay { start, end })
            }
            Kind::Floating => {
                let start = text(key)?;
                let end = Moment { local: text(key + length)?, zone: None };
                (RecurrenceId::Floating(start), When::Timed { start: Moment { local: start, zone: None }, end })
            }
            Kind::Zoned => {
                let id = RecurrenceId::Utc(Timestamp::from_second(key).ok()?);
                let When::Timed { start, end } = self.when else { return None };
                let ends = key + length;
                let zoned = When::Timed {
                    start: moment(&mut self.clock, key, start.zone.as_ref())?,
                    end: moment(
                        self.end_clock.as_mut().unwrap_or(&mut self.clock),
                        ends,
                        end.zone.as_ref().or(start.zone.as_ref()),
                    )?,
                };
                (id, zoned)
            }
        };
        Some(Occurrence { id, when: if first { self.when.clone() } else { when } })
    }
}

/// The local text of an instant, in UTC where the local text would mean another instant.
fn moment(clock: &mut super::clock::Clock, instant: i64, zone: Option<&Zone>) -> Option<Moment> {
    let local = clock.local(instant);
    if clock.instant(local).written() == instant {
        return Some(Moment { local: text(local)?, zone: zone.cloned() });
    }
    Some(Moment { local: text(instant)?, zone: Some(Zone::utc()) })
}
