//! 207 answers (RFC 4918 13, RFC 6578 3) and error bodies (RFC 4918 16).

use super::xml::{self, Element, Ns, XmlError};

/// What an answer says of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// As sent.
    pub(super) href: String,
    /// Status of the resource itself; absent if its properties were sent.
    pub(super) status: Option<u16>,
    /// Properties that the server found.
    pub(super) found: Vec<Element>,
    /// Local names of the error conditions.
    pub(super) errors: Vec<String>,
}

impl Response {
    /// A property that was found.
    pub(super) fn prop(&self, ns: Ns, name: &str) -> Option<&Element> {
        self.found.iter().find(|prop| prop.is(ns, name))
    }

    /// The trimmed text of a property; `None` if it is missing or empty.
    pub(super) fn text(&self, ns: Ns, name: &str) -> Option<&str> {
        self.prop(ns, name)?.words()
    }

    /// The address inside a property such as `current-user-principal`.
    pub(super) fn href_in(&self, ns: Ns, name: &str) -> Option<&str> {
        self.prop(ns, name)?.text_of(Ns::Dav, "href")
    }

    /// Whether its `resourcetype` names that type.
    pub(super) fn has_type(&self, ns: Ns, name: &str) -> bool {
        self.prop(Ns::Dav, "resourcetype").is_some_and(|types| types.child(ns, name).is_some())
    }

