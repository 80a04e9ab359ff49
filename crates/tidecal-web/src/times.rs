//! How instants are written in JSON: RFC 3339 in UTC, whole seconds or milliseconds.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// An instant in whole seconds: `2026-11-21T10:00:00Z`. A fraction is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-21T10:00:00Z")]
pub(crate) struct Seconds(pub(crate) Timestamp);

/// An instant in milliseconds: `2026-11-21T10:00:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-21T10:00:00.000Z")]
pub(crate) struct Millis(pub(crate) Timestamp);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&whole_seconds(self.0))
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

/// The text of [`Seconds`].
pub(crate) fn seconds(at: Timestamp) -> String {
    whole_seconds(at).to_string()
}

/// Shows itself as RFC 3339 in UTC without a fraction.
fn whole_seconds(at: Timestamp) -> Timestamp {
    let second = at.as_nanosecond().div_euclid(1_000_000_000);
    i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_no_fraction_and_milliseconds_have_three_digits() {
        let at: Timestamp = "2026-11-21T10:00:00.5Z".parse().unwrap();
        assert_eq!(serde_json::to_value(Seconds(at)).unwrap(), "2026-11-21T10:00:00Z");
        assert_eq!(serde_json::to_value(Millis(at)).unwrap(), "2026-11-21T10:00:00.500Z");
        let early: Timestamp = "1969-12-31T23:59:59.5Z".parse().unwrap();
        assert_eq!(serde_json::to_value(Seconds(early)).unwrap(), "1969-12-31T23:59:59Z");
        let whole: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(serde_json::to_value(Millis(whole)).unwrap(), "2026-11-21T10:00:00.000Z");
    }
}
