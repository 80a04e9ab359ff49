//! Three-way merge of one event, field by field.
//!
//! The base is what both sides last agreed on. A field that only one side changed takes that
//! side's value; a field that both changed to different values is a conflict unless a policy names
//! the winner. Time, zone and recurrence are one field: half of each would be nobody's wish.

use std::collections::BTreeMap;

use crate::model::{Attendee, Event};

use super::text::canonical_text;

/// Unit of merging and of conflicts; the text form is the word in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Title.
    Title,
    /// Description, compared as plain text.
    Description,
    /// Location.
    Location,
    /// Start, end, all-day, zone and recurrence together.
    Time,
    /// Confirmed or tentative.
    Status,
    /// Visibility.
    Visibility,
    /// Busy or free.
    Transparency,
    /// Guests, by address; their answers are the remote's to say.
    Attendees,
    /// Reminders.
    Reminders,
    /// Conference.
    Conference,
    /// Categories.
    Categories,
    /// Links.
    Links,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Title,
        Self::Description,
        Self::Location,
        Self::Time,
        Self::Status,
        Self::Visibility,
        Self::Transparency,
        Self::Attendees,
        Self::Reminders,
        Self::Conference,
        Self::Categories,
        Self::Links,
    ];

    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Location => "location",
            Self::Time => "time",
            Self::Status => "status",
            Self::Visibility => "visibility",
            Self::Transparency => "transparency",
            Self::Attendees => "attendees",
            Self::Reminders => "reminders",
            Self::Conference => "conference",
            Self::Categories => "categories",
            Self::Links => "links",
        }
    }

    /// Whether two events say the same in this field.
    #[must_use]
    pub fn equal(self, a: &Event, b: &Event) -> bool {
        match self {
            Self::Title => a.title == b.title,
            Self::Description => {
                a.description == b.description || canonical_text(&a.description) == canonical_text(&b.description)
            }
            Self::Location => a.location == b.location,
            Self::Time => a.when == b.when && a.recurrence == b.recurrence,
            Self::Status => a.status == b.status,
            Self::Visibility => a.visibility == b.visibility,
            Self::Transparency => a.transparency == b.transparency,
            Self::Attendees => a.attendees == b.attendees,
            Self::Reminders => a.reminders == b.reminders,
            Self::Conference => a.conference == b.conference,
            Self::Categories => a.categories == b.categories,
            Self::Links => a.links == b.links,
        }
    }

    fn copy(self, from: &Event, to: &mut Event) {
        match self {
            Self::Title => to.title.clone_from(&from.title),
            Self::Description => to.description.clone_from(&from.description),
            Self::Location => to.location.clone_from(&from.location),
            Self::Time => {
                to.when = from.when.clone();
                to.recurrence.clone_from(&from.recurrence);
                to.zone_guessed = from.zone_guessed;
            }
            Self::Status => to.status = from.status,
            Self::Visibility => to.visibility = from.visibility,
            Self::Transparency => to.transparency = from.transparency,
            Self::Attendees => to.attendees.clone_from(&from.attendees),
            Self::Reminders => to.reminders.clone_from(&from.reminders),
            Self::Conference => to.conference.clone_from(&from.conference),
            Self::Categories => to.categories.clone_from(&from.categories),
            Self::Links => to.links.clone_from(&from.links),
        }
    }
}

/// Who wins a field that both sides changed (connection setting).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// A person decides; until then the local value stays.
    #[default]
    Ask,
    /// The local side.
    Local,
    /// The remote side.
    Remote,
}

/// Result of a merge.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The merged event; fields in conflict hold the local value.
    pub event: Event,
    /// Fields that wait for a person.
    pub conflicts: Vec<Field>,
    /// Fields in which one side's change gave way to the policy: both values must be kept.
    pub overruled: Vec<Field>,
}

/// Fields in which the two differ.
#[must_use]
pub fn differing(a: &Event, b: &Event) -> Vec<Field> {
    Field::ALL.into_iter().filter(|field| !field.equal(a, b)).collect()
}

/// Whether two events say the same in every field that can be edited.
#[must_use]
pub fn same(a: &Event, b: &Event) -> bool {
    a == b || Field::ALL.into_iter().all(|field| field.equal(a, b))
}

/// Merges the two sides. Without a base every field that differs was changed by both.
#[must_use]
pub fn merge(base: Option<&Event>, local: &Event, remote: &Event, policy: ConflictPolicy) -> Merged {
    // What people cannot edit (uid, organiser, derived kind, flags) is the remote's to say.
    let mut event = remote.clone();
    let (mut conflicts, mut overruled) = (Vec::new(), Vec::new());
    for field in Field::ALL {
        if field == Field::Attendees {
            continue;
        }
        let local_changed = base.is_none_or(|base| !field.equal(base, local));
        if !local_changed || field.equal(local, remote) {
            continue;
        }
        let remote_changed = base.is_none_or(|base| !field.equal(base, remote));
        match (remote_changed, policy) {
            (false, _) => field.copy(local, &mut event),
            (true, ConflictPolicy::Ask) => {
                field.copy(local, &mut event);
                conflicts.push(field);
            }
            (true, ConflictPolicy::Local) => {
                field.copy(local, &mut event);
                overruled.push(field);
            }
            (true, ConflictPolicy::Remote) => overruled.push(field),
        }
    }
    if let Some(base) = base {
        event.attendees = merge_attendees(&base.attendees, &local.attendees, &remote.attendees);
    } else if !Field::Attendees.equal(local, remote) && !local.attendees.is_empty() {
        event.attendees.clone_from(&local.attendees);
        conflicts.push(Field::Attendees);
    }
    Merged { event, conflicts, overruled }
}

/// Guests by address: additions and removals of both sides count, a guest's own answer is the
/// remote's to say, other details follow the side that changed them (the remote if both did).
fn merge_attendees(base: &[Attendee], local: &[Attendee], remote: &[Attendee]) -> Vec<Attendee> {
    fn by_address(list: &[Attendee]) -> BTreeMap<&str, &Attendee> {
        list.iter().map(|attendee| (attendee.email.as_str(), attendee)).collect()
    }
    let (base, local, remote) = (by_address(base), by_address(local), by_address(remote));
    let mut merged = BTreeMap::new();
    for (address, theirs) in &remote {
        match (base.get(address), local.get(address)) {
            // Removed locally, untouched remotely: removed.
            (Some(_), None) => {}
            (Some(was), Some(mine)) if was == theirs => {
                let kept = Attendee { response: theirs.response, comment: theirs.comment.clone(), ..(*mine).clone() };
                merged.insert(*address, kept);
            }
            _ => {
                merged.insert(*address, (*theirs).clone());
            }
        }
    }
    for (address, mine) in &local {
        // Added locally.
        if !remote.contains_key(address) && !base.contains_key(address) {
            merged.insert(*address, (*mine).clone());
        }
    }
    merged.into_values().collect()
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
