//! Why a request brought no whole answer.

/// A request that failed before there was an answer to read. Texts name the host and what to do,
/// never user names, passwords, paths or queries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The guard refused it; nothing was sent.
    #[error("requests to {host} are not allowed: {reason}")]
    Guarded {
        /// Host of the address.
        host: String,
        /// Which rule, and how an operator opens it.
        reason: String,
    },
    /// The text is no address that a request could be sent to.
    #[error("this is not a web address: {reason}")]
    InvalidUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// The name has no address.
    #[error("the name {host} cannot be resolved: check its spelling and this machine's network and DNS")]
    Dns {
        /// Host of the address.
        host: String,
    },
    /// Nobody answers there.
    #[error("no connection to {host} ({detail}): check the address, its port and the network")]
    Connect {
        /// Host and port of the address.
        host: String,
        /// The system's words.
        detail: String,
    },
    /// No trusted encrypted connection.
    #[error("no trusted TLS connection to {host} ({detail}): check its certificate, the port and this machine's clock")]
    Tls {
        /// Host and port of the address.
        host: String,
        /// The TLS library's words.
        detail: String,
    },
    /// Too slow.
    #[error("{host} did not answer in time")]
    Timeout {
        /// Host and port of the address.
        host: String,
    },
    /// The body decodes to more than is allowed.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host and port of the address.
        host: String,
        /// The limit that it broke, in bytes.
        limit: usize,
    },
    /// The connection ended in the middle of the answer, or the answer is no valid HTTP.
    #[error("the answer of {host} broke off ({detail})")]
    Interrupted {
        /// Host and port of the address.
        host: String,
        /// The HTTP library's words.
        detail: String,
    },
    /// The deployment's settings do not make a transport.
    #[error("outgoing requests are set up wrongly: {detail}")]
    Setup {
        /// Which setting, and what it should be.
        detail: String,
    },
}

impl TransportError {
    /// Whether the fault may lie with the peer or the way to it, so that trying later makes sense
    /// and other accounts at the same peer suffer as well.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Dns { .. } | Self::Connect { .. } | Self::Timeout { .. } | Self::Interrupted { .. })
    }
}
