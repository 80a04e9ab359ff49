//! Sends the flow's requests: single attempts, no state.

use bytes::Bytes;
use jiff::SignedDuration;
use secrecy::SecretString;
use tidecal_core::remote::{Failure, FailureClass};
use tidecal_http::{Transport, retry_after};
use url::Url;

use super::form::{self, Exchange};
use super::refusal::{Refusal, Step};
use super::{Consent, Endpoints, OAuthApp, TokenGrant, Vendor};
use crate::excerpt::{excerpt, is_markup};
use crate::unreached::unreached;

/// A vendor's OAuth endpoints, for any app registered with it.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    transport: Transport,
    vendor: &'static Vendor,
    endpoints: Endpoints,
}

impl OAuthClient {
    /// For that vendor at those addresses.
    #[must_use]
    pub fn new(transport: Transport, vendor: &'static Vendor, endpoints: Endpoints) -> Self {
        Self { transport, vendor, endpoints }
    }

    /// What is particular to the vendor.
    #[must_use]
    pub fn vendor(&self) -> &'static Vendor {
        self.vendor
    }

    /// Where the vendor is.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The consent page to send a person to.
    #[must_use]
    pub fn authorize_url(&self, app: &OAuthApp, consent: &Consent<'_>) -> Url {
        form::authorize_url(self.vendor, &self.endpoints, app, consent)
    }

    /// What an `error` parameter means that came back from the consent page instead of a code.
    #[must_use]
    pub fn consent_failure(&self, error: &str, description: Option<&str>) -> Failure {
        let body = serde_json::json!({ "error": error, "error_description": description }).to_string();
        let refusal =
            Refusal { step: Step::Consent, status: 400, retry_after: None, body: body.as_bytes(), secrets: &[] };
        Failure { http_status: None, ..refusal.failure(self.vendor) }
    }

    /// Exchanges a code, once. Whether the scopes granted suffice is a question of its own:
    /// [`Vendor::require_scopes`].
    ///
    /// # Errors
    /// `Auth` if the code is no longer good, `Configuration` if the app is not accepted; else as
    /// the network and the vendor fare.
    pub async fn exchange_code(
        &self,
        app: &OAuthApp,
        code: &SecretString,
        verifier: &SecretString,
    ) -> Result<TokenGrant, Failure> {
        let form = form::token_form(app, Exchange::Code { code, verifier });
        let mut grant = self.token(Step::Code, form, &[code, verifier, &app.client_secret]).await?;
        if grant.scopes.is_empty() {
            // Silence means: as asked for.
            grant.scopes = self.vendor.scope_text().split(' ').map(str::to_owned).collect();
        }
        Ok(grant)
    }

    /// Gets a new access token. `lifetime`: what `refresh_token_expires_in` said of the grant, for
    /// the diagnosis.
    ///
    /// # Errors
    /// `Auth` only if the grant is dead; `Configuration` if the app is not accepted, which
    /// disconnects nobody; `Transient`, `RateLimited` otherwise.
    pub async fn refresh(
        &self,
        app: &OAuthApp,
        refresh_token: &SecretString,
        lifetime: Option<SignedDuration>,
    ) -> Result<TokenGrant, Failure> {
        let scope = self.vendor.scope_in_refresh.then(|| self.vendor.scope_text());
        let form = form::token_form(app, Exchange::Refresh { refresh_token, scope: scope.as_deref() });
        self.token(Step::Refresh { lifetime }, form, &[refresh_token, &app.client_secret]).await
    }

    /// Whether the vendor knows the app: a made-up refresh token is refused for what it is only
    /// after id and secret were accepted.
    ///
    /// # Errors
    /// `Configuration` if id or secret is wrong; else as the network and the vendor fare.
    pub async fn check_app(&self, app: &OAuthApp) -> Result<(), Failure> {
        match self.refresh(app, &SecretString::from("none"), None).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.class == FailureClass::Auth => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Ends a grant at the vendor; a token that is dead already counts as revoked, and so does a
    /// vendor without such an endpoint.
    ///
    /// # Errors
    /// As the network and the vendor fare.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), Failure> {
        let Some(endpoint) = &self.endpoints.revoke else { return Ok(()) };
        let sent = self.send(endpoint, form::revoke_form(token), Step::Revoke, &[token]).await;
        match sent {
            Ok(_) => Ok(()),
            Err(failure) if matches!(failure.vendor_code.as_deref(), Some("invalid_token" | "invalid_grant")) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn token(&self, step: Step, form: String, secrets: &[&SecretString]) -> Result<TokenGrant, Failure> {
        let body = self.send(&self.endpoints.token, form, step, secrets).await?;
        TokenGrant::parse(&body).map_err(|why| {
            let what = if is_markup(&body) { excerpt(&String::from_utf8_lossy(&body), secrets) } else { why };
            let detail = format!("{}: 200 from the token endpoint without a token: {what}", self.vendor.name);
            Failure::new(FailureClass::Transient, detail).status(200).outage()
        })
    }

    async fn send(&self, to: &Url, form: String, step: Step, secrets: &[&SecretString]) -> Result<Bytes, Failure> {
        let name = self.vendor.name;
        let request = form::post(to, form).map_err(|wrong| {
            Failure::new(FailureClass::Configuration, format!("{name}: the token endpoint's address: {wrong}"))
        })?;
        let answer = self.transport.send(request).await.map_err(|error| unreached(name, &error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer.into_body());
        }
        let retry_after = retry_after(answer.headers());
        Err(Refusal { step, status: status.as_u16(), retry_after, body: answer.body(), secrets }.failure(self.vendor))
    }
}
