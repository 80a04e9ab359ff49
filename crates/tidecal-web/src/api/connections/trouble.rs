//! What is wrong with a connection, what to do about it, and where to read more. A table by failure
//! class; the sections are those of the troubleshooting guide.

use serde::Serialize;
use tidecal_store::{AccountStatus, Connection};
use utoipa::ToSchema;

const GUIDE: &str = "/docs/calendar-sync-troubleshooting.md";

/// The last failure.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Trouble {
    /// What happened, in the words that the log and the database have too.
    message: String,
    /// What to do next.
    hint: &'static str,
    /// Section of the troubleshooting guide.
    guide: String,
}

/// `None` for a connection in step. A disconnected account is no failure of its connections.
pub(super) fn trouble(connection: &Connection) -> Option<Trouble> {
    let message = connection.last_error.clone()?;
    let class = connection.failure_class.as_deref().unwrap_or_default();
    let (mut hint, section) = advice(class);
    if connection.account_status == AccountStatus::Active && connection.is_circuit_open() {
        hint = "It failed five times in a row and is now tried at most once an hour. Mend the cause above, then press Resync.";
    }
    Some(Trouble { message, hint, guide: format!("{GUIDE}#{section}") })
}

fn advice(class: &str) -> (&'static str, &'static str) {
    match class {
        "auth" => (
            "The calendar's server no longer accepts the sign-in. Reconnect the account; nothing is lost and nothing is duplicated.",
            "1-token-expired-or-invalid",
        ),
        "rate_limited" => (
            "The calendar's server asked for a pause. The sync goes on by itself when it is over.",
            "2-rate-limit-exceeded",
        ),
        "cursor_lost" => (
            "The calendar's server forgot where the last sync ended. The next sync compares everything by itself.",
            "3-sync-token-invalidated",
        ),
        "permanent_calendar" => (
            "The calendar was deleted, renamed or is no longer shared with this account. Check it there, then press Resync, or delete the connection.",
            "5-events-not-syncing",
        ),
        "permanent_account" => (
            "The account can no longer be used for calendars. Check it at the vendor, then reconnect it.",
            "1-token-expired-or-invalid",
        ),
        "permanent_item" | "conflict" => (
            "Some events need attention; the others are in step. Open their list on this card.",
            "5-events-not-syncing",
        ),
        "configuration" => (
            "This server is set up wrongly for that vendor, which its operator has to mend. Your account is fine.",
            "1-token-expired-or-invalid",
        ),
        _ => (
            "It is tried again by itself, soon. If it stays, copy the message for the operator of this server.",
            "4-consecutive-sync-failures",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_core::remote::{FailureClass, PermanentScope};

    #[test]
    fn every_failure_class_has_advice_of_its_own_section() {
        for class in [
            FailureClass::Transient,
            FailureClass::RateLimited,
            FailureClass::Auth,
            FailureClass::Permanent(PermanentScope::Item),
            FailureClass::Permanent(PermanentScope::Calendar),
            FailureClass::Permanent(PermanentScope::Account),
            FailureClass::Conflict,
            FailureClass::CursorLost,
            FailureClass::Configuration,
        ] {
            let (hint, section) = advice(class.as_str());
            assert!(hint.ends_with('.') && section.as_bytes()[0].is_ascii_digit(), "{class:?}");
        }
        assert_eq!(advice("auth").1, "1-token-expired-or-invalid");
        assert_eq!(advice("rate_limited").1, "2-rate-limit-exceeded");
    }
}
