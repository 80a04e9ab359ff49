//! Passwords: argon2id, as PHC strings (`$argon2id$v=19$m=19456,t=2,p=1$…`).

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// Longest password that is looked at: hashing more is work for nothing.
pub(crate) const LONGEST: usize = 1024;

/// Shortest password that is set (NIST SP 800-63B asks for 8; longer is better than complicated).
const SHORTEST: usize = 10;

/// Hashes at the same time: each takes 19 MiB and a core for some milliseconds.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Compared with when there is no such person, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGlkZWNhbC1ub2JvZHktMQ$1z7d3DlmRq0BmYIQ5vFJ9Q0h6i0vYxkZ2m0o8mM3x6k";

/// Why a password cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("the password is too short: use at least 10 characters, for example four words")]
    TooShort,
    /// Too long.
    #[error("the password is too long: use at most 1024 bytes")]
    TooLong,
    /// Hashing failed.
    #[error("the password cannot be hashed")]
    Hashing,
}

/// The hash of a new password, for `profiles.password_hash`. Works for some milliseconds.
///
/// # Errors
/// [`PasswordError`] says what to use instead.
pub fn hash_password(password: &SecretString, salt: [u8; 16]) -> Result<String, PasswordError> {
    let password = password.expose_secret();
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if password.len() > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| PasswordError::Hashing)?;
    Ok(hash.to_string())
}

/// Whether the password belongs to the hash. Takes equally long without a hash, then says no.
pub(crate) async fn verify(password: SecretString, hash: Option<String>) -> bool {
    if password.expose_secret().len() > LONGEST {
        return false;
    }
    let Ok(_permit) = AT_ONCE.acquire().await else { return false };
    let work = tokio::task::spawn_blocking(move || verify_now(&password, hash.as_deref()));
    work.await.unwrap_or(false)
}

fn verify_now(password: &SecretString, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    let fits = Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok();
    fits && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let password = SecretString::from("four words in a row");
        let hash = hash_password(&password, [7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(password.clone(), Some(hash.clone())).await);
        assert!(!verify(SecretString::from("four words in a raw"), Some(hash)).await);
        assert!(!verify(password.clone(), Some("not a hash".to_owned())).await);
        assert!(!verify(password, None).await);
    }

    #[test]
    fn the_stand_in_for_nobody_is_a_hash_of_the_same_cost() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real = hash_password(&SecretString::from("four words in a row"), [7; 16]).unwrap();
        assert_eq!(nobody.params, PasswordHash::new(&real).unwrap().params);
        assert!(nobody.hash.is_some_and(|hash| hash.len() == 32));
    }

    #[test]
    fn a_poor_password_is_refused_with_a_remedy() {
        let refused = |text: &str| hash_password(&SecretString::from(text), [7; 16]).unwrap_err();
        assert_eq!(refused("short"), PasswordError::TooShort);
        assert_eq!(refused(&"x".repeat(1025)), PasswordError::TooLong);
    }
}
