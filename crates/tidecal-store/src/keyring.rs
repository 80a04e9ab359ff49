//! The key ring: credentials are sealed with AES-256-GCM-SIV (RFC 8452) before they are stored.
//!
//! Format: version (1 byte) | key id (4) | nonce (12) | ciphertext and tag. The associated data is
//! tenant, account and column, so that a sealed value opens nowhere but in its own place. The first
//! key seals; the others only open.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hkdf};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::StoreError;

const FORMAT: u8 = 1;
const KEY_LEN: usize = 32;
const ID_LEN: usize = 4;
const NONCE_LEN: usize = 12;
const HEADER_LEN: usize = 1 + ID_LEN + NONCE_LEN;

/// A key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is too short to be safe.
    #[error(
        "the encryption key has {length} characters, at least 32 are needed: \
         make one with `openssl rand -base64 32` and set CALENDAR_OAUTH_ENCRYPTION_KEY"
    )]
    TooShort {
        /// Characters that were given.
        length: usize,
    },
    /// The cryptographic library refused.
    #[error("the cryptographic library refused the operation")]
    Crypto,
}

/// Where a sealed value lives; it opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// Tenant of the row.
    pub tenant: &'a str,
    /// Account (or other row) that holds the value.
    pub account: &'a str,
    /// Column.
    pub column: &'a str,
}

impl SealContext<'_> {
    /// Lengths go in as well, so that no two contexts share one text.
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(96);
        for part in [self.tenant, self.account, self.column] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

struct Key {
    id: [u8; ID_LEN],
    aead: RandomizedNonceKey,
}

/// The keys of a deployment.
pub struct KeyRing {
    first: Key,
    older: Vec<Key>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("key_ids", &self.key_ids()).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Builds the ring. 32 bytes in hex or base64 are used as they are, other texts of at least 32
    /// characters go through HKDF-SHA256 (requirement R2.2).
    ///
    /// # Errors
    /// [`KeyError::TooShort`] for a shorter text.
    pub fn from_secrets(first: &SecretString, older: &[SecretString]) -> Result<Self, KeyError> {
        let older = older.iter().map(read_key).collect::<Result<_, _>>()?;
        Ok(Self { first: read_key(first)?, older })
    }

    /// Ids of all keys, the sealing one first: 8 hex digits of the key's hash.
    #[must_use]
    pub fn key_ids(&self) -> Vec<String> {
        std::iter::once(&self.first).chain(&self.older).map(|key| hex(&key.id)).collect()
    }

    /// Seals a value for its place.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] if no randomness is to be had.
    pub fn seal(&self, plain: &[u8], context: SealContext<'_>) -> Result<Vec<u8>, KeyError> {
        let mut body = plain.to_vec();
        let nonce = self
            .first
            .aead
            .seal_in_place_append_tag(Aad::from(context.associated_data()), &mut body)
            .map_err(|_| KeyError::Crypto)?;
        let mut sealed = Vec::with_capacity(HEADER_LEN + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.first.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens a value that was sealed for that place.
    ///
    /// # Errors
    /// [`StoreError::KeyMismatch`] if its key is not in the ring, [`StoreError::SealBroken`] if it
    /// was altered, cut, or moved here from elsewhere.
    pub fn open(&self, sealed: &[u8], context: SealContext<'_>) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let (header, body) = sealed.split_at_checked(HEADER_LEN).ok_or(StoreError::SealBroken)?;
        if header[0] != FORMAT {
            return Err(StoreError::SealBroken);
        }
        let id = &header[1..=ID_LEN];
        let key = std::iter::once(&self.first)
            .chain(&self.older)
            .find(|key| key.id == id)
            .ok_or_else(|| StoreError::KeyMismatch { key_id: hex(id) })?;
        let nonce = Nonce::try_assume_unique_for_key(&header[1 + ID_LEN..]).map_err(|_| StoreError::SealBroken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = key
            .aead
            .open_in_place(nonce, Aad::from(context.associated_data()), &mut body)
            .map_err(|_| StoreError::SealBroken)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// Whether the value was sealed with a key that only opens, so that it should be sealed anew.
    #[must_use]
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=ID_LEN) != Some(self.first.id.as_slice())
    }

    /// Whether a value that begins like this can be opened with a key of the ring.
    pub(crate) fn check_head(&self, head: &[u8]) -> Result<(), StoreError> {
        let id = head.get(1..=ID_LEN).ok_or(StoreError::SealBroken)?;
        let known = std::iter::once(&self.first).chain(&self.older).any(|key| key.id == id);
        if known { Ok(()) } else { Err(StoreError::KeyMismatch { key_id: hex(id) }) }
    }

    pub(crate) fn seal_text(&self, text: &SecretString, context: SealContext<'_>) -> Result<Vec<u8>, KeyError> {
        self.seal(text.expose_secret().as_bytes(), context)
    }

    pub(crate) fn open_text(&self, sealed: &[u8], context: SealContext<'_>) -> Result<SecretString, StoreError> {
        let plain = self.open(sealed, context)?;
        let text = std::str::from_utf8(&plain).map_err(|_| StoreError::SealBroken)?;
        Ok(SecretString::from(text))
    }
}

fn read_key(secret: &SecretString) -> Result<Key, KeyError> {
    let text = secret.expose_secret().trim();
    let bytes = match exact_bytes(text) {
        Some(bytes) => bytes,
        None if text.chars().count() >= KEY_LEN => derive(text)?,
        None => return Err(KeyError::TooShort { length: text.chars().count() }),
    };
    let mut named = Zeroizing::new(b"tidecal key id".to_vec());
    named.extend_from_slice(bytes.as_slice());
    let hash = digest::digest(&digest::SHA256, &named);
    let mut id = [0; ID_LEN];
    id.copy_from_slice(&hash.as_ref()[..ID_LEN]);
    let aead = RandomizedNonceKey::new(&AES_256_GCM_SIV, bytes.as_slice()).map_err(|_| KeyError::Crypto)?;
    Ok(Key { id, aead })
}

/// The 32 bytes that the text spells in hex or base64, if it does.
fn exact_bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() == 2 * KEY_LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let pairs = (0..KEY_LEN).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok());
        return pairs.collect::<Option<Vec<u8>>>().map(Zeroizing::new);
    }
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
        .into_iter()
        .filter_map(|engine| engine.decode(text).ok().map(Zeroizing::new))
        .find(|bytes| bytes.len() == KEY_LEN)
}

fn derive(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            KEY_LEN
        }
    }
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"tidecal credentials v1");
    let mut bytes = Zeroizing::new(vec![0; KEY_LEN]);
    let extracted = salt.extract(text.as_bytes());
    let expanded = extracted.expand(&[b"aes-256-gcm-siv"], Length).map_err(|_| KeyError::Crypto)?;
    expanded.fill(&mut bytes).map_err(|_| KeyError::Crypto)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
