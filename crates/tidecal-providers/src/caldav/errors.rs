//! Answers that are refusals, by class: the one place that reads a status.

use http::StatusCode;
use secrecy::SecretString;
use tidecal_core::remote::{Failure, FailureClass, PermanentScope};
use tidecal_http::{TransportError, retry_after};

use super::presets;
use super::session::Answer;
use super::xml::XmlError;
use super::{NAME, multistatus};
use crate::excerpt::excerpt_of_body;

/// The condition that every server names, under whatever status, when a token is too old.
pub(super) const STALE_TOKEN: &str = "valid-sync-token";

/// Code of a failure whose answer was larger than the transport lets in.
pub(super) const TOO_LARGE: &str = "too-large";

/// What a status means for something of that scope; `asked_to_wait`: the answer has a `Retry-After`.
fn class(status: u16, asked_to_wait: bool, scope: PermanentScope) -> FailureClass {
    use FailureClass::{Auth, Conflict, Permanent, RateLimited, Transient};
    match status {
        401 => Auth,
        // Proxies and storage behind the server, not the request.
        407 | 408 | 421 | 423 | 425 => Transient,
        409 | 412 => Conflict,
        429 => RateLimited,
        // Throttling, as iCloud and Fastmail do it; without a wait it is plain trouble.
        503 if asked_to_wait => RateLimited,
        500..=599 => Transient,
        _ => Permanent(scope),
    }
}

/// The failure behind an answer that is not the one asked for.
pub(super) fn refused(answer: &Answer, scope: PermanentScope, secret: &SecretString) -> Failure {
    let wait = retry_after(&answer.headers);
    let conditions = multistatus::conditions(&answer.body);
    let class = if conditions.iter().any(|it| it == STALE_TOKEN) {
        FailureClass::CursorLost
    } else {
        class(answer.status, wait.is_some(), scope)
    };
    let mut detail = format!("{NAME}: {} at {}", status_words(answer.status), answer.host());
    let condition = conditions.into_iter().next();
    match &condition {
        Some(condition) => detail.push_str(&format!(" ({condition})")),
        None => {
            let said = excerpt_of_body(&answer.body, &[secret]);
            if !said.is_empty() {
                detail.push_str(&format!(": {said}"));
            }
        }
    }
    let mut failure = Failure::new(class, detail).status(answer.status).retry_after(wait);
    failure.vendor_code = condition;
    failure.remedy = remedy(answer, class);
    // A throttle is about this account, everything else of this kind about the server.
    failure.outage = class == FailureClass::Transient && answer.status >= 500;
    failure
}

