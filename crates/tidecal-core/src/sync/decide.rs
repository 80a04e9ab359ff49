//! The decision: one total match over (local, remote, base). The only place that picks a winner.

use crate::model::Event;

use super::merge::{Bases, ConflictPolicy, Field, Merged, merge, same};
use super::{ComponentState, MappingStatus, SyncDirection, Verdict};

/// The local side of one component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Local<'a> {
    /// Not in the local calendar.
    Absent,
    /// As both sides last agreed.
    Clean(&'a Event),
    /// Edited since.
    Edited(&'a Event),
    /// Deleted since.
    Deleted,
}

impl<'a> Local<'a> {
    /// The local side as the store knows it.
    #[must_use]
    pub fn of(known: Option<&'a ComponentState>) -> Self {
        let Some(component) = known else { return Self::Absent };
        match &component.local {
            // Deleted through another connection of the calendar: the row is gone, the wish is not.
            None if component.binding.status == MappingStatus::Updated => Self::Deleted,
            None => Self::Absent,
            Some(local) if local.deleted => Self::Deleted,
            Some(local) if component.is_dirty() => Self::Edited(&local.event),
            Some(local) => Self::Clean(&local.event),
        }
    }
}

/// The remote side of one component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Remote<'a> {
    /// It is there.
    Present(&'a Event),
    /// It is gone, and that is proven.
    Gone,
    /// It is there and cannot be understood; the reason says where.
    Unreadable(&'a str),
}

/// Whether the connection's rules let an event into the local calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    In,
    /// No: verdict and the rule that says so.
    Out(Verdict, String),
}

/// What happens to one component.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Unknown and gone (or cancelled): nothing to write.
    Ignore,
    /// Nothing changed but, perhaps, the version.
    Unchanged,
    /// Only the local side has news: it waits for its way out.
    KeepLocal,
    /// New: it enters the local calendar.
    Adopt,
    /// New or changed, and kept out of the local calendar by a rule.
    KeepOut(Verdict, String),
    /// Only the remote side has news: the local event follows.
    Apply,
    /// Only the remote side has news, and the vendor spells what we sent in its own way: the local
    /// event follows in what changed there.
    Follow(Box<Merged>),
    /// Both sides made the same change, or our own write has come back: only the mapping moves.
    Agree,
    /// The remote side has news that this connection does not take in: only the mapping knows.
    Drift,
    /// Gone remotely, and this connection takes no deletions in: the local event stays, alone.
    Part,
    /// Both sides have news in different fields, or a policy picked the winner.
    Merge(Box<Merged>),
    /// A person decides. Empty fields: one side deleted what the other edited.
    Conflict(Vec<Field>),
    /// Gone remotely, unchanged locally: the local event goes.
    Remove,
    /// Gone, and no local event behind it: only the mapping remembers.
    Bury,
    /// It cannot be understood: what is there stays as it is.
    Quarantine(String),
}

/// How a connection decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stance {
    /// Who wins a field that both sides changed.
    pub policy: ConflictPolicy,
    /// Which way changes go.
    pub direction: SyncDirection,
}

/// Decides for one component. `known` says whether a mapping exists (a tombstone counts as not).
#[must_use]
pub fn decide(
    known: bool,
    local: Local<'_>,
    remote: Remote<'_>,
    bases: Bases<'_>,
    admission: &Admission,
    stance: Stance,
) -> Decision {
    let outward_only = stance.direction == SyncDirection::Outbound;
    match (local, remote) {
        (_, Remote::Unreadable(reason)) => Decision::Quarantine(reason.to_owned()),

        (Local::Absent, Remote::Gone) if known => Decision::Bury,
        (Local::Absent, Remote::Gone) => Decision::Ignore,
        (Local::Absent, Remote::Present(theirs)) => match admission {
            Admission::In => Decision::Adopt,
            Admission::Out(..) if bases.remote.is_some_and(|base| same(base, theirs)) => Decision::Unchanged,
            Admission::Out(verdict, reason) => Decision::KeepOut(*verdict, reason.clone()),
        },

        (Local::Clean(_), Remote::Gone) if outward_only => Decision::Part,
        (Local::Clean(_), Remote::Gone) => Decision::Remove,
        // Leaving the window is not a deletion: only a rule of the person's own takes an event out.
        (Local::Clean(_), Remote::Present(_)) if matches!(admission, Admission::Out(Verdict::Filtered, _)) => {
            match admission {
                Admission::Out(verdict, reason) => Decision::KeepOut(*verdict, reason.clone()),
                Admission::In => Decision::Apply,
            }
        }
        (Local::Clean(mine), Remote::Present(theirs)) => clean(mine, theirs, bases.remote, outward_only),

        (Local::Edited(_), Remote::Gone) if outward_only => Decision::Part,
        (Local::Edited(_), Remote::Gone) => match stance.policy {
            ConflictPolicy::Remote => Decision::Remove,
            ConflictPolicy::Local => Decision::KeepLocal,
            ConflictPolicy::Ask | ConflictPolicy::Newest => Decision::Conflict(Vec::new()),
        },
        (Local::Edited(mine), Remote::Present(theirs)) => edited(mine, theirs, bases, stance),

        (Local::Deleted, Remote::Gone) => Decision::Bury,
        (Local::Deleted, Remote::Present(theirs)) if bases.remote.is_some_and(|base| same(base, theirs)) => {
            Decision::KeepLocal
        }
        (Local::Deleted, Remote::Present(_)) if outward_only => Decision::KeepLocal,
        (Local::Deleted, Remote::Present(_)) => match stance.policy {
            ConflictPolicy::Remote => Decision::Adopt,
            ConflictPolicy::Local => Decision::KeepLocal,
            ConflictPolicy::Ask | ConflictPolicy::Newest => Decision::Conflict(Vec::new()),
        },
    }
}

