//! Graph's JSON, typed leniently: every field may be missing or null, unknown ones are skipped.
//! Items of a list are kept as raw text first and read one by one, so that one malformed item
//! costs only itself. Field names and types: resource types `event`, `calendar`, `user` of Graph v1.0.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of any collection.
#[derive(Debug, Deserialize)]
pub(super) struct Collection<'a> {
    #[serde(borrow)]
    pub(super) value: Option<Vec<&'a RawValue>>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta_link: Option<String>,
}

/// `GET /me`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) id: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) user_principal_name: Option<String>,
    pub(super) display_name: Option<String>,
}

/// One calendar.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CalendarEntry {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) color: Option<String>,
    pub(super) hex_color: Option<String>,
    pub(super) can_edit: Option<bool>,
    pub(super) is_default_calendar: Option<bool>,
    pub(super) owner: Option<Address>,
}

/// What can be told of any item of a page, whatever else is wrong with it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Head {
    pub(super) id: Option<String>,
    #[serde(rename = "@odata.etag")]
    pub(super) etag: Option<String>,
    pub(super) change_key: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) series_master_id: Option<String>,
    pub(super) transaction_id: Option<String>,
    #[serde(rename = "@removed")]
    pub(super) removed: Option<serde::de::IgnoredAny>,
}

impl Head {
    /// What guards a write: the etag, as it was sent.
    pub(super) fn version(&self) -> String {
        let etag = self.etag.as_ref().filter(|etag| !etag.is_empty());
        match (etag, &self.change_key) {
            (Some(etag), _) => etag.clone(),
            (None, Some(key)) if !key.is_empty() => format!("W/\"{key}\""),
            _ => String::new(),
        }
    }
}

/// One event: single, master, exception, or occurrence.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item<'a> {
    pub(super) i_cal_u_id: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: Option<Body>,
    pub(super) is_all_day: Option<bool>,
    pub(super) is_cancelled: Option<bool>,
    pub(super) is_organizer: Option<bool>,
    pub(super) start: Option<Time>,
    pub(super) end: Option<Time>,
    pub(super) original_start: Option<String>,
    pub(super) original_start_time_zone: Option<String>,
    pub(super) original_end_time_zone: Option<String>,
    pub(super) location: Option<Place>,
    pub(super) sensitivity: Option<String>,
    pub(super) show_as: Option<String>,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) attendees: Option<Vec<Guest>>,
    pub(super) hide_attendees: Option<bool>,
    pub(super) organizer: Option<Recipient>,
    pub(super) response_status: Option<Reply>,
    pub(super) is_reminder_on: Option<bool>,
    pub(super) reminder_minutes_before_start: Option<i64>,
    pub(super) categories: Option<Vec<String>>,
    pub(super) has_attachments: Option<bool>,
    pub(super) web_link: Option<String>,
    pub(super) is_online_meeting: Option<bool>,
    pub(super) online_meeting_provider: Option<String>,
    pub(super) online_meeting: Option<Meeting>,
    pub(super) online_meeting_url: Option<String>,
    pub(super) last_modified_date_time: Option<String>,
    pub(super) single_value_extended_properties: Option<Vec<Extended>>,
    pub(super) cancelled_occurrences: Option<Vec<String>>,
    #[serde(borrow)]
    pub(super) exception_occurrences: Option<Vec<&'a RawValue>>,
}

/// `dateTimeTimeZone`: local text without offset, and the zone it is in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Time {
    pub(super) date_time: Option<String>,
    pub(super) time_zone: Option<String>,
}

/// `itemBody`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Body {
    pub(super) content_type: Option<String>,
    pub(super) content: Option<String>,
}

/// `location`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Place {
    pub(super) display_name: Option<String>,
}

/// `emailAddress`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
}

/// `recipient`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Recipient {
    pub(super) email_address: Option<Address>,
}

/// `attendee`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Guest {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) status: Option<Reply>,
    pub(super) email_address: Option<Address>,
}

/// `responseStatus`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reply {
    pub(super) response: Option<String>,
}

/// `onlineMeetingInfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meeting {
    pub(super) join_url: Option<String>,
    pub(super) toll_number: Option<String>,
    pub(super) phones: Option<Vec<Phone>>,
}

/// `phone`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Phone {
    pub(super) number: Option<String>,
}

/// `singleValueLegacyExtendedProperty`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Extended {
    pub(super) id: Option<String>,
    pub(super) value: Option<String>,
}

/// `patternedRecurrence`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Recurrence {
    pub(super) pattern: Pattern,
    pub(super) range: Range,
}

/// `recurrencePattern`. Fields that a type does not use hold placeholders.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pattern {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) interval: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day_of_month: Option<i64>,
    pub(super) days_of_week: Option<Vec<String>>,
    pub(super) first_day_of_week: Option<String>,
    pub(super) index: Option<String>,
}

/// `recurrenceRange`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) start_date: Option<String>,
    pub(super) end_date: Option<String>,
    pub(super) recurrence_time_zone: Option<String>,
    pub(super) number_of_occurrences: Option<i64>,
}
