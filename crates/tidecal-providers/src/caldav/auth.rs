//! Proving who asks: Basic, and Digest where the server asks for it.
//!
//! Basic is sent ahead (the transport lets it out over TLS or to an origin that the operator named),
//! so that an ordinary call is one request. A server that wants Digest is remembered while the
//! process lives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::digest::{Challenge, Proof};

/// Most logins whose Digest challenge is remembered.
const REMEMBERED: usize = 10_000;

/// Login and password. `Debug` shows no password.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub(super) username: String,
    pub(super) password: SecretString,
}

/// Challenges of servers that want Digest, with the number of requests that used them.
#[derive(Clone, Debug, Default)]
pub(super) struct Challenges(Arc<Mutex<Known>>);

/// By origin and login.
type Known = HashMap<(String, String), (Challenge, u32)>;

/// What a 401 offers that could be tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) basic: bool,
    pub(super) digest: Option<Challenge>,
}

impl Challenges {
    /// The value of `Authorization` for a request, and the challenge that it answers, if any.
    pub(super) fn authorization(&self, who: &Credentials, method: &str, url: &Url) -> (String, Option<Challenge>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((challenge, used)) = known.get_mut(&key(who, url)) else { return (basic(who), None) };
        *used += 1;
        let uri = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let proof = Proof { username: &who.username, password: &who.password, method, uri: &uri, count: *used };
        (challenge.authorization(&proof), Some(challenge.clone()))
    }

    /// Notes what a 401 offered; whether it is worth asking again after having answered `sent`.
    pub(super) fn learn(&self, who: &Credentials, url: &Url, sent: Option<&Challenge>, headers: &HeaderMap) -> bool {
        let offer = offer(headers);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(who, url);
        match (sent, offer.digest) {
            // The same challenge again: the password is wrong.
            (Some(sent), Some(now)) if *sent == now => false,
            // The server also takes what was just refused.
            (None, Some(_)) if offer.basic => false,
            (_, Some(now)) => {
                if known.len() >= REMEMBERED {
                    known.clear();
                }
                known.insert(key, (now, 0));
                true
            }
            (Some(_), None) => {
                known.remove(&key);
                offer.basic
            }
            (None, None) => false,
        }
    }
}

fn key(who: &Credentials, url: &Url) -> (String, String) {
    (url.origin().ascii_serialization(), who.username.clone())
}

fn basic(who: &Credentials) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", who.username, who.password.expose_secret())))
}

/// Reads all `WWW-Authenticate` headers; of several Digest challenges the strongest counts.
pub(super) fn offer(headers: &HeaderMap) -> Offer {
    let mut offer = Offer::default();
    for value in headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()) {
        for (scheme, parameters) in challenges(value) {
            if scheme.eq_ignore_ascii_case("basic") {
                offer.basic = true;
            } else if scheme.eq_ignore_ascii_case("digest")
                && let Some(challenge) = Challenge::new(&parameters)
                && offer.digest.as_ref().is_none_or(|known| !known.is_strong() && challenge.is_strong())
            {
                offer.digest = Some(challenge);
            }
        }
    }
    offer
}

/// Splits `Basic realm="a, b", Digest nonce=…` (RFC 9110 11.6.1).
fn challenges(value: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for item in split_outside_quotes(value) {
        let (head, parameter) = match item.split_once('=') {
            None => (Some(item), None),
            Some((left, right)) => match left.trim().rsplit_once(char::is_whitespace) {
                Some((scheme, name)) => (Some(scheme), Some((name, right))),
                None => (None, Some((left, right))),
            },
        };
        if let Some(scheme) = head.map(str::trim).filter(|scheme| !scheme.is_empty()) {
            found.push((scheme.to_owned(), Vec::new()));
        }
        if let (Some((name, value)), Some((_, parameters))) = (parameter, found.last_mut()) {
            parameters.push((name.trim().to_owned(), unquoted(value.trim())));
        }
    }
    found
}

fn split_outside_quotes(value: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(move |c: char| {
            let cut = c == ',' && !quoted;
            if !escaped && c == '"' {
                quoted = !quoted;
            }
            escaped = quoted && c == '\\' && !escaped;
            cut
        })
        .collect()
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.to_owned() };
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            text.push(c);
            escaped = false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (WWW_AUTHENTICATE, value.parse().unwrap())).collect()
    }

    fn who() -> Credentials {
        Credentials { username: "ada".into(), password: SecretString::from("canary") }
    }

    fn url() -> Url {
        Url::parse("https://dav.example.com/cal/?a=b").unwrap()
    }

    const DIGEST: &str = r#"Digest realm="a, \"b\"", nonce="n1", qop="auth,auth-int""#;

    #[test]
    fn challenges_are_told_apart() {
        let both = offer(&headers(&[&format!("Basic realm=\"x, Digest y\", {DIGEST}, Bearer")]));
        assert!(both.basic && both.digest.is_some());
        let digest = both.digest.unwrap();
        let password = SecretString::from("p");
        let proof = Proof { username: "u", password: &password, method: "GET", uri: "/", count: 1 };
        assert!(digest.authorization(&proof).contains(r#"realm="a, \"b\"""#));
        assert_eq!(offer(&headers(&["X-MobileMe-AuthToken realm=\"Newcastle\""])), Offer::default());
        assert_eq!(offer(&headers(&["", ",,", "=", "Digest", "\""])), Offer::default());
        let strongest = offer(&headers(&[DIGEST, "Digest realm=x, nonce=y, algorithm=SHA-256, qop=auth"]));
        assert!(strongest.digest.unwrap().is_strong());
    }

    #[test]
    fn basic_goes_ahead_and_digest_follows_where_it_is_asked_for() {
        let challenges = Challenges::default();
        let ask = || challenges.authorization(&who(), "GET", &url());
        assert_eq!(ask(), ("Basic YWRhOmNhbmFyeQ==".to_owned(), None));
        assert!(challenges.learn(&who(), &url(), None, &headers(&[DIGEST])));
        let (first, sent) = ask();
        assert!(first.starts_with("Digest ") && first.contains("uri=\"/cal/?a=b\"") && first.contains("nc=00000001"));
        assert!(ask().0.contains("nc=00000002"));
        let sent = sent.as_ref();
        assert!(!challenges.learn(&who(), &url(), sent, &headers(&[DIGEST])), "the nonce was fresh: a wrong password");
        assert!(challenges.learn(&who(), &url(), sent, &headers(&[&DIGEST.replace("n1", "n2")])), "a new nonce");
        assert!(challenges.learn(&who(), &url(), sent, &headers(&["Basic realm=x"])), "the server changed its mind");
        assert!(ask().0.starts_with("Basic "));
    }

    #[test]
    fn a_refused_password_is_not_sent_twice() {
        let challenges = Challenges::default();
        assert!(!challenges.learn(&who(), &url(), None, &headers(&["Basic realm=x"])));
        assert!(!challenges.learn(&who(), &url(), None, &headers(&["Basic realm=x", DIGEST])));
        assert!(!challenges.learn(&who(), &url(), None, &headers(&[])));
    }
}
