//! What must be so after the change, worked out from the numbers of the case alone.

use tidecal_core::model::Event;
use tidecal_core::sync::{ConflictPolicy, MappingStatus, MappingWrite, SyncDirection};

use super::draw::{Case, Change, Here, Known, Pair, Part, Said, last_said};
use super::face::{Face, Field};
use super::play::{is_whole, item_of, number_of, row_of};
use crate::sim::Violation;
use crate::sim::store::{Row, Store};

/// What is expected of a component's row.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// Many things are right: only that nothing is lost is looked at.
    Any,
    /// It is as it was, deleted or not.
    Same,
    /// As it was, and a person is asked.
    Asked,
    /// There is no live row.
    Gone,
    /// It shows that.
    Shows(Face),
}

/// Looks at everything after the change; `before`: the rows as they were.
pub(super) fn judge(case: &Case, before: &Store, after: &Store) -> Result<(), Violation> {
    for part in &case.parts {
        let number = number_of(case, part);
        let fail = |rule, detail: String| Err(Violation::new(rule, format!("{}: {detail}", item_of(number))));
        let expected = expected(case, part);
        if let Err(detail) = fits(part, expected, &row_of(number), before, after) {
            return fail("the row is what it should be", format!("{expected:?}, {detail}"));
        }
        if let Known::Row(pair) = &part.known
            && let Some(field) = lost(part, pair, &row_of(number), after)
        {
            return fail("no edit is lost", format!("{field:?}"));
        }
        if let Err((rule, detail)) = memory(case, part, expected, after) {
            return fail(rule, detail);
        }
    }
    rows(after)
}

fn expected(case: &Case, part: &Part) -> Expected {
    // Nobody says when it went, unless it is the item itself that says so.
    let gone = |part: &Part| when_gone(case, part, case.policy);
    match case.change {
        Change::Unreadable => Expected::Same,
        Change::Gone => gone(part),
        Change::PartGone(at) => match case.parts.get(at) {
            Some(named) if named.slot.is_none() || named.slot == part.slot => gone(part),
            _ => Expected::Same,
        },
        Change::Series(_) => {
            let cancelled = case.parts.iter().any(|it| it.slot.is_none() && matches!(it.said, Said::Cancelled(_)));
            match part.said {
                Said::Nothing if is_whole(case) || cancelled => gone(part),
                Said::Nothing => not_mentioned(case, part),
                Said::Unreadable => Expected::Same,
                Said::Cancelled(_) if part.slot.is_none() => when_gone(case, part, policy(case)),
                Said::Cancelled(_) => Expected::Any,
                Said::Again(face) => when_repeated(case, part, &face),
                Said::Says(face) => when_said(case, part, &face),
            }
        }
    }
}

/// Whether any part of the series has a row, or is said to take place.
fn is_inside(case: &Case) -> bool {
    let has_event = |said: &Said| matches!(said, Said::Again(_) | Said::Says(_) | Said::Cancelled(Some(_)));
    case.parts.iter().any(|part| matches!(part.known, Known::Row(_)) || has_event(&part.said))
}

/// Nothing new comes in, except to a series of which something is here.
fn only_sends(case: &Case) -> bool {
    case.direction == SyncDirection::Outbound && !case.parts.iter().any(|part| matches!(part.known, Known::Row(_)))
}

fn not_mentioned(case: &Case, part: &Part) -> Expected {
    match part.known {
        Known::Outside(face) if is_inside(case) && !only_sends(case) => Expected::Shows(face),
        Known::Outside(_) => Expected::Gone,
        _ => Expected::Same,
    }
}

fn when_gone(case: &Case, part: &Part, policy: ConflictPolicy) -> Expected {
    let Known::Row(pair) = &part.known else { return Expected::Gone };
    match (pair.here, case.direction, policy) {
        (Here::Deleted, ..) => Expected::Gone,
        (_, SyncDirection::Outbound, _) => Expected::Same,
        (Here::Clean, ..) | (Here::Edited, _, ConflictPolicy::Remote) => Expected::Gone,
        (Here::Edited, _, ConflictPolicy::Local) => Expected::Same,
        (Here::Edited, _, ConflictPolicy::Ask | ConflictPolicy::Newest) => Expected::Asked,
    }
}

/// A version that is known says nothing new, except of what could not be let in before.
fn when_repeated(case: &Case, part: &Part, face: &Face) -> Expected {
    match part.known {
        Known::Row(pair) if pair.forgotten => Expected::Any,
        Known::Row(pair) if pair.conflict != Some(None) => Expected::Same,
        Known::Quarantined => Expected::Gone,
        _ => when_said(case, part, face),
    }
}

