//! The rules about URLs; [`crate::resolve`] applies the rules about addresses to what names mean.

use std::net::IpAddr;

use url::{Host, Origin, Url};

use crate::address::{Reach, reach};
use crate::{Guard, TransportError};

/// Ports of services that speak no HTTP (a subset of the Fetch standard's bad ports, and databases):
/// a request to one of them is an attempt to speak to that service through Tidecal.
const OTHER_SERVICES: [u16; 34] = [
    0, 7, 9, 13, 19, 20, 21, 22, 23, 25, 37, 42, 53, 69, 79, 110, 111, 119, 123, 135, 139, 143, 161, 179, 389, 445,
    465, 587, 636, 993, 995, 3306, 5432, 6379,
];

/// A [`Guard`] with its origins parsed.
#[derive(Debug)]
pub(crate) struct Rules {
    allow_private: bool,
    allowed: Vec<Origin>,
}

/// Which of the two clients carries a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// An origin that the operator named: any address will do.
    Allowed,
    /// Everything else: names are resolved under the guard.
    Guarded,
}

impl Rules {
    pub(crate) fn new(guard: &Guard) -> Result<Self, TransportError> {
        let allowed = guard.allowed_origins.iter().map(|text| parse_origin(text)).collect::<Result<_, _>>()?;
        Ok(Self { allow_private: guard.allow_private, allowed })
    }

    /// Whether a request to `url` may be sent, as far as its text tells.
    pub(crate) fn check(&self, url: &Url) -> Result<Lane, TransportError> {
        let Some(host) = url.host() else {
            return Err(TransportError::InvalidUrl { reason: "it names no host".to_owned() });
        };
        let refuse = |reason: &str| Err(TransportError::Guarded { host: host.to_string(), reason: reason.to_owned() });
        if !matches!(url.scheme(), "https" | "http") {
            return refuse("only https addresses are requested");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("the address carries a user name or password; give them separately");
        }
        if self.allowed.contains(&url.origin()) {
            return Ok(Lane::Allowed);
        }
        if url.scheme() == "http" && !self.allow_private {
            return refuse("it is not encrypted; use https, or allow this origin in the configuration");
        }
        if url.port_or_known_default().is_none_or(|port| OTHER_SERVICES.contains(&port)) {
            return refuse("its port belongs to another kind of service");
        }
        match &host {
            Host::Ipv4(address) => self.check_address(&host.to_string(), IpAddr::V4(*address)),
            Host::Ipv6(address) => self.check_address(&host.to_string(), IpAddr::V6(*address)),
            Host::Domain(name) => self.check_name(name),
        }
        .map(|()| Lane::Guarded)
    }

    /// Names that mean this machine or this cloud wherever they are resolved.
    fn check_name(&self, name: &str) -> Result<(), TransportError> {
        let bare = name.trim_end_matches('.').to_ascii_lowercase();
        let reason = if bare.is_empty() {
            "it names no host"
        } else if bare == "metadata.google.internal" || bare == "metadata" {
            "it is a cloud metadata service"
        } else if !self.allow_private && (bare == "localhost" || bare.ends_with(".localhost")) {
            "it is this machine; an operator can allow the origin in the configuration"
        } else {
            return Ok(());
        };
        Err(TransportError::Guarded { host: name.to_owned(), reason: reason.to_owned() })
    }

    /// Whether `address`, which `host` is or resolves to, may be connected to.
    pub(crate) fn check_address(&self, host: &str, address: IpAddr) -> Result<(), TransportError> {
        let reason = match reach(address) {
            Reach::Public => return Ok(()),
            Reach::Private(_) if self.allow_private => return Ok(()),
            Reach::Private(what) => {
                format!("its address {address} is {what}; an operator can allow the origin in the configuration")
            }
            Reach::Never(what) => format!("its address {address} is {what}"),
        };
        Err(TransportError::Guarded { host: host.to_owned(), reason })
    }
}

fn parse_origin(text: &str) -> Result<Origin, TransportError> {
    let wrong = || TransportError::Setup {
        detail: format!("{text:?} is no origin; write scheme, host and port, such as http://127.0.0.1:5232"),
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if bare { Ok(url.origin()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(guard: &Guard, url: &str) -> Result<Lane, TransportError> {
        Rules::new(guard).unwrap().check(&Url::parse(url).unwrap())
    }

    #[test]
    fn public_https_is_allowed() {
        assert_eq!(lane(&Guard::default(), "https://caldav.example.com:8443/dav/"), Ok(Lane::Guarded));
    }

    #[test]
    fn an_allowed_origin_is_exact() {
        let guard = Guard { allow_private: false, allowed_origins: vec!["http://localhost:5232".into()] };
        assert_eq!(lane(&guard, "http://LOCALHOST:5232/a"), Ok(Lane::Allowed));
        for url in ["http://localhost:5233/", "https://localhost:5232/", "http://127.0.0.1:5232/", "http://localhost/"]
        {
            assert!(matches!(lane(&guard, url), Err(TransportError::Guarded { .. })), "{url}");
        }
    }

    #[test]
    fn private_networks_open_but_metadata_does_not() {
        let guard = Guard { allow_private: true, allowed_origins: vec![] };
        for url in ["http://192.168.1.4/", "http://localhost:5232/", "https://[fd00::1]/"] {
            assert_eq!(lane(&guard, url), Ok(Lane::Guarded), "{url}");
        }
        for url in ["http://169.254.169.254/", "http://[fe80::1]/", "http://0/", "http://metadata.google.internal/"] {
            assert!(lane(&guard, url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_wrong_origin_in_the_settings_is_named() {
        for text in ["localhost:5232", "http://a.test/path", "http://u:p@a.test", "ftp://a.test", ""] {
            let guard = Guard { allow_private: false, allowed_origins: vec![text.into()] };
            assert!(matches!(Rules::new(&guard), Err(TransportError::Setup { .. })), "{text}");
        }
    }

    #[test]
    fn a_refusal_shows_no_credentials() {
        let refusal = lane(&Guard::default(), "https://ada:canary@example.com/?token=canary").unwrap_err();
        assert!(!format!("{refusal} {refusal:?}").contains("canary"));
    }
}
