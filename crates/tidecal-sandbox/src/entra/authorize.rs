//! The authorization request: its parameters, and what is wrong with them.

use std::collections::BTreeSet;

use url::Url;
use url::form_urlencoded::Serializer;

use super::errors::EntraError;
use super::{scopes, tenant};
use crate::oauth::authorize::is_registered;
use crate::state::World;

/// How the answer reaches the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// A valid authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizeRequest {
    /// The path's tenant segment.
    pub(crate) tenant: String,
    pub(crate) redirect_uri: String,
    /// Canonical scope names asked for.
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    /// PKCE: (challenge, whether S256).
    pub(crate) challenge: Option<(String, bool)>,
    pub(crate) prompt: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) mode: ResponseMode,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Only the person sees it: the redirect URI is not to be trusted.
    Shown(EntraError),
    /// The app is told, at its redirect URI.
    Told(Box<AuthorizeRequest>, EntraError),
}

impl AuthorizeRequest {
    /// Reads the query of the authorize URL of a tenant.
    pub(crate) fn read(world: &World, tenant: &str, query: &str) -> Result<Self, Wrong> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let shown = |error: EntraError| Wrong::Shown(error.at(world.now()));
        let needed =
            |name: &str| get(name).filter(|value| !value.is_empty()).ok_or_else(|| shown(EntraError::missing(name)));
        if !tenant::exists(world, tenant) {
            return Err(shown(EntraError::new(90002).saying(format!("Tenant '{tenant}' not found."))));
        }
        if needed("client_id")? != world.config.outlook_client_id {
            return Err(shown(EntraError::new(700_016)));
        }
        let redirect_uri = needed("redirect_uri")?.to_owned();
        if !is_registered(&redirect_uri, &world.config) {
            return Err(shown(EntraError::new(50011)));
        }
        let mut request = Self {
            tenant: tenant.to_owned(),
            redirect_uri,
            scopes: BTreeSet::new(),
            state: get("state").map(ToOwned::to_owned),
            nonce: get("nonce").map(ToOwned::to_owned),
            challenge: None,
            prompt: get("prompt").map(ToOwned::to_owned),
            login_hint: get("login_hint").map(ToOwned::to_owned),
            mode: ResponseMode::Query,
        };
        match request.fill(get) {
            Ok(()) => Ok(request),
            Err(error) => Err(Wrong::Told(Box::new(request), error.at(world.now()))),
        }
    }

    fn fill<'a>(&mut self, get: impl Fn(&str) -> Option<&'a str>) -> Result<(), EntraError> {
        self.mode = match get("response_mode") {
            None | Some("query") => ResponseMode::Query,
            Some("fragment") => ResponseMode::Fragment,
            Some("form_post") => ResponseMode::FormPost,
            Some(other) => return Err(malformed(&format!("response_mode '{other}' is not supported."))),
        };
        match get("response_type") {
            Some("code") => {}
            None => return Err(EntraError::missing("response_type")),
            Some(other) => {
                let mut error = malformed(&format!("The response type '{other}' is not enabled for this app."));
                error.error = "unsupported_response_type";
                return Err(error);
            }
        }
        if let Some(prompt) = &self.prompt
            && !matches!(prompt.as_str(), "login" | "none" | "consent" | "select_account")
        {
            return Err(malformed(&format!("prompt '{prompt}' is not supported.")));
        }
        let scope = get("scope").filter(|scope| !scope.trim().is_empty());
        self.scopes = read_scopes(scope.ok_or_else(|| EntraError::missing("scope"))?)?;
        self.challenge = read_challenge(get("code_challenge"), get("code_challenge_method"))?;
        Ok(())
    }

    pub(crate) fn prompts(&self, what: &str) -> bool {
        self.prompt.as_deref() == Some(what)
    }

    /// The redirect URI with the answer's parameters and the state, in the query or the fragment.
    pub(crate) fn redirect(&self, parameters: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else {
            return self.redirect_uri.clone();
        };
        let pairs = parameters.iter().copied().chain(self.state.as_deref().map(|state| ("state", state)));
        if self.mode == ResponseMode::Fragment {
            let text = Serializer::new(String::new()).extend_pairs(pairs).finish();
            url.set_fragment(Some(&text));
        } else {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        url.into()
    }

    /// The redirect that tells an error.
    pub(crate) fn refusal(&self, error: &EntraError) -> String {
        let description = error.description();
        let mut parameters = vec![("error", error.error), ("error_description", description.as_str())];
        if error.code == 65004 {
            parameters.push(("error_subcode", "cancel"));
        }
        if let Some(claims) = error.claims {
            parameters.push(("claims", claims));
        }
        self.redirect(&parameters)
    }
}

fn malformed(message: &str) -> EntraError {
    let mut error = EntraError::new(9_002_313).saying(message);
    error.error = "invalid_request";
    error
}

/// The scopes of a request: existing ones of one resource.
pub(crate) fn read_scopes(text: &str) -> Result<BTreeSet<String>, EntraError> {
    let asked: Vec<&str> = text.split_ascii_whitespace().collect();
    if asked.iter().any(|scope| scopes::is_foreign(scope)) {
        return Err(EntraError::new(28000));
    }
    asked
        .into_iter()
        .map(|scope| {
            let unknown = || {
                EntraError::new(650_053)
                    .saying(format!("The application asked for scope '{scope}' that doesn't exist on the resource."))
            };
            scopes::canonical(scope).ok_or_else(unknown)
        })
        .collect()
}

/// The method defaults to `plain`, as the vendor's does.
fn read_challenge(challenge: Option<&str>, method: Option<&str>) -> Result<Option<(String, bool)>, EntraError> {
    let Some(challenge) = challenge else {
        return Ok(None);
    };
    let hashed = match method {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(other) => return Err(malformed(&format!("code_challenge_method '{other}' is not supported."))),
    };
    let fits = if hashed { challenge.len() == 43 } else { (43..=128).contains(&challenge.len()) };
    let legal = challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    if fits && legal { Ok(Some((challenge.to_owned(), hashed))) } else { Err(malformed("Invalid code_challenge.")) }
}
