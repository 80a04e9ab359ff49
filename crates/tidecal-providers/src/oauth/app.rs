//! The registered app and the addresses of its vendor, as configuration gives them.

use secrecy::SecretString;
use url::Url;

use super::OAuthClient;

/// An app registered with a vendor: the deployment's, or a tenant's own.
#[derive(Clone, Debug)]
pub struct OAuthApp {
    /// Public id of the app.
    pub client_id: String,
    /// Its secret; shown by no `Debug`.
    pub client_secret: SecretString,
    /// Where the vendor sends people back to, spelled exactly as registered.
    pub redirect_uri: Url,
}

/// Where a vendor is. The real addresses by default; a sandbox's by configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The consent page that people are sent to.
    pub authorize: Url,
    /// Codes and refresh tokens are exchanged here.
    pub token: Url,
    /// Tokens are revoked here, where the vendor offers it.
    pub revoke: Option<Url>,
    /// Root of the vendor's API, with a trailing slash.
    pub api_base: Url,
}

/// What a vendor's connect flow runs with: the deployment's app and a client for any app of it.
#[derive(Clone, Debug)]
pub struct OAuthConfig {
    /// The deployment-wide app, used where a tenant has none of its own.
    pub app: OAuthApp,
    /// Speaks to the vendor's endpoints.
    pub client: OAuthClient,
}
