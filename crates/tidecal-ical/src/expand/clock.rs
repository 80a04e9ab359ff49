//! Wall-clock seconds to instants of one zone and back, remembering the stretches of constant offset
//! met so far: occurrences come in order, so nearly all of them lie in one that is known.

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::civil;

/// What a wall-clock time of a zone stands for. Both are seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instant {
    /// The instant; of a repeated hour the first one (RFC 5545 3.3.5).
    At(i64),
    /// The clock jumps over this time; read with the offset before the jump it is this instant.
    Skipped(i64),
}

impl Instant {
    /// The instant a *written* time means, a skipped one included (RFC 5545 3.3.5).
    pub(crate) fn written(self) -> i64 {
        match self {
            Self::At(at) | Self::Skipped(at) => at,
        }
    }
}

/// Wall-clock seconds that have one instant each, `offset` away. The end is exclusive.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: i64,
    end: i64,
    offset: i64,
}

impl Stretch {
    fn has(self, local: i64) -> bool {
        self.start <= local && local < self.end
    }
}

/// One zone with its known stretches, in order.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    known: Vec<Stretch>,
    /// The one that answered last.
    at: usize,
}

thread_local! {
    /// Stretches that earlier clocks of this thread found, by zone: finding their ends is most of the
    /// work where occurrences are far apart. The tz database is built in, so they stay true.
    static KEPT: RefCell<Vec<(String, Vec<Stretch>)>> = const { RefCell::new(Vec::new()) };
}

/// Zones whose stretches are kept.
const MOST_KEPT: usize = 64;

impl Drop for Clock {
    fn drop(&mut self) {
        let Some(name) = self.zone.iana_name() else { return };
        let known = std::mem::take(&mut self.known);
        // Where the thread itself ends there is nothing to keep them in.
        let _ = KEPT.try_with(|kept| {
            let Ok(mut kept) = kept.try_borrow_mut() else { return };
            match kept.iter_mut().find(|(kept, _)| kept == name) {
                Some((_, kept)) if kept.len() < known.len() => *kept = known,
                Some(_) => {}
                None => {
                    if kept.len() >= MOST_KEPT {
                        kept.clear();
                    }
                    kept.push((name.to_owned(), known));
                }
            }
        });
    }
}

/// More than the changes of any zone in the years a person plans.
const MOST_KNOWN: usize = 1_000;

impl Clock {
    pub(crate) fn new(zone: TimeZone) -> Self {
        let known = zone.iana_name().and_then(|name| {
            KEPT.with_borrow_mut(|kept| {
                kept.iter_mut().find(|(kept, _)| kept == name).map(|(_, known)| std::mem::take(known))
            })
        });
        Self { zone, known: known.unwrap_or_default(), at: 0 }
    }

    /// The instant of a wall-clock time.
    pub(crate) fn instant(&mut self, local: i64) -> Instant {
        if let Some(stretch) = self.known.get(self.at).filter(|stretch| stretch.has(local)) {
            return Instant::At(local - stretch.offset);
        }
        let after = self.known.partition_point(|stretch| stretch.start <= local);
        if let Some(stretch) = self.known[..after].last().filter(|stretch| stretch.has(local)) {
            self.at = after - 1;
            return Instant::At(local - stretch.offset);
        }
        let Some(at) = civil::date_time(local) else { return Instant::At(local) };
        match self.zone.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                self.remember(local, offset);
                Instant::At(local - seconds(offset))
            }
            AmbiguousOffset::Gap { before, .. } => Instant::Skipped(local - seconds(before)),
            AmbiguousOffset::Fold { before, .. } => Instant::At(local - seconds(before)),
        }
    }

    /// What the clock shows at an instant.
    pub(crate) fn local(&mut self, instant: i64) -> i64 {
        if let Some(stretch) = self.known.get(self.at).filter(|stretch| stretch.has(instant + stretch.offset)) {
            return instant + stretch.offset;
        }
        let after = self.known.partition_point(|stretch| stretch.start - stretch.offset <= instant);
        if let Some(stretch) = self.known[..after].last().filter(|stretch| stretch.has(instant + stretch.offset)) {
            self.at = after - 1;
            return instant + stretch.offset;
        }
        let Ok(at) = Timestamp::from_second(instant) else { return instant };
        instant + seconds(self.zone.to_offset(at))
    }

    /// Finds the ends of the stretch around an unambiguous time: on either side the later of the two
    /// readings of the change, so that neither gaps nor repeated hours are inside.
    fn remember(&mut self, local: i64, offset: Offset) {
        let offset = seconds(offset);
        let instant = local - offset;
        let (Ok(at), Ok(after)) = (Timestamp::from_second(instant), Timestamp::from_second(instant + 1)) else {
            return;
        };
        let end = match self.zone.following(at).next() {
            Some(change) => change.timestamp().as_second() + offset.min(seconds(change.offset())),
            None => i64::MAX / 2,
        };
        let start = match self.zone.preceding(after).next() {
            Some(change) => {
                let change = change.timestamp().as_second();
                let before = Timestamp::from_second(change - 1).map_or(offset, |at| seconds(self.zone.to_offset(at)));
                change + offset.max(before)
            }
            None => i64::MIN / 2,
        };
        let stretch = Stretch { start, end, offset };
        if !stretch.has(local) {
            return;
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.at = self.known.partition_point(|stretch| stretch.start <= local);
        self.known.insert(self.at, stretch);
    }
}

fn seconds(offset: Offset) -> i64 {
    i64::from(offset.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONES: [&str; 8] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
    ];

    #[test]
    fn the_remembered_stretch_answers_as_the_database_does() {
        for name in ZONES {
            let zone = TimeZone::get(name).unwrap();
            let mut clock = Clock::new(zone.clone());
            for step in 0..60_000_i64 {
                // Years 1980 to 2048 in steps that hit every time of day, forwards and backwards.
                let at = civil::day_of(1980, 1, 1) * civil::DAY + step * 36_007;
                for local in [at, at - 86_400 * 200] {
                    let ambiguous = zone.to_ambiguous_timestamp(civil::date_time(local).unwrap());
                    let gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
                    let expected = ambiguous.compatible().unwrap().as_second();
                    let expected = if gap { Instant::Skipped(expected) } else { Instant::At(expected) };
                    assert_eq!(clock.instant(local), expected, "{name} {local}");
                    let shown = civil::seconds_of(zone.to_datetime(Timestamp::from_second(at).unwrap()));
                    assert_eq!(clock.local(at), shown, "{name} {at}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for name in ZONES {
            let mut clock = Clock::new(TimeZone::get(name).unwrap());
            for local in [i64::MIN / 4, -62_135_596_800, -377_705_116_800, 253_402_300_799, i64::MAX / 4] {
                let _ = clock.instant(local);
                let _ = clock.local(local);
            }
        }
    }
}
