//! What is sent: the consent page's address and the bodies of the token endpoint.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Endpoints, OAuthApp, Vendor};

/// What one person is asked to consent to.
#[derive(Clone, Copy, Debug)]
pub struct Consent<'a> {
    /// Comes back with the code; ties it to the browser that began. Unguessable.
    pub state: &'a str,
    /// PKCE challenge, method `S256`.
    pub challenge: &'a str,
    /// Address to preselect, for reconnecting.
    pub login_hint: Option<&'a str>,
}

pub(super) fn authorize_url(vendor: &Vendor, endpoints: &Endpoints, app: &OAuthApp, consent: &Consent<'_>) -> Url {
    let mut url = endpoints.authorize.clone();
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &app.client_id)
            .append_pair("redirect_uri", app.redirect_uri.as_str())
            .append_pair("response_type", "code")
            .append_pair("scope", &vendor.scope_text())
            .append_pair("state", consent.state)
            .append_pair("code_challenge", consent.challenge)
            .append_pair("code_challenge_method", "S256");
        query.extend_pairs(vendor.consent_parameters);
        if let Some(hint) = consent.login_hint {
            query.append_pair("login_hint", hint);
        }
    }
    url
}

/// What the token endpoint is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exchange<'a> {
    Code { code: &'a SecretString, verifier: &'a SecretString },
    Refresh { refresh_token: &'a SecretString, scope: Option<&'a str> },
}

pub(super) fn token_form(app: &OAuthApp, exchange: Exchange<'_>) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("client_id", &app.client_id).append_pair("client_secret", app.client_secret.expose_secret());
    match exchange {
        Exchange::Code { code, verifier } => form
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code.expose_secret())
            .append_pair("code_verifier", verifier.expose_secret())
            .append_pair("redirect_uri", app.redirect_uri.as_str()),
        Exchange::Refresh { refresh_token, scope } => form
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", refresh_token.expose_secret())
            .extend_pairs(scope.map(|scope| ("scope", scope))),
    };
    form.finish()
}

pub(super) fn revoke_form(token: &SecretString) -> String {
    Serializer::new(String::new()).append_pair("token", token.expose_secret()).finish()
}

pub(super) fn post(to: &Url, form: String) -> Result<http::Request<Bytes>, http::Error> {
    http::Request::post(to.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(form))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::{self, VENDOR};
    use crate::oauth::Pkce;
    use std::collections::HashMap;

    fn app() -> OAuthApp {
        OAuthApp {
            client_id: "client".into(),
            client_secret: "canary-secret".into(),
            redirect_uri: Url::parse("http://127.0.0.1:3000/api/calendar/oauth/google/callback").unwrap(),
        }
    }

    fn pairs(text: &str) -> HashMap<String, String> {
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    #[test]
    fn the_consent_page_is_asked_for_everything_that_makes_a_lasting_grant() {
        let pkce = Pkce::from_random([1; 32]);
        let consent = Consent { state: "s t", challenge: &pkce.challenge, login_hint: Some("ada@example.com") };
        let url = authorize_url(&VENDOR, &google::endpoints(), &app(), &consent);
        let asked = pairs(url.query().unwrap());
        for (name, value) in [
            ("client_id", "client"),
            ("redirect_uri", "http://127.0.0.1:3000/api/calendar/oauth/google/callback"),
            ("response_type", "code"),
            ("state", "s t"),
            ("code_challenge", pkce.challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("access_type", "offline"),
            ("prompt", "consent"),
            ("login_hint", "ada@example.com"),
        ] {
            assert_eq!(asked[name], value, "{name}");
        }
        assert!(asked["scope"].contains("calendar.events ") && asked["scope"].starts_with("openid email "));
        assert!(!url.as_str().contains("canary"));
        let anyone = authorize_url(&VENDOR, &google::endpoints(), &app(), &Consent { login_hint: None, ..consent });
        assert!(!anyone.as_str().contains("login_hint"));
    }

    #[test]
    fn codes_and_refresh_tokens_are_exchanged_with_the_secret() {
        let (code, verifier) = (SecretString::from("4/c+de"), SecretString::from("v"));
        let form = pairs(&token_form(&app(), Exchange::Code { code: &code, verifier: &verifier }));
        assert_eq!(form["grant_type"], "authorization_code");
        assert_eq!((form["code"].as_str(), form["code_verifier"].as_str()), ("4/c+de", "v"));
        assert_eq!(form["client_secret"], "canary-secret");
        assert_eq!(form["redirect_uri"], app().redirect_uri.as_str());
        let form = pairs(&token_form(&app(), Exchange::Refresh { refresh_token: &code, scope: None }));
        assert_eq!((form["grant_type"].as_str(), form["refresh_token"].as_str()), ("refresh_token", "4/c+de"));
        assert!(!form.contains_key("redirect_uri") && !form.contains_key("scope"));
        let again = Exchange::Refresh { refresh_token: &code, scope: Some("openid a.b") };
        assert_eq!(pairs(&token_form(&app(), again))["scope"], "openid a.b");
    }

    #[test]
    fn an_app_does_not_show_its_secret() {
        assert!(!format!("{:?}", app()).contains("canary"));
    }
}
