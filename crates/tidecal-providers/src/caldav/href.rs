//! Addresses that a server names, and the text that identifies a resource.
//!
//! A resource is known by its path at the calendar's own origin. Whatever host an href names, the
//! request goes to the calendar's: a server behind a careless proxy names internal hosts, a hostile
//! one names other people's.

use percent_encoding::percent_decode_str;
use url::Url;

/// The address that `href` means, seen from `base`. Only a href with a scheme can leave the host;
/// the same host named without TLS is meant with it (proxies that end TLS write such hrefs).
pub(super) fn resolve(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if !href.contains("://") {
        return Some(at_path(base, href));
    }
    let url = Url::parse(href).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let downgrade = base.scheme() == "https" && url.scheme() == "http" && url.host() == base.host();
    Some(if downgrade { at_path(base, url.path()) } else { url })
}

/// The normal path of `href`, whatever host it names.
pub(super) fn path(base: &Url, href: &str) -> String {
    let href = href.trim();
    let named = Url::parse(href).ok().filter(|url| href.contains("://") && url.has_host());
    normal(named.map_or_else(|| at_path(base, href), |url| at_path(base, url.path())).path())
}

/// `path` at the origin of `base`, without query and fragment.
pub(super) fn at_path(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    if path.starts_with('/') {
        url.set_path(path);
    } else {
        // Rare: relative to the collection. A colon in its first segment is no scheme.
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        url.set_path(&format!("{folder}/{path}"));
    }
    url
}

/// One spelling for equivalent paths (RFC 3986 6.2.2): unreserved characters bare, hex digits in
/// upper case. Everything else stays as the server wrote it.
pub(super) fn normal(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut text = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                text.push(char::from(byte));
                at += 3;
            }
            Some(byte) => {
                text.push_str(&format!("%{byte:02X}"));
                at += 3;
            }
            None => {
                let end = (at + 1..bytes.len()).find(|next| bytes[*next] == b'%').unwrap_or(bytes.len());
                text.push_str(&path[at..end]);
                at = end;
            }
        }
    }
    text
}

/// What two hrefs of one resource have in common: the decoded path without a closing slash.
pub(super) fn key(path: &str) -> Vec<u8> {
    percent_decode_str(path.trim_end_matches('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://dav.example.com:8443/cal/ada/work/?x#y").unwrap()
    }

    #[test]
    fn paths_and_whole_addresses_mean_the_same_resource() {
        for href in [
            "/cal/ada/work/a%40b.ics",
            "/cal/ada/work/a%40b.ics ",
            "https://dav.example.com:8443/cal/ada/work/a%40b.ics",
            "http://internal:8080/cal/ada/work/a%40b.ics",
            "a%40b.ics",
            "/cal/ada/w%6Frk/a%40b.ics",
        ] {
            assert_eq!(path(&base(), href), "/cal/ada/work/a%40b.ics", "{href}");
        }
        assert_eq!(path(&base(), "/cal/%c3%a4 b.ics"), "/cal/%C3%A4%20b.ics");
        assert_eq!(path(&base(), "urn:uuid:1.ics"), "/cal/ada/work/urn:uuid:1.ics");
    }

    #[test]
    fn only_a_scheme_leaves_the_host() {
        let to = |href| resolve(&base(), href).map(String::from);
        assert_eq!(to("/p/").unwrap(), "https://dav.example.com:8443/p/");
        assert_eq!(to("//evil.example.org/p/").unwrap(), "https://dav.example.com:8443//evil.example.org/p/");
        assert_eq!(to("https://p42.example.org/p/").unwrap(), "https://p42.example.org/p/");
        assert_eq!(to("http://dav.example.com/p/").unwrap(), "https://dav.example.com:8443/p/");
        assert_eq!(to("file:///etc/passwd"), None);
    }

    #[test]
    fn keys_ignore_spelling() {
        assert_eq!(key("/a/x%40y.ics"), key("/a/x@y.ics"));
        assert_eq!(key("/a/b/"), key("/a/b"));
        assert_ne!(key("/a/B"), key("/a/b"));
    }

    #[test]
    fn broken_escapes_survive() {
        for text in ["/100%", "/%zz", "/%", "/%e", "/ä%"] {
            assert_eq!(normal(text), text);
        }
    }
}
