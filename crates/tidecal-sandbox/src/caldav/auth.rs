//! Basic authentication (RFC 7617) with a person's address and app password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use subtle::ConstantTimeEq as _;

use super::errors::{DavError, Result};
use crate::state::World;

/// The account that a request names, with the password it gives.
pub(super) fn named(world: &World, headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, pair) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(pair.trim()).ok()?).ok()?;
    let (login, password) = pair.split_once(':')?;
    let account = world.dav.homes.keys().find(|own| own.eq_ignore_ascii_case(login))?;
    Some((account.clone(), password.to_owned()))
}

/// Whose request it is.
pub(super) fn signed_in(world: &World, headers: &HeaderMap) -> Result<String> {
    let (account, password) = named(world, headers).ok_or_else(DavError::unauthorized)?;
    let own = world.dav.homes.get(&account).map(|home| home.password.as_bytes()).unwrap_or_default();
    if bool::from(own.ct_eq(password.as_bytes())) { Ok(account) } else { Err(DavError::unauthorized()) }
}
