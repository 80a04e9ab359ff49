//! Why an edit was not made.

use tidecal_store::StoreError;

use crate::ServiceError;

/// Typed, so that the edge finds the right status and words.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A field does not do.
    #[error("{field}: {message}")]
    Invalid {
        /// Name, as requests spell it.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The change could never reach the place where the event comes from, or would be refused there.
    #[error("{reason}")]
    Refused {
        /// Fields that may not change; empty: the event as a whole.
        fields: Vec<&'static str>,
        /// Why, and what to do instead.
        reason: String,
    },
    /// The event is not what the person saw.
    #[error("the event has version {version} by now")]
    Moved {
        /// Its version now.
        version: i64,
    },
    /// Anything else.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl EditError {
    pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { fields: Vec::new(), reason: reason.into() }
    }
}

impl From<StoreError> for EditError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}
