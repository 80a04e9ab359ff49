//! What the services refuse, in the words and status codes of the edge. A vendor's own status never
//! becomes ours: it is about the vendor, not about this request.

use jiff::SignedDuration;
use tidecal_core::remote::{Failure, FailureClass};
use tidecal_engine::{Gate, ServiceError};
use tidecal_store::StoreError;

use super::{Code, Problem};
use crate::times::seconds;

/// How soon to come back when the database was busy.
const SOON: i64 = 5;

impl Problem {
    /// A closed kill switch.
    pub(crate) fn gate_closed(gate: Gate) -> Self {
        let variable = gate.variable();
        let detail = format!("An operator has switched this off: {variable} is false. Ask them to switch it on again.");
        Self::new(Code::GateClosed, detail).with("gate", variable)
    }

    /// A role that does not suffice.
    pub(crate) fn forbidden() -> Self {
        Self::new(Code::Forbidden, "This needs the role admin or owner. Ask an owner of the tenant.")
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Closed(gate) => Self::gate_closed(gate),
            ServiceError::NotAllowed => Self::new(
                Code::NotAllowlisted,
                "This server is being rolled out to a few people, and you are not among them yet. Operators: see \
                 CALENDAR_ALLOWLIST_PROVIDER_IDS and CALENDAR_ALLOWLIST_CONNECTION_IDS.",
            ),
            ServiceError::NotFound => Self::not_found(),
            ServiceError::Forbidden => Self::forbidden(),
            ServiceError::Invalid { field, message } => Self::field(field, message),
            ServiceError::AlreadyConnected => Self::new(
                Code::AlreadyConnected,
                "This calendar is connected already. Sync or resync its connection instead.",
            ),
            ServiceError::RateLimited { until } => {
                let detail =
                    format!("The calendar server asks to be left alone until {}. Try again then.", seconds(until));
                Self::new(Code::RateLimited, detail).with("until", seconds(until))
            }
            ServiceError::StateUnknown => Self::new(
                Code::StateUnknown,
                "This sign-in was not started in this browser, was used before, or took longer than ten minutes. \
                 Start again from Calendar Integrations.",
            ),
            ServiceError::NotSetUp { title } => {
                let detail = format!(
                    "{title} is not set up on this server. Ask its operator, or connect another kind of calendar."
                );
                Self::new(Code::NotSetUp, detail)
            }
            ServiceError::Vendor(failure) => failure.into(),
            ServiceError::Store(error) => error.into(),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let remedy = |ours: &str| failure.remedy.clone().unwrap_or_else(|| ours.to_owned());
        let said = |lead: &str, ours: &str| format!("{lead}{}. {}", failure.detail, remedy(ours));
        match failure.class {
            FailureClass::Auth => {
                Self::new(Code::ReauthRequired, said("Authentication failed: ", "Reconnect the account."))
            }
            FailureClass::RateLimited => {
                let wait = failure.retry_after.unwrap_or(SignedDuration::from_mins(1));
                Self::new(Code::RateLimited, said("Rate limit exceeded: ", "Try again later."))
                    .retry_after(wait.as_secs())
            }
            FailureClass::Transient => {
                Self::new(Code::VendorUnreachable, said("", "Try again in a few minutes.")).retry_after(60)
            }
            FailureClass::Configuration => {
                Self::new(Code::Misconfigured, said("", "This is for the operator of this server to mend."))
            }
            FailureClass::Permanent(_) | FailureClass::Conflict | FailureClass::CursorLost => {
                Self::new(Code::VendorRefused, said("", "Check what was asked for."))
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound(_) => Self::not_found(),
            StoreError::AlreadyConnected { .. } => ServiceError::AlreadyConnected.into(),
            StoreError::DifferentAccount { email } => Self::new(
                Code::DifferentAccount,
                format!(
                    "The account to reconnect is {email}, but another one signed in. Start again and choose {email}, \
                     or connect the other account as a new one."
                ),
            ),
            StoreError::EventsMoved { .. } => Self::new(
                Code::VersionMoved,
                "The event was changed after you looked at it. Read it again, then decide again.",
            ),
            StoreError::Exists(what) => Self::new(Code::AlreadyExists, format!("This {what} exists already.")),
            StoreError::KeyMismatch { .. } | StoreError::SealBroken => Self::new(Code::Misconfigured, sentence(&error)),
            _ if error.is_transient() => Self::new(
                Code::DatabaseUnavailable,
                "The database does not answer at the moment. Try again in a few seconds.",
            )
            .retry_after(SOON)
            .caused_by(&error),
            _ => Self::internal(error.to_string()),
        }
    }
}

/// A lower-case fragment as a sentence.
fn sentence(fragment: &impl ToString) -> String {
    let text = fragment.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendors_status_is_never_ours() {
        for (class, status) in [
            (FailureClass::Auth, 409),
            (FailureClass::RateLimited, 429),
            (FailureClass::Transient, 502),
            (FailureClass::Configuration, 503),
            (FailureClass::CursorLost, 422),
        ] {
            let problem = Problem::from(Failure::new(class, "google: 401 invalid_token").status(401));
            assert_eq!(problem.status().as_u16(), status, "{class:?}");
            assert!(problem.detail().contains("google: 401 invalid_token"), "{}", problem.detail());
        }
    }

    #[test]
    fn a_closed_gate_names_its_variable() {
        let problem = Problem::gate_closed(Gate::Sync);
        assert_eq!((problem.status().as_u16(), problem.code().as_str()), (403, "gate_closed"));
        assert!(problem.detail().contains("CALENDAR_SYNC_ENABLED"));
    }

    #[test]
    fn a_busy_database_is_no_defect() {
        let problem = Problem::from(StoreError::Locked);
        assert_eq!(problem.code(), Code::DatabaseUnavailable);
        assert_eq!(Problem::from(StoreError::NotFound("connection")).code(), Code::NotFound);
    }
}
