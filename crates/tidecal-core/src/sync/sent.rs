//! Writes that may have arrived although nobody confirmed them: a run was cut short, an answer was
//! lost, and the event was edited here again since.
//!
//! Without this, what the vendor says then looks like another person's edit of the same field, and
//! a person would have to decide between two texts of his own.

use super::copies::{is_bare, outward};
use super::decide::{Decision, Local};
use super::merge::{Bases, ConflictPolicy, Field, merge, same};
use super::plan::Theirs;
use super::rows::value_of;
use super::{ComponentState, Echo, MappingStatus, Role};
use crate::model::Event;

/// Values that are remembered of one item; older ones are forgotten first.
const MOST: usize = 24;

/// Remembers what is about to be sent.
pub(super) fn note_sent(echo: &mut Echo, fields: &[Field], event: &Event) {
    for field in fields {
        let value = (field.as_str().to_owned(), value_of(event, &[*field]));
        echo.sent.retain(|it| *it != value);
        echo.sent.push(value);
    }
    let surplus = echo.sent.len().saturating_sub(MOST);
    echo.sent.drain(..surplus);
}

/// What both sides have agreed on, now that a write of ours is known to have arrived.
pub(super) struct Arrived {
    local: Event,
    remote: Event,
}

impl Arrived {
    /// `None`: nothing that was sent is what the vendor says now in a field that has changed there.
    pub(super) fn of(known: &ComponentState, theirs: Theirs<'_>, bases: Bases<'_>) -> Option<Self> {
        if bases.local.is_none() && bases.remote.is_none() {
            return Self::created(known, theirs);
        }
        let sent = &known.binding.echo.sent;
        let open = known.is_dirty() && !sent.is_empty();
        let (Some(local), Some(remote), true) = (bases.local, bases.remote, open) else { return None };
        let ours = |field: &Field| {
            let value = value_of(theirs.raw, &[*field]);
            let changed = !field.equal(remote, theirs.event);
            changed && sent.iter().any(|(word, hash)| word == field.as_str() && *hash == value)
        };
        let fields: Vec<Field> = Field::ALL.into_iter().filter(ours).collect();
        if fields.is_empty() {
            return None;
        }
        let mut arrived = Self { local: local.clone(), remote: remote.clone() };
        for field in fields {
            field.copy(theirs.event, &mut arrived.local);
            field.copy(theirs.event, &mut arrived.remote);
        }
        Some(arrived)
    }

    /// A copy of ours whose creation nobody confirmed: the vendor's word stands for what was sent, but
    /// for what has not been edited here since.
    fn created(known: &ComponentState, theirs: Theirs<'_>) -> Option<Self> {
        let binding = &known.binding;
        let open = binding.status == MappingStatus::Created && binding.role == Role::Copy;
        let local = known.local.as_ref().filter(|_| open && !binding.echo.sent.is_empty())?;
        let mine = outward(&local.event, is_bare(known));
        let mut arrived = Self { local: theirs.event.clone(), remote: theirs.event.clone() };
        for field in Field::ALL {
            let value = (field.as_str().to_owned(), value_of(&mine, &[field]));
            if binding.echo.sent.contains(&value) {
                field.copy(&local.event, &mut arrived.local);
            }
        }
        Some(arrived)
    }

