//! WebDAV XML, one child of the root at a time.
//!
//! Not a general reader: no document types, no entities but the predefined ones, little depth.
//! Attributes are ignored (no property that is read here has any, but for the component names).

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

/// Deepest nesting; real answers stay below 12.
const MAX_DEPTH: usize = 32;
/// Most elements in one child of the root; a `response` of a busy calendar has about 60.
const MAX_NODES: usize = 20_000;

/// Namespaces that mean something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ns {
    /// RFC 4918 and its extensions.
    Dav,
    /// RFC 4791.
    Caldav,
    /// calendarserver.org.
    CalendarServer,
    /// Apple's calendar colours and order.
    Apple,
    /// Anything else: local names still tell vendors' extensions apart.
    Other,
}

/// One element with what is inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) ns: Ns,
    pub(super) name: String,
    /// Value of its attribute `name`, if it has one.
    pub(super) label: Option<String>,
    /// Its own text, as sent.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn is(&self, ns: Ns, name: &str) -> bool {
        self.ns == ns && self.name == name
    }

    pub(super) fn child(&self, ns: Ns, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.is(ns, name))
    }

    pub(super) fn all<'a>(&'a self, ns: Ns, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.is(ns, name))
    }

    /// Text without surrounding white space; `None` if nothing is left.
    pub(super) fn words(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// The trimmed text of a child.
    pub(super) fn text_of(&self, ns: Ns, name: &str) -> Option<&str> {
        self.child(ns, name)?.words()
    }
}

/// Why an answer is not the XML that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum XmlError {
    /// It is a web page, or no XML at all.
    #[error("it is no XML")]
    NotXml,
    /// It stops in the middle.
    #[error("it ends too early")]
    Truncated,
    /// It is not well-formed.
    #[error("byte {at}: {reason}")]
    Malformed {
        /// Offset in the body.
        at: u64,
        /// What is wrong.
        reason: String,
    },
    /// It has a document type, unknown entities, or is nested too deeply.
    #[error("byte {at}: {reason}")]
    Refused {
        /// Offset in the body.
        at: u64,
        /// Which rule it breaks.
        reason: &'static str,
    },
}

/// Reads a document and hands over the children of its root; answers the root without children.
pub(super) fn read(body: &str, mut take: impl FnMut(Element)) -> Result<Element, XmlError> {
    let text = body.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if !text.starts_with('<') || is_page(text) {
        return Err(XmlError::NotXml);
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let (ns, event) = match reader.read_resolved_event() {
            Ok((ns, event)) => (namespace(&ns), event),
            // What is opened and never closed is an answer that was cut short.
            Err(quick_xml::Error::Syntax(_)) => return Err(XmlError::Truncated),
            Err(error) => {
                return Err(XmlError::Malformed { at: reader.error_position(), reason: error.to_string() });
            }
        };
        let step = match event {
            Event::Start(start) => tree.open(element(ns, &start)),
            Event::End(_) => match tree.close(&mut take) {
                Some(root) => return Ok(root),
                None => Ok(()),
            },
            Event::Text(chunk) => tree.text(&chunk.xml10_content()),
            Event::CData(chunk) => tree.text(&chunk.xml10_content()),
            Event::GeneralRef(name) => tree.reference(&name),
            Event::DocType(kind) if is_page(&kind) => return Err(XmlError::NotXml),
            Event::DocType(_) => Err("a document type is not accepted"),
            Event::Eof => return Err(XmlError::Truncated),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(()),
        };
        step.map_err(|reason| XmlError::Refused { at: reader.buffer_position(), reason })?;
    }
}

/// The elements that are open, outermost first.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    /// Elements in the present child of the root.
    nodes: usize,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.open.len() >= MAX_DEPTH || self.nodes > MAX_NODES {
            return Err("it is nested too deeply or too large");
        }
        self.open.push(element);
        Ok(())
    }

    /// Ends the innermost element; answers the root when that was it.
    fn close(&mut self, take: &mut impl FnMut(Element)) -> Option<Element> {
        let done = self.open.pop()?;
        let depth = self.open.len();
        match self.open.last_mut() {
            None => return Some(done),
            Some(_) if depth == 1 => {
                self.nodes = 0;
                take(done);
            }
            Some(parent) => parent.children.push(done),
        }
        None
    }

    /// White space between the children of the root is nobody's.
    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        if self.open.len() > 1
            && let Some(inner) = self.open.last_mut()
        {
            inner.text.push_str(text);
        }
        Ok(())
    }

    fn reference(&mut self, name: &str) -> Result<(), &'static str> {
        let c = reference(name).ok_or("an entity that is not defined")?;
        self.text(c.encode_utf8(&mut [0; 4]))
    }
}