/// Nothing was edited here.
fn clean(mine: &Event, theirs: &Event, base: Option<&Event>, outward_only: bool) -> Decision {
    let base = base.unwrap_or(mine);
    if base == theirs {
        Decision::Unchanged
    } else if mine == theirs {
        Decision::Agree
    } else if outward_only {
        Decision::Drift
    } else if base == mine {
        Decision::Apply
    } else {
        let bases = Bases { local: Some(mine), remote: Some(base) };
        Decision::Follow(Box::new(merge(bases, mine, theirs, ConflictPolicy::Remote)))
    }
}

/// An edit waits here.
fn edited(mine: &Event, theirs: &Event, bases: Bases<'_>, stance: Stance) -> Decision {
    if bases.remote.is_some_and(|base| same(base, theirs)) {
        return Decision::KeepLocal;
    }
    if same(mine, theirs) {
        return Decision::Agree;
    }
    if stance.direction == SyncDirection::Outbound {
        return Decision::Drift;
    }
    let merged = merge(bases, mine, theirs, stance.policy);
    if merged.conflicts.is_empty() { Decision::Merge(Box::new(merged)) } else { Decision::Conflict(merged.conflicts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_ical::{Moment, When, Zone};

    fn event(title: &str) -> Event {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
    }

    fn ask(known: bool, local: Local<'_>, remote: Remote<'_>, base: Option<&Event>) -> Decision {
        decide(known, local, remote, Bases::both(base), &Admission::In, Stance::default())
    }

    #[test]
    fn the_table_of_decisions_without_an_edit_on_both_sides() {
        let (base, theirs) = (event("base"), event("theirs"));
        let b = Some(&base);
        let table = [
            (ask(false, Local::Absent, Remote::Present(&theirs), None), Decision::Adopt),
            (ask(false, Local::Absent, Remote::Gone, None), Decision::Ignore),
            (ask(true, Local::Absent, Remote::Gone, b), Decision::Bury),
            (ask(true, Local::Clean(&base), Remote::Present(&base), b), Decision::Unchanged),
            (ask(true, Local::Clean(&base), Remote::Present(&theirs), b), Decision::Apply),
            (ask(true, Local::Clean(&base), Remote::Gone, b), Decision::Remove),
            (ask(true, Local::Edited(&theirs), Remote::Present(&base), b), Decision::KeepLocal),
            (ask(true, Local::Deleted, Remote::Present(&base), b), Decision::KeepLocal),
            (ask(true, Local::Deleted, Remote::Gone, b), Decision::Bury),
        ];
        for (row, (got, expected)) in table.into_iter().enumerate() {
            assert_eq!(got, expected, "row {row}");
        }
    }

    #[test]
    fn a_local_edit_is_never_overwritten_in_silence() {
        let (base, mine, theirs) = (event("base"), event("mine"), event("theirs"));
        for remote in [Remote::Present(&theirs), Remote::Gone] {
            let decision = ask(true, Local::Edited(&mine), remote, Some(&base));
            assert!(matches!(decision, Decision::Conflict(_)), "{decision:?}");
        }
        let deleted = ask(true, Local::Deleted, Remote::Present(&theirs), Some(&base));
        assert_eq!(deleted, Decision::Conflict(vec![]));
    }

    #[test]
    fn an_event_that_cannot_be_read_leaves_the_local_copy_alone() {
        let mine = event("mine");
        for local in [Local::Absent, Local::Clean(&mine), Local::Edited(&mine), Local::Deleted] {
            let decision = ask(true, local, Remote::Unreadable("line 3"), None);
            assert_eq!(decision, Decision::Quarantine("line 3".into()));
        }
    }

    #[test]
    fn leaving_the_window_keeps_the_event_but_a_filter_takes_it_out() {
        let (base, theirs) = (event("base"), event("theirs"));
        for (verdict, out) in [(Verdict::OutOfWindow, false), (Verdict::Filtered, true)] {
            let admission = Admission::Out(verdict, "rule".into());
            let decision = decide(
                true,
                Local::Clean(&base),
                Remote::Present(&theirs),
                Bases::both(Some(&base)),
                &admission,
                Stance::default(),
            );
            assert_eq!(matches!(decision, Decision::KeepOut(..)), out, "{verdict}");
        }
    }
}