    /// `ETag`, opaque, quotes included.
    pub(super) fn etag(&self) -> Option<&str> {
        self.text(Ns::Dav, "getetag")
    }
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Multistatus {
    pub(super) responses: Vec<Response>,
    pub(super) sync_token: Option<String>,
}

/// Reads a multistatus body.
pub(super) fn multistatus(body: &[u8]) -> Result<Multistatus, XmlError> {
    let body = String::from_utf8_lossy(body);
    let mut answer = Multistatus::default();
    let root = xml::read(&body, |child| {
        if child.is(Ns::Dav, "response") {
            take_response(child, &mut answer.responses);
        } else if child.is(Ns::Dav, "sync-token") {
            answer.sync_token = child.words().map(str::to_owned);
        }
    })?;
    if root.is(Ns::Dav, "multistatus") { Ok(answer) } else { Err(XmlError::NotXml) }
}

/// Conditions of a `DAV:error` body, by local name; empty if the body is none.
pub(super) fn conditions(body: &[u8]) -> Vec<String> {
    let body = String::from_utf8_lossy(body);
    let mut names = Vec::new();
    match xml::read(&body, |child| names.push(child.name)) {
        Ok(root) if root.is(Ns::Dav, "error") => names,
        _ => Vec::new(),
    }
}

/// One `response` may name several resources that share a status.
fn take_response(element: Element, responses: &mut Vec<Response>) {
    let mut shared = Response::default();
    let mut hrefs = Vec::new();
    for child in element.children {
        if child.is(Ns::Dav, "href") {
            hrefs.extend(child.words().map(str::to_owned));
        } else if child.is(Ns::Dav, "status") {
            shared.status = status_code(&child.text);
        } else if child.is(Ns::Dav, "propstat") {
            take_propstat(child, &mut shared.found);
        } else if child.is(Ns::Dav, "error") {
            shared.errors.extend(child.children.into_iter().map(|condition| condition.name));
        }
    }
    let Some(last) = hrefs.pop() else { return };
    responses.extend(hrefs.into_iter().map(|href| Response { href, ..shared.clone() }));
    responses.push(Response { href: last, ..shared });
}

fn take_propstat(propstat: Element, found: &mut Vec<Element>) {
    let ok = propstat.text_of(Ns::Dav, "status").and_then(status_code).is_none_or(|code| (200..300).contains(&code));
    if ok {
        for prop in propstat.children.into_iter().filter(|child| child.is(Ns::Dav, "prop")) {
            found.extend(prop.children);
        }
    }
}

/// `HTTP/1.1 404 Not Found`.
fn status_code(line: &str) -> Option<u16> {
    line.split_ascii_whitespace().find_map(|word| (word.len() == 3).then(|| word.parse().ok()).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_and_missing_properties_are_told_apart() {
        // The shape of sabre/dav (Nextcloud, Baikal): several propstats, namespaces on the root.
        let body = br#"<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:cal="urn:ietf:params:xml:ns:caldav">
 <d:response><d:href>/remote.php/dav/calendars/ada/personal/</d:href>
  <d:propstat><d:prop><d:displayname>Personal</d:displayname>
    <d:resourcetype><d:collection/><cal:calendar/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
  <d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>
 </d:response></d:multistatus>"#;
        let answer = multistatus(body).unwrap();
        let [response] = answer.responses.as_slice() else { panic!("{answer:?}") };
        assert_eq!(response.text(Ns::Dav, "displayname"), Some("Personal"));
        assert!(response.has_type(Ns::Caldav, "calendar"));
        assert!(response.etag().is_none() && response.prop(Ns::Dav, "getetag").is_none());
        assert_eq!(response.status, None);
    }

    #[test]
    fn a_removal_is_a_status_without_properties() {
        // The shape of Radicale: default namespace.
        let body = br#"<multistatus xmlns="DAV:"><response><href>/ada/work/x%40y.ics</href>
<status>HTTP/1.1 404 Not Found</status></response><sync-token>http://radicale.org/ns/sync/abc</sync-token></multistatus>"#;
        let answer = multistatus(body).unwrap();
        assert_eq!(answer.responses[0].status, Some(404));
        assert_eq!(answer.responses[0].href, "/ada/work/x%40y.ics");
        assert_eq!(answer.sync_token.as_deref(), Some("http://radicale.org/ns/sync/abc"));
    }

    #[test]
    fn a_truncated_listing_says_so() {
        // The shape of Cyrus (Fastmail).
        let body = br#"<D:multistatus xmlns:D="DAV:"><D:response><D:href>/dav/cal/</D:href>
<D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error>
</D:response><D:sync-token>data:,7</D:sync-token></D:multistatus>"#;
        let answer = multistatus(body).unwrap();
        assert_eq!(answer.responses[0].status, Some(507));
        assert_eq!(answer.responses[0].errors, ["number-of-matches-within-limits"]);
    }

    #[test]
    fn several_hrefs_share_a_status() {
        let body = b"<multistatus xmlns='DAV:'><response><href>/a</href><href>/b</href>
<status>HTTP/1.1 403 Forbidden</status></response></multistatus>";
        let answer = multistatus(body).unwrap();
        assert_eq!(
            answer.responses.iter().map(|it| (it.href.as_str(), it.status)).collect::<Vec<_>>(),
            [("/a", Some(403)), ("/b", Some(403)),]
        );
    }

    #[test]
    fn conditions_of_an_error_are_found_in_any_namespace() {
        // sabre adds its own elements, Xandikos uses a generated prefix.
        let sabre = br#"<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>x</s:exception>
<d:valid-sync-token/></d:error>"#;
        assert_eq!(conditions(sabre), ["exception", "valid-sync-token"]);
        let xandikos = br#"<ns0:error xmlns:ns0="DAV:"><ns0:valid-sync-token /></ns0:error>"#;
        assert_eq!(conditions(xandikos), ["valid-sync-token"]);
        assert!(conditions(b"<html><body>Forbidden</body></html>").is_empty());
        assert!(conditions(b"Forbidden").is_empty());
    }

    #[test]
    fn other_documents_are_no_multistatus() {
        assert_eq!(multistatus(b"<error xmlns='DAV:'/>"), Err(XmlError::NotXml));
        assert_eq!(multistatus(b"<!doctype html><title>Sign in</title>"), Err(XmlError::NotXml));
    }
}
