//! The `Prefer` header: zone, page size, kind of ids and of bodies, each for this one request.

use http::HeaderMap;

use super::errors::{GraphError, Result};
use super::zones::Zone;

/// What a request prefers; tokens remember nothing of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prefer {
    /// Zone of times in the answer.
    pub(crate) zone: Zone,
    pub(crate) page_size: Option<usize>,
    pub(crate) immutable: bool,
    /// Bodies as text instead of HTML.
    pub(crate) text: bool,
    /// `Preference-Applied`.
    pub(crate) applied: Vec<String>,
}

impl Prefer {
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self> {
        let mut prefer =
            Self { zone: Zone::utc(), page_size: None, immutable: false, text: false, applied: Vec::new() };
        let all = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        for part in all.flat_map(|value| value.split([',', ';'])) {
            let Some((name, value)) = part.split_once('=') else { continue };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            prefer.take(&name.to_ascii_lowercase(), name, value)?;
        }
        Ok(prefer)
    }

    fn take(&mut self, name: &str, written: &str, value: &str) -> Result<()> {
        match name {
            "outlook.timezone" => self.zone = Zone::read(value).ok_or_else(|| GraphError::zone(value))?,
            "odata.maxpagesize" | "maxpagesize" => {
                let size = value.parse().ok().filter(|size| *size > 0);
                let wrong = || GraphError::query("The value of the preference 'odata.maxpagesize' is not valid.");
                self.page_size = Some(size.ok_or_else(wrong)?);
            }
            "idtype" if value.eq_ignore_ascii_case("ImmutableId") => self.immutable = true,
            "outlook.body-content-type" if value.eq_ignore_ascii_case("text") => self.text = true,
            "outlook.body-content-type" if value.eq_ignore_ascii_case("html") => {}
            // what is not understood is not applied
            _ => return Ok(()),
        }
        self.applied.push(format!("{written}=\"{value}\""));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Prefer> {
        let mut headers = HeaderMap::new();
        headers.insert("prefer", value.parse().unwrap());
        Prefer::read(&headers)
    }

    #[test]
    fn preferences_combine_and_unknown_ones_are_left_alone() {
        let prefer = read(
            "IdType=\"ImmutableId\", outlook.timezone=\"W. Europe Standard Time\", outlook.body-content-type=\"text\", odata.maxpagesize=50, respond-async",
        )
        .unwrap();
        assert!(prefer.immutable && prefer.text);
        assert_eq!((prefer.zone.name.as_str(), prefer.page_size), ("W. Europe Standard Time", Some(50)));
        assert_eq!(prefer.applied.len(), 4);
        assert!(read("outlook.timezone=\"Mars\"").is_err());
        assert!(read("odata.maxpagesize=none").is_err());
    }
}
