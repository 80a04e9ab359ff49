//! The vendor's JSON, typed as leniently as its own answers demand: every field may be missing,
//! unknown ones are skipped. Items of a list are kept as raw text first and read one by one, so
//! that one malformed item costs only itself.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Text borrowed from the body where it holds no escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Answer of `events.list`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventList<'a> {
    #[serde(borrow)]
    pub(super) time_zone: Option<Text<'a>>,
    pub(super) next_page_token: Option<String>,
    pub(super) next_sync_token: Option<String>,
    #[serde(borrow)]
    pub(super) items: Option<Vec<&'a RawValue>>,
}

/// Answer of `calendarList.list`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CalendarList {
    pub(super) next_page_token: Option<String>,
    pub(super) items: Option<Vec<CalendarEntry>>,
}

/// One calendar as this account sees it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CalendarEntry {
    pub(super) id: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) summary_override: Option<String>,
    pub(super) description: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) background_color: Option<String>,
    pub(super) access_role: Option<String>,
    pub(super) primary: Option<bool>,
    pub(super) deleted: Option<bool>,
}

/// Answer of `userinfo`, of the OAuth2 API (`id`) or of OpenID Connect (`sub`).
#[derive(Debug, Deserialize)]
pub(super) struct Userinfo {
    pub(super) id: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

/// One event, exception, or cancelled stub.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item<'a> {
    pub(super) id: Option<String>,
    pub(super) etag: Option<String>,
    #[serde(borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(rename = "iCalUID")]
    pub(super) ical_uid: Option<String>,
    pub(super) recurring_event_id: Option<String>,
    #[serde(borrow)]
    pub(super) original_start_time: Option<Time<'a>>,
    pub(super) summary: Option<String>,
    pub(super) description: Option<String>,
    pub(super) location: Option<String>,
    #[serde(borrow)]
    pub(super) start: Option<Time<'a>>,
    #[serde(borrow)]
    pub(super) end: Option<Time<'a>>,
    pub(super) recurrence: Option<Vec<String>>,
    #[serde(borrow)]
    pub(super) transparency: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) visibility: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) event_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) attendees: Option<Vec<Guest<'a>>>,
    pub(super) attendees_omitted: Option<bool>,
    pub(super) organizer: Option<Organizer>,
    #[serde(borrow)]
    pub(super) reminders: Option<Alarms<'a>>,
    pub(super) hangout_link: Option<String>,
    #[serde(borrow)]
    pub(super) conference_data: Option<ConferenceData<'a>>,
    pub(super) attachments: Option<Vec<Attachment>>,
    pub(super) source: Option<Source>,
    #[serde(borrow)]
    pub(super) updated: Option<Text<'a>>,
    pub(super) locked: Option<bool>,
    pub(super) guests_can_modify: Option<bool>,
    #[serde(borrow)]
    pub(super) extended_properties: Option<Properties<'a>>,
}

/// Properties that only clients see; of them our own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Properties<'a> {
    #[serde(borrow)]
    pub(super) private: Option<OwnProperty<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnProperty<'a> {
    #[serde(borrow)]
    pub(super) tidecal: Option<Text<'a>>,
}

/// A date, or a time with offset, zone, or both.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Time<'a> {
    #[serde(borrow)]
    pub(super) date: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) time_zone: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Guest<'a> {
    pub(super) email: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) comment: Option<String>,
    #[serde(borrow)]
    pub(super) response_status: Option<Text<'a>>,
    pub(super) optional: Option<bool>,
    pub(super) resource: Option<bool>,
    #[serde(rename = "self")]
    pub(super) is_self: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Organizer {
    pub(super) email: Option<String>,
    pub(super) display_name: Option<String>,
    #[serde(rename = "self")]
    pub(super) is_self: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Alarms<'a> {
    pub(super) use_default: Option<bool>,
    #[serde(borrow)]
    pub(super) overrides: Option<Vec<Alarm<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Alarm<'a> {
    #[serde(borrow)]
    pub(super) method: Option<Text<'a>>,
    pub(super) minutes: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ConferenceData<'a> {
    #[serde(borrow)]
    pub(super) entry_points: Option<Vec<EntryPoint<'a>>>,
    pub(super) conference_solution: Option<Solution>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EntryPoint<'a> {
    #[serde(borrow)]
    pub(super) entry_point_type: Option<Text<'a>>,
    pub(super) uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Solution {
    pub(super) name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attachment {
    pub(super) file_url: Option<String>,
    pub(super) title: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) url: Option<String>,
    pub(super) title: Option<String>,
}

/// The names of an item, read when the rest of it cannot be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) id: String,
    pub(super) etag: String,
}

/// Values skipped without being understood, however deeply they nest.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Unread<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    etag: Option<&'a RawValue>,
}

impl Names {
    /// Whatever can be had of a malformed item.
    pub(super) fn of(raw: &str) -> Self {
        let unread: Unread<'_> = serde_json::from_str(raw).unwrap_or_default();
        let text = |value: Option<&RawValue>| {
            value.and_then(|value| serde_json::from_str::<String>(value.get()).ok()).unwrap_or_default()
        };
        Self { id: text(unread.id), etag: text(unread.etag) }
    }
}
