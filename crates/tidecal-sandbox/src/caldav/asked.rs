//! What a request's XML asks for. Whatever is not understood is refused, as RFC 4918 8.2 and RFC 4791 want it.

use roxmltree::{Document, Node};

use super::errors::{DavError, Result};
use super::filter::Filter;
use super::xml::{Name, Ns};

/// Which properties of each resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The usual ones, and these.
    All(Vec<Name>),
    /// The names alone.
    Names,
    These(Vec<Name>),
}

/// A report with its question.
#[derive(Debug, Clone)]
pub(crate) enum Report {
    Sync {
        token: String,
        most: Option<usize>,
        wanted: Wanted,
    },
    Multiget {
        hrefs: Vec<String>,
        wanted: Wanted,
    },
    Query {
        filter: Filter,
        wanted: Wanted,
    },
    /// One that is not served.
    Other(Name),
}

impl Report {
    /// The operation that faults and the ledger name.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Sync { .. } => "caldav.sync",
            Self::Multiget { .. } => "caldav.multiget",
            Self::Query { .. } => "caldav.query",
            Self::Other(_) => "caldav.report",
        }
    }
}

/// Properties to set, with their texts, and to take away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) set: Vec<(Name, String)>,
    pub(crate) removed: Vec<Name>,
    /// `supported-calendar-component-set` of a new calendar.
    pub(crate) components: Option<Vec<String>>,
}

fn parsed(text: &str) -> Result<Document<'_>> {
    Document::parse(text).map_err(|error| DavError::bad_request(format!("This is not XML: {error}.")))
}

pub(crate) fn name_of(node: Node<'_, '_>) -> Name {
    Name::new(node.tag_name().namespace().unwrap_or_default(), node.tag_name().name())
}

pub(crate) fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

pub(crate) fn child<'a, 'input>(node: Node<'a, 'input>, namespace: &str, local: &str) -> Option<Node<'a, 'input>> {
    elements(node).find(|it| name_of(*it).is(namespace, local))
}

/// The text inside, whatever is around it.
fn text_of(node: Node<'_, '_>) -> String {
    node.children().filter_map(|it| it.text()).collect::<String>().trim().to_owned()
}

/// RFC 4918 9.1: without a body everything is meant.
pub(crate) fn propfind(text: &str) -> Result<Wanted> {
    if text.trim().is_empty() {
        return Ok(Wanted::All(Vec::new()));
    }
    let document = parsed(text)?;
    let root = document.root_element();
    if !name_of(root).is(Ns::DAV, "propfind") {
        return Err(DavError::bad_request("The body is no DAV:propfind."));
    }
    wanted(root)?.ok_or_else(|| DavError::bad_request("DAV:propfind asks for nothing."))
}

fn wanted(root: Node<'_, '_>) -> Result<Option<Wanted>> {
    let names = |node: Node<'_, '_>| elements(node).map(name_of).collect::<Vec<_>>();
    let mut found = Vec::new();
    if let Some(prop) = child(root, Ns::DAV, "prop") {
        refuse_parts(prop)?;
        found.push(Wanted::These(names(prop)));
    }
    if child(root, Ns::DAV, "allprop").is_some() {
        found.push(Wanted::All(child(root, Ns::DAV, "include").map(names).unwrap_or_default()));
    }
    if child(root, Ns::DAV, "propname").is_some() {
        found.push(Wanted::Names);
    }
    if found.len() > 1 {
        return Err(DavError::bad_request("DAV:prop, DAV:allprop and DAV:propname exclude each other."));
    }
    Ok(found.pop())
}

/// Parts of objects (RFC 4791 9.6) are not served: a client should not rely on them.
fn refuse_parts(prop: Node<'_, '_>) -> Result<()> {
    let data = child(prop, Ns::CALDAV, "calendar-data");
    match data.and_then(|data| elements(data).next()) {
        Some(part) => {
            let name = part.tag_name().name();
            Err(DavError::plain(501, format!("The sandbox does not serve {name} of calendar-data.")))
        }
        None => Ok(()),
    }
}

pub(crate) fn report(text: &str) -> Result<Report> {
    let document = parsed(text)?;
    let root = document.root_element();
    let name = name_of(root);
    let wanted = || Ok(wanted(root)?.unwrap_or(Wanted::These(Vec::new())));
    if name.is(Ns::DAV, "sync-collection") {
        return sync(root, wanted()?);
    }
    if name.is(Ns::CALDAV, "calendar-multiget") {
        let hrefs: Vec<String> = elements(root).filter(|it| name_of(*it).is(Ns::DAV, "href")).map(text_of).collect();
        if hrefs.is_empty() {
            return Err(DavError::bad_request("calendar-multiget names no DAV:href."));
        }
        return Ok(Report::Multiget { hrefs, wanted: wanted()? });
    }
    if name.is(Ns::CALDAV, "calendar-query") {
        let filter = child(root, Ns::CALDAV, "filter");
        let filter = filter.ok_or_else(|| DavError::bad_request("calendar-query has no filter."))?;
        return Ok(Report::Query { filter: Filter::read(filter)?, wanted: wanted()? });
    }
    Ok(Report::Other(name))
}