fn when_said(case: &Case, part: &Part, theirs: &Face) -> Expected {
    let Known::Row(pair) = &part.known else {
        return if only_sends(case) { Expected::Gone } else { Expected::Shows(*theirs) };
    };
    let outbound = case.direction == SyncDirection::Outbound;
    if !pair.forgotten && theirs.same(&pair.agreed_there) || outbound && pair.here == Here::Deleted {
        return Expected::Same;
    }
    let policy = policy(case);
    if pair.here == Here::Deleted {
        return match policy {
            ConflictPolicy::Remote => Expected::Shows(*theirs),
            ConflictPolicy::Local => Expected::Same,
            ConflictPolicy::Ask | ConflictPolicy::Newest => Expected::Asked,
        };
    }
    if outbound || theirs.same(&pair.mine) {
        return Expected::Same;
    }
    if pair.forgotten {
        return Expected::Any;
    }
    let contested = |field: &Field| {
        let (mine, said) = (pair.mine.get(*field), theirs.get(*field));
        mine != said && mine != pair.agreed.get(*field) && said != pair.agreed_there.get(*field)
    };
    let asks = matches!(policy, ConflictPolicy::Ask | ConflictPolicy::Newest);
    if asks && Field::ALL.iter().any(contested) {
        return Expected::Asked;
    }
    Expected::Shows(merged(pair, theirs, policy == ConflictPolicy::Remote))
}

/// The later change counts, if it is later by more than clocks differ.
fn policy(case: &Case) -> ConflictPolicy {
    match (case.policy, case.ahead) {
        (ConflictPolicy::Newest, Some(31..)) => ConflictPolicy::Local,
        (ConflictPolicy::Newest, Some(..=-31)) => ConflictPolicy::Remote,
        (ConflictPolicy::Newest, _) => ConflictPolicy::Ask,
        (policy, _) => policy,
    }
}

/// Field by field: whoever changed it has the word; of two the one with the say.
fn merged(pair: &Pair, theirs: &Face, they_win: bool) -> Face {
    let mut result = pair.mine;
    for field in Field::ALL {
        let here = pair.mine.get(field) != pair.agreed.get(field);
        let there = theirs.get(field) != pair.agreed_there.get(field);
        if there && (!here || they_win) {
            result.set(field, theirs.get(field));
        }
    }
    let (here, there) = (pair.mine.guests ^ pair.agreed.guests, theirs.guests ^ pair.agreed_there.guests);
    // Guests come and go: whoever did something about one has the word; of two the vendor.
    result.guests = pair.mine.guests & (here | !there) & !(here & there) | theirs.guests & there;
    result
}

fn fits(part: &Part, expected: Expected, id: &str, before: &Store, after: &Store) -> Result<(), String> {
    let (was, is) = (before.events.get(id), shown(part, id, after));
    let conflict = || after.conflicts.values().any(|conflict| conflict.event_id.as_deref() == Some(id));
    let same = match (was, is) {
        (Some(was), Some(is)) => was.deleted == is.deleted && is_same(&was.event, &is.event),
        (Some(_), None) => false,
        (None, is) => is.is_none(),
    };
    match expected {
        Expected::Any => Ok(()),
        Expected::Same if same => Ok(()),
        Expected::Asked if same && conflict() => Ok(()),
        Expected::Gone if is.is_none_or(|row| row.deleted) => Ok(()),
        Expected::Shows(face) => match is {
            Some(row) if !row.deleted && face.is_all_shown(&row.event) => Ok(()),
            _ => Err(format!("is {is:?}")),
        },
        _ => Err(format!("was {was:?}, is {is:?}")),
    }
}

/// The same but for white space of the text.
fn is_same(a: &Event, b: &Event) -> bool {
    let words = |event: &Event| event.description.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    a == b || words(a) == words(b) && Event { description: b.description.clone(), ..a.clone() } == *b
}

