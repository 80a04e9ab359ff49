//! What the deployment decides about its HTTP side. The binary reads it; nothing here reads the
//! environment.

use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tidecal_core::model::Provider;
use url::Url;

/// Settings of the HTTP side.
#[derive(Clone)]
pub struct WebConfig {
    /// Address that browsers use; its origin may send changes (CSRF guard).
    pub public_url: Url,
    /// Send the session cookie over https alone, under the prefix `__Host-`.
    pub cookie_secure: bool,
    /// How long a session lasts.
    pub session_days: u16,
    /// Bearer token of `POST /api/cron/calendar-sync`; `None`: direct loopback callers alone.
    pub cron_secret: Option<SecretString>,
    /// How long a manual sync waits for its answer (requirement R6.3).
    pub manual_wait: SignedDuration,
    /// Paths named by `*_REDIRECT_URI` that serve the OAuth callback beside the usual one
    /// (requirement R1.5).
    pub oauth_callback_paths: Vec<(Provider, String)>,
    /// Renders `/metrics`; `None`: there is no such page.
    pub metrics: Option<PrometheusHandle>,
    /// Let `/metrics` be read from other machines too.
    pub metrics_public: bool,
    /// Largest body of a request in bytes.
    pub max_body_bytes: usize,
    /// How long any request but a job run may take.
    pub request_timeout: SignedDuration,
}

impl WebConfig {
    /// Ordinary values for that address: secure cookies if it is https, 30 days, 25 s of waiting.
    #[must_use]
    pub fn new(public_url: Url) -> Self {
        let cookie_secure = public_url.scheme() == "https";
        Self {
            public_url,
            cookie_secure,
            session_days: 30,
            cron_secret: None,
            manual_wait: SignedDuration::from_secs(25),
            oauth_callback_paths: Vec::new(),
            metrics: None,
            metrics_public: false,
            max_body_bytes: 256 * 1024,
            request_timeout: SignedDuration::from_secs(60),
        }
    }

    /// The public address as browsers spell it in `Origin`.
    pub(crate) fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    pub(crate) fn session_lives(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.session_days))
    }
}

impl std::fmt::Debug for WebConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebConfig")
            .field("public_url", &self.public_url.as_str())
            .field("cookie_secure", &self.cookie_secure)
            .field("cron_secret", &self.cron_secret.is_some())
            .field("oauth_callback_paths", &self.oauth_callback_paths)
            .finish_non_exhaustive()
    }
}
