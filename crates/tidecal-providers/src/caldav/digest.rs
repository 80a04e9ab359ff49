//! Digest authentication (RFC 7616; RFC 2617 for servers without `qop`), MD5 and SHA-256.
//!
//! The client nonce is derived from the password and the server's nonce: nobody without the
//! password can foresee it, and no source of randomness is needed.

use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// A server's challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// `-sess` variant: the key is bound to the first nonce.
    session: bool,
    /// The server knows `qop=auth`.
    qop: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

/// What one request proves.
pub(super) struct Proof<'a> {
    pub(super) username: &'a str,
    pub(super) password: &'a SecretString,
    pub(super) method: &'a str,
    /// Path and query as sent.
    pub(super) uri: &'a str,
    /// How often this nonce was used, from 1.
    pub(super) count: u32,
}

impl Challenge {
    /// Reads the parameters of one `Digest` challenge; `None` if it asks for what is not known here.
    pub(super) fn new(parameters: &[(String, String)]) -> Option<Self> {
        let get = |name: &str| {
            parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        let algorithm = get("algorithm").unwrap_or_else(|| "MD5".to_owned()).to_ascii_uppercase();
        let (base, session) = algorithm.strip_suffix("-SESS").map_or((algorithm.as_str(), false), |base| (base, true));
        let algorithm = match base {
            "MD5" => Algorithm::Md5,
            "SHA-256" => Algorithm::Sha256,
            _ => return None,
        };
        let offered = get("qop");
        let qop = offered.as_deref().is_some_and(|list| list.split(',').any(|it| it.trim() == "auth"));
        if offered.is_some() && !qop {
            return None;
        }
        Some(Self { realm: get("realm")?, nonce: get("nonce")?, opaque: get("opaque"), algorithm, session, qop })
    }

    /// Whether this is the stronger of the known algorithms.
    pub(super) fn is_strong(&self) -> bool {
        self.algorithm == Algorithm::Sha256
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(&self, proof: &Proof<'_>) -> String {
        let Proof { username, password, method, uri, count } = proof;
        let password = password.expose_secret();
        let cnonce = self.hash(&format!("{}:{count}:{password}", self.nonce))[..16].to_owned();
        let mut key = self.hash(&format!("{username}:{}:{password}", self.realm));
        if self.session {
            key = self.hash(&format!("{key}:{}:{cnonce}", self.nonce));
        }
        let subject = self.hash(&format!("{method}:{uri}"));
        let nc = format!("{count:08x}");
        let response = if self.qop {
            self.hash(&format!("{key}:{}:{nc}:{cnonce}:auth:{subject}", self.nonce))
        } else {
            self.hash(&format!("{key}:{}:{subject}", self.nonce))
        };
        let name = match self.algorithm {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        };
        let suffix = if self.session { "-sess" } else { "" };
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", algorithm={name}{suffix}",
            quoted(username),
            quoted(&self.realm),
            quoted(&self.nonce),
            quoted(uri),
        );
        if self.qop {
            value.push_str(&format!(", qop=auth, nc={nc}, cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque={}", quoted(opaque)));
        }
        value
    }

    fn hash(&self, text: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match self.algorithm {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(pairs: &[(&str, &str)]) -> Option<Challenge> {
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Challenge::new(&pairs)
    }

    fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
        let rest = &header[header.find(&format!(" {name}="))? + name.len() + 2..];
        Some(rest.split(',').next()?.trim().trim_matches('"'))
    }

    /// RFC 2617 without qop has no client nonce, so its arithmetic can be checked against a value
    /// that was computed elsewhere (`md5(md5("Mufasa:testrealm@host.com:Circle Of Life"):…)`).
    #[test]
    fn the_answer_without_qop_is_the_standards() {
        let challenge = challenge(&[
            ("realm", "testrealm@host.com"),
            ("nonce", "dcd98b7102dd2f0e8b11d0f600bfb0c093"),
            ("opaque", "5ccc069c403ebaf9f0171e9517f40e41"),
        ])
        .unwrap();
        let password = SecretString::from("Circle Of Life");
        let proof = Proof { username: "Mufasa", password: &password, method: "GET", uri: "/dir/index.html", count: 1 };
        let value = challenge.authorization(&proof);
        assert_eq!(field(&value, "response"), Some("670fd8c2df070c60b045671b8b24ff02"));
        assert_eq!(field(&value, "opaque"), Some("5ccc069c403ebaf9f0171e9517f40e41"));
        assert_eq!(field(&value, "qop"), None);
        assert!(!value.contains("Circle"));
    }

    #[test]
    fn each_request_has_its_own_proof() {
        let challenge =
            challenge(&[("realm", "r"), ("nonce", "n"), ("qop", "auth-int, auth"), ("algorithm", "SHA-256")]).unwrap();
        let password = SecretString::from("secret");
        let proof = |count| Proof { username: "a\"da", password: &password, method: "REPORT", uri: "/c/", count };
        let (first, second) = (challenge.authorization(&proof(1)), challenge.authorization(&proof(2)));
        assert_ne!(field(&first, "response"), field(&second, "response"));
        assert_ne!(field(&first, "cnonce"), field(&second, "cnonce"));
        assert_eq!(field(&second, "nc"), Some("00000002"));
        assert_eq!(field(&first, "response").unwrap().len(), 64);
        assert!(first.contains("username=\"a\\\"da\""));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert!(challenge(&[("realm", "r"), ("nonce", "n"), ("algorithm", "SHA-512-256")]).is_none());
        assert!(challenge(&[("realm", "r"), ("nonce", "n"), ("qop", "auth-int")]).is_none());
        assert!(challenge(&[("realm", "r")]).is_none());
    }
}
