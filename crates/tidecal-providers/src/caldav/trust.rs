//! Which hosts may receive a password.
//!
//! The rule. A password was given for the host that its owner named. It is also sent to
//! 1. the same host with TLS where the owner named it without (default ports);
//! 2. subdomains of that host, over TLS on port 443: whoever controls a domain controls them;
//! 3. hosts of the same provider, over TLS, for providers that are known to spread accounts over
//!    hosts (iCloud answers `caldav.icloud.com` with homes on `pNN-caldav.icloud.com`).
//!
//! It is never sent anywhere else, whatever a redirect or an href says: the person is told which
//! address to enter instead.

use url::Url;

/// Domains whose subdomains belong to one provider.
const PROVIDERS: [&str; 8] = [
    "icloud.com",
    "fastmail.com",
    "messagingengine.com",
    "yahoo.com",
    "gmx.net",
    "mailbox.org",
    "posteo.de",
    "zoho.com",
];

/// Whether a password for `named` may be sent to `target`.
pub(super) fn may_receive(named: &Url, target: &Url) -> bool {
    if named.origin() == target.origin() {
        return true;
    }
    let (Some(from), Some(to)) = (named.domain(), target.domain()) else { return false };
    if target.scheme() != "https" || target.port_or_known_default() != Some(443) {
        return false;
    }
    if from == to {
        return named.scheme() == "http" && named.port_or_known_default() == Some(80);
    }
    let bare = from.strip_prefix("www.").unwrap_or(from);
    let owned = bare.contains('.') && is_below(to, bare);
    owned || PROVIDERS.iter().any(|domain| named.scheme() == "https" && is_at(from, domain) && is_at(to, domain))
}

fn is_at(host: &str, domain: &str) -> bool {
    host == domain || is_below(host, domain)
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(named: &str, target: &str) -> bool {
        may_receive(&Url::parse(named).unwrap(), &Url::parse(target).unwrap())
    }

    #[test]
    fn the_named_host_its_subdomains_and_its_provider_may() {
        for (named, target) in [
            ("https://a.example.com/x", "https://a.example.com/y"),
            ("http://127.0.0.1:5232/", "http://127.0.0.1:5232/ada/"),
            ("http://example.com/", "https://example.com/dav/"),
            ("https://example.com/", "https://dav.example.com/"),
            ("https://www.example.com/", "https://dav.example.com/"),
            ("https://caldav.icloud.com/", "https://p42-caldav.icloud.com:443/1/calendars/"),
        ] {
            assert!(ask(named, target), "{named} -> {target}");
        }
    }

    #[test]
    fn nobody_else_may() {
        for (named, target) in [
            ("https://example.com/", "https://example.org/"),
            ("https://example.com/", "https://evil-example.com/"),
            ("https://example.com/", "https://example.com.evil.test/"),
            ("https://dav.example.com/", "https://example.com/"),
            ("https://a.example.com/", "https://b.example.com/"),
            ("https://example.com/", "https://example.com:8443/"),
            ("https://example.com/", "http://example.com/"),
            ("https://example.com/", "https://dav.example.com:8443/"),
            ("http://127.0.0.1:5232/", "http://127.0.0.1:5233/"),
            ("https://10.0.0.1/", "https://10.0.0.2/"),
            ("https://com/", "https://example.com/"),
            ("https://caldav.icloud.com/", "https://icloud.com.evil.test/"),
            ("http://caldav.icloud.com/", "https://p42-caldav.icloud.com/"),
            ("https://example.com/", "https://93.184.216.34/"),
        ] {
            assert!(!ask(named, target), "{named} -> {target}");
        }
    }
}
