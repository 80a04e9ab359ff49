//! Paths of the fake CalDAV server.

use crate::google::routes::decoded;

/// Where everything is.
pub(crate) const ROOT: &str = "/dav/";
/// RFC 6764 5.
pub(crate) const WELL_KNOWN: &str = "/.well-known/caldav";

/// What a path names; segments are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Root,
    Principals,
    Principal(String),
    Homes,
    Home(String),
    Calendar(String, String),
    Object(String, String, String),
}

impl Place {
    /// The resource at a path; `None`: there can be none.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let below = if path == "/dav" { "" } else { path.strip_prefix(ROOT)? };
        let ends = below.strip_suffix('/');
        let segments: Vec<String> = match ends.unwrap_or(below) {
            _ if below.is_empty() => Vec::new(),
            inner => inner.split('/').map(decoded).collect::<Option<_>>()?,
        };
        if segments.iter().any(|segment| segment.is_empty() || segment.contains('/')) {
            return None;
        }
        let names: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match names.as_slice() {
            [] => Self::Root,
            ["principals"] => Self::Principals,
            ["principals", person] => Self::Principal((*person).to_owned()),
            ["calendars"] => Self::Homes,
            ["calendars", person] => Self::Home((*person).to_owned()),
            ["calendars", person, calendar] => Self::Calendar((*person).to_owned(), (*calendar).to_owned()),
            ["calendars", person, calendar, file] if ends.is_none() => {
                Self::Object((*person).to_owned(), (*calendar).to_owned(), (*file).to_owned())
            }
            _ => return None,
        })
    }

    /// Its path, encoded.
    pub(crate) fn path(&self) -> String {
        let below = match self {
            Self::Root => String::new(),
            Self::Principals => "principals/".to_owned(),
            Self::Principal(person) => format!("principals/{}/", encoded(person)),
            Self::Homes => "calendars/".to_owned(),
            Self::Home(person) => format!("calendars/{}/", encoded(person)),
            Self::Calendar(person, calendar) => format!("calendars/{}/{}/", encoded(person), encoded(calendar)),
            Self::Object(person, calendar, file) => {
                format!("calendars/{}/{}/{}", encoded(person), encoded(calendar), encoded(file))
            }
        };
        format!("{ROOT}{below}")
    }

    /// Whose it is; nobody's for what all share.
    pub(crate) fn owner(&self) -> Option<&str> {
        match self {
            Self::Root | Self::Principals | Self::Homes => None,
            Self::Principal(person) | Self::Home(person) | Self::Calendar(person, _) | Self::Object(person, ..) => {
                Some(person)
            }
        }
    }

    /// The path of the calendar that this is, or is in.
    pub(crate) fn calendar_path(&self) -> Option<String> {
        match self {
            Self::Calendar(person, calendar) | Self::Object(person, calendar, _) => {
                Some(Self::Calendar(person.clone(), calendar.clone()).path())
            }
            _ => None,
        }
    }
}

/// A path segment (RFC 3986 3.3): unreserved letters, `@` and the like as they are, the rest by their octets.
fn encoded(segment: &str) -> String {
    let mut text = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@!$'()*+,:=".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_both_ways() {
        for path in [
            "/dav/",
            "/dav/principals/ada@example.com/",
            "/dav/calendars/ada@example.com/",
            "/dav/calendars/ada@example.com/work/",
            "/dav/calendars/ada@example.com/work/a%20b%26%C3%A4.ics",
        ] {
            assert_eq!(Place::of(path).unwrap().path(), path);
        }
        assert_eq!(
            Place::of("/dav/calendars/ada%40example.com/work").unwrap().path(),
            "/dav/calendars/ada@example.com/work/"
        );
    }

    #[test]
    fn what_leads_nowhere_is_no_place() {
        for path in [
            "/",
            "/dav/x/",
            "/dav//",
            "/dav/calendars/a/b/c/",
            "/dav/calendars/a/b/c/d",
            "/dav/calendars/a/b/c%2Fd",
            "/davs/",
        ] {
            assert_eq!(Place::of(path), None, "{path}");
        }
    }
}
