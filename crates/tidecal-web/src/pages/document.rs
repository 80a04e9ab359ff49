//! Documents (Markdown) as they are written, with headings that links can point to.

use axum::http::StatusCode;
use axum::response::Response;

use super::html::{escape, page};

/// The document as a page. Headings get the ids that Markdown readers give them.
pub(crate) fn document(text: &str) -> Response {
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Document");
    let mut body = String::with_capacity(text.len() * 2);
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        match heading(line).filter(|_| !in_code) {
            Some((level, words)) => {
                let tag = format!("h{}", level.clamp(1, 4));
                body.push_str(&format!("<{tag} id=\"{}\">{}</{tag}>\n", escape(&slug(words)), escape(line)));
            }
            None => {
                body.push_str(&escape(line));
                body.push('\n');
            }
        }
    }
    page(StatusCode::OK, title, "", &format!("<body class=\"document\"><main><pre>{body}</pre></main></body>"))
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    (1..=6).contains(&level).then(|| words.strip_prefix(' ')).flatten().map(|words| (level, words.trim()))
}

/// Lower case, spaces as dashes, anything but letters, digits, dashes and underscores left out.
fn slug(words: &str) -> String {
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_can_be_linked_to() {
        assert_eq!(slug("1. Token Expired or Invalid"), "1-token-expired-or-invalid");
        assert_eq!(slug("4. Consecutive Sync Failures"), "4-consecutive-sync-failures");
        assert_eq!(heading("### 2. Rate"), Some((3, "2. Rate")));
        assert_eq!(heading("#tag"), None);
        assert_eq!(heading("plain"), None);
    }
}
