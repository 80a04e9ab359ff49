//! Real time: what is killed and restarted here is a real process.

use std::time::{Duration, Instant};

/// Now, for measuring.
#[expect(clippy::disallowed_methods, reason = "how long a restart takes is what is measured")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "the instant of a kill is a real one")]
pub(super) fn wait(time: Duration) {
    std::thread::sleep(time);
}

/// Asks every few milliseconds until there is an answer; none when the time is over.
pub(super) fn until<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if begun.elapsed() > limit {
            return None;
        }
        wait(Duration::from_millis(2));
    }
}
