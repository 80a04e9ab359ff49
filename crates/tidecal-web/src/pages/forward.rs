//! A page that goes on to the vendor's consent page.

use axum::http::StatusCode;
use axum::response::Response;
use url::Url;

use super::html::{escape, page};

/// Goes there at once, and by a link if the browser does not.
pub(crate) fn forward(target: &Url) -> Response {
    let target = escape(target.as_str());
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={target}\">\n");
    let body = format!(
        "<body><main><h1>On to the sign-in page…</h1><p><a href=\"{target}\">Go on</a> if nothing happens.</p></main></body>"
    );
    page(StatusCode::OK, "On to the sign-in page", &head, &body)
}
