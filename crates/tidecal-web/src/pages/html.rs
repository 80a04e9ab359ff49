//! HTML as text.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;

/// The same text without any meaning in HTML, inside elements and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page; `head` and `body` are HTML already.
pub(super) fn page(status: StatusCode, title: &str, head: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title} · Tidecal</title>\n\
         <link rel=\"stylesheet\" href=\"/pages.css\">\n{head}</head>\n{body}\n</html>\n"
    );
    let mime = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(header::CONTENT_TYPE, mime)], html).into_response()
}

/// A page that says what went wrong.
pub(crate) fn problem(problem: &Problem) -> Response {
    let body = format!(
        "<body><main><h1>{}</h1><p>{}</p><p><a href=\"/settings/calendars\">Back to Calendar Integrations</a></p></main></body>",
        escape(problem.title()),
        escape(problem.detail())
    );
    page(problem.status(), problem.title(), "", &body)
}

/// For whoever only looks whether there is a page.
pub(crate) fn empty() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], "").into_response()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn no_text_can_leave_its_place() {
        let text = "<script>alert('x')</script>\" onload=\"y&";
        let escaped = escape(text);
        assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
        assert!(escaped.ends_with("y&amp;"));
    }
}
