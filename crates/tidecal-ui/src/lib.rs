//! The web interface as files inside the binary. `build.rs` has Vite build them; here they are looked up.
//!
//! Deliberately not here: which addresses are answered with which file (`index.html` stands for every page of the
//! interface) and the response headers. The web crate decides both, so that this crate has no HTTP in it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_embed::RustEmbed;

/// Whether the interface is inside; otherwise `index.html` is a page that says so.
pub const BUILT: bool = cfg!(ui_built);

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Files;

/// A file of the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// Value of `Content-Type`.
    pub mime: &'static str,
    /// Value of `ETag`, quotes included.
    pub etag: String,
    /// The name carries a hash of the content: caches may keep it for ever. Otherwise they must ask each time.
    pub immutable: bool,
}

/// The file at a path such as `/assets/index-1a2b.js`, with or without the leading slash; the empty path is `index.html`.
/// `None` if there is no such file: for an address of a page, answer with `index.html` then.
#[must_use]
pub fn asset(path: &str) -> Option<Asset> {
    let name = path.trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    let file = Files::get(name)?;
    let mut etag = String::with_capacity(34);
    etag.push('"');
    for byte in file.metadata.sha256_hash().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    Some(Asset { bytes: file.data, mime: mime_of(name), etag, immutable: name.starts_with("assets/") })
}

/// Names of all files, for checks.
pub fn names() -> impl Iterator<Item = Cow<'static, str>> {
    Files::iter()
}

/// Only kinds that the build makes; anything else is sent as bytes, which no browser executes.
fn mime_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        String::from_utf8(asset("/").unwrap().bytes.into_owned()).unwrap()
    }

    #[test]
    fn the_page_is_html_that_must_be_asked_for_each_time() {
        let index = asset("index.html").unwrap();
        assert_eq!(index, asset("/").unwrap());
        assert_eq!(index.mime, "text/html; charset=utf-8");
        assert!(!index.immutable);
        assert_eq!(index.etag.len(), 34);
    }

    #[test]
    fn everything_that_the_page_loads_is_inside_and_may_be_kept() {
        let page = page();
        let loaded: Vec<&str> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
        assert_eq!(!loaded.is_empty(), BUILT);
        for path in loaded {
            let file = asset(path).unwrap();
            assert!(file.immutable, "{path}");
            assert_ne!(file.mime, "application/octet-stream", "{path}");
            assert!(!file.bytes.is_empty(), "{path}");
        }
    }

    #[test]
    fn the_page_has_nothing_inline_and_nothing_from_elsewhere() {
        let page = page();
        assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("://"), "{page}");
        for script in page.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(tag.contains("src=\"/"), "{tag}");
            assert!(rest.starts_with("</script>"), "{rest}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["/settings/calendars", "/assets/none.js", "../Cargo.toml", "/../src/lib.rs", "assets"] {
            assert_eq!(asset(path), None, "{path}");
        }
    }

    #[test]
    fn every_file_has_a_tag_of_its_own() {
        let tags: std::collections::BTreeSet<String> = names().map(|name| asset(&name).unwrap().etag).collect();
        assert_eq!(tags.len(), names().count());
    }
}
