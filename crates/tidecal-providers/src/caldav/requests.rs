//! What is asked: each request is a value, its answer is read by [`super::multistatus`].

use quick_xml::escape::escape;
use url::Url;

/// One request before anybody signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) depth: Option<&'static str>,
    /// Empty: none.
    pub(super) body: String,
    /// What the write rests on.
    pub(super) guard: Guard,
    /// The answer names every object of a calendar, for which slow servers take minutes.
    pub(super) slow: bool,
}

/// What a write rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Guard {
    #[default]
    None,
    /// Nothing has that name yet.
    New,
    /// The object has that `ETag`.
    Version(String),
}

const NAMESPACES: &str = r#"xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" xmlns:a="http://apple.com/ns/ical/""#;

/// Who is signed in here, and what is this (RFC 5397, RFC 4791 6.2.1).
pub(super) const WHO: &str =
    "<d:current-user-principal/><d:resourcetype/><c:calendar-home-set/><d:displayname/><c:calendar-user-address-set/>";
/// One calendar of a list.
pub(super) const CALENDAR: &str = "<d:resourcetype/><d:displayname/><d:current-user-privilege-set/><a:calendar-color/><a:calendar-order/><c:calendar-description/><c:calendar-timezone/><c:calendar-timezone-id/><c:supported-calendar-component-set/>";
/// Whether this is a calendar, and which reports it serves.
pub(super) const REPORTS: &str = "<d:resourcetype/><d:supported-report-set/>";
/// The collection tag: some servers look at every object to answer it, so it is asked for only
/// where nothing better is served.
pub(super) const TAG: &str = "<d:resourcetype/><cs:getctag/>";
/// One line of a listing.
pub(super) const LISTING: &str = "<d:getetag/><d:resourcetype/><d:getcontenttype/>";

pub(super) fn propfind(url: Url, depth: &'static str, props: &str) -> Outgoing {
    let body = format!("{XML}<d:propfind {NAMESPACES}><d:prop>{props}</d:prop></d:propfind>");
    Outgoing { method: "PROPFIND", url, depth: Some(depth), body, guard: Guard::None, slow: props == LISTING }
}

/// What the server can do at that place, told in the headers of its answer.
pub(super) fn options(url: Url) -> Outgoing {
    Outgoing { method: "OPTIONS", url, depth: None, body: String::new(), guard: Guard::None, slow: false }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// RFC 6578 3.2; an empty token asks for everything. Depth is 0 by the letter, the level says 1.
pub(super) fn sync_collection(url: Url, token: &str) -> Outgoing {
    let body = format!(
        "{XML}<d:sync-collection xmlns:d=\"DAV:\"><d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>",
        escape(token)
    );
    Outgoing { method: "REPORT", url, depth: Some("0"), body, guard: Guard::None, slow: token.is_empty() }
}

/// RFC 4791 7.9.
pub(super) fn multiget<'a>(url: Url, paths: impl Iterator<Item = &'a str>) -> Outgoing {
    let mut body = format!(
        "{XML}<c:calendar-multiget xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:prop><d:getetag/><c:calendar-data/></d:prop>"
    );
    for path in paths {
        body.push_str("<d:href>");
        body.push_str(&escape(path));
        body.push_str("</d:href>");
    }
    body.push_str("</c:calendar-multiget>");
    Outgoing { method: "REPORT", url, depth: Some("1"), body, guard: Guard::None, slow: false }
}

pub(super) fn put(url: Url, body: String, guard: Guard) -> Outgoing {
    Outgoing { method: "PUT", url, depth: None, body, guard, slow: false }
}

pub(super) fn delete(url: Url, guard: Guard) -> Outgoing {
    Outgoing { method: "DELETE", url, depth: None, body: String::new(), guard, slow: false }
}

pub(super) fn get(url: Url) -> Outgoing {
    Outgoing { method: "GET", url, depth: None, body: String::new(), guard: Guard::None, slow: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_hrefs_are_escaped() {
        let url = Url::parse("https://dav.example.com/cal/").unwrap();
        let sync = sync_collection(url.clone(), "data:,<&>");
        assert!(sync.body.contains("<d:sync-token>data:,&lt;&amp;&gt;</d:sync-token>"));
        assert_eq!(sync.depth, Some("0"));
        let multiget = multiget(url, ["/cal/a&b.ics", "/cal/c.ics"].into_iter());
        assert!(multiget.body.contains("<d:href>/cal/a&amp;b.ics</d:href><d:href>/cal/c.ics</d:href>"));
    }
}