/// RFC 6578 6.1.
fn sync(root: Node<'_, '_>, wanted: Wanted) -> Result<Report> {
    let part = |name: &str| child(root, Ns::DAV, name).map(text_of);
    let token = part("sync-token").ok_or_else(|| DavError::bad_request("sync-collection has no DAV:sync-token."))?;
    match part("sync-level").as_deref() {
        Some("1") => {}
        Some("infinite") => {
            return Err(DavError::dav(403, "sync-traversal-supported", "Only the level 1 is served."));
        }
        _ => return Err(DavError::bad_request("sync-collection has no DAV:sync-level that is 1 or infinite.")),
    }
    if child(root, Ns::DAV, "prop").is_none() {
        return Err(DavError::bad_request("sync-collection has no DAV:prop."));
    }
    let most = child(root, Ns::DAV, "limit").and_then(|limit| child(limit, Ns::DAV, "nresults")).map(text_of);
    let most =
        most.map(|text| text.parse().map_err(|_| DavError::bad_request("DAV:nresults is no number."))).transpose()?;
    Ok(Report::Sync { token, most, wanted })
}

/// The body of MKCALENDAR (RFC 4791 9.2), or of PROPPATCH (RFC 4918 14.19).
pub(crate) fn settings(text: &str, root_name: &Name) -> Result<Settings> {
    let mut settings = Settings::default();
    if text.trim().is_empty() {
        return Ok(settings);
    }
    let document = parsed(text)?;
    let root = document.root_element();
    if name_of(root) != *root_name {
        return Err(DavError::bad_request(format!("The body is no {}.", root_name.local)));
    }
    for part in elements(root) {
        let props = child(part, Ns::DAV, "prop").ok_or_else(|| DavError::bad_request("There is no DAV:prop."))?;
        for prop in elements(props) {
            let name = name_of(prop);
            if part.tag_name().name() == "remove" {
                settings.removed.push(name);
            } else if name.is(Ns::CALDAV, "supported-calendar-component-set") {
                let names = elements(prop).filter_map(|comp| comp.attribute("name")).map(str::to_ascii_uppercase);
                settings.components = Some(names.collect());
            } else {
                settings.set.push((name, text_of(prop)));
            }
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_told_apart_and_read() {
        let sync = "<x:sync-collection xmlns:x='DAV:'><x:sync-token>t&amp;1</x:sync-token><x:sync-level>1</x:sync-level><x:limit><x:nresults>5</x:nresults></x:limit><x:prop><x:getetag/></x:prop></x:sync-collection>";
        let Ok(Report::Sync { token, most, wanted }) = report(sync) else { panic!() };
        assert_eq!((token.as_str(), most), ("t&1", Some(5)));
        assert_eq!(wanted, Wanted::These(vec![Name::new(Ns::DAV, "getetag")]));
        let multiget = "<calendar-multiget xmlns='urn:ietf:params:xml:ns:caldav'><d:href xmlns:d='DAV:'> /a.ics </d:href></calendar-multiget>";
        assert!(matches!(report(multiget), Ok(Report::Multiget { hrefs, .. }) if hrefs == ["/a.ics"]));
        assert_eq!(
            report("<free-busy-query xmlns='urn:ietf:params:xml:ns:caldav'/>").unwrap().operation(),
            "caldav.report"
        );
    }

    #[test]
    fn half_a_question_is_refused() {
        for (text, status) in [
            ("<a>", 400),
            ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", 400),
            ("<sync-collection xmlns='DAV:'><sync-level>1</sync-level><prop/></sync-collection>", 400),
            ("<sync-collection xmlns='DAV:'><sync-token/><prop/></sync-collection>", 400),
            ("<sync-collection xmlns='DAV:'><sync-token/><sync-level>1</sync-level></sync-collection>", 400),
            (
                "<sync-collection xmlns='DAV:'><sync-token/><sync-level>infinite</sync-level><prop/></sync-collection>",
                403,
            ),
            ("<c:calendar-multiget xmlns:c='urn:ietf:params:xml:ns:caldav'/>", 400),
            ("<c:calendar-query xmlns:c='urn:ietf:params:xml:ns:caldav'/>", 400),
        ] {
            assert_eq!(report(text).unwrap_err().status, status, "{text}");
        }
        assert_eq!(propfind("<propfind xmlns='DAV:'/>").unwrap_err().status, 400);
        assert_eq!(propfind("<prop xmlns='DAV:'/>").unwrap_err().status, 400);
        assert_eq!(propfind("").unwrap(), Wanted::All(Vec::new()));
    }
}