fn remedy(answer: &Answer, class: FailureClass) -> Option<String> {
    let text = match (class, answer.status) {
        (FailureClass::Auth, _) => return Some(presets::password_remedy(&answer.url).to_owned()),
        (FailureClass::Permanent(PermanentScope::Calendar), 404 | 410) => {
            "The calendar is no longer at this address. If it was moved or shared anew, connect it again."
        }
        (FailureClass::Permanent(PermanentScope::Calendar), 403) => {
            "The server does not let this login read the calendar. Ask its owner to share it again."
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// The failure behind a 207 whose body is no multistatus, or a calendar object that is a page.
pub(super) fn unreadable(answer: &Answer, error: &XmlError, secret: &SecretString) -> Failure {
    let said = excerpt_of_body(&answer.body, &[secret]);
    let detail = match error {
        XmlError::NotXml => {
            format!("{NAME}: a web page or text came from {} instead of calendar data: {said}", answer.host())
        }
        other => format!("{NAME}: the answer of {} cannot be read: {other}", answer.host()),
    };
    Failure::new(FailureClass::Transient, detail).status(answer.status).remedy(
        "Something between Tidecal and the calendar server answers in its place (a sign-in page, a proxy, maintenance). Open the server's address in a browser to see it.",
    )
}

/// The failure of a request that brought no answer. While a person connects an account, an address
/// that the guard refuses is theirs to correct; later it is the operator's.
pub(super) fn unreached(error: &TransportError, connecting: bool) -> Failure {
    match error {
        TransportError::Guarded { .. } | TransportError::InvalidUrl { .. } if connecting => {
            let class = FailureClass::Permanent(PermanentScope::Account);
            Failure::new(class, format!("{NAME}: {error}"))
                .remedy("Check the address. A server in a private network must be allowed by the operator first.")
        }
        TransportError::TooLarge { .. } => crate::unreached::unreached(NAME, error).code(TOO_LARGE),
        other => crate::unreached::unreached(NAME, other),
    }
}

/// The account's password must not go there.
pub(super) fn foreign_host(host: &str) -> Failure {
    let class = FailureClass::Permanent(PermanentScope::Account);
    Failure::new(class, format!("{NAME}: the server refers to another host, {host}"))
        .code("foreign-host")
        .remedy(format!("If {host} is your provider's, connect again with https://{host}/ as the address."))
}

pub(super) fn status_words(status: u16) -> String {
    let words = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    words.map_or_else(|| status.to_string(), |words| format!("{status} {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;
    use http::header::RETRY_AFTER;
    use jiff::SignedDuration;

    fn answer(status: u16, wait: Option<&str>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, wait.parse().unwrap());
        }
        let url = url::Url::parse("https://dav.example.com/cal/").unwrap();
        Answer { url, status, headers, body: Bytes::from(body.to_owned()) }
    }

    fn failure(status: u16, wait: Option<&str>, body: &str) -> Failure {
        refused(&answer(status, wait, body), PermanentScope::Calendar, &SecretString::from("canary"))
    }

    #[test]
    fn every_status_has_its_class() {
        use FailureClass::*;
        let gone = Permanent(PermanentScope::Calendar);
        for (status, wait, class, outage) in [
            (400, None, gone, false),
            (401, None, Auth, false),
            (403, None, gone, false),
            (404, None, gone, false),
            (405, None, gone, false),
            (408, None, Transient, false),
            (409, None, Conflict, false),
            (410, None, gone, false),
            (412, None, Conflict, false),
            (423, None, Transient, false),
            (429, None, RateLimited, false),
            (429, Some("30"), RateLimited, false),
            (500, None, Transient, true),
            (502, None, Transient, true),
            (503, None, Transient, true),
            (503, Some("30"), RateLimited, false),
            (504, None, Transient, true),
            (507, None, Transient, true),
        ] {
            let failure = failure(status, wait, "");
            assert_eq!((failure.class, failure.outage), (class, outage), "{status} {wait:?}");
            assert_eq!(failure.http_status, Some(status));
            assert!(failure.detail.starts_with(&format!("caldav: {status}")), "{}", failure.detail);
            assert_eq!(failure.retry_after, wait.map(|_| SignedDuration::from_secs(30)));
        }
    }

    #[test]
    fn a_stale_token_is_known_by_its_element_under_any_status() {
        for status in [400, 403, 409, 410, 412, 507] {
            let failure = failure(status, None, "<e:error xmlns:e='DAV:'><e:valid-sync-token/></e:error>");
            assert_eq!(failure.class, FailureClass::CursorLost, "{status}");
            assert_eq!(failure.vendor_code.as_deref(), Some(STALE_TOKEN));
        }
    }

    #[test]
    fn conditions_are_named_and_pages_quoted_without_secrets() {
        let forbidden =
            failure(403, None, "<error xmlns='DAV:'><need-privileges><resource/></need-privileges></error>");
        assert_eq!(forbidden.detail, "caldav: 403 Forbidden at dav.example.com (need-privileges)");
        let page = failure(502, None, "<html><head><title>Bad canary gateway</title></head></html>");
        assert_eq!(page.detail, "caldav: 502 Bad Gateway at dav.example.com: Bad [redacted] gateway");
    }
}
