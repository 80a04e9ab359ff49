//! Files of the web interface, handed in by the binary, and how they are cached.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// Value of `Content-Type`.
    pub mime: &'static str,
    /// Value of `ETag`, quotes included.
    pub etag: String,
    /// The name changes with the content: caches may keep it for ever.
    pub immutable: bool,
}

/// Where files come from.
pub trait Assets: Send + Sync {
    /// The file of the interface at a path such as `/assets/index-1a2b.js`; `/index.html` stands for
    /// every page of the interface.
    fn find(&self, path: &str) -> Option<Asset>;

    /// A document (Markdown) by its name, such as `calendar-sync-troubleshooting.md`.
    fn document(&self, name: &str) -> Option<Cow<'static, str>> {
        let _ = name;
        None
    }
}

impl<F: Fn(&str) -> Option<Asset> + Send + Sync> Assets for F {
    fn find(&self, path: &str) -> Option<Asset> {
        self(path)
    }
}

/// Pages of the interface: all of them are `index.html`, which reads the address itself.
pub(crate) fn is_page(path: &str) -> bool {
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    matches!(path, "/" | "/signin" | "/settings" | "/sales/settings/calendar" | "/dashboard/crm/calendar")
        || path.starts_with("/settings/")
}

/// Serves a file; 304 if the browser has it.
pub(crate) fn serve(asset: Asset, request: &HeaderMap) -> Response {
    let etag = HeaderValue::from_str(&asset.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fresh = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.etag);
    let caching = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static(caching))];
    if fresh {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let mime = [(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime))];
    (headers, mime, Body::from(asset.bytes.into_owned())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_interface_are_known() {
        for path in [
            "/",
            "/signin",
            "/settings/calendars",
            "/settings/calendars/",
            "/sales/settings/calendar",
            "/dashboard/crm/calendar",
        ] {
            assert!(is_page(path), "{path}");
        }
        for path in ["/api/x", "/settingsx", "/dashboard", "/wp-login.php"] {
            assert!(!is_page(path), "{path}");
        }
    }

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let asset =
            Asset { bytes: b"x".as_slice().into(), mime: "text/plain", etag: "\"1\"".to_owned(), immutable: false };
        let request = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static("\"0\", W/\"1\""))]);
        assert_eq!(serve(asset.clone(), &request).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(serve(asset, &HeaderMap::new()).status(), StatusCode::OK);
    }
}
