//! Bodies: how the vendor rewrites HTML, what it makes of it as text, and previews.

const HEAD: &str =
    "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>\r\n";
const FOOT: &str = "\r\n</body></html>\r\n";

/// The document that a fragment is wrapped into; a document keeps its own body.
pub(crate) fn wrapped(html: &str) -> String {
    if html.is_empty() {
        return String::new();
    }
    format!("{HEAD}{}{FOOT}", inner(html).replace("\r\n", "\n").replace('\n', "\r\n"))
}

/// What stands inside `<body>`; the whole text where there is none.
fn inner(html: &str) -> &str {
    let lower = html.to_ascii_lowercase();
    let from = lower.find("<body").and_then(|at| lower[at..].find('>').map(|end| at + end + 1));
    let Some(from) = from else {
        return html.trim();
    };
    let to = lower[from..].find("</body>").map_or(html.len(), |at| from + at);
    html[from..to].trim()
}

/// Plain text as a document, as it is answered when HTML is asked for.
pub(crate) fn from_text(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let body = escaped.replace("\r\n", "\n").replace('\n', "<br>\r\n");
    wrapped(&format!("<div class=\"PlainText\">{body}</div>"))
}

/// The text of an HTML document: tags dropped, blocks and breaks as line ends, the common entities decoded.
pub(crate) fn to_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = inner(html);
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at].replace(['\r', '\n'], " "));
        let Some(end) = rest[at..].find('>') else {
            rest = "";
            break;
        };
        let tag = rest[at + 1..at + end].to_ascii_lowercase();
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let ends_block =
            tag.starts_with('/') && matches!(name, "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3" | "ul" | "ol");
        if name == "br" || ends_block {
            text.push_str("\r\n");
        }
        rest = &rest[at + end + 1..];
    }
    text.push_str(&rest.replace(['\r', '\n'], " "));
    let decoded = text
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    let lines: Vec<&str> = decoded.split("\r\n").map(str::trim).collect();
    lines.join("\r\n").trim().to_owned()
}

/// The first 255 characters of a text.
pub(crate) fn preview(text: &str) -> String {
    text.chars().take(255).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_rewritten_once_and_its_text_stays() {
        let once = wrapped("<p>One &amp; two</p>\n<ul><li>a</li><li>b</li></ul>");
        assert!(once.starts_with("<html>") && once.contains("\r\n"));
        assert_eq!(wrapped(&once), once);
        assert_eq!(to_text(&once), "One & two\r\na\r\nb");
        assert_eq!(to_text(&from_text("a < b\nc")), "a < b\r\nc");
        assert_eq!(wrapped(""), "");
    }
}
