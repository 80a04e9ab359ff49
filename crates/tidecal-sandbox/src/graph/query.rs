//! OData query options with the vendor's checks.

use jiff::Timestamp;

use super::errors::{GraphError, Result};
use super::times::read_instant;

/// Members of an event that `$select`, `$filter` and `$orderby` know.
const EVENT_MEMBERS: [&str; 44] = [
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "transactionId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "hasAttachments",
    "subject",
    "bodyPreview",
    "importance",
    "sensitivity",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseRequested",
    "seriesMasterId",
    "showAs",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "allowNewTimeProposals",
    "isDraft",
    "hideAttendees",
    "recurrence",
    "onlineMeeting",
    "responseStatus",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "attendees",
    "organizer",
    "originalStart",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "singleValueExtendedProperties",
];

/// Options of the standard; anything else that begins with `$` does not exist.
const STANDARD: [&str; 11] = [
    "$select",
    "$expand",
    "$filter",
    "$orderby",
    "$search",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$deltatoken",
    "$format",
];

/// The decoded pairs in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(text: &str) -> Result<Self> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        if let Some((name, _)) =
            pairs.iter().find(|(name, _)| name.starts_with('$') && !STANDARD.contains(&name.as_str()))
        {
            let text = format!("The query parameter '{name}' is not supported.");
            return Err(GraphError::query(text));
        }
        if let Some(index) = (1..pairs.len()).find(|index| pairs[..*index].iter().any(|own| own.0 == pairs[*index].0)) {
            let text = format!(
                "Query option '{}' was specified more than once, but it must be specified at most once.",
                pairs[index].0
            );
            return Err(GraphError::query(text));
        }
        Ok(Self(pairs))
    }

    /// Names are compared without case, as the vendor does.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// A number of at least `least` and at most `most`.
    pub(crate) fn number(&self, name: &str, least: usize, most: usize) -> Result<Option<usize>> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        let wrong = || {
            GraphError::query(format!(
                "Invalid value '{text}' for {name} query option found. The {name} query option requires a non-negative integer value."
            ))
        };
        number.map(Some).ok_or_else(wrong)
    }

    /// `$count=true`.
    pub(crate) fn counts(&self) -> Result<bool> {
        match self.get("$count") {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(GraphError::query(format!("Invalid value '{other}' for $count query option found."))),
        }
    }

    /// The window that views and instances need: both bounds, the end behind the start.
    pub(crate) fn window(&self) -> Result<(Timestamp, Timestamp)> {
        let (Some(from), Some(to)) = (self.get("startDateTime"), self.get("endDateTime")) else {
            return Err(GraphError::parameter(
                "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
            ));
        };
        let wrong = |name: &str| GraphError::parameter(format!("The value of the parameter '{name}' is invalid."));
        let from = read_instant(from).ok_or_else(|| wrong("StartDateTime"))?;
        let to = read_instant(to).ok_or_else(|| wrong("EndDateTime"))?;
        if to <= from {
            return Err(GraphError::parameter("The EndDateTime must be later than the StartDateTime."));
        }
        // the vendor's widest view is five years
        if to.duration_since(from).as_hours() > 1825 * 24 {
            return Err(GraphError::parameter("The requested time window is too large: at most 1825 days."));
        }
        Ok((from, to))
    }

    /// The members of `$select`; `None` when all are wanted.
    pub(crate) fn select(&self) -> Result<Option<Vec<String>>> {
        let Some(text) = self.get("$select") else {
            return Ok(None);
        };
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        for name in names.iter().filter(|name| *name != "*") {
            known_member(name)?;
        }
        Ok(Some(names).filter(|names| !names.iter().any(|name| name == "*")))
    }

    /// Refuses what does not belong to an operation: standard options with the vendor's words, others in strict mode.
    pub(crate) fn only(&self, allowed: &[&str], operation: &str, strict: bool) -> Result<()> {
        for name in self.names().filter(|name| !allowed.iter().any(|own| own.eq_ignore_ascii_case(name))) {
            if name.starts_with('$') {
                let text = format!("The query option '{name}' is not supported for this request.");
                return Err(GraphError::query(text));
            }
            if strict {
                let text = format!("{operation} has no parameter {name}.");
                return Err(GraphError::own(400, "sandboxUnknownParameter", text));
            }
        }
        Ok(())
    }
}

/// Refuses a name that no event has; `start/dateTime` is fine.
pub(crate) fn known_member(name: &str) -> Result<()> {
    let root = name.split('/').next().unwrap_or_default();
    if EVENT_MEMBERS.contains(&root) {
        return Ok(());
    }
    let text = format!("Could not find a property named '{root}' on type 'Microsoft.OutlookServices.Event'.");
    Err(GraphError::query(format!("Parsing OData Select and Expand failed: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Query {
        Query::read(text).unwrap()
    }

    #[test]
    fn options_that_do_not_exist_or_stand_twice_are_refused() {
        assert!(Query::read("$selekt=id").is_err());
        assert!(Query::read("$top=1&$top=2").is_err());
        assert!(read("$select=id,title").select().is_err());
        assert_eq!(read("$select=id, subject").select().unwrap().unwrap(), ["id", "subject"]);
        assert!(read("$top=-1").number("$top", 1, 1000).is_err());
        assert!(read("$top=1001").number("$top", 1, 1000).is_err());
    }

    #[test]
    fn a_window_needs_both_bounds_in_order() {
        assert!(read("startDateTime=2026-01-01").window().is_err());
        assert!(read("startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z").window().is_err());
        assert!(read("startDateTime=2026-01-01T00:00:00Z&endDateTime=2036-01-01T00:00:00Z").window().is_err());
        let window =
            read("startDateTime=2026-01-01T00:00:00%2B02:00&enddatetime=2026-01-02T00:00:00").window().unwrap();
        assert_eq!(window.0.to_string(), "2025-12-31T22:00:00Z");
    }
}
