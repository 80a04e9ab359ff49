//! What requests bring: bodies, query parameters, ids. Everything wrong with them is a problem that
//! names the field and says what to write instead, and never repeats a value (it may be a password).

mod body;
mod id;
mod params;
mod words;

pub(crate) use body::{Body, OptionalBody};
pub(crate) use id::{Id, is_possible as is_possible_id};
pub(crate) use params::Params;

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tidecal_core::model::Provider;

use crate::problem::{Code, Problem};

/// An instant: RFC 3339 with an offset. A date alone is midnight UTC.
pub(crate) fn instant(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    let wrong = || Problem::field(field, "is no time; write RFC 3339 such as 2026-11-21T10:00:00Z");
    // In a query an unescaped plus arrives as a space.
    let text = text.trim().replace(' ', "+");
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let date: Date = if text.len() == 10 { text.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    date.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp()).map_err(|_| wrong())
}

/// A vendor's word.
pub(crate) fn provider(text: &str) -> Result<Provider, Problem> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
        let message = format!("is unknown; write one of {}", known.join(", "));
        Problem::new(Code::UnknownProvider, format!("provider: {message}")).with_error("provider", message)
    })
}

/// A text without surrounding space; empty, longer than `longest` or with control characters it is
/// refused.
pub(crate) fn text(field: &'static str, text: &str, longest: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::field(field, "must not be empty"));
    }
    if text.chars().count() > longest {
        return Err(Problem::field(field, format!("is too long; at most {longest} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::field(field, "must not contain control characters or line breaks"));
    }
    Ok(text.to_owned())
}

/// A whole number in a range.
pub(crate) fn number(field: &'static str, text: &str, range: RangeInclusive<usize>) -> Result<usize, Problem> {
    let wrong = || Problem::field(field, format!("must be a whole number from {} to {}", range.start(), range.end()));
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(text("name", " Work ", 10).unwrap(), "Work");
        for wrong in ["", "  ", "a\u{0}b", "a\nb", "0123456789x"] {
            assert!(text("name", wrong, 10).is_err(), "{wrong:?}");
        }
        assert_eq!(number("limit", "5", 1..=10).unwrap(), 5);
        for wrong in ["", "0", "11", "-1", "5.0", "five"] {
            assert!(number("limit", wrong, 1..=10).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn instants_are_read_as_people_and_programs_write_them() {
        for (text, expected) in [
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T10:00:00.000Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T11:00:00+01:00", "2026-11-21T10:00:00Z"),
            ("2026-11-21T11:00:00 01:00", "2026-11-21T10:00:00Z"),
            ("2026-11-21", "2026-11-21T00:00:00Z"),
        ] {
            assert_eq!(instant("start", text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "tomorrow", "2026-11-21T10:00:00", "2026-02-30", "1763719200"] {
            assert!(instant("start", text).unwrap_err().detail().starts_with("start: "), "{text}");
        }
    }
}
