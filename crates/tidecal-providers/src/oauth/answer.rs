//! What the token endpoint answers when it agrees.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;

/// Tokens. `Debug` shows none of them.
#[derive(Clone, Debug)]
pub struct TokenGrant {
    /// Opens the API until it expires.
    pub access_token: SecretString,
    /// How long, from the moment of the answer.
    pub expires_in: SignedDuration,
    /// Replaces the one that is kept. `None`: the one that is kept stays good; never overwrite it.
    pub refresh_token: Option<SecretString>,
    /// What was granted; empty if the answer does not say (then as before, RFC 6749 5.1).
    pub scopes: Vec<String>,
    /// End of the refresh token, from the moment of the answer, if the grant is limited in time.
    pub refresh_token_expires_in: Option<SignedDuration>,
}

/// RFC 6749 5.1 only recommends `expires_in`; every vendor's tokens live at least this long.
const USUAL_LIFETIME: u64 = 3599;

#[derive(Deserialize)]
struct Wire {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<Seconds>,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    refresh_token_expires_in: Option<Seconds>,
}

/// A number, or one in quotes as some vendors write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl Seconds {
    fn get(&self) -> Option<u64> {
        match self {
            Self::Number(seconds) => Some(*seconds),
            Self::Text(text) => text.parse().ok(),
        }
    }

    fn duration(seconds: u64) -> SignedDuration {
        SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

impl TokenGrant {
    /// Reads the body of a 200; the error names the field, never its value.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        // serde's own words may quote a value: only the position is kept.
        let wire: Wire = serde_json::from_slice(body)
            .map_err(|wrong| format!("no token in the answer (line {}, column {})", wrong.line(), wrong.column()))?;
        let lifetime = wire.expires_in.as_ref().and_then(Seconds::get).unwrap_or(USUAL_LIFETIME);
        Ok(Self {
            access_token: wire.access_token,
            expires_in: Seconds::duration(lifetime),
            refresh_token: wire.refresh_token,
            scopes: wire.scope.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            refresh_token_expires_in: wire
                .refresh_token_expires_in
                .as_ref()
                .and_then(Seconds::get)
                .map(Seconds::duration),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_first_consent_brings_both_tokens_and_the_granted_scopes() {
        let body = br#"{"access_token":"ya29.a","expires_in":3599,"refresh_token":"1//r","scope":"openid b","token_type":"Bearer","refresh_token_expires_in":604799}"#;
        let grant = TokenGrant::parse(body).unwrap();
        assert_eq!(grant.access_token.expose_secret(), "ya29.a");
        assert_eq!(grant.expires_in, SignedDuration::from_secs(3599));
        assert_eq!(grant.refresh_token.unwrap().expose_secret(), "1//r");
        assert_eq!(grant.scopes, ["openid", "b"]);
        assert_eq!(grant.refresh_token_expires_in, Some(SignedDuration::from_secs(604_799)));
    }

    #[test]
    fn a_refresh_brings_no_refresh_token_and_may_be_terse() {
        let grant = TokenGrant::parse(br#"{"access_token":"a","expires_in":"3600"}"#).unwrap();
        assert!(grant.refresh_token.is_none());
        assert!(grant.scopes.is_empty());
        assert_eq!(grant.expires_in, SignedDuration::from_secs(3600));
    }

    #[test]
    fn an_unreadable_answer_is_described_without_its_values() {
        let wrong = TokenGrant::parse(br#"{"access_token":"canary-token","expires_in":{}}"#).unwrap_err();
        assert!(!wrong.contains("canary"), "{wrong}");
        assert!(TokenGrant::parse(b"<html>").is_err());
    }

    #[test]
    fn no_token_is_shown() {
        let grant = TokenGrant::parse(br#"{"access_token":"canary-a","refresh_token":"canary-r"}"#).unwrap();
        assert!(!format!("{grant:?}").contains("canary"));
    }
}
