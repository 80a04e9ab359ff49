//! Who is at the other end of the line: whether it is this very machine, and by which address
//! attempts to sign in are counted.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

/// Headers that a proxy on the way adds. One of them is enough: the caller is not this machine.
const FORWARDING: [&str; 8] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
    "true-client-ip",
];

/// The other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// A program on this machine, without a proxy in between, that asked for this machine by name:
    /// a page that points a foreign name at 127.0.0.1 does not pass.
    pub(crate) direct_loopback: bool,
    /// Address for counting; the one that a local proxy reports, if there is one.
    pub(crate) address: String,
}

impl Peer {
    fn of(address: Option<IpAddr>, headers: &HeaderMap) -> Self {
        let local = address.is_some_and(|address| address.to_canonical().is_loopback());
        let forwarded = FORWARDING.iter().any(|name| headers.contains_key(HeaderName::from_static(name)));
        let counted = if local { forwarded_for(headers) } else { None };
        let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_canonical().to_string());
        Self {
            direct_loopback: local && !forwarded && asks_for_this_machine(headers),
            address: counted.unwrap_or(address),
        }
    }
}

/// The last entry is the one that the nearest proxy wrote itself; what stands before it anyone can
/// have written.
fn forwarded_for(headers: &HeaderMap) -> Option<String> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let address: IpAddr = last.rsplit(',').next()?.trim().parse().ok()?;
    Some(address.to_canonical().to_string())
}

fn asks_for_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        Ok(Self::of(address, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str, headers: &[(&'static str, &str)]) -> Peer {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        Peer::of(Some(address.parse().unwrap()), &headers.collect())
    }

    #[test]
    fn only_this_machine_without_a_proxy_is_direct() {
        for (address, headers, direct) in [
            ("127.0.0.1", &[("host", "localhost:3000")][..], true),
            ("::1", &[("host", "[::1]:3000")], true),
            ("::ffff:127.0.0.1", &[("host", "127.0.0.1:3000")], true),
            ("127.0.0.1", &[], true),
            ("127.0.0.1", &[("host", "localhost:3000"), ("x-forwarded-for", "203.0.113.9")], false),
            ("127.0.0.1", &[("host", "localhost:3000"), ("via", "1.1 proxy")], false),
            ("127.0.0.1", &[("host", "rebound.example.com:3000")], false),
            ("203.0.113.9", &[("host", "localhost:3000")], false),
        ] {
            assert_eq!(peer(address, headers).direct_loopback, direct, "{address} {headers:?}");
        }
        assert!(!Peer::of(None, &HeaderMap::new()).direct_loopback);
    }

    #[test]
    fn attempts_count_by_the_address_that_a_local_proxy_saw() {
        let spoofed = [("x-forwarded-for", "198.51.100.1, 203.0.113.9")];
        assert_eq!(peer("127.0.0.1", &spoofed).address, "203.0.113.9");
        assert_eq!(peer("192.0.2.7", &spoofed).address, "192.0.2.7");
    }
}
