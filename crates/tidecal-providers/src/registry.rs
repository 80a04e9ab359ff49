//! Which vendors this deployment speaks to: the only place that matches on [`Provider`].

use std::sync::Arc;

use tidecal_core::model::Provider;
use tidecal_http::Transport;

use crate::Adapter;
use crate::google::{self, Google};
use crate::oauth::{Endpoints, OAuthApp, OAuthClient, OAuthConfig};

/// What a registry is built from.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// Carries every request.
    pub transport: Transport,
    /// Google, if the deployment has an app there.
    pub google: Option<GoogleConfig>,
}

/// The deployment's app at Google, and where Google is.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// Google's own ([`google::endpoints`]), or a sandbox's.
    pub endpoints: Endpoints,
    /// The deployment-wide app.
    pub app: OAuthApp,
}

/// Adapters and connect flows by vendor.
#[derive(Clone)]
pub struct Registry {
    google: Option<(Arc<dyn Adapter>, OAuthConfig)>,
}

impl Registry {
    /// Builds what is configured.
    #[must_use]
    pub fn new(config: RegistryConfig) -> Self {
        let RegistryConfig { transport, google } = config;
        let google = google.map(|GoogleConfig { endpoints, app }| {
            let adapter: Arc<dyn Adapter> = Arc::new(Google::new(transport.clone(), &endpoints.api_base));
            let client = OAuthClient::new(transport.clone(), &google::VENDOR, endpoints);
            (adapter, OAuthConfig { app, client })
        });
        Self { google }
    }

    /// Speaks to a vendor; `None` if it is not configured, or not built yet.
    #[must_use]
    pub fn adapter(&self, provider: Provider) -> Option<&dyn Adapter> {
        match provider {
            Provider::Google => self.google.as_ref().map(|(adapter, _)| adapter.as_ref()),
            Provider::Outlook | Provider::Caldav | Provider::Ics => None,
        }
    }

    /// The connect flow of a vendor that has one and is configured.
    #[must_use]
    pub fn oauth(&self, provider: Provider) -> Option<&OAuthConfig> {
        match provider {
            Provider::Google => self.google.as_ref().map(|(_, oauth)| oauth),
            Provider::Outlook | Provider::Caldav | Provider::Ics => None,
        }
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("google", &self.google.is_some()).finish_non_exhaustive()
    }
}
