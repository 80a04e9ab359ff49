//! The parameters of `events.list`, checked.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::errors::ApiError;
use super::query::Query;
use crate::data::event::EVENT_TYPES;

const DEFAULT_PAGE: usize = 250;
const LARGEST_PAGE: usize = 2500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    StartTime,
    Updated,
}

/// The parameters, checked.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    pub(crate) max_results: usize,
    pub(crate) single_events: bool,
    pub(crate) show_deleted: Option<bool>,
    pub(crate) time_min: Option<Timestamp>,
    pub(crate) time_max: Option<Timestamp>,
    pub(crate) updated_min: Option<Timestamp>,
    pub(crate) order_by: Option<Order>,
    pub(crate) event_types: Vec<String>,
    pub(crate) zone: Option<TimeZone>,
    pub(crate) max_attendees: Option<usize>,
    /// Free text, lower case.
    pub(crate) q: Option<String>,
    pub(crate) ical_uid: Option<String>,
    pub(crate) private_properties: Vec<(String, String)>,
    pub(crate) shared_properties: Vec<(String, String)>,
}

impl ListQuery {
    pub(crate) fn read(query: &Query) -> Result<Self, ApiError> {
        let event_types = query.all("eventTypes");
        if let Some(unknown) = event_types.iter().find(|own| !EVENT_TYPES.contains(&own.as_str())) {
            let message = format!("Invalid string value: '{unknown}'.");
            return Err(ApiError::parameter("eventTypes", message));
        }
        query.flag("showHiddenInvitations")?;
        let list = Self {
            max_results: query.number("maxResults")?.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE),
            single_events: query.flag("singleEvents")?.unwrap_or(false),
            show_deleted: query.flag("showDeleted")?,
            time_min: query.instant("timeMin")?,
            time_max: query.instant("timeMax")?,
            updated_min: query.instant("updatedMin")?,
            order_by: order(query)?,
            event_types,
            zone: query.zone("timeZone")?,
            max_attendees: query.number("maxAttendees")?,
            q: query.get("q").filter(|q| !q.is_empty()).map(str::to_lowercase),
            ical_uid: query.get("iCalUID").map(ToOwned::to_owned),
            private_properties: properties(query, "privateExtendedProperty")?,
            shared_properties: properties(query, "sharedExtendedProperty")?,
        };
        if let (Some(min), Some(max)) = (list.time_min, list.time_max)
            && max <= min
        {
            return Err(ApiError::range_empty());
        }
        if list.order_by == Some(Order::StartTime) && !list.single_events {
            return Err(ApiError::bad_request("The requested ordering is not available for the particular query."));
        }
        Ok(list)
    }

    /// Whether a filter is set that no sync token can carry: such a list ends without one.
    pub(crate) fn has_no_token(&self) -> bool {
        self.order_by.is_some()
            || self.updated_min.is_some()
            || self.q.is_some()
            || self.ical_uid.is_some()
            || !self.private_properties.is_empty()
            || !self.shared_properties.is_empty()
    }
}

fn order(query: &Query) -> Result<Option<Order>, ApiError> {
    match query.get("orderBy") {
        None => Ok(None),
        Some("startTime") => Ok(Some(Order::StartTime)),
        Some("updated") => Ok(Some(Order::Updated)),
        Some(other) => {
            let message = format!("Invalid string value: '{other}'. Allowed values: [startTime, updated]");
            Err(ApiError::parameter("orderBy", message))
        }
    }
}

fn properties(query: &Query, name: &str) -> Result<Vec<(String, String)>, ApiError> {
    query
        .all(name)
        .into_iter()
        .map(|text| match text.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(ApiError::invalid(format!("Invalid value: {text}")).at_parameter(name)),
        })
        .collect()
}
