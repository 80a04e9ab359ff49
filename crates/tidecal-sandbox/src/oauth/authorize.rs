//! The authorization request: its parameters, and what is wrong with them.

use std::collections::BTreeSet;

use url::Url;

use super::scopes;
use crate::config::SandboxConfig;

/// A valid authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizeRequest {
    pub(crate) redirect_uri: String,
    /// Full scope names asked for.
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    /// PKCE: (challenge, whether S256).
    pub(crate) challenge: Option<(String, bool)>,
    /// `access_type=offline`.
    pub(crate) offline: bool,
    pub(crate) prompt: Vec<String>,
    pub(crate) include_granted: bool,
    pub(crate) login_hint: Option<String>,
}

/// What is wrong; the person sees it, the client never does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) detail: String,
}

impl Refused {
    fn new(status: u16, error: &'static str, detail: impl Into<String>) -> Self {
        Self { status, error, detail: detail.into() }
    }
}

impl AuthorizeRequest {
    /// Reads the query of the authorize URL.
    pub(crate) fn read(query: &str, config: &SandboxConfig) -> Result<Self, Refused> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let needed = |name: &str| {
            get(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| Refused::new(400, "invalid_request", format!("Missing required parameter: {name}")))
        };
        if needed("client_id")? != config.client_id {
            return Err(Refused::new(401, "invalid_client", "The OAuth client was not found."));
        }
        let redirect_uri = needed("redirect_uri")?.to_owned();
        if !is_registered(&redirect_uri, config) {
            return Err(Refused::new(
                400,
                "redirect_uri_mismatch",
                format!("The redirect URI {redirect_uri} is not registered for this client."),
            ));
        }
        if needed("response_type")? != "code" {
            return Err(Refused::new(400, "unsupported_response_type", "Only code is served here."));
        }
        Ok(Self {
            redirect_uri,
            scopes: read_scopes(needed("scope")?)?,
            state: get("state").map(ToOwned::to_owned),
            nonce: get("nonce").map(ToOwned::to_owned),
            challenge: read_challenge(get("code_challenge"), get("code_challenge_method"))?,
            offline: read_access_type(get("access_type"))?,
            prompt: get("prompt").unwrap_or_default().split(' ').map(ToOwned::to_owned).collect(),
            include_granted: get("include_granted_scopes") == Some("true"),
            login_hint: get("login_hint").map(ToOwned::to_owned),
        })
    }

    pub(crate) fn prompts(&self, what: &str) -> bool {
        self.prompt.iter().any(|prompt| prompt == what)
    }

    /// The redirect URI with the answer's parameters and the state.
    pub(crate) fn redirect(&self, parameters: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else {
            return self.redirect_uri.clone();
        };
        {
            let mut query = url.query_pairs_mut();
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            query.extend_pairs(parameters);
        }
        url.into()
    }
}

pub(crate) fn is_registered(uri: &str, config: &SandboxConfig) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    if url.fragment().is_some() {
        return false;
    }
    let loopback = url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    (loopback && config.loopback_redirects) || config.redirect_uris.iter().any(|own| own == uri)
}

fn read_scopes(text: &str) -> Result<BTreeSet<String>, Refused> {
    text.split_ascii_whitespace()
        .map(|scope| {
            scopes::canonical(scope).ok_or_else(|| {
                Refused::new(400, "invalid_scope", format!("Some requested scopes were invalid. {{invalid=[{scope}]}}"))
            })
        })
        .collect()
}

/// The method defaults to `plain`, as the vendor's does.
fn read_challenge(challenge: Option<&str>, method: Option<&str>) -> Result<Option<(String, bool)>, Refused> {
    let Some(challenge) = challenge else {
        return Ok(None);
    };
    let hashed = match method {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(other) => {
            let detail = format!("Invalid parameter value for code_challenge_method: {other}");
            return Err(Refused::new(400, "invalid_request", detail));
        }
    };
    let length_fits = if hashed { challenge.len() == 43 } else { (43..=128).contains(&challenge.len()) };
    let legal = challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    if !length_fits || !legal {
        let detail = "Invalid parameter value for code_challenge";
        return Err(Refused::new(400, "invalid_request", detail));
    }
    Ok(Some((challenge.to_owned(), hashed)))
}

fn read_access_type(value: Option<&str>) -> Result<bool, Refused> {
    match value {
        Some("offline") => Ok(true),
        None | Some("online") => Ok(false),
        Some(other) => {
            let detail = format!("Invalid parameter value for access_type: {other}");
            Err(Refused::new(400, "invalid_request", detail))
        }
    }
}
