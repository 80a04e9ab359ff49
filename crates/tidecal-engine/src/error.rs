//! Why a service call did not do what it was asked for.

use jiff::Timestamp;
use tidecal_core::remote::Failure;
use tidecal_store::StoreError;

use crate::Gate;

/// Typed, so that the edge finds the right status and words.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A kill switch is off.
    #[error("switched off by {}", .0.variable())]
    Closed(Gate),
    /// The allowlists do not name the person or the connection.
    #[error("not on the allowlist")]
    NotAllowed,
    /// No such thing, or not the caller's.
    #[error("not found")]
    NotFound,
    /// The caller's role does not suffice.
    #[error("a role of admin or owner is needed")]
    Forbidden,
    /// An argument does not do.
    #[error("{field}: {message}")]
    Invalid {
        /// Name of the field.
        field: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
    /// That remote calendar is connected already.
    #[error("that calendar is connected already")]
    AlreadyConnected,
    /// The vendor wants to be left alone until then.
    #[error("the vendor's rate limit holds until {until}")]
    RateLimited {
        /// When it may be asked again.
        until: Timestamp,
    },
    /// The OAuth answer belongs to no flow that this browser began within the last minutes.
    #[error("this sign-in was not started here, or it took too long: start again")]
    StateUnknown,
    /// This deployment has no app for that vendor.
    #[error("{title} is not set up on this server")]
    NotSetUp {
        /// The vendor's name for people.
        title: &'static str,
    },
    /// The vendor's server said no.
    #[error("{}", with_remedy(.0))]
    Vendor(Failure),
    /// The database said no.
    #[error(transparent)]
    Store(StoreError),
}

/// What happened, and what to do about it.
fn with_remedy(failure: &Failure) -> String {
    let remedy = failure.remedy.as_deref().map_or_else(String::new, |remedy| format!(". {remedy}"));
    format!("{failure}{remedy}")
}

impl From<Failure> for ServiceError {
    fn from(failure: Failure) -> Self {
        Self::Vendor(failure)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::NotFound,
            StoreError::AlreadyConnected { .. } => Self::AlreadyConnected,
            other => Self::Store(other),
        }
    }
}
