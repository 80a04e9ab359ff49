//! Requests that brought no answer, by class.

use tidecal_core::remote::{Failure, FailureClass};
use tidecal_http::TransportError;

/// For adapters whose addresses the operator chose. `name`: the adapter's.
pub(crate) fn unreached(name: &str, error: &TransportError) -> Failure {
    let detail = format!("{name}: {error}");
    match error {
        TransportError::Guarded { .. } | TransportError::InvalidUrl { .. } | TransportError::Setup { .. } => {
            Failure::new(FailureClass::Configuration, detail)
                .remedy("Check the vendor's addresses and the rules for outgoing requests in the configuration.")
        }
        // Every account at the same address meets these.
        TransportError::Dns { .. }
        | TransportError::Connect { .. }
        | TransportError::Tls { .. }
        | TransportError::Timeout { .. }
        | TransportError::Interrupted { .. } => Failure::new(FailureClass::Transient, detail).outage(),
        TransportError::TooLarge { .. } => Failure::new(FailureClass::Transient, detail)
            .remedy("If this goes on, raise the limit on the size of answers in the configuration."),
    }
}