/// Whether a document, or what its document type says, begins as HTML does.
fn is_page(text: &str) -> bool {
    ["<!doctype html", "<html", "html"]
        .iter()
        .any(|start| text.trim_start().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

fn namespace(resolved: &ResolveResult<'_>) -> Ns {
    let ResolveResult::Bound(Namespace(uri)) = resolved else { return Ns::Other };
    match *uri {
        "DAV:" => Ns::Dav,
        "urn:ietf:params:xml:ns:caldav" => Ns::Caldav,
        "http://calendarserver.org/ns/" => Ns::CalendarServer,
        "http://apple.com/ns/ical/" => Ns::Apple,
        _ => Ns::Other,
    }
}

fn element(ns: Ns, start: &BytesStart<'_>) -> Element {
    let label = start.try_get_attribute("name").ok().flatten().map(|attribute| attribute.value.into_owned());
    Element { ns, name: start.local_name().as_ref().to_owned(), label, text: String::new(), children: Vec::new() }
}

/// A character reference or one of the five predefined entities. Characters that XML does not
/// allow (some servers write them) become a replacement character instead of failing the answer.
fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some(char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(body: &str) -> Result<(Element, Vec<Element>), XmlError> {
        let mut children = Vec::new();
        let root = read(body, |child| children.push(child))?;
        Ok((root, children))
    }

    #[test]
    fn prefixes_do_not_matter_namespaces_do() {
        for body in [
            r#"<?xml version="1.0"?><D:a xmlns:D="DAV:"><D:b>x</D:b></D:a>"#,
            r#"<a xmlns="DAV:"><b>x</b></a>"#,
            r#"<x:a xmlns:x="DAV:"><b xmlns="DAV:">x</b></x:a>"#,
        ] {
            let (root, children) = all(body).unwrap();
            assert!(root.is(Ns::Dav, "a") && children[0].is(Ns::Dav, "b"), "{body}");
            assert_eq!(children[0].text, "x");
        }
        let (_, children) = all(r#"<a xmlns="DAV:"><b xmlns="http://example.com/">x</b><z:c/></a>"#).unwrap();
        assert!(children[0].is(Ns::Other, "b") && children[1].is(Ns::Other, "c"));
    }

    #[test]
    fn text_is_joined_over_entities_and_cdata() {
        let (_, children) =
            all("<a xmlns='DAV:'><b>1 &lt; 2 &amp;&#13;\n&#x41;<![CDATA[<c> & d]]><!-- no -->!</b></a>").unwrap();
        assert_eq!(children[0].text, "1 < 2 &\r\nA<c> & d!");
    }

    #[test]
    fn a_component_name_is_kept() {
        let (_, children) =
            all("<a xmlns='DAV:'><s xmlns='urn:ietf:params:xml:ns:caldav'><comp name='VEVENT'/></s></a>").unwrap();
        assert_eq!(children[0].children[0].label.as_deref(), Some("VEVENT"));
    }

    #[test]
    fn bombs_and_pages_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"yyyy\">]><a xmlns='DAV:'><b>&x;</b></a>";
        assert!(matches!(all(bomb), Err(XmlError::Refused { .. })));
        assert!(matches!(all("<a><b>&x;</b></a>"), Err(XmlError::Refused { .. })));
        assert!(matches!(all(&"<a>".repeat(100_000)), Err(XmlError::Refused { .. })));
        assert!(matches!(all(&format!("<a><b>{}</b></a>", "<c/>".repeat(30_000))), Err(XmlError::Refused { .. })));
        let xhtml = "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN'><html/>";
        for page in
            [xhtml, "<!DOCTYPE html><html></html>", "<html><body>", "{\"a\":1}", "", "Not found", "BEGIN:VCALENDAR"]
        {
            assert_eq!(all(page), Err(XmlError::NotXml), "{page}");
        }
    }

    #[test]
    fn html_inside_an_event_is_no_page() {
        let (_, children) =
            all("<a xmlns='DAV:'><b><![CDATA[X-ALT-DESC:<html><body>x</body></html>]]></b></a>").unwrap();
        assert!(children[0].text.contains("<html>"));
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = "<?xml version='1.0'?><d:a xmlns:d='DAV:'><d:b>x&amp;y</d:b><d:c><![CDATA[z]]></d:c></d:a>";
        assert!(all(whole).is_ok());
        for end in 1..whole.len() {
            assert!(all(&whole[..end]).is_err(), "{}", &whole[..end]);
        }
        assert!(all("<a><b></a>").is_err());
    }
}
