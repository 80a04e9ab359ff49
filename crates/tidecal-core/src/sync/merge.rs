//! Three-way merge of one event, field by field.
//!
//! The base is what both sides last agreed on. A field that only one side changed takes that
//! side's value; a field that both changed to different values is a conflict unless a policy names
//! the winner. Time, zone and recurrence are one field: half of each would be nobody's wish.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use tidecal_ical::{When, Zone};

use super::UnknownWord;
use super::text::canonical_text;
use crate::model::{Attendee, Event, Reminders};

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

    /// The field of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == word)
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

    pub(super) fn copy(self, from: &Event, to: &mut Event) {
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConflictPolicy {
    /// A person decides; until then the local value stays.
    #[default]
    Ask,
    /// The side that was changed later; a person, where the clocks do not tell.
    Newest,
    /// The local side.
    Local,
    /// The remote side.
    Remote,
}

/// Clocks of two servers closer than this say nothing about what came first.
const CLOCKS_AGREE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

impl ConflictPolicy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ask, Self::Newest, Self::Local, Self::Remote];

    /// The word in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Newest => "newest",
            Self::Local => "local",
            Self::Remote => "remote",
        }
    }

    /// What `newest` means for one event: times are hints, and where one is missing or they are
    /// close, a person decides.
    #[must_use]
    pub fn settle(self, local: Option<Timestamp>, remote: Option<Timestamp>) -> Self {
        match (self, local, remote) {
            (Self::Newest, Some(local), Some(remote)) => {
                let ahead = local.duration_since(remote);
                if ahead > CLOCKS_AGREE_WITHIN {
                    Self::Local
                } else if -ahead > CLOCKS_AGREE_WITHIN {
                    Self::Remote
                } else {
                    Self::Ask
                }
            }
            (Self::Newest, ..) => Self::Ask,
            (policy, ..) => policy,
        }
    }
}

impl FromStr for ConflictPolicy {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What both sides last agreed on, as each of them says it: a vendor that rewrites what it is sent
/// has not edited it. `None`: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bases<'a> {
    /// As it was here.
    pub local: Option<&'a Event>,
    /// As it was there.
    pub remote: Option<&'a Event>,
}

impl<'a> Bases<'a> {
    /// Both sides said it in the same words.
    #[must_use]
    pub fn both(base: Option<&'a Event>) -> Self {
        Self { local: base, remote: base }
    }
}

/// Result of a merge.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The merged event; fields in conflict hold the local value.
    pub event: Event,
    /// What the local side has agreed on after the merge: in what it differs from `event` waits for
    /// its way out.
    pub local_base: Event,
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
pub fn merge(bases: Bases<'_>, local: &Event, remote: &Event, policy: ConflictPolicy) -> Merged {
    // What people cannot edit (uid, organiser, derived kind, flags) is the remote's to say.
    let (mut event, mut local_base) = (remote.clone(), remote.clone());
    let (mut conflicts, mut overruled) = (Vec::new(), Vec::new());
    for field in Field::ALL {
        if field == Field::Attendees || field.equal(local, remote) {
            continue;
        }
        if bases.local.is_none() && spelt_otherwise(field, local, remote) {
            field.copy(local, &mut event);
            field.copy(local, &mut local_base);
            continue;
        }
        let local_changed = bases.local.is_none_or(|base| !field.equal(base, local));
        let remote_changed = bases.remote.is_none_or(|base| !field.equal(base, remote));
        if local_changed && remote_changed {
            match policy {
                ConflictPolicy::Ask | ConflictPolicy::Newest => conflicts.push(field),
                ConflictPolicy::Local | ConflictPolicy::Remote => overruled.push(field),
            }
        }
        if remote_changed && (!local_changed || policy == ConflictPolicy::Remote) {
            continue;
        }
        field.copy(local, &mut event);
        // Where both changed, what the local side gives way to is what was said there last.
        let agreed = match (local_changed, remote_changed) {
            (true, true) => None,
            (true, false) => bases.local,
            (false, _) => Some(local),
        };
        if let Some(agreed) = agreed {
            field.copy(agreed, &mut local_base);
        }
    }
    if bases.local.is_some() || bases.remote.is_some() {
        (event.attendees, local_base.attendees) = merge_attendees(bases, &local.attendees, &remote.attendees);
    } else if !Field::Attendees.equal(local, remote) && !local.attendees.is_empty() {
        event.attendees.clone_from(&local.attendees);
        conflicts.push(Field::Attendees);
    }
    Merged { event, local_base, conflicts, overruled }
}

/// Differences that no person has made: "as the calendar has it" cannot be said everywhere, and not
/// every vendor knows every zone by its name.
fn spelt_otherwise(field: Field, local: &Event, remote: &Event) -> bool {
    let instants = |event: &Event| event.when.span(&Zone::utc());
    match field {
        Field::Reminders => local.reminders == Reminders::CalendarDefault,
        Field::Time => {
            let all_day = |event: &Event| matches!(event.when, When::AllDay { .. });
            all_day(local) == all_day(remote)
                && instants(local) == instants(remote)
                && local.recurrence == remote.recurrence
        }
        _ => false,
    }
}

/// Guests by address: additions and removals of both sides count, a guest's own answer is the
/// remote's to say, other details follow the side that changed them (the remote if both did). Whom
/// only one side lists, and always did, stays as he is. Second comes what the local side has agreed
/// on: without what it added, with whom it removed.
fn merge_attendees(bases: Bases<'_>, local: &[Attendee], remote: &[Attendee]) -> (Vec<Attendee>, Vec<Attendee>) {
    fn by_address(list: &[Attendee]) -> BTreeMap<&str, &Attendee> {
        list.iter().map(|attendee| (attendee.email.as_str(), attendee)).collect()
    }
    fn of(base: Option<&Event>) -> BTreeMap<&str, &Attendee> {
        by_address(base.map(|base| base.attendees.as_slice()).unwrap_or_default())
    }
    let (here, there) = (of(bases.local), of(bases.remote));
    let (local, remote) = (by_address(local), by_address(remote));
    let mut addresses: Vec<&str> = local.keys().chain(remote.keys()).copied().collect();
    addresses.sort_unstable();
    addresses.dedup();
    let (mut merged, mut agreed) = (Vec::new(), Vec::new());
    for address in addresses {
        let (was, known) = (there.get(address).copied(), here.get(address).copied());
        let (after, before) = match (local.get(address).copied(), remote.get(address).copied()) {
            (Some(mine), Some(theirs)) if was == Some(theirs) => {
                let answered = |it: &Attendee| Attendee {
                    response: theirs.response,
                    comment: theirs.comment.clone(),
                    ..it.clone()
                };
                (Some(answered(mine)), Some(answered(known.unwrap_or(theirs))))
            }
            // Never taken in.
            (None, Some(theirs)) if known.is_none() && was == Some(theirs) => (None, None),
            // Removed locally.
            (None, Some(theirs)) if known.is_some() && was.is_some() => (None, Some(theirs.clone())),
            (_, Some(theirs)) => (Some(theirs.clone()), Some(theirs.clone())),
            // Added locally, or never listed by that vendor: it has not removed anybody then.
            (Some(mine), None) if was.is_none() => (Some(mine.clone()), known.cloned()),
            (_, None) => (None, None),
        };
        merged.extend(after);
        agreed.extend(before);
    }
    (merged, agreed)
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
