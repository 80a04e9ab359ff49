//! Keys are read as documented; a sealed value opens in its own place only.

use super::*;

const PLACE: SealContext<'static> = SealContext { tenant: "t", account: "a", column: "access_token" };

fn ring(first: &str, older: &[&str]) -> KeyRing {
    let older: Vec<SecretString> = older.iter().map(|text| SecretString::from(*text)).collect();
    KeyRing::from_secrets(&SecretString::from(first), &older).unwrap()
}

const PASSPHRASE: &str = "a passphrase that is long enough to be used";
const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[test]
fn what_was_sealed_opens_again() {
    for key in [PASSPHRASE, HEX] {
        let ring = ring(key, &[]);
        let sealed = ring.seal(b"secret", PLACE).unwrap();
        assert_eq!(ring.open(&sealed, PLACE).unwrap().as_slice(), b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
    }
}

#[test]
fn the_same_value_never_seals_to_the_same_bytes() {
    let ring = ring(HEX, &[]);
    assert_ne!(ring.seal(b"secret", PLACE).unwrap(), ring.seal(b"secret", PLACE).unwrap());
}

#[test]
fn hex_and_base64_spell_the_same_key() {
    let bytes: Vec<u8> = (0..32).collect();
    let sealed = ring(HEX, &[]).seal(b"secret", PLACE).unwrap();
    for text in [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes), HEX.to_uppercase()] {
        assert_eq!(ring(&text, &[]).open(&sealed, PLACE).unwrap().as_slice(), b"secret", "{text}");
    }
}

#[test]
fn a_short_key_is_refused_with_the_remedy() {
    let refused = KeyRing::from_secrets(&SecretString::from("too short"), &[]).unwrap_err();
    assert_eq!(refused, KeyError::TooShort { length: 9 });
    assert!(refused.to_string().contains("openssl rand -base64 32"));
}

#[test]
fn a_value_that_was_moved_is_refused() {
    let ring = ring(HEX, &[]);
    let sealed = ring.seal(b"secret", PLACE).unwrap();
    for other in [
        SealContext { tenant: "u", ..PLACE },
        SealContext { account: "b", ..PLACE },
        SealContext { column: "refresh_token", ..PLACE },
        SealContext { tenant: "ta", account: "", ..PLACE },
    ] {
        assert!(matches!(ring.open(&sealed, other), Err(StoreError::SealBroken)), "{other:?}");
    }
}

#[test]
fn a_value_that_was_cut_or_altered_is_refused() {
    let ring = ring(HEX, &[]);
    let sealed = ring.seal(b"secret", PLACE).unwrap();
    for length in 0..sealed.len() {
        assert!(ring.open(&sealed[..length], PLACE).is_err(), "{length}");
    }
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(ring.open(&altered, PLACE).is_err(), "{at}");
    }
}

#[test]
fn an_older_key_opens_and_a_missing_one_is_named() {
    let old = ring(PASSPHRASE, &[]);
    let sealed = old.seal(b"secret", PLACE).unwrap();
    let rotated = ring(HEX, &[PASSPHRASE]);
    assert_eq!(rotated.open(&sealed, PLACE).unwrap().as_slice(), b"secret");
    assert!(rotated.is_outdated(&sealed));
    assert!(!rotated.is_outdated(&rotated.seal(b"secret", PLACE).unwrap()));
    match ring(HEX, &[]).open(&sealed, PLACE) {
        Err(error @ StoreError::KeyMismatch { .. }) => {
            let text = error.to_string();
            assert!(text.contains(&old.key_ids()[0]) && text.contains("CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ring_shows_no_key() {
    let shown = format!("{:?}", ring(HEX, &[PASSPHRASE]));
    assert!(!shown.contains(HEX) && !shown.contains(PASSPHRASE), "{shown}");
}
