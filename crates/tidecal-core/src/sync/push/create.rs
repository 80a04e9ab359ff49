//! New copies, and copies that are made again.

use super::{LookUp, PushOp, Pusher, Sent, SentKind, held_reason, tombstone};
use crate::model::{Event, Status};
use crate::remote::{ComponentWrite, Mark, RemoteWrite, WriteAction};
use crate::sync::copies::{occurrence_of, outward};
use crate::sync::merge::{Field, differing};
use crate::sync::rows::span_of;
use crate::sync::sent::note_sent;
use crate::sync::writes::MappingWrite;
use crate::sync::{Binding, ComponentState, Echo, LocalEvent, MappingStatus, Role, Verdict};

impl Pusher<'_> {
    /// A new copy, or one that is made again under its next id.
    pub(super) fn create(&mut self, known: Option<&ComponentState>) {
        let unmapped = || self.state.unmapped.iter().find(|local| local.recurrence_id.is_none());
        let Some(master) = known.and_then(|known| known.local.as_ref()).or_else(unmapped) else { return };
        let takes_place = !master.deleted && master.event.status != Status::Cancelled;
        // The vendor's calendar shows this meeting by itself: no copy beside it.
        let shown = self.state.twin.is_some();
        if !takes_place || shown || self.rules.filters.rule_against(&master.event).is_some() {
            return;
        }
        let row = self.creation(master, known);
        let bare = row.echo.bare;
        let outside = row.span.is_some_and(|span| !self.rules.window.overlaps(span.start, span.series_end));
        if outside {
            let reason = "outside the window".to_owned();
            return self.commit_first(known, MappingWrite { verdict: Verdict::OutOfWindow, reason, ..row });
        }
        let people = self.people(&master.event, None, bare);
        let mail = match self.mail(master.consent == Some(master.version), people) {
            Ok(mail) => mail,
            Err(people) => {
                let reason = held_reason(people);
                return self.commit_first(known, MappingWrite { verdict: Verdict::Held, reason, ..row });
            }
        };
        let mut parts = vec![self.new_master(master, bare, &row)];
        for local in self.live_exceptions() {
            parts.push(self.new_exception(&master.event, &local, bare, &row.binding()));
        }
        let mark = Mark { calendar_id: self.out.calendar_id.clone(), event_id: master.id.clone() };
        let series_id = row.external_event_id.clone();
        self.commit_first(known, row);
        self.drop_old_exceptions();
        let exceptions = if self.out.whole_series { Vec::new() } else { parts.split_off(1) };
        let (components, sent) = parts.into_iter().unzip();
        let action = WriteAction::Create { mark, components };
        self.plan.ops.push(PushOp { write: RemoteWrite { series_id: series_id.clone(), action, mail }, sent });
        for (component, sent) in exceptions {
            self.one(&series_id, component, sent, mail);
        }
    }

    /// The row that is committed before anything is sent.
    fn creation(&self, master: &LocalEvent, known: Option<&ComponentState>) -> MappingWrite {
        let generation = match known.map(|known| &known.binding) {
            Some(binding) if binding.status == MappingStatus::Created && self.look_up != LookUp::Taken => {
                binding.generation
            }
            Some(binding) => binding.generation + 1,
            None => self.state.components.iter().map(|known| known.binding.generation + 1).max().unwrap_or(0),
        };
        let (prefix, suffix) = &self.out.new_item;
        let id = format!("{prefix}{}g{generation}{suffix}", master.id.replace('-', ""));
        // New copies have guests only where the meeting was made here, at its home.
        let bare = self.state.foreign || !self.out.home;
        let mut echo = Echo { tried: master.version, bare, ..Echo::default() };
        note_sent(&mut echo, &Field::ALL, &outward(&master.event, bare));
        MappingWrite {
            external_event_id: id.clone(),
            external_series_id: id.clone(),
            event_id: Some(master.id.clone()),
            series_id: self.state.series_id.clone().unwrap_or_else(|| master.id.clone()),
            status: MappingStatus::Created,
            role: Role::Copy,
            generation,
            echo,
            span: Some(span_of(&master.event, &self.rules.zone)),
            replaces: known.map(|known| known.binding.external_event_id.clone()).filter(|old| *old != id),
            ..MappingWrite::default()
        }
    }

    fn commit_first(&mut self, known: Option<&ComponentState>, row: MappingWrite) {
        match known.filter(|known| known.binding.external_event_id == row.external_event_id) {
            Some(known) => self.note(known, row),
            None => self.plan.rows.writes.mappings.push(row),
        }
    }

    fn live_exceptions(&self) -> Vec<LocalEvent> {
        let mapped = self.state.components.iter().filter_map(|known| known.local.as_ref());
        let locals = self.state.unmapped.iter().chain(mapped);
        locals.filter(|local| !local.deleted && local.recurrence_id.is_some()).cloned().collect()
    }

    /// Exceptions belong to the item that is made anew: their rows of the old one go.
    fn drop_old_exceptions(&mut self) {
        for known in self.state.components.iter().filter(|known| known.binding.recurrence_id.is_some()) {
            if known.binding.status != MappingStatus::Deleted {
                self.plan.rows.writes.mappings.push(tombstone(self.state, &known.binding));
            }
        }
    }

    fn new_master(&self, master: &LocalEvent, bare: bool, row: &MappingWrite) -> (ComponentWrite, Sent) {
        let after = outward(&master.event, bare);
        let write = ComponentWrite {
            item: None,
            recurrence_id: None,
            before: None,
            after: Some(Box::new(after)),
            fields: Field::ALL.to_vec(),
        };
        let sent = Sent {
            recurrence_id: None,
            local: Some(master.clone()),
            fields: Field::ALL.to_vec(),
            before: row.binding(),
            base: None,
            kind: SentKind::Put,
        };
        (write, sent)
    }

    /// An occurrence that becomes an exception.
    pub(super) fn new_exception(
        &self,
        master: &Event,
        local: &LocalEvent,
        bare: bool,
        series: &Binding,
    ) -> (ComponentWrite, Sent) {
        let slot = local.recurrence_id;
        let rule = slot.map(|slot| outward(&occurrence_of(master, slot), bare));
        let after = outward(&local.event, bare);
        let fields = rule.as_ref().map_or_else(|| Field::ALL.to_vec(), |rule| differing(rule, &after));
        let write = ComponentWrite {
            item: None,
            recurrence_id: slot,
            before: rule.clone().map(Box::new),
            after: Some(Box::new(after)),
            fields: fields.clone(),
        };
        let before = Binding {
            recurrence_id: slot,
            role: series.role,
            generation: series.generation,
            echo: Echo { bare, ..Echo::default() },
            ..Binding::default()
        };
        let sent =
            Sent { recurrence_id: slot, local: Some(local.clone()), fields, before, base: rule, kind: SentKind::Put };
        (write, sent)
    }
}
