//! Time and chance, the only places where the engine meets them.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

/// What time it is, and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present instant, to the millisecond (as the store keeps it).
    fn now(&self) -> Timestamp;

    /// Comes back after that time.
    async fn sleep(&self, wait: SignedDuration);
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        to_millis(Timestamp::now())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    async fn sleep(&self, wait: SignedDuration) {
        tokio::time::sleep(Duration::try_from(wait).unwrap_or(Duration::ZERO)).await;
    }
}

/// A clock that stands until it is moved; sleeping moves it. For tests: nothing ever waits.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at that instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves on.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.checked_add(by).unwrap_or(Timestamp::MAX);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        to_millis(*self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    async fn sleep(&self, wait: SignedDuration) {
        self.advance(wait.max(SignedDuration::ZERO));
        tokio::task::yield_now().await;
    }
}

fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Chance.
pub trait Random: Send + Sync {
    /// Fills with bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);

    /// Evenly in `0.0..1.0`.
    fn fraction(&self) -> f64 {
        let mut bytes = [0_u8; 8];
        self.fill(&mut bytes);
        // 53 bits: every value is exact in an f64.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let value = (u64::from_le_bytes(bytes) >> 11) as f64;
        value / (1_u64 << 53) as f64
    }

    /// A seed for ids.
    fn seed(&self) -> u64 {
        let mut bytes = [0_u8; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill(bytes);
    }
}
