//! What is known of a series before deciding: its mapping rows and local events.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tidecal_ical::RecurrenceId;

use super::MappingWrite;
use crate::model::Event;
use crate::remote::Answer;

/// Every event that was ever seen has exactly one verdict (invariant 13): why it is in the local
/// calendar, or why it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is in both calendars.
    #[default]
    Mirrored,
    /// A rule keeps it out; the reason names the rule.
    Filtered,
    /// It lies outside the window; it appears when the window reaches it.
    OutOfWindow,
    /// It cannot be read; the reason says where, the raw text is kept.
    Quarantined,
    /// Both sides changed the same field; a person decides.
    Conflicted,
    /// A brake holds the change until a person releases it.
    Held,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Mirrored, Self::Filtered, Self::OutOfWindow, Self::Quarantined, Self::Conflicted, Self::Held];

    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mirrored => "mirrored",
            Self::Filtered => "filtered",
            Self::OutOfWindow => "out_of_window",
            Self::Quarantined => "quarantined",
            Self::Conflicted => "conflicted",
            Self::Held => "held",
        }
    }
}

impl FromStr for Verdict {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// State of a mapping, in the words of the operators' runbook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MappingStatus {
    /// To be tried (again): set by the first write of an outward copy, or by an operator.
    Created,
    /// Both sides agree.
    #[default]
    Synced,
    /// The local side has news that the remote has not confirmed yet.
    Updated,
    /// Gone on the remote side; kept as a tombstone.
    Deleted,
    /// Both sides changed the same field.
    Conflict,
    /// Could not be read or written; `last_error` says why.
    Failed,
}

impl MappingStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Synced, Self::Updated, Self::Deleted, Self::Conflict, Self::Failed];

    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Synced => "SYNCED",
            Self::Updated => "UPDATED",
            Self::Deleted => "DELETED",
            Self::Conflict => "CONFLICT",
            Self::Failed => "FAILED",
        }
    }
}

impl FromStr for MappingStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A column holds a word that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word {0:?}")]
pub struct UnknownWord(pub String);

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A series as the store knows it for one connection: mapping rows with the local events behind them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesState {
    /// The vendor's id of the series (mapping column `external_series_id`).
    pub id: String,
    /// Local id of the series, shared by all its local rows; `None` if nothing is known of it.
    pub series_id: Option<String>,
    /// The components that are mapped, tombstones included.
    pub components: Vec<ComponentState>,
    /// Local events of the series without a mapping row, deleted ones included: for the way out.
    pub unmapped: Vec<LocalEvent>,
    /// The series came from another connection of the same local calendar: what this connection
    /// shows of it is a copy.
    pub foreign: bool,
    /// The same meeting (UID and occurrence), or the original of a marked copy, that the local
    /// calendar shows already; only of series that are not mapped here. For the way out: the same
    /// meeting as an item of this connection, left out as a twin.
    pub twin: Option<Twin>,
}

/// A local event that is the same as an unknown remote one.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// Local id of its series.
    pub series_id: String,
    /// How it is known.
    pub kind: TwinKind,
}

/// How a twin is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TwinKind {
    /// The same meeting, invited to another connected calendar, with that name.
    Meeting(String),
    /// The item carries the mark of this local event, which has no item in this connection: the
    /// mapping was lost (a restored database, a connection made anew), the copy was not. Its rows
    /// are in `SeriesState::unmapped`.
    Original,
    /// The item carries the mark of an event in another local calendar, or of one that has its own
    /// copy here already: a mirror of a mirror.
    Copy,
}

/// What is stored of an item (of its master's row, for an item with several components), without
/// loading its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemState {
    /// Version when it was last read.
    pub version: String,
    /// Why it is, or is not, in the local calendar.
    pub verdict: Verdict,
    /// State; [`MappingStatus::Deleted`] is a tombstone.
    pub status: MappingStatus,
}

impl ItemState {
    /// An item that is listed in that version need not be fetched: not where an operator asked for a
    /// retry.
    #[must_use]
    pub fn is_read_in(&self, version: &str) -> bool {
        let counts = !matches!(self.status, MappingStatus::Created | MappingStatus::Deleted);
        counts && !version.is_empty() && self.version == version
    }

    /// A component that is delivered in that version needs no decision: it is in both calendars and
    /// in step. (What was kept out may be let in by now.)
    #[must_use]
    pub fn is_settled_in(&self, version: &str) -> bool {
        self.is_read_in(version) && self.status == MappingStatus::Synced && self.verdict == Verdict::Mirrored
    }
}

/// One mapped component.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentState {
    /// Mapping row.
    pub binding: Binding,
    /// The local event, if there is one.
    pub local: Option<LocalEvent>,
}

/// Where a mapped item came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// It was there first: the local event was made of it.
    #[default]
    Origin,
    /// Tidecal made it of a local event.
    Copy,
}

impl Role {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Copy => "copy",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Origin, Self::Copy]
            .into_iter()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What is remembered of our own writes to an item (column `echo`, JSON; absent until the first).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Echo {
    /// Version of the item that our last write made.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Version of the local event that was last sent, or refused for good: it is not sent again.
    #[serde(skip_serializing_if = "is_zero")]
    pub tried: i64,
    /// Fields that our last write changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Values that were sent since both sides last agreed, by field, as hashes: whether they arrived is
    /// not known. What comes back as one of them is our own write.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<(String, u64)>,
    /// How often the vendor put those fields back to the same value right after we wrote them,
    /// without a person's edit here in between.
    #[serde(skip_serializing_if = "is_none")]
    pub rewrites: u8,
    /// Hash of that value.
    #[serde(skip_serializing_if = "is_unset")]
    pub rewritten: u64,
    /// How often in a row those fields changed there right after we wrote them, to whatever value.
    #[serde(skip_serializing_if = "is_none")]
    pub streak: u8,
    /// The item is a copy without guests, alarms and conference.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bare: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(value: &i64) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_unset(value: &u64) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_none(value: &u8) -> bool {
    *value == 0
}

