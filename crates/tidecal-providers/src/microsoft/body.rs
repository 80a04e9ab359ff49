//! Event bodies. Exchange wraps what it is given into a whole HTML page and rewrites it; kept is
//! what stands inside, and as plain text if the markup only breaks lines.

use tidecal_core::sync::canonical_text;

/// What a description says, from `body.contentType` and `body.content`.
pub(super) fn description(kind: Option<&str>, content: &str) -> String {
    if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("text")) {
        return content.replace("\r\n", "\n").trim().to_owned();
    }
    let inner = inside(content).replace("\r\n", "\n");
    let inner = inner.trim();
    if canonical_text(inner).is_empty() && !inner.contains("<img") {
        return String::new();
    }
    if tags(inner).all(|tag| PLAIN.contains(&tag.as_str())) { plain(inner) } else { inner.to_owned() }
}

/// What is written: HTML as it is, text as text.
pub(super) fn content_type(description: &str) -> &'static str {
    let markup = tags(description).any(|tag| KNOWN.contains(&tag.as_str()));
    if markup { "html" } else { "text" }
}

/// The part of a body by which people join an online meeting, from its beginning to the end.
pub(super) fn invitation(html: &str) -> Option<&str> {
    const SIGNS: [&str; 4] = ["________________", "me-email-text", "meet-email-", "schema.skype.com"];
    let inner = inside(html).trim_end();
    let at = SIGNS.iter().filter_map(|sign| inner.find(sign)).min()?;
    let start = inner[..at].rfind("<div").unwrap_or(at);
    Some(&inner[start..])
}

/// A description as markup.
pub(super) fn as_html(description: &str) -> String {
    if content_type(description) == "html" {
        return description.to_owned();
    }
    let escaped = description.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div>{}</div>", escaped.replace('\n', "<br>"))
}

/// Tags that say nothing but where lines end.
const PLAIN: [&str; 5] = ["br", "p", "div", "!--", "span"];

/// Tags by which a text is known to be HTML.
const KNOWN: [&str; 22] = [
    "a",
    "b",
    "i",
    "u",
    "p",
    "br",
    "div",
    "span",
    "ul",
    "ol",
    "li",
    "em",
    "strong",
    "html",
    "body",
    "table",
    "img",
    "h1",
    "h2",
    "h3",
    "font",
    "blockquote",
];

/// Between `<body …>` and `</body>`, if there are such.
fn inside(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let Some(open) = lower.find("<body") else { return page };
    let Some(start) = lower[open..].find('>').map(|at| open + at + 1) else { return page };
    let end = lower[start..].rfind("</body").map_or(page.len(), |at| start + at);
    &page[start..end]
}

/// Names of the tags in lower case, closing ones too.
fn tags(html: &str) -> impl Iterator<Item = String> {
    html.split('<').skip(1).filter_map(|rest| {
        if rest.starts_with("!--") {
            return Some("!--".to_owned());
        }
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        (!name.is_empty()).then(|| name.to_ascii_lowercase())
    })
}

/// Lines of text out of markup that only breaks lines.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        push_words(&mut text, &rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") { rest.find("-->").map(|at| at + 2) } else { rest.find('>') };
        let Some(end) = end else { break };
        let tag = rest[..end].to_ascii_lowercase();
        let block = tag.starts_with("</p") || tag.starts_with("</div") || tag.starts_with("<div");
        if tag.starts_with("<br") || block && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        rest = &rest[end + 1..];
    }
    push_words(&mut text, rest);
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Line ends of the source are spaces, entities are what they mean.
fn push_words(text: &mut String, words: &str) {
    let decoded = decode(words);
    let mut parts = decoded.split(['\n', '\r', '\t']).map(|part| part.trim_matches(' ')).filter(|it| !it.is_empty());
    let leads = decoded.starts_with([' ', '\n']);
    if let Some(first) = parts.next() {
        if leads && !text.is_empty() && !text.ends_with(['\n', ' ']) {
            text.push(' ');
        }
        text.push_str(first);
    }
    for part in parts {
        text.push(' ');
        text.push_str(part);
    }
    if decoded.len() > 1 && decoded.ends_with(' ') && !text.ends_with(['\n', ' ']) && !text.is_empty() {
        text.push(' ');
    }
}

fn decode(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = rest.find(';').filter(|end| *end <= 10).and_then(|end| Some((end, entity(&rest[1..end])?)));
        match found {
            Some((end, c)) => {
                plain.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(|c| if c == '\u{a0}' { ' ' } else { c })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_only_breaks_lines_is_plain_text() {
        let page = "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\
            <body>\r\n<div>Agenda:<br>\r\n1 &lt; 2 &amp; Tom&nbsp;</div><div>Bring cake</div></body></html>";
        assert_eq!(description(Some("html"), page), "Agenda:\n1 < 2 & Tom\nBring cake");
        assert_eq!(description(Some("text"), "one\r\ntwo\r\n"), "one\ntwo");
        assert_eq!(description(None, "<html><body></body></html>"), "");
    }

    #[test]
    fn markup_that_says_something_is_kept_without_its_page() {
        let page = "<html><body dir=\"ltr\"><p>See <a href=\"https://example.com/\">the plan</a></p>\r\n</body></html>";
        assert_eq!(description(Some("html"), page), "<p>See <a href=\"https://example.com/\">the plan</a></p>");
        assert_eq!(description(Some("html"), "<p><img src=\"x\"></p>"), "<p><img src=\"x\"></p>");
    }

    #[test]
    fn what_was_read_is_written_as_what_it_is() {
        assert_eq!(content_type("1 < 2 and a<b>c"), "html");
        assert_eq!(content_type("1 < 2"), "text");
        assert_eq!(content_type("<p>x</p>"), "html");
    }

    #[test]
    fn the_way_into_a_meeting_is_found() {
        let page =
            "<html><body><p>Agenda</p><div>________________</div><div><a href=\"x\">Join</a></div></body></html>";
        assert_eq!(invitation(page), Some("<div>________________</div><div><a href=\"x\">Join</a></div>"));
        assert_eq!(invitation("<p>Agenda</p>"), None);
        assert_eq!(as_html("a < b\nc"), "<div>a &lt; b<br>c</div>");
    }

    #[test]
    fn damaged_markup_ends_somewhere() {
        for page in ["<body", "<", "<!--", "a<br", "&#xFFFFFFFF;", "&;", "</", "<body>x</body"] {
            let _ = description(Some("html"), page);
        }
    }
}
