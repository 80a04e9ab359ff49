//! Names and texts of the answers' XML.

/// Namespaces, with the prefixes under which answers declare them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ns;

impl Ns {
    pub(crate) const DAV: &'static str = "DAV:";
    pub(crate) const CALDAV: &'static str = "urn:ietf:params:xml:ns:caldav";
    pub(crate) const SERVER: &'static str = "http://calendarserver.org/ns/";
    pub(crate) const APPLE: &'static str = "http://apple.com/ns/ical/";
    /// What the root of each answer says.
    pub(crate) const DECLARED: &'static str = "xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" xmlns:cs=\"http://calendarserver.org/ns/\" xmlns:a=\"http://apple.com/ns/ical/\"";

    fn prefix(namespace: &str) -> Option<&'static str> {
        Some(match namespace {
            Self::DAV => "d",
            Self::CALDAV => "c",
            Self::SERVER => "cs",
            Self::APPLE => "a",
            _ => return None,
        })
    }
}

/// An element's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) namespace: String,
    pub(crate) local: String,
}

impl Name {
    pub(crate) fn new(namespace: &str, local: &str) -> Self {
        Self { namespace: namespace.to_owned(), local: local.to_owned() }
    }

    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }

    /// The element with XML inside.
    pub(crate) fn element(&self, inside: &str) -> String {
        let (name, declared) = match Ns::prefix(&self.namespace) {
            Some(prefix) => (format!("{prefix}:{}", self.local), String::new()),
            None => (format!("x:{}", self.local), format!(" xmlns:x=\"{}\"", escaped(&self.namespace))),
        };
        if inside.is_empty() {
            return format!("<{name}{declared}/>");
        }
        format!("<{name}{declared}>{inside}</{name}>")
    }
}

/// A text between tags or in an attribute. A carriage return is written as its number: as itself it would not arrive.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\r' => safe.push_str("&#13;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A 207 in the making.
#[derive(Debug, Default)]
pub(crate) struct Multistatus {
    responses: String,
    sync_token: Option<String>,
}

impl Multistatus {
    /// A resource with the properties it has, and the names of those it has not.
    pub(crate) fn properties(&mut self, href: &str, found: &str, missing: &[Name]) {
        let mut inside = String::new();
        if !found.is_empty() || missing.is_empty() {
            inside.push_str(&propstat(found, "200 OK"));
        }
        if !missing.is_empty() {
            let names: String = missing.iter().map(|name| name.element("")).collect();
            inside.push_str(&propstat(&names, "404 Not Found"));
        }
        self.response(href, &inside);
    }

    /// A resource whose properties of these names were not set, and why.
    pub(crate) fn unset(&mut self, href: &str, names: &str, condition: &str) {
        let error = format!("<d:error>{condition}</d:error>");
        let inside = format!("<d:prop>{names}</d:prop><d:status>HTTP/1.1 403 Forbidden</d:status>{error}");
        self.response(href, &format!("<d:propstat>{inside}</d:propstat>"));
    }

    /// A resource with a status and nothing else; `condition` as XML.
    pub(crate) fn status(&mut self, href: &str, status: &str, condition: &str) {
        let error = if condition.is_empty() { String::new() } else { format!("<d:error>{condition}</d:error>") };
        self.response(href, &format!("<d:status>HTTP/1.1 {status}</d:status>{error}"));
    }

    fn response(&mut self, href: &str, inside: &str) {
        self.responses.push_str(&format!("<d:response><d:href>{}</d:href>{inside}</d:response>", escaped(href)));
    }

    pub(crate) fn with_token(mut self, token: String) -> Self {
        self.sync_token = Some(token);
        self
    }

    pub(crate) fn text(&self) -> String {
        let token = self.sync_token.as_ref();
        let token = token.map(|token| format!("<d:sync-token>{}</d:sync-token>", escaped(token))).unwrap_or_default();
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:multistatus {}>{}{token}</d:multistatus>",
            Ns::DECLARED,
            self.responses
        )
    }
}

fn propstat(inside: &str, status: &str) -> String {
    format!("<d:propstat><d:prop>{inside}</d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>")
}
