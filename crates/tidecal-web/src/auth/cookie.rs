//! The session cookie: `HttpOnly`, `SameSite=Lax` (the way back from a vendor's consent page is a
//! cross-site navigation, which `Strict` would leave signed out), bound to this very host when
//! served by https (prefix `__Host-`).

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};

const NAME: &str = "tidecal_session";
const SECURE_NAME: &str = "__Host-tidecal_session";

fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { NAME }
}

/// The token that a request brings.
pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Option<SecretString> {
    let jar = CookieJar::from_headers(headers);
    jar.get(name(secure)).map(Cookie::value).filter(|value| !value.is_empty()).map(SecretString::from)
}

/// `Set-Cookie` that signs in.
pub(crate) fn set(token: &SecretString, secure: bool, lives: SignedDuration) -> Option<HeaderValue> {
    header(token.expose_secret(), secure, lives.as_secs())
}

/// `Set-Cookie` that signs out.
pub(crate) fn clear(secure: bool) -> Option<HeaderValue> {
    header("", secure, 0)
}

fn header(value: &str, secure: bool, seconds: i64) -> Option<HeaderValue> {
    let cookie = Cookie::build((name(secure), value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build();
    let mut value = HeaderValue::from_str(&format!("{cookie}; Max-Age={seconds}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Adds a `Set-Cookie` header to an answer.
pub(crate) fn attach(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let token = SecretString::from("t0ken");
        let plain = set(&token, false, SignedDuration::from_hours(1)).unwrap();
        assert_eq!(plain, "tidecal_session=t0ken; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600");
        let secure = set(&token, true, SignedDuration::from_hours(1)).unwrap();
        assert_eq!(secure, "__Host-tidecal_session=t0ken; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=3600");
        assert!(clear(true).unwrap().to_str().unwrap().ends_with("Max-Age=0"));
    }

    #[test]
    fn only_the_own_cookie_is_read() {
        let headers = HeaderMap::from_iter([(header::COOKIE, "a=b; tidecal_session=t0ken".parse().unwrap())]);
        assert_eq!(read(&headers, false).unwrap().expose_secret(), "t0ken");
        assert!(read(&headers, true).is_none());
    }
}