    pub(super) fn bases(&self) -> Bases<'_> {
        Bases { local: Some(&self.local), remote: Some(&self.remote) }
    }

    /// Where the local edit alone is news, what it rests on has moved all the same.
    pub(super) fn agreed(&self, decision: Decision, local: Local<'_>, theirs: &Event) -> Decision {
        match (decision, local) {
            (Decision::KeepLocal, Local::Edited(mine)) if same(mine, &self.local) => Decision::Agree,
            (Decision::KeepLocal, Local::Edited(mine)) => {
                Decision::Merge(Box::new(merge(self.bases(), mine, theirs, ConflictPolicy::Ask)))
            }
            (decision, _) => decision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Rules, plan_series};
    use super::super::{Binding, LocalEvent, SeriesState};
    use super::*;
    use crate::policy::{Ids, Window};
    use crate::remote::{Content, RemoteComponent, RemoteSeries, SeriesScope};
    use tidecal_ical::{Moment, When, Zone};

    fn event(title: &str) -> Event {
        let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
        Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
    }

    /// Agreed on "first", then "second" was sent, then the title was edited here to `mine`.
    fn known(mine: &str) -> SeriesState {
        let mut binding = Binding {
            external_event_id: "x".into(),
            version: "1".into(),
            base_version: 1,
            base: Some(event("first")),
            status: MappingStatus::Updated,
            ..Binding::default()
        };
        note_sent(&mut binding.echo, &[Field::Title], &event("second"));
        let local = Some(LocalEvent::new("e", 3, event(mine)));
        let components = vec![ComponentState { binding, local }];
        SeriesState { id: "x".into(), series_id: Some("e".into()), components, ..SeriesState::default() }
    }

    fn delivered(state: &SeriesState, theirs: Event) -> super::super::Planned {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let rules = Rules::of(Window::around(now, 3, 12), Zone::utc());
        let component = RemoteComponent {
            id: "x".into(),
            version: "2".into(),
            content: Content::Event(Box::new(theirs)),
            ..RemoteComponent::default()
        };
        let change = RemoteSeries { id: "x".into(), scope: SeriesScope::Part, components: vec![component] };
        plan_series(state, &change, &rules, &mut Ids::new(now, 7))
    }

    #[test]
    fn a_write_that_nobody_confirmed_is_no_other_persons_edit() {
        for mine in ["third", "first"] {
            let planned = delivered(&known(mine), event("second"));
            assert!(planned.writes.conflicts.is_empty() && planned.writes.events.is_empty(), "{mine}");
            let [row] = planned.writes.mappings.as_slice() else { panic!("{planned:?}") };
            let base = row.base.as_ref().map(|base| base.title.as_str());
            assert_eq!((row.status, base), (MappingStatus::Updated, Some("second")), "{mine} goes out");
            assert!(row.echo.sent.is_empty() && row.base_version < 3);
        }
    }

    #[test]
    fn a_copy_that_nobody_confirmed_is_agreed_on_edited_or_deleted_as_the_person_has_done_since() {
        let made = |mine: &str, deleted: bool| {
            let mut state = known(mine);
            let known = &mut state.components[0];
            known.binding = Binding {
                external_event_id: "x".into(),
                status: MappingStatus::Created,
                role: Role::Copy,
                ..Binding::default()
            };
            note_sent(&mut known.binding.echo, &Field::ALL, &event("second"));
            known.local.as_mut().unwrap().deleted = deleted;
            // As a server has it that knows no default.
            let reminders = crate::model::Reminders::Own(Vec::new());
            let planned = delivered(&state, Event { reminders, ..event("second") });
            assert!(planned.writes.conflicts.is_empty() && planned.writes.events.is_empty(), "{mine}");
            planned.writes.mappings.into_iter().next().unwrap()
        };
        let same = made("second", false);
        assert_eq!((same.status, same.base_version), (MappingStatus::Synced, 3));
        let edited = made("third", false);
        let local_base = edited.local_base.unwrap();
        assert_eq!((edited.status, local_base.title.as_str()), (MappingStatus::Updated, "second"));
        assert_eq!(local_base.reminders, event("").reminders, "only the title goes out");
        let deleted = made("second", true);
        assert_eq!((deleted.status, deleted.version.as_str()), (MappingStatus::Updated, "2"));
    }

    #[test]
    fn another_persons_edit_is_still_one() {
        let planned = delivered(&known("third"), event("theirs"));
        assert_eq!(planned.writes.conflicts.len(), 1);
        let elsewhere = Event { location: "Room 2".into(), ..event("second") };
        let planned = delivered(&known("third"), elsewhere);
        assert!(planned.writes.conflicts.is_empty());
        assert_eq!(planned.writes.events.len(), 1, "their place comes in beside our title");
    }

    #[test]
    fn what_was_sent_long_ago_is_forgotten() {
        let mut echo = Echo::default();
        (0..100).for_each(|number| note_sent(&mut echo, &[Field::Title], &event(&format!("title {number}"))));
        assert_eq!(echo.sent.len(), MOST);
    }
}
