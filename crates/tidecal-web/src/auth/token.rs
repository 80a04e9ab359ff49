//! Random tokens: what a cookie, a sign-in link or an API key holds. The database knows their
//! hashes alone, so that whoever reads it cannot sign in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tidecal_engine::Random;

/// A new token: 256 random bits as 43 letters.
#[must_use]
pub fn new_token(random: &dyn Random) -> SecretString {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    SecretString::from(URL_SAFE_NO_PAD.encode(bytes))
}

/// What the database holds of a token: its SHA-256, in hex. The token is random, so a slow hash
/// would add nothing.
#[must_use]
pub fn hash_token(token: &SecretString) -> String {
    let hash = Sha256::digest(token.expose_secret().as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_engine::OsRandom;

    #[test]
    fn tokens_differ_and_hash_to_hex() {
        let (one, two) = (new_token(&OsRandom), new_token(&OsRandom));
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 43);
        let hash = hash_token(&SecretString::from("abc"));
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
