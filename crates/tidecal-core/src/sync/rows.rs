//! How a decision is written down: the rows of one component.

use tidecal_ical::{Budget, RecurrenceId, Zone, series_end};

use super::plan::Planner;
use super::writes::{
    ConflictWrite, Direction, EventKind, EventOp, EventWrite, JournalEntry, KeptEvent, MappingWrite, Span,
};
use super::{ComponentState, LocalEvent, MappingStatus, Verdict};
use crate::model::Event;
use crate::remote::RemoteComponent;

impl Planner<'_> {
    /// A mapping row for that component, in step unless said otherwise.
    pub(super) fn mapping(&self, component: &RemoteComponent) -> MappingWrite {
        MappingWrite {
            external_event_id: component.id.clone(),
            external_series_id: self.external_series_id.to_owned(),
            recurrence_id: component.recurrence_id,
            series_id: self.series_id.clone(),
            version: component.version.clone(),
            raw: (!component.raw.is_empty()).then(|| component.raw.clone()),
            ..MappingWrite::default()
        }
    }

    pub(super) fn event_write(&self, component: &RemoteComponent, id: String, op: EventOp) -> EventWrite {
        EventWrite {
            id,
            series_id: self.series_id.clone(),
            recurrence_id: component.recurrence_id,
            external_event_id: component.id.clone(),
            op,
        }
    }

    pub(super) fn journal(
        &mut self,
        action: &'static str,
        event_id: &str,
        before: Option<&Event>,
        after: Option<&Event>,
    ) {
        let boxed = |event: Option<&Event>| event.cloned().map(Box::new);
        self.planned.writes.journal.push(JournalEntry {
            event_id: event_id.to_owned(),
            action,
            direction: Direction::In,
            before: boxed(before),
            after: boxed(after),
        });
    }

    pub(super) fn adopt(&mut self, known: Option<&ComponentState>, component: &RemoteComponent, event: Event) {
        let span = span_of(&event, &self.rules.zone);
        let kind = kind_of(&event, component.recurrence_id);
        let mut mapping = self.mapping(component);
        mapping.uid.clone_from(&event.uid);
        mapping.span = Some(span);
        let revived = known.and_then(|known| known.local.as_ref());
        let (id, op) = match revived {
            Some(LocalEvent { id, version, .. }) => {
                mapping.base_version = version + 1;
                (id.clone(), EventOp::Update { expected: *version, kind, event: Box::new(event), span })
            }
            None => {
                mapping.base_version = 1;
                let id = if component.recurrence_id.is_none() { self.series_id.clone() } else { self.ids.next_id() };
                (id, EventOp::Insert { kind, event: Box::new(event), span })
            }
        };
        mapping.event_id = Some(id.clone());
        let write = self.event_write(component, id, op);
        self.planned.writes.events.push(write);
        self.planned.writes.mappings.push(mapping);
        self.planned.stats.synced += 1;
    }

    pub(super) fn apply(&mut self, component: &RemoteComponent, local: &LocalEvent, event: &Event) {
        self.journal("update", &local.id, Some(&local.event), Some(event));
        let mapping = self.update(component, local, event);
        self.planned.writes.mappings.push(MappingWrite { base_version: local.version + 1, ..mapping });
    }

    pub(super) fn merge(
        &mut self,
        component: &RemoteComponent,
        known: &ComponentState,
        local: &LocalEvent,
        merged: &Event,
        theirs: &Event,
    ) {
        if merged == theirs {
            return self.apply(component, local, theirs);
        }
        self.journal("update", &local.id, Some(&local.event), Some(merged));
        let mapping = self.update(component, local, merged);
        self.planned.writes.mappings.push(MappingWrite {
            base_version: known.binding.base_version,
            base: Some(Box::new(theirs.clone())),
            status: MappingStatus::Updated,
            ..mapping
        });
    }

    pub(super) fn update(&mut self, component: &RemoteComponent, local: &LocalEvent, event: &Event) -> MappingWrite {
        let span = span_of(event, &self.rules.zone);
        let kind = kind_of(event, component.recurrence_id);
        let op = EventOp::Update { expected: local.version, kind, event: Box::new(event.clone()), span };
        let write = self.event_write(component, local.id.clone(), op);
        self.planned.writes.events.push(write);
        self.planned.stats.updated += 1;
        let mut mapping = self.mapping(component);
        mapping.uid.clone_from(&event.uid);
        mapping.span = Some(span);
        mapping.event_id = Some(local.id.clone());
        mapping
    }

    pub(super) fn keep_out(
        &mut self,
        component: &RemoteComponent,
        local: Option<&LocalEvent>,
        event: &Event,
        verdict: Verdict,
        reason: String,
    ) {
        if let Some(local) = local {
            self.delete_local(component, local);
        } else {
            self.planned.stats.skipped += 1;
        }
        let mut mapping = self.mapping(component);
        mapping.uid.clone_from(&event.uid);
        mapping.span = Some(span_of(event, &self.rules.zone));
        mapping.base = Some(Box::new(event.clone()));
        self.planned.writes.mappings.push(MappingWrite { verdict, reason, ..mapping });
    }

    pub(super) fn conflict(
        &mut self,
        component: &RemoteComponent,
        known: &ComponentState,
        local: &LocalEvent,
        theirs: Option<&Event>,
        fields: Vec<String>,
    ) {
        self.planned.stats.skipped += 1;
        let mine = (!local.deleted).then(|| Box::new(local.event.clone()));
        self.planned.writes.conflicts.push(ConflictWrite {
            external_event_id: component.id.clone(),
            recurrence_id: component.recurrence_id,
            event_id: Some(local.id.clone()),
            fields,
            base: known.base().cloned().map(Box::new),
            local: mine,
            remote: theirs.cloned().map(Box::new),
        });
        let reason = if theirs.is_none() { "deleted remotely, edited here" } else { "changed on both sides" };
        let mut mapping = self.kept(component, known);
        if theirs.is_none() {
            mapping.version.clear();
        }
        self.planned.writes.mappings.push(MappingWrite {
            verdict: Verdict::Conflicted,
            reason: reason.to_owned(),
            status: MappingStatus::Conflict,
            ..mapping
        });
    }

    pub(super) fn remove(&mut self, component: &RemoteComponent, known: &ComponentState, local: &LocalEvent) {
        self.delete_local(component, local);
        let masterless = self.state.components.iter().all(|known| known.binding.recurrence_id.is_some());
        if component.recurrence_id.is_none() || masterless && self.planned.removals == 0 {
            self.planned.removals += 1;
        }
        let tombstone = self.tombstone(component, known);
        self.planned.writes.mappings.push(tombstone);
    }

    pub(super) fn delete_local(&mut self, component: &RemoteComponent, local: &LocalEvent) {
        self.journal("delete", &local.id, Some(&local.event), None);
        let op = EventOp::Delete { expected: local.version };
        let write = self.event_write(component, local.id.clone(), op);
        self.planned.writes.events.push(write);
        self.planned.stats.updated += 1;
        self.planned.stats.deleted += 1;
    }

    /// Both sides have deleted it: what the local one kept until the other knew can go, too, so that
    /// the id is free should the item come back.
    pub(super) fn bury(&mut self, component: &RemoteComponent, known: &ComponentState) {
        self.planned.stats.skipped += 1;
        if let Some(local) = &known.local {
            let op = EventOp::Delete { expected: local.version };
            let write = self.event_write(component, local.id.clone(), op);
            self.planned.writes.events.push(write);
        }
        let tombstone = self.tombstone(component, known);
        self.planned.writes.mappings.push(tombstone);
    }

    pub(super) fn tombstone(&self, component: &RemoteComponent, known: &ComponentState) -> MappingWrite {
        MappingWrite {
            version: known.binding.version.clone(),
            reason: "deleted remotely".to_owned(),
            status: MappingStatus::Deleted,
            ..self.mapping(component)
        }
    }

    pub(super) fn quarantine(&mut self, component: &RemoteComponent, known: Option<&ComponentState>, reason: String) {
        self.planned.stats.skipped += 1;
        let mapping = match known {
            Some(known) if known.local.is_some() => self.kept(component, known),
            _ => self.mapping(component),
        };
        self.planned.writes.mappings.push(MappingWrite {
            verdict: Verdict::Quarantined,
            last_error: reason.clone(),
            reason,
            status: MappingStatus::Failed,
            ..mapping
        });
    }

    /// Nothing changed in meaning: only the version, or a state that no longer holds.
    pub(super) fn touch(&mut self, component: &RemoteComponent, known: &ComponentState, event: &Event) {
        self.planned.stats.skipped += 1;
        let status = if known.is_dirty() { MappingStatus::Updated } else { MappingStatus::Synced };
        let verdict = match known.local {
            Some(_) => Verdict::Mirrored,
            None => known.binding.verdict,
        };
        let binding = &known.binding;
        let same_item = (&binding.version, &binding.external_event_id) == (&component.version, &component.id);
        if same_item && (binding.status, binding.verdict) == (status, verdict) {
            return;
        }
        let mapping = self.kept(component, known);
        let reason = if verdict == Verdict::OutOfWindow { "outside the window" } else { "" };
        self.planned.writes.mappings.push(MappingWrite {
            uid: event.uid.clone(),
            span: Some(span_of(event, &self.rules.zone)),
            verdict,
            reason: reason.to_owned(),
            status,
            ..mapping
        });
    }

    /// The local event stays although the item is gone.
    pub(super) fn outlive(&mut self, component: &RemoteComponent, known: &ComponentState) {
        self.planned.stats.skipped += 1;
        let mapping = MappingWrite { version: String::new(), ..self.kept(component, known) };
        self.planned.writes.mappings.push(MappingWrite {
            reason: "deleted remotely, kept here".to_owned(),
            status: MappingStatus::Updated,
            ..mapping
        });
    }

    /// A mapping row that keeps event and base of the stored one.
    pub(super) fn kept(&mut self, component: &RemoteComponent, known: &ComponentState) -> MappingWrite {
        if let Some(local) = &known.local {
            self.planned.writes.kept.push(KeptEvent { id: local.id.clone(), expected: local.version });
        }
        MappingWrite {
            event_id: known.local.as_ref().map(|local| local.id.clone()),
            base_version: known.binding.base_version,
            base: known.binding.base.clone().map(Box::new),
            ..self.mapping(component)
        }
    }
}

fn kind_of(event: &Event, slot: Option<RecurrenceId>) -> EventKind {
    match (slot, &event.recurrence) {
        (Some(_), _) => EventKind::Override,
        (None, Some(_)) => EventKind::Master,
        (None, None) => EventKind::Single,
    }
}

/// First and last instants for index columns.
#[must_use]
pub fn span_of(event: &Event, zone: &Zone) -> Span {
    /// Enough to count through a COUNT rule of a human lifetime; beyond it the series counts as endless.
    const BUDGET: Budget = Budget { candidates: 100_000, occurrences: 100_000 };
    let (start, end) = event.when.span(zone);
    let series_end = match &event.recurrence {
        None => Some(end),
        Some(recurrence) => series_end(&event.when, recurrence, zone, BUDGET).map(|last| last.max(end)),
    };
    Span { start, end, series_end }
}
