//! The apps that are registered with vendors: redirect URI, client id and secret, scopes.

use tidecal_core::model::Provider;
use tidecal_http::Transport;
use tidecal_providers::oauth::{Consent, OAuthConfig};
use url::Url;

use super::check::Check;
use crate::compose;
use crate::config::Config;

/// Each vendor with a consent page.
pub(super) async fn check(config: &Config, transport: &Transport) -> Vec<Check> {
    let Ok(registry) = compose::registry(config) else { return Vec::new() };
    let mut checks = Vec::new();
    for provider in [Provider::Google, Provider::Outlook] {
        match registry.oauth(provider) {
            None => checks.push(not_set_up(provider)),
            Some(oauth) => checks.extend(app(config, transport, provider, oauth).await),
        }
    }
    checks
}

fn not_set_up(provider: Provider) -> Check {
    let upper = provider.as_str().to_uppercase();
    let step = format!("to offer it, set {upper}_CLIENT_ID and {upper}_CLIENT_SECRET");
    Check::look(provider.as_str(), format!("{} is not set up", provider.title()), step)
}

async fn app(config: &Config, transport: &Transport, provider: Provider, oauth: &OAuthConfig) -> Vec<Check> {
    let (uri, vendor) = (&oauth.app.redirect_uri, oauth.client.vendor());
    let step = format!("{} must have exactly this redirect URI at {}", provider.title(), vendor.console);
    let mut checks = vec![Check::good(provider.as_str(), format!("redirect URI {uri}; {step}"))];
    checks.extend(redirect(config, provider, uri, vendor.redirect_setting));
    checks.push(match oauth.client.check_app(&oauth.app).await {
        Ok(()) => Check::good(format!("{provider} app"), "client id and secret are accepted"),
        Err(failure) => {
            let step = failure.remedy.clone().unwrap_or_else(|| "see the findings on the network".to_owned());
            Check::wrong(format!("{provider} app"), failure.detail, step)
        }
    });
    checks.extend(consent_page(transport, provider, oauth).await);
    checks
}

/// What can be told of the redirect URI by looking at it.
fn redirect(config: &Config, provider: Provider, uri: &Url, setting: &str) -> Option<Check> {
    let what = format!("{provider} redirect");
    let local = matches!(uri.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if uri.scheme() != "https" && !local {
        let text = format!("{} accepts http for localhost alone", provider.title());
        return Some(Check::wrong(what, text, format!("use https in {setting} and at the vendor")));
    }
    if uri.fragment().is_some() {
        let text = "a redirect URI cannot have a fragment (#…)";
        return Some(Check::wrong(what, text, format!("take it away in {setting} and at the vendor")));
    }
    if uri.origin() != config.public_url.origin() {
        let (back, here) = (uri.origin().ascii_serialization(), config.public_url.origin().ascii_serialization());
        let text = format!("people come back to {back}, but sign in at {here}: their session is not known there");
        let step = format!("give {setting} and TIDECAL_PUBLIC_URL the same scheme, host and port");
        return Some(Check::look(what, text, step));
    }
    None
}

/// The vendor refuses an unknown redirect URI or scope before anybody signs in.
async fn consent_page(transport: &Transport, provider: Provider, oauth: &OAuthConfig) -> Option<Check> {
    // A challenge of the right form; nobody will ever answer it.
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let consent = Consent { state: "doctor", challenge, login_hint: None };
    let url = oauth.client.authorize_url(&oauth.app, &consent);
    let request = http::Request::get(url.as_str()).body(Default::default()).ok()?;
    let answer = transport.send(request).await.ok()?;
    let location = answer.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
    Some(judge_consent(provider, oauth, answer.status().as_u16(), location.unwrap_or(""), answer.body()))
}

fn judge_consent(provider: Provider, oauth: &OAuthConfig, status: u16, location: &str, body: &[u8]) -> Check {
    let what = format!("{provider} consent page");
    let vendor = oauth.client.vendor();
    let text = String::from_utf8_lossy(body);
    let names = |word: &str| text.contains(word) || location.contains(word);
    let (uri, console) = (&oauth.app.redirect_uri, vendor.console);
    if names("redirect_uri_mismatch") || names("AADSTS50011") {
        let step = format!("add {uri} as a redirect URI of the app at {console}, letter by letter");
        return Check::wrong(what, "the vendor does not know the redirect URI (redirect_uri_mismatch)", step);
    }
    if names("invalid_scope") || names("AADSTS70011") {
        let step = format!("enable the calendar API for the app's project and add its scopes at {console}");
        return Check::wrong(what, "the vendor does not know the scopes that are asked for (invalid_scope)", step);
    }
    if names("invalid_client") || names("AADSTS700016") {
        let step = format!("compare {} with {console}", vendor.id_setting);
        return Check::wrong(what, "the vendor does not know the client id (invalid_client)", step);
    }
    if (400..500).contains(&status) || location.contains("/oauth/error") {
        let step = format!(
            "start connecting an account in a browser and read the vendor's page; then correct it at {console}"
        );
        return Check::wrong(what, format!("the vendor refuses the request before anybody signs in ({status})"), step);
    }
    Check::good(what, "redirect URI and scopes are accepted")
}
