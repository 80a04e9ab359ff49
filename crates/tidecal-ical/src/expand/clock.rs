//! Wall-clock seconds to instants of one zone and back, remembering the stretch of constant offset
//! that the last answer lay in: occurrences come in order, so nearly all of them ask about it again.

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

/// One zone with its remembered stretch.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    /// Wall-clock seconds of the stretch, end exclusive; empty at first. Each of them has one
    /// instant, `offset` away.
    stretch: std::ops::Range<i64>,
    offset: i64,
}

impl Clock {
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self { zone, stretch: 0..0, offset: 0 }
    }

    /// The instant of a wall-clock time.
    pub(crate) fn instant(&mut self, local: i64) -> Instant {
        if self.stretch.contains(&local) {
            return Instant::At(local - self.offset);
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
        let guess = instant + self.offset;
        if self.stretch.contains(&guess) {
            return guess;
        }
        let Ok(at) = Timestamp::from_second(instant) else { return instant };
        instant + seconds(self.zone.to_offset(at))
    }

    /// Finds the ends of the stretch around an unambiguous time: on either side the later of the two
    /// readings of the change, so that neither gaps nor repeated hours are inside.
    fn remember(&mut self, local: i64, offset: Offset) {
        let offset = seconds(offset);
        let instant = local - offset;
        self.stretch = local..local + 1;
        self.offset = offset;
        let Ok(at) = Timestamp::from_second(instant) else { return };
        let end = match self.zone.following(at).next() {
            Some(change) => change.timestamp().as_second() + offset.min(seconds(change.offset())),
            None => i64::MAX,
        };
        let after = Timestamp::from_second(instant + 1).unwrap_or(at);
        let start = match self.zone.preceding(after).next() {
            Some(change) => {
                let change = change.timestamp().as_second();
                let before = Timestamp::from_second(change - 1).map_or(offset, |at| seconds(self.zone.to_offset(at)));
                change + offset.max(before)
            }
            None => i64::MIN,
        };
        if start <= local && local < end {
            self.stretch = start..end;
        }
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
