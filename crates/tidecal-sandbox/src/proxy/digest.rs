//! Asking for Digest (RFC 7616) and checking the answer, with `qop=auth` alone.

use http::{HeaderMap, HeaderValue, Method, header};
use md5::Md5;
use sha2::Sha256;

use super::tempers::DigestLogin;

const REALM: &str = "proxy";
const NONCE: &str = "b6a1f0c3d2";

impl DigestLogin {
    /// What a 401 offers.
    pub(super) fn challenge(&self) -> String {
        format!("Digest realm=\"{REALM}\", nonce=\"{NONCE}\", qop=\"auth\", algorithm={}", self.algorithm())
    }

    /// What the upstream gets.
    pub(super) fn basic(&self) -> Option<HeaderValue> {
        use base64::Engine as _;
        let pair = format!("{}:{}", self.username, self.password);
        HeaderValue::from_str(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))).ok()
    }

    /// Whether the request proves that its sender knows the password.
    pub(super) fn is_proven(&self, method: &Method, headers: &HeaderMap) -> bool {
        let Some(sent) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else { return false };
        let Some(sent) = sent.strip_prefix("Digest ") else { return false };
        let field = |name: &str| {
            sent.split(',').find_map(|pair| {
                let (key, value) = pair.trim().split_once('=')?;
                (key == name).then(|| value.trim_matches('"').to_owned())
            })
        };
        let (Some(uri), Some(response)) = (field("uri"), field("response")) else { return false };
        let (nc, cnonce) = (field("nc").unwrap_or_default(), field("cnonce").unwrap_or_default());
        let secret = self.hash(&format!("{}:{REALM}:{}", self.username, self.password));
        let asked = self.hash(&format!("{method}:{uri}"));
        field("nonce").as_deref() == Some(NONCE)
            && response == self.hash(&format!("{secret}:{NONCE}:{nc}:{cnonce}:auth:{asked}"))
    }

    fn algorithm(&self) -> &'static str {
        if self.sha256 { "SHA-256" } else { "MD5" }
    }

    fn hash(&self, text: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // The two libraries are of different generations.
        if self.sha256 {
            hex(&<Sha256 as sha2::Digest>::digest(text))
        } else {
            hex(&<Md5 as md5::Digest>::digest(text))
        }
    }
}