/// A mapping row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Binding {
    /// The vendor's id of the item.
    pub external_event_id: String,
    /// Which occurrence; `None` for a master or a single event.
    pub recurrence_id: Option<RecurrenceId>,
    /// Version of the item when it was last read; empty once it is gone.
    pub version: String,
    /// Version of the local event that both sides last agreed on.
    pub base_version: i64,
    /// The last agreed content as the vendor says it; `None`: it says it as the local event did at
    /// `base_version`.
    pub base: Option<Event>,
    /// The local event as it was at `base_version`; `None`: as it is now (nothing was edited), or
    /// as `base`.
    pub local_base: Option<Event>,
    /// Why it is, or is not, in the local calendar.
    pub verdict: Verdict,
    /// The rule, the error, the brake; empty for mirrored.
    pub reason: String,
    /// Its state.
    pub status: MappingStatus,
    /// Where it came from.
    pub role: Role,
    /// How often a copy was made anew, from 0: part of its id.
    pub generation: u32,
    /// What is remembered of our own writes.
    pub echo: Echo,
}

/// A local event.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalEvent {
    /// Its id.
    pub id: String,
    /// Counts its changes, from 1.
    pub version: i64,
    /// It was deleted locally (a tombstone that the other side has not confirmed).
    pub deleted: bool,
    /// What it says.
    pub event: Event,
    /// Which occurrence it replaces; after a series moved, another than its mapping says.
    pub recurrence_id: Option<RecurrenceId>,
    /// When it was last changed here, if that is known.
    pub updated: Option<Timestamp>,
    /// The version that a person's last edit made; 0: none.
    pub edited: i64,
    /// A person agreed that guests may be mailed about this version, and no other.
    pub consent: Option<i64>,
    /// An answer to the invitation that waits for its way out.
    pub answer: Option<Answer>,
}

impl LocalEvent {
    /// A live row that says that.
    #[must_use]
    pub fn new(id: impl Into<String>, version: i64, event: Event) -> Self {
        Self {
            id: id.into(),
            version,
            deleted: false,
            event,
            recurrence_id: None,
            updated: None,
            edited: 0,
            consent: None,
            answer: None,
        }
    }
}

impl SeriesState {
    /// What is known after these mapping rows have been committed.
    pub(crate) fn learn(&mut self, rows: &[MappingWrite]) {
        for row in rows {
            let mapped = self.components.iter().filter_map(|it| it.local.as_ref());
            let of_row = |local: &&LocalEvent| Some(&local.id) == row.event_id.as_ref();
            let local = self.unmapped.iter().chain(mapped).find(of_row).cloned();
            let replaced = |it: &ComponentState| {
                let binding = &it.binding;
                let same_item = binding.external_event_id == row.external_event_id;
                let old_item = row.replaces.as_ref() == Some(&binding.external_event_id);
                binding.recurrence_id == row.recurrence_id && (same_item || old_item)
            };
            self.components.retain(|it| !replaced(it));
            self.components.push(ComponentState { binding: row.binding(), local });
            self.unmapped.retain(|local| Some(&local.id) != row.event_id.as_ref());
            if self.series_id.is_none() {
                self.series_id = Some(row.series_id.clone());
            }
        }
    }
}

impl Binding {
    /// The item is gone on the remote side: agreed upon, or outlived by an edit here (an item that
    /// is there has a version).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        match self.status {
            MappingStatus::Deleted => true,
            MappingStatus::Conflict | MappingStatus::Updated => self.version.is_empty(),
            MappingStatus::Created | MappingStatus::Synced | MappingStatus::Failed => false,
        }
    }
}

impl ComponentState {
    /// The local side changed since both sides last agreed.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.local.as_ref().is_some_and(|local| local.version > self.binding.base_version)
    }

    /// What both sides last agreed on, as the vendor says it, if that is known.
    #[must_use]
    pub fn base(&self) -> Option<&Event> {
        self.binding.base.as_ref().or(self.binding.local_base.as_ref()).or_else(|| self.clean_local())
    }

    /// What both sides last agreed on, as it was here, if that is known.
    #[must_use]
    pub fn local_base(&self) -> Option<&Event> {
        self.clean_local().or(self.binding.local_base.as_ref()).or(self.binding.base.as_ref())
    }

    fn clean_local(&self) -> Option<&Event> {
        let local = self.local.as_ref()?;
        (local.version == self.binding.base_version).then_some(&local.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_ical::{Moment, When, Zone};

    #[test]
    fn a_row_whose_item_got_another_id_keeps_its_local_event() {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        let event = Event::at(When::Timed { start: at(9), end: at(10) });
        let mut state = SeriesState { unmapped: vec![LocalEvent::new("e", 1, event)], ..SeriesState::default() };
        let row = |id: &str, replaces: Option<&str>| MappingWrite {
            external_event_id: id.into(),
            event_id: Some("e".into()),
            series_id: "e".into(),
            replaces: replaces.map(str::to_owned),
            ..MappingWrite::default()
        };
        state.learn(&[row("new:1", None)]);
        state.learn(&[row("given", Some("new:1"))]);
        let [known] = state.components.as_slice() else { panic!("{:?}", state.components) };
        assert_eq!((known.binding.external_event_id.as_str(), known.local.is_some()), ("given", true));
        assert!(state.unmapped.is_empty() && state.series_id.as_deref() == Some("e"));
    }
}
