//! Ids: UUIDv7 (RFC 9562) as text, in the order in which they are made.

use aws_lc_rs::rand;
use jiff::Timestamp;
use uuid::Builder;

use crate::KeyError;

/// Makes the ids of one transaction: one draw of randomness, then a counter, so that ids of the
/// same millisecond ascend too and indexes grow at their end.
pub(crate) struct Ids {
    millis: u64,
    random: u128,
}

impl Ids {
    pub(crate) fn new(now: Timestamp) -> Result<Self, KeyError> {
        let mut bytes = [0; 10];
        rand::fill(&mut bytes).map_err(|_| KeyError::Crypto)?;
        // The upper bits stay clear, so that counting up never overflows into a smaller id.
        bytes[0] &= 0x07;
        bytes[2] &= 0x1f;
        let random = bytes.iter().fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        Ok(Self { millis: u64::try_from(now.as_millisecond()).unwrap_or(0), random })
    }

    pub(crate) fn next(&mut self) -> String {
        self.random += 1;
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&self.random.to_be_bytes()[6..]);
        Builder::from_unix_timestamp_millis(self.millis, &bytes).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_ascend_and_are_version_seven() {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let mut ids = Ids::new(now).unwrap();
        let made: Vec<String> = (0..5_000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(uuid::Uuid::parse_str(&made[0]).unwrap().get_version_num(), 7);
        let later = Ids::new("2026-11-21T10:00:00.001Z".parse().unwrap()).unwrap().next();
        assert!(made[4_999] < later);
    }
}
