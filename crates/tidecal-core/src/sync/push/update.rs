//! Edits, moved and cancelled occurrences, answers: what goes out of a series that is there.

use tidecal_ical::RecurrenceId;

use super::{PushOp, Pusher, Sent, SentKind, is_deleted_here, is_there, refused, row_of, tombstone, was_refused};
use crate::model::{Attendee, Event, Response, Status};
use crate::remote::{ComponentWrite, ItemRef, Mail, RemoteWrite, WriteAction};
use crate::sync::copies::{COPIED, excludes, is_bare, occurrence_of, outward};
use crate::sync::merge::{Field, differing};
use crate::sync::rights::beyond_rights;
use crate::sync::sent::note_sent;
use crate::sync::writes::MappingWrite;
use crate::sync::{Binding, ComponentState, LocalEvent, MappingStatus, Role, Verdict};

/// What becomes of one component.
enum Part {
    Leave,
    /// It goes with the write of its series.
    Write(Box<(ComponentWrite, Sent)>),
    /// Nothing to write, but the mapping moves.
    Row(Box<MappingWrite>),
    /// Refused, and with it the series: the row says why.
    Refused(Box<MappingWrite>),
}

impl Pusher<'_> {
    pub(super) fn update(&mut self, master: Option<&ComponentState>) {
        let mut parts = Vec::new();
        let exceptions = self.state.components.iter().filter(|known| known.binding.recurrence_id.is_some());
        let exceptions = exceptions.filter(|known| known.binding.status != MappingStatus::Deleted);
        for known in master.into_iter().chain(exceptions) {
            self.answer(known);
            let part =
                if known.binding.recurrence_id.is_none() { self.changed(known) } else { self.exception(known, master) };
            match part {
                Part::Leave => {}
                Part::Write(write) => parts.push(*write),
                Part::Row(row) => self.note(known, *row),
                Part::Refused(row) => return self.note(known, *row),
            }
        }
        if let Some(known) = master
            && let Some(series) = &known.local
        {
            let moved = self.state.components.iter().filter(|it| is_rekeyed(it)).filter_map(|it| it.local.as_ref());
            let new = self.state.unmapped.iter().filter(|local| local.recurrence_id.is_some()).chain(moved);
            for local in new.filter(|local| !local.deleted) {
                parts.push(self.new_exception(&series.event, local, is_bare(known), &known.binding));
            }
        }
        self.write(master, parts);
    }

    fn write(&mut self, master: Option<&ComponentState>, parts: Vec<(ComponentWrite, Sent)>) {
        if parts.is_empty() {
            return;
        }
        let (mut people, mut consent) = (0, true);
        for (write, sent) in &parts {
            let bare = sent.before.role == Role::Copy && sent.before.echo.bare;
            let told = write.before.as_deref().map_or(0, |before| self.people(before, write.after.as_deref(), bare));
            people = people.max(told);
            consent &= told == 0 || sent.local.as_ref().is_some_and(|local| local.consent == Some(local.version));
        }
        let mail = match (self.mail(consent, people), master.or(self.state.components.first())) {
            (Ok(mail), _) => mail,
            (Err(people), Some(known)) => return self.hold(known, people),
            (Err(_), None) => return,
        };
        parts.iter().for_each(|(write, sent)| self.note_sent(write, sent));
        let series_id = self.state.id.clone();
        if self.out.whole_series {
            let (components, sent) = parts.into_iter().unzip();
            let action = WriteAction::Update(components);
            return self.plan.ops.push(PushOp { write: RemoteWrite { series_id, action, mail }, sent });
        }
        for (component, sent) in parts {
            self.one(&series_id, component, sent, mail);
        }
    }

    /// What goes out is known before it goes: a run that is cut short cannot tell later what it sent.
    fn note_sent(&mut self, write: &ComponentWrite, sent: &Sent) {
        let (Some(after), Some(_), SentKind::Put) = (&write.after, &write.item, sent.kind) else { return };
        let known = ComponentState { binding: sent.before.clone(), local: sent.local.clone() };
        let mut row = row_of(self.state, &known);
        note_sent(&mut row.echo, &sent.fields, after);
        self.note(&known, row);
    }

    pub(super) fn one(&mut self, series_id: &str, component: ComponentWrite, sent: Sent, mail: Mail) {
        let action = WriteAction::Update(vec![component]);
        let write = RemoteWrite { series_id: series_id.to_owned(), action, mail };
        self.plan.ops.push(PushOp { write, sent: vec![sent] });
    }

    /// What was edited, in the fields that were edited.
    fn changed(&self, known: &ComponentState) -> Part {
        let (Some(local), Some(before)) = (&known.local, known.base()) else { return Part::Leave };
        let waits = known.binding.status == MappingStatus::Conflict || was_refused(known);
        if !known.is_dirty() || waits {
            return Part::Leave;
        }
        let bare = is_bare(known);
        let after = self.without_known_gaps(before, outward(&local.event, bare));
        let edited = known.local_base().map_or_else(|| Field::ALL.to_vec(), |base| differing(base, &local.event));
        let goes_out = |field: &Field| {
            let copied = !bare || COPIED.contains(field);
            copied && !field.equal(before, &after) && !only_answers_differ(*field, before, &after)
        };
        let fields: Vec<Field> = edited.into_iter().filter(goes_out).collect();
        if fields.is_empty() {
            return Part::Row(Box::new(self.settled(known, local)));
        }
        if let Some(beyond) = beyond_rights(before, &fields) {
            let reason = format!("{}; undo the change here", beyond.reason);
            return Part::Refused(Box::new(refused(self.state, known, local.version, reason)));
        }
        let write = ComponentWrite {
            item: Some(item_of(&known.binding)),
            recurrence_id: known.binding.recurrence_id,
            before: Some(Box::new(before.clone())),
            after: Some(Box::new(after)),
            fields: fields.clone(),
        };
        Part::Write(Box::new((write, Sent::of(known, fields))))
    }

    /// A vendor that writes a series whole tells of a cancelled occurrence as one that the series
    /// excludes. Where occurrences are written one by one it is cancelled already: the series itself is
    /// left alone, for a new pattern makes vendors forget exceptions.
    fn without_known_gaps(&self, before: &Event, mut after: Event) -> Event {
        if self.out.whole_series {
            return after;
        }
        let is_cancelled = |event: &Event| event.status == Status::Cancelled;
        let cancelled = |slot: &RecurrenceId| {
            let there = self.state.components.iter().any(|known| {
                let there = known.binding.recurrence_id == Some(*slot) && is_there(&known.binding);
                there && known.base().is_some_and(is_cancelled)
            });
            let here = |local: &&LocalEvent| local.recurrence_id == Some(*slot) && is_cancelled(&local.event);
            there || self.state.unmapped.iter().filter(|local| !local.deleted).any(|local| here(&local))
        };
        if let (Some(recurrence), Some(known)) = (&mut after.recurrence, &before.recurrence) {
            recurrence.excluded.retain(|slot| known.excluded.contains(slot) || !cancelled(slot));
        }
        after
    }

    /// A known exception: edited, moved with its series, or gone here.
    fn exception(&self, known: &ComponentState, master: Option<&ComponentState>) -> Part {
        if known.binding.status == MappingStatus::Conflict {
            return Part::Leave;
        }
        if !is_deleted_here(known) && !is_rekeyed(known) {
            return self.changed(known);
        }
        let series = master.and_then(|master| master.local.as_ref()).map(|local| &local.event);
        let (Some(series), Some(slot), Some(before)) = (series, known.binding.recurrence_id, known.base()) else {
            return Part::Row(Box::new(tombstone(self.state, &known.binding)));
        };
        // The vendor itself moves or drops the exceptions of a series that moves.
        let follows = is_rekeyed(known) && !self.out.whole_series;
        if follows || !is_there(&known.binding) {
            return Part::Row(Box::new(tombstone(self.state, &known.binding)));
        }
        let mut rule = outward(&occurrence_of(series, slot), is_bare(known));
        // What the series leaves out does not take place again because its own row went.
        let fields = if excludes(series, slot) {
            rule = Event { status: Status::Cancelled, ..before.clone() };
            if before.status == Status::Cancelled {
                return Part::Row(Box::new(tombstone(self.state, &known.binding)));
            }
            vec![Field::Status]
        } else {
            differing(before, &rule)
        };
        let write = ComponentWrite {
            item: Some(item_of(&known.binding)),
            recurrence_id: Some(slot),
            before: Some(Box::new(before.clone())),
            after: (!self.out.whole_series).then(|| Box::new(rule)),
            fields: fields.clone(),
        };
        Part::Write(Box::new((write, Sent { kind: SentKind::Removed, ..Sent::of(known, fields) })))
    }

    /// An answer to an invitation goes before anything else of its event.
    fn answer(&mut self, known: &ComponentState) {
        let Some(local) = known.local.as_ref().filter(|local| !local.deleted) else { return };
        let Some(answer) = local.answer.clone() else { return };
        if known.binding.role == Role::Copy || !is_there(&known.binding) || was_refused(known) {
            return;
        }
        if !known.base().is_some_and(|base| base.rights.may_answer()) {
            return;
        }
        let mail = if answer.notify { Mail::Guests } else { Mail::Nobody };
        let (item, recurrence_id) = (item_of(&known.binding), known.binding.recurrence_id);
        let action = WriteAction::Answer { item, recurrence_id, answer };
        let sent = Sent { kind: SentKind::Answered, ..Sent::of(known, vec![Field::Attendees]) };
        let write = RemoteWrite { series_id: self.state.id.clone(), action, mail };
        self.plan.ops.push(PushOp { write, sent: vec![sent] });
    }

    /// Both sides say the same in every field that goes out.
    fn settled(&self, known: &ComponentState, local: &LocalEvent) -> MappingWrite {
        MappingWrite {
            base_version: local.version,
            base: known.base().filter(|base| **base != local.event).cloned().map(Box::new),
            local_base: None,
            verdict: Verdict::Mirrored,
            reason: String::new(),
            status: MappingStatus::Synced,
            ..row_of(self.state, known)
        }
    }
}

/// Its series has moved: the occurrence that it replaces has another place now.
fn is_rekeyed(known: &ComponentState) -> bool {
    let here = known.local.as_ref().and_then(|local| local.recurrence_id);
    here.is_some() && known.binding.recurrence_id.is_some() && here != known.binding.recurrence_id
}

fn item_of(binding: &Binding) -> ItemRef {
    ItemRef { id: binding.external_event_id.clone(), version: binding.version.clone() }
}

/// Guests answer for themselves: their answers are never written back.
fn only_answers_differ(field: Field, a: &Event, b: &Event) -> bool {
    let silent = |guest: &Attendee| {
        let silent = Attendee { response: Response::NeedsAction, comment: String::new(), ..guest.clone() };
        Attendee { is_self: false, ..silent }
    };
    let guests = |event: &Event| event.attendees.iter().map(silent).collect::<Vec<_>>();
    field == Field::Attendees && guests(a) == guests(b)
}
