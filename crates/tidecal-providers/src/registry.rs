//! Which vendors this deployment speaks to: the only place that matches on [`Provider`].

use std::sync::Arc;

use secrecy::SecretString;
use tidecal_core::model::Provider;
use tidecal_core::remote::Failure;
use tidecal_http::Transport;

use crate::Adapter;
use crate::caldav::{self, Caldav, Discovered};
use crate::google::{self, Google};
use crate::oauth::{Endpoints, OAuthApp, OAuthClient, OAuthConfig};

/// What a registry is built from.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// Carries every request.
    pub transport: Transport,
    /// Google, if the deployment has an app there.
    pub google: Option<GoogleConfig>,
    /// Whether CalDAV accounts may be connected and synced.
    pub caldav: bool,
}

/// The deployment's app at Google, and where Google is.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// Google's own ([`google::endpoints`]), or a sandbox's ([`google::endpoints_at`]).
    pub endpoints: Endpoints,
    /// The deployment-wide app.
    pub app: OAuthApp,
}

/// Adapters and connect flows by vendor. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    google: Option<(Arc<dyn Adapter>, OAuthConfig)>,
    caldav: Option<(Arc<dyn Adapter>, CaldavConnect)>,
}

impl Registry {
    /// Builds what is configured.
    #[must_use]
    pub fn new(config: RegistryConfig) -> Self {
        let RegistryConfig { transport, google, caldav } = config;
        let google = google.map(|GoogleConfig { endpoints, app }| {
            let adapter: Arc<dyn Adapter> = Arc::new(Google::new(transport.clone(), &endpoints.api_base));
            let client = OAuthClient::new(transport.clone(), &google::VENDOR, endpoints);
            (adapter, OAuthConfig { app, client })
        });
        let caldav = caldav.then(|| {
            let adapter: Arc<dyn Adapter> = Arc::new(Caldav::new(transport.clone()));
            (adapter, CaldavConnect { transport })
        });
        Self { google, caldav }
    }

    /// Speaks to a vendor; `None` if it is not configured, or not built yet.
    #[must_use]
    pub fn adapter(&self, provider: Provider) -> Option<&dyn Adapter> {
        match provider {
            Provider::Google => self.google.as_ref().map(|(adapter, _)| adapter.as_ref()),
            Provider::Caldav => self.caldav.as_ref().map(|(adapter, _)| adapter.as_ref()),
            Provider::Outlook | Provider::Ics => None,
        }
    }

    /// The connect flow of a vendor with a consent page, if it is configured.
    #[must_use]
    pub fn oauth(&self, provider: Provider) -> Option<&OAuthConfig> {
        match provider {
            Provider::Google => self.google.as_ref().map(|(_, oauth)| oauth),
            Provider::Outlook | Provider::Caldav | Provider::Ics => None,
        }
    }

    /// The connect flow of accounts with a password, if they are allowed.
    #[must_use]
    pub fn caldav(&self) -> Option<&CaldavConnect> {
        self.caldav.as_ref().map(|(_, connect)| connect)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("google", &self.google.is_some())
            .field("caldav", &self.caldav.is_some())
            .finish()
    }
}

/// Finds and opens CalDAV accounts.
#[derive(Clone, Debug)]
pub struct CaldavConnect {
    transport: Transport,
}

impl CaldavConnect {
    /// Finds the account behind a domain, a mail address or a URL, and signs in.
    ///
    /// # Errors
    /// As [`caldav::discover`].
    pub async fn discover(&self, input: &str, username: &str, password: &SecretString) -> Result<Discovered, Failure> {
        caldav::discover(&self.transport, input, username, password).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_http::TransportConfig;

    fn registry(google: bool, caldav: bool) -> Registry {
        let app = OAuthApp {
            client_id: "client".into(),
            client_secret: "canary-secret".into(),
            redirect_uri: "http://127.0.0.1:3000/api/calendar/oauth/google/callback".parse().unwrap(),
        };
        let google = google.then(|| GoogleConfig { endpoints: google::endpoints(), app });
        Registry::new(RegistryConfig { transport: Transport::new(TransportConfig::default()).unwrap(), google, caldav })
    }

    #[test]
    fn only_what_is_configured_is_there() {
        for (google, caldav) in [(false, false), (true, false), (false, true), (true, true)] {
            let registry = registry(google, caldav);
            assert_eq!(registry.adapter(Provider::Google).is_some(), google);
            assert_eq!(registry.oauth(Provider::Google).is_some(), google);
            assert_eq!(registry.adapter(Provider::Caldav).is_some(), caldav);
            assert_eq!(registry.caldav().is_some(), caldav);
            assert!(registry.oauth(Provider::Caldav).is_none());
            assert!(!format!("{registry:?}").contains("canary"));
        }
    }
}
