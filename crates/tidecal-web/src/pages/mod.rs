//! Small pages outside of the interface: the ends of a vendor's consent flow and of a sign-in link,
//! and documents. Self-contained HTML without inline script or style, as the policy of every page
//! demands; every text that comes from elsewhere is escaped.

mod document;
mod forward;
mod html;
mod oauth_result;
pub(crate) mod signin_link;

pub(crate) use document::document;
pub(crate) use forward::forward;
pub(crate) use html::{empty, problem};
pub(crate) use oauth_result::oauth_result;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("oauth-result.js");

/// `GET /oauth-result.js`
pub(crate) async fn script() -> Response {
    served("text/javascript; charset=utf-8", SCRIPT)
}

/// `GET /pages.css`
pub(crate) async fn style() -> Response {
    served("text/css; charset=utf-8", STYLE)
}

fn served(mime: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-cache")], content).into_response()
}
