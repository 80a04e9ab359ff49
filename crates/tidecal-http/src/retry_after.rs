//! `Retry-After` (RFC 9110 10.2.3).

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// How long an answer asks to wait: its seconds, or its date measured against the answer's own
/// `Date` (so that this machine's clock does not matter). Never negative; `None` if it does not say
/// or cannot be read.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(SignedDuration::from_secs(text.parse::<u32>().unwrap_or(u32::MAX).into()));
    }
    let wait = http_date(text)?.duration_since(http_date_of(headers, &DATE)?);
    Some(wait.max(SignedDuration::ZERO))
}

fn http_date_of(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    http_date(headers.get(name)?.to_str().ok()?)
}

/// The one form that senders may produce (IMF-fixdate); the obsolete ones are not read.
fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(HeaderName, &str)]) -> Option<i64> {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_seconds() {
        assert_eq!(wait(&[(RETRY_AFTER, "120")]), Some(120));
        assert_eq!(wait(&[(RETRY_AFTER, " 0 ")]), Some(0));
        assert_eq!(wait(&[(RETRY_AFTER, "99999999999999999999")]), Some(i64::from(u32::MAX)));
    }

    #[test]
    fn a_date_counts_from_the_answers_own_date() {
        let date = (DATE, "Sat, 21 Nov 2026 10:00:00 GMT");
        assert_eq!(wait(&[(RETRY_AFTER, "Sat, 21 Nov 2026 10:00:30 GMT"), date.clone()]), Some(30));
        assert_eq!(wait(&[(RETRY_AFTER, "Sat, 21 Nov 2026 09:00:00 GMT"), date]), Some(0));
        assert_eq!(wait(&[(RETRY_AFTER, "Sat, 21 Nov 2026 10:00:30 GMT")]), None);
    }

    #[test]
    fn nonsense_is_no_wait() {
        for text in ["", "-5", "soon", "1.5", "１２"] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, http::HeaderValue::from_bytes(text.as_bytes()).unwrap());
            assert_eq!(retry_after(&headers), None, "{text}");
        }
    }
}
