//! The sandbox's own clock: the only file that reads the system's.
//!
//! Everything with a lifetime (access tokens, codes, sync tokens) and every `created`/`updated` stamp obeys this clock,
//! so that a test ages a token by moving the clock instead of sleeping.

use jiff::{SignedDuration, Timestamp};

/// Where the sandbox takes its time from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockStart {
    /// The clock stands still at this instant until it is moved through the control API.
    At(Timestamp),
    /// The clock runs with the system's; moving it adds an offset.
    Real,
}

/// A clock that stands still (virtual) or runs with the system at an offset.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    Virtual(Timestamp),
    Real(SignedDuration),
}

impl Clock {
    pub(crate) fn new(start: ClockStart) -> Self {
        match start {
            ClockStart::At(instant) => Self::Virtual(instant),
            ClockStart::Real => Self::Real(SignedDuration::ZERO),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Virtual(instant) => *instant,
            Self::Real(offset) => {
                let system = system();
                system.checked_add(*offset).unwrap_or(system)
            }
        }
    }

    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(_))
    }

    /// Moves the clock so that `now()` answers `instant` at this moment.
    pub(crate) fn set(&mut self, instant: Timestamp) {
        match self {
            Self::Virtual(current) => *current = instant,
            Self::Real(offset) => *offset = instant.duration_since(system()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is where the sandbox's time comes from")]
fn system() -> Timestamp {
    Timestamp::now()
}

/// Waits real time: a fault's delay is felt by the client, whatever the sandbox's clock says.
#[expect(clippy::disallowed_methods, reason = "a delayed answer has to take its time")]
pub(crate) async fn wait(milliseconds: u64) {
    tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let mut clock = Clock::new(ClockStart::At(start));
        assert_eq!(clock.now(), start);
        let later: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        clock.set(later);
        assert_eq!(clock.now(), later);
    }

    #[test]
    fn a_real_clock_keeps_running_from_where_it_is_set() {
        let mut clock = Clock::new(ClockStart::Real);
        let far: Timestamp = "2040-01-01T00:00:00Z".parse().unwrap();
        clock.set(far);
        assert!(clock.now() >= far);
        assert!(clock.now() < "2040-01-02T00:00:00Z".parse().unwrap());
    }
}
