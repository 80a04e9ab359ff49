//! Proof key for code exchange (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// A verifier, to be kept until the code arrives, and the challenge that is sent ahead of it.
#[derive(Clone, Debug)]
pub struct Pkce {
    /// 43 characters; a secret until it is used.
    pub verifier: SecretString,
    /// Its SHA-256, base64url without padding (method `S256`).
    pub challenge: String,
}

impl Pkce {
    /// From 32 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self::from_verifier(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// From a verifier that was kept.
    #[must_use]
    pub fn from_verifier(verifier: SecretString) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()));
        Self { verifier, challenge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // RFC 7636, appendix B.
        let pkce = Pkce::from_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_has_a_legal_length_and_is_not_shown() {
        let pkce = Pkce::from_random([7; 32]);
        assert_eq!(pkce.verifier.expose_secret().len(), 43);
        assert!(!format!("{pkce:?}").contains(pkce.verifier.expose_secret()));
    }
}
