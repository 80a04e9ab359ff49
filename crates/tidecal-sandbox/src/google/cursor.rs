//! Page and sync tokens: opaque to the caller, self-contained to the sandbox.
//!
//! A token is its content with a short digest, so a made-up, cut or altered one is told from a real one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of the digest in front.
const SEAL: usize = 9;

/// What a `nextSyncToken` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncToken {
    /// Calendar id, or the word for a calendar list.
    pub(crate) of: String,
    pub(crate) account: String,
    /// Digest of the parameters that must stay the same.
    pub(crate) bound: String,
    /// Everything up to this change has been delivered.
    pub(crate) seq: u64,
    pub(crate) generation: u64,
    /// Second of issue.
    pub(crate) issued: i64,
    /// Window of the first request, in seconds.
    pub(crate) time_min: Option<i64>,
    pub(crate) time_max: Option<i64>,
}

/// What a `nextPageToken` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    pub(crate) of: String,
    pub(crate) account: String,
    /// Digest of all parameters but `pageToken` and `maxResults`.
    pub(crate) bound: String,
    /// The change that the first page started at: the next sync token's number.
    pub(crate) seq: u64,
    /// Number of the page it asks for, from 0.
    pub(crate) page: u32,
    /// Where the page before ended; empty at the start.
    pub(crate) after: String,
}

/// Writes a token.
pub(crate) fn seal<T: Serialize>(seed: u64, token: &T) -> String {
    let content = serde_json::to_vec(token).unwrap_or_default();
    let mut bytes = digest(seed, &content);
    bytes.extend_from_slice(&content);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token; `None` when it is not one of this sandbox's.
pub(crate) fn open<T: DeserializeOwned>(seed: u64, text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (seal, content) = bytes.split_at_checked(SEAL)?;
    if seal != digest(seed, content) {
        return None;
    }
    serde_json::from_slice(content).ok()
}

fn digest(seed: u64, content: &[u8]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(content).finalize();
    digest[..SEAL].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_another_sandbox_or_kind_or_an_altered_one_does_not_open() {
        let page =
            PageToken { of: "c".into(), account: "a".into(), bound: "b".into(), seq: 7, page: 1, after: "x".into() };
        let text = seal(1, &page);
        assert_eq!(open::<PageToken>(1, &text), Some(page));
        assert_eq!(open::<PageToken>(2, &text), None);
        assert_eq!(open::<SyncToken>(1, &text), None);
        assert_eq!(open::<PageToken>(1, &text[1..]), None);
        assert_eq!(open::<PageToken>(1, "nonsense"), None);
    }
}
