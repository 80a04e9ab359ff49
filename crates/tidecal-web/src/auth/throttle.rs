//! A brake on guessing: token buckets by key, in the memory of one node.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Buckets that are remembered; beyond that the fullest ones are forgotten first.
const MOST_BUCKETS: usize = 10_000;

/// Allows `burst` attempts at once and one more every `refill`.
#[derive(Debug)]
pub(crate) struct Throttle {
    burst: u32,
    refill: SignedDuration,
    /// When each bucket is full again: the only state that a bucket needs.
    full_at: Mutex<HashMap<String, Timestamp>>,
}

impl Throttle {
    pub(crate) fn new(burst: u32, refill: SignedDuration) -> Self {
        Self { burst, refill, full_at: Mutex::default() }
    }

    /// Takes one attempt.
    ///
    /// # Errors
    /// How long to wait for the next one.
    pub(crate) fn take(&self, key: &str, now: Timestamp) -> Result<(), SignedDuration> {
        let mut buckets = self.full_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let full_at = buckets.get(key).copied().unwrap_or(now).max(now);
        let next = full_at.checked_add(self.refill).unwrap_or(Timestamp::MAX);
        let room = SignedDuration::from_millis(self.millis(self.burst));
        let wait = next.duration_since(now) - room;
        if wait > SignedDuration::ZERO {
            return Err(wait);
        }
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(key) {
            forget(&mut buckets, now);
        }
        buckets.insert(key.to_owned(), next);
        Ok(())
    }

    /// Forgets the attempts of a key: one of them was right.
    pub(crate) fn forgive(&self, key: &str) {
        self.full_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(key);
    }

    fn millis(&self, attempts: u32) -> i64 {
        i64::try_from(self.refill.as_millis()).unwrap_or(i64::MAX).saturating_mul(i64::from(attempts))
    }
}

/// Drops full buckets, and if there are none the half that is full soonest.
fn forget(buckets: &mut HashMap<String, Timestamp>, now: Timestamp) {
    buckets.retain(|_, full_at| *full_at > now);
    if buckets.len() < MOST_BUCKETS {
        return;
    }
    let mut times: Vec<Timestamp> = buckets.values().copied().collect();
    let (_, median, _) = times.select_nth_unstable(MOST_BUCKETS / 2);
    let median = *median;
    buckets.retain(|_, full_at| *full_at > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn after_a_burst_attempts_come_one_by_one() {
        let throttle = Throttle::new(3, SignedDuration::from_secs(10));
        for _ in 0..3 {
            throttle.take("ada", at(0)).unwrap();
        }
        assert_eq!(throttle.take("ada", at(0)), Err(SignedDuration::from_secs(10)));
        assert_eq!(throttle.take("ada", at(9)), Err(SignedDuration::from_secs(1)));
        throttle.take("ada", at(10)).unwrap();
        throttle.take("ada", at(10)).unwrap_err();
        throttle.take("ben", at(10)).unwrap();
    }

    #[test]
    fn a_rest_or_a_right_answer_fills_the_bucket() {
        let throttle = Throttle::new(2, SignedDuration::from_secs(10));
        for _ in 0..2 {
            throttle.take("ada", at(0)).unwrap();
        }
        throttle.forgive("ada");
        for _ in 0..2 {
            throttle.take("ada", at(0)).unwrap();
        }
        for _ in 0..2 {
            throttle.take("ada", at(1000)).unwrap();
        }
        throttle.take("ada", at(1000)).unwrap_err();
    }

    #[test]
    fn memory_stays_bounded() {
        let throttle = Throttle::new(2, SignedDuration::from_secs(10));
        for number in 0..3 * MOST_BUCKETS {
            let key = format!("{number}");
            throttle.take(&key, at(0)).unwrap();
        }
        assert!(throttle.full_at.lock().unwrap().len() <= MOST_BUCKETS);
    }
}
