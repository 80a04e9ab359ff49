//! Which vendors this deployment speaks to: the only place that matches on [`Provider`].

use std::sync::Arc;

use tidecal_core::model::Provider;
use tidecal_http::Transport;

use crate::Adapter;
use crate::caldav::Caldav;
use crate::google::{self, Google};
use crate::microsoft::{self, Outlook};
use crate::oauth::{Endpoints, OAuthApp, OAuthClient, OAuthConfig};

/// What a registry is built from.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// Carries every request.
    pub transport: Transport,
    /// Google, if the deployment has an app there.
    pub google: Option<GoogleConfig>,
    /// Outlook, if the deployment has an app at Microsoft.
    pub outlook: Option<OutlookConfig>,
}

/// The deployment's app at Microsoft, and where Microsoft is.
#[derive(Clone, Debug)]
pub struct OutlookConfig {
    /// Microsoft's own ([`microsoft::endpoints`]), or a sandbox's ([`microsoft::endpoints_at`]).
    pub endpoints: Endpoints,
    /// The deployment-wide app.
    pub app: OAuthApp,
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
    outlook: Option<(Arc<dyn Adapter>, OAuthConfig)>,
    caldav: Caldav,
}

impl Registry {
    /// Builds what is configured. CalDAV needs no configuration and is always there.
    #[must_use]
    pub fn new(config: RegistryConfig) -> Self {
        let RegistryConfig { transport, google, outlook } = config;
        let google = google.map(|GoogleConfig { endpoints, app }| {
            let adapter: Arc<dyn Adapter> = Arc::new(Google::new(transport.clone(), &endpoints.api_base));
            let client = OAuthClient::new(transport.clone(), &google::VENDOR, endpoints);
            (adapter, OAuthConfig { app, client })
        });
        let outlook = outlook.map(|OutlookConfig { endpoints, app }| {
            let adapter: Arc<dyn Adapter> = Arc::new(Outlook::new(transport.clone(), &endpoints.api_base));
            let client = OAuthClient::new(transport.clone(), &microsoft::VENDOR, endpoints);
            (adapter, OAuthConfig { app, client })
        });
        Self { google, outlook, caldav: Caldav::new(transport) }
    }

    /// Speaks to a vendor; `None` if it is not configured, or not built yet.
    #[must_use]
    pub fn adapter(&self, provider: Provider) -> Option<&dyn Adapter> {
        match provider {
            Provider::Google => self.google.as_ref().map(|(adapter, _)| adapter.as_ref()),
            Provider::Outlook => self.outlook.as_ref().map(|(adapter, _)| adapter.as_ref()),
            Provider::Caldav => Some(&self.caldav),
            Provider::Ics => None,
        }
    }

    /// The connect flow of a vendor with a consent page, if it is configured.
    #[must_use]
    pub fn oauth(&self, provider: Provider) -> Option<&OAuthConfig> {
        match provider {
            Provider::Google => self.google.as_ref().map(|(_, oauth)| oauth),
            Provider::Outlook => self.outlook.as_ref().map(|(_, oauth)| oauth),
            Provider::Caldav | Provider::Ics => None,
        }
    }

    /// CalDAV itself, for its connect flow: discovery with a password.
    #[must_use]
    pub fn caldav(&self) -> &Caldav {
        &self.caldav
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (google, outlook) = (self.google.is_some(), self.outlook.is_some());
        f.debug_struct("Registry").field("google", &google).field("outlook", &outlook).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_http::TransportConfig;

    fn registry(google: bool, outlook: bool) -> Registry {
        let app = OAuthApp {
            client_id: "client".into(),
            client_secret: "canary-secret".into(),
            redirect_uri: "http://127.0.0.1:3000/callback".parse().unwrap(),
        };
        let google = google.then(|| GoogleConfig { endpoints: google::endpoints(), app: app.clone() });
        let outlook = outlook.then(|| OutlookConfig { endpoints: microsoft::endpoints("common").unwrap(), app });
        let transport = Transport::new(TransportConfig::default()).unwrap();
        Registry::new(RegistryConfig { transport, google, outlook })
    }

    #[test]
    fn only_what_is_configured_is_there() {
        for (google, outlook) in [(false, false), (true, false), (false, true), (true, true)] {
            let registry = registry(google, outlook);
            for (provider, set_up) in [(Provider::Google, google), (Provider::Outlook, outlook)] {
                assert_eq!(registry.adapter(provider).is_some(), set_up);
                assert_eq!(registry.oauth(provider).is_some(), set_up);
            }
            assert!(registry.adapter(Provider::Caldav).is_some());
            assert!(registry.oauth(Provider::Caldav).is_none());
            assert!(!format!("{registry:?}").contains("canary"));
        }
    }
}
