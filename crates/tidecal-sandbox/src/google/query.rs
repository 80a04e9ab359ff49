//! Query parameters with the vendor's checks.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::errors::ApiError;

/// The decoded pairs in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.clone()).collect()
    }

    /// All pairs in order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// `true` or `false`; `None` when left out.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(ApiError::parameter(name, format!("Invalid boolean value: '{other}'."))),
        }
    }

    /// A whole number of at least 1.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        match text.parse::<i32>().ok().and_then(|number| usize::try_from(number).ok()) {
            Some(number) if number > 0 => Ok(Some(number)),
            _ => Err(ApiError::parameter(
                name,
                format!("Invalid value '{text}'. Values must be within the range: [1, 2147483647]"),
            )),
        }
    }

    /// RFC 3339 with an offset; fractions of a second are ignored.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        // jiff also takes a bracketed zone, which is no RFC 3339
        let instant = text.parse::<Timestamp>().ok().filter(|_| !text.contains('['));
        match instant.and_then(|instant| Timestamp::from_second(instant.as_second()).ok()) {
            Some(instant) => Ok(Some(instant)),
            None => Err(ApiError::bad_request("Bad Request").at_parameter(name)),
        }
    }

    /// An IANA zone.
    pub(crate) fn zone(&self, name: &str) -> Result<Option<TimeZone>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(text) => match TimeZone::get(text) {
                Ok(zone) => Ok(Some(zone)),
                Err(_) => Err(ApiError::invalid(format!("Invalid time zone: {text}")).at_parameter(name)),
            },
        }
    }
}
