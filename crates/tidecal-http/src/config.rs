//! What a deployment decides about its outgoing requests.

use std::time::Duration;

use url::Url;

/// Settings of a [`crate::Transport`].
#[derive(Clone, Debug)]
pub struct TransportConfig {
    /// `User-Agent` of requests that bring none; some servers refuse requests without one.
    pub user_agent: String,
    /// From the look-up of the name to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// From the first byte sent to the last byte read.
    pub request_timeout: Duration,
    /// Most bytes of a body, after decoding. Adapters hold an answer up to three times over.
    pub max_body_bytes: usize,
    /// Which addresses may be reached.
    pub guard: Guard,
    /// Forward proxy (`http://host:port`) for all but the allowed origins. It resolves names
    /// itself, so the operator's proxy is then the last line of the guard.
    pub proxy: Option<Url>,
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            user_agent: concat!("Tidecal/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            max_body_bytes: 16 * 1024 * 1024,
            guard: Guard::default(),
            proxy: None,
        }
    }
}

/// A request extension: this one may take so long, instead of
/// [`request_timeout`](TransportConfig::request_timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// Where requests may go. The default is strict: https to public addresses only.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Also private and loopback addresses, also without TLS. Link-local addresses and the metadata
    /// services of clouds stay closed.
    pub allow_private: bool,
    /// Origins that are always allowed, whatever their address: scheme, host and port exactly
    /// (`http://127.0.0.1:5232`).
    pub allowed_origins: Vec<String>,
}