/// What is remembered: what the vendor said last, whom it overruled, and whether an edit still waits
/// for its way out.
fn memory(case: &Case, part: &Part, expected: Expected, after: &Store) -> Result<(), (&'static str, String)> {
    let (Known::Row(pair), Said::Says(theirs), Change::Series(_)) = (&part.known, &part.said, case.change) else {
        return Ok(());
    };
    let settled = matches!(expected, Expected::Same | Expected::Shows(_)) && pair.here != Here::Deleted;
    if !settled || pair.forgotten {
        return Ok(());
    }
    let Some(mapping) = mapping_of(part, after) else { return Err(("a row has a mapping", String::new())) };
    let Some(row) = mapping.event_id.as_ref().and_then(|id| after.events.get(id)) else { return Ok(()) };
    let dirty = row.version > mapping.base_version;
    let agreed = |first: &Option<Box<Event>>, second: &Option<Box<Event>>| {
        first.as_deref().or(second.as_deref()).cloned().unwrap_or_else(|| row.event.clone())
    };
    let (there, here) = (agreed(&mapping.base, &mapping.local_base), agreed(&mapping.local_base, &mapping.base));
    if !theirs.is_all_shown(&there) {
        return Err(("the base is what the vendor last said", format!("{there:?}")));
    }
    let edited = |field: Field| pair.mine.get(field) != pair.agreed.get(field);
    let waits = |field: &Field| {
        edited(*field) && pair.mine.is_shown(*field, &row.event) && !theirs.is_shown(*field, &row.event)
    };
    let nothing_waits = !Field::ALL.iter().any(waits) && pair.mine.guests == pair.agreed.guests;
    let over = nothing_waits && matches!(expected, Expected::Shows(_));
    if Field::ALL.iter().any(waits) && !dirty || over && dirty {
        return Err(("an edit waits until it is there", format!("{row:?}, {mapping:?}")));
    }
    let won = |field: &Field| waits(field) && theirs.get(*field) != pair.agreed_there.get(*field);
    if case.direction == SyncDirection::Outbound {
        return Ok(());
    }
    match Field::ALL
        .into_iter()
        .filter(won)
        .find(|field| !theirs.is_shown(*field, &here) || !is_overruled(*field, theirs, after))
    {
        Some(field) => Err(("whoever is overruled is remembered", format!("{field:?}, {here:?}"))),
        None => Ok(()),
    }
}

fn is_overruled(field: Field, theirs: &Face, after: &Store) -> bool {
    let shows = |event: &Event| theirs.is_shown(field, event);
    after.journal.iter().any(|entry| entry.action == "overrule" && entry.before.as_ref().is_some_and(shows))
}

fn mapping_of<'a>(part: &Part, store: &'a Store) -> Option<&'a MappingWrite> {
    let slot = super::play::key_of(part.slot);
    let live = |it: &&MappingWrite| it.status != MappingStatus::Deleted && it.event_id.is_some();
    store.mappings.values().filter(live).find(|it| it.recurrence_id == slot)
}

/// The row of the component: the one that was there, or a new one.
fn shown<'a>(part: &Part, id: &str, store: &'a Store) -> Option<&'a Row> {
    let id = mapping_of(part, store).and_then(|it| it.event_id.as_deref()).unwrap_or(id);
    store.events.get(id)
}

/// A field that was edited here and is nowhere any more.
fn lost(part: &Part, pair: &Pair, id: &str, after: &Store) -> Option<Field> {
    if pair.here != Here::Edited {
        return None;
    }
    let row = after.events.get(id).filter(|row| !row.deleted);
    let says = match part.said {
        Said::Says(face) | Said::Again(face) => Some(face),
        _ => last_said(&part.known),
    };
    let kept = |field: Field| {
        let shows = |event: &Event| pair.mine.is_shown(field, event);
        row.is_some_and(|row| shows(&row.event))
            || says.is_some_and(|face| face.get(field) == pair.mine.get(field))
            || after
                .conflicts
                .values()
                .any(|it| it.event_id.as_deref() == Some(id) && it.local.as_ref().is_some_and(|local| shows(local)))
            || after.journal.iter().any(|it| it.event_id == id && it.before.as_ref().is_some_and(shows))
    };
    let edited = |field: &Field| pair.forgotten || pair.mine.get(*field) != pair.agreed.get(*field);
    Field::ALL.into_iter().filter(edited).find(|field| !kept(*field))
}

/// Each row has one mapping, and all of them one series.
fn rows(after: &Store) -> Result<(), Violation> {
    let live = || after.mappings.values().filter(|it| it.status != MappingStatus::Deleted || it.event_id.is_some());
    for (id, row) in &after.events {
        let count = live().filter(|it| it.event_id.as_ref() == Some(id)).count();
        if count != 1 {
            return Err(Violation::new("one mapping for a row", format!("{count} for {id}: {row:?}")));
        }
    }
    let mut series = live().map(|it| &it.series_id);
    let first = series.next();
    match series.find(|id| Some(*id) != first) {
        Some(other) => Err(Violation::new("a series has one local id", format!("{first:?} and {other}"))),
        None => Ok(()),
    }
}
