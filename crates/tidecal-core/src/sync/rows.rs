//! How a decision is written down: the rows of one component.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tidecal_ical::{Budget, RecurrenceId, When, Zone, series_end};

use super::decide::Decision;
use super::merge::{Field, Merged, differing, same};
use super::plan::{Planner, Theirs, known_of};
use super::writes::{
    ConflictWrite, Direction, EventKind, EventOp, EventWrite, JournalEntry, KeptEvent, MappingWrite, Span,
};
use super::{ComponentState, Echo, LocalEvent, MappingStatus, Privacy, Verdict};
use crate::model::Event;
use crate::remote::RemoteComponent;

impl Planner<'_> {
    /// A mapping row for that component, in step unless said otherwise.
    pub(super) fn mapping(&self, component: &RemoteComponent) -> MappingWrite {
        let known = known_of(self.state, component).map(|known| &known.binding);
        let known = known.filter(|known| known.status != MappingStatus::Deleted);
        let keeps_raw = self.rules.privacy == Privacy::Full && !component.raw.is_empty();
        MappingWrite {
            external_event_id: component.id.clone(),
            external_series_id: self.external_series_id.to_owned(),
            recurrence_id: component.recurrence_id,
            series_id: self.series_id.clone(),
            version: component.version.clone(),
            raw: keeps_raw.then(|| component.raw.clone()),
            role: known.map(|known| known.role).unwrap_or_default(),
            generation: known.map(|known| known.generation).unwrap_or_default(),
            // Where both sides agree anew, nothing is on its way any more.
            echo: known.map(|known| Echo { sent: Vec::new(), ..known.echo.clone() }).unwrap_or_default(),
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

    pub(super) fn adopt(&mut self, known: Option<&ComponentState>, component: &RemoteComponent, theirs: Theirs<'_>) {
        let event = theirs.event.clone();
        let span = span_of(&event, &self.rules.zone);
        let kind = kind_of(&event, component.recurrence_id);
        let mut mapping = self.mapping(component);
        mapping.uid.clone_from(&event.uid);
        mapping.span = Some(span);
        mapping.base = theirs.base_beside(&event);
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

    /// The local event becomes `event`, and both sides agree.
    pub(super) fn apply(&mut self, component: &RemoteComponent, local: &LocalEvent, event: &Event, theirs: Theirs<'_>) {
        self.journal("update", &local.id, Some(&local.event), Some(event));
        let base = theirs.base_beside(event);
        let mapping = self.update(component, local, event);
        let mapping = MappingWrite { base_version: local.version + 1, base, ..mapping };
        self.planned.writes.mappings.push(self.heard(mapping, theirs));
    }

    pub(super) fn merge(
        &mut self,
        component: &RemoteComponent,
        known: &ComponentState,
        local: &LocalEvent,
        merged: &Merged,
        theirs: Theirs<'_>,
    ) {
        if same(&merged.event, &merged.local_base) {
            return self.apply(component, local, &merged.event, theirs);
        }
        let mut mapping = if merged.event == local.event {
            self.planned.stats.skipped += 1;
            self.kept(component, known)
        } else {
            self.journal("update", &local.id, Some(&local.event), Some(&merged.event));
            self.update(component, local, &merged.event)
        };
        mapping.echo.sent.clear();
        let base = Box::new(theirs.raw.clone());
        self.planned.writes.mappings.push(MappingWrite {
            span: Some(span_of(theirs.event, &self.rules.zone)),
            base_version: known.binding.base_version,
            local_base: (merged.local_base != *base).then(|| Box::new(merged.local_base.clone())),
            base: Some(base),
            status: MappingStatus::Updated,
            ..mapping
        });
    }

    /// Both sides say the same: only the mapping moves.
    pub(super) fn agree(&mut self, component: &RemoteComponent, local: &LocalEvent, theirs: Theirs<'_>) {
        self.planned.stats.skipped += 1;
        self.planned.writes.kept.push(KeptEvent { id: local.id.clone(), expected: local.version });
        let mapping = MappingWrite {
            event_id: Some(local.id.clone()),
            uid: theirs.raw.uid.clone(),
            base_version: local.version,
            base: theirs.base_beside(&local.event),
            span: Some(span_of(theirs.event, &self.rules.zone)),
            ..self.mapping(component)
        };
        self.planned.writes.mappings.push(mapping);
    }

    /// The remote side moves on by itself: only the mapping knows what it says now.
    pub(super) fn drift(
        &mut self,
        component: &RemoteComponent,
        known: &ComponentState,
        local: &LocalEvent,
        theirs: Theirs<'_>,
    ) {
        self.planned.stats.skipped += 1;
        if known.is_dirty() {
            self.journal("overrule", &local.id, Some(theirs.event), Some(&local.event));
        }
        let local_base = known.local_base().filter(|_| known.is_dirty()).cloned().map(Box::new);
        let mapping = MappingWrite {
            uid: theirs.raw.uid.clone(),
            base: Some(Box::new(theirs.raw.clone())),
            local_base,
            status: if known.is_dirty() { MappingStatus::Updated } else { MappingStatus::Synced },
            span: Some(span_of(theirs.event, &self.rules.zone)),
            ..self.kept(component, known)
        };
        self.planned.writes.mappings.push(mapping);
    }

    /// Gone there, and this connection takes no deletions in.
    pub(super) fn part(&mut self, component: &RemoteComponent, known: &ComponentState) {
        self.planned.stats.skipped += 1;
        let mapping = MappingWrite { version: String::new(), ..self.kept(component, known) };
        self.planned.writes.mappings.push(MappingWrite {
            verdict: Verdict::Filtered,
            reason: "deleted there; this connection takes no deletions in".to_owned(),
            status: MappingStatus::Deleted,
            ..mapping
        });
    }

    /// Counts how often the vendor changes what we have just written (problem 4): where no person's
    /// edit lies between two such changes, nothing would ever come to rest.
    pub(super) fn rewriting(
        &self,
        known: Option<&ComponentState>,
        decision: &Decision,
        theirs: Option<&Event>,
    ) -> Option<String> {
        let moves = matches!(decision, Decision::Apply | Decision::Follow(_) | Decision::Merge(_));
        let rewriting = Rewriting::of(known.filter(|_| moves)?, theirs?)?;
        rewriting.never_ends().then(|| {
            let fields = rewriting.fields.join(", ");
            format!("the vendor changes {fields} each time it is written; edit the event on one side to try again")
        })
    }

    fn heard(&self, mut mapping: MappingWrite, theirs: Theirs<'_>) -> MappingWrite {
        let same = |known: &&ComponentState| {
            let binding = &known.binding;
            (&binding.external_event_id, binding.recurrence_id) == (&mapping.external_event_id, mapping.recurrence_id)
        };
        let known = self.state.components.iter().find(same);
        let rewriting = known.and_then(|known| Rewriting::of(known, theirs.raw));
        let (rewrites, rewritten, streak) =
            rewriting.map_or((0, 0, 0), |rewriting| (rewriting.rewrites, rewriting.value, rewriting.streak));
        mapping.echo = Echo { rewrites, rewritten, streak, ..mapping.echo };
        mapping
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
        if verdict == Verdict::Filtered {
            // What a person keeps out is not kept anywhere: id and rule are enough.
            mapping.raw = Some(Vec::new());
        } else {
            mapping.base = Some(Box::new(event.clone()));
        }
        self.planned.writes.mappings.push(MappingWrite { verdict, reason, ..mapping });
    }

    pub(super) fn conflict(
        &mut self,
        component: &RemoteComponent,
        known: &ComponentState,
        local: Option<&LocalEvent>,
        theirs: Option<Theirs<'_>>,
        fields: Vec<String>,
    ) {
        self.planned.stats.skipped += 1;
        let mine = local.filter(|local| !local.deleted).map(|local| Box::new(local.event.clone()));
        self.planned.writes.conflicts.push(ConflictWrite {
            external_event_id: component.id.clone(),
            recurrence_id: component.recurrence_id,
            event_id: local.map(|local| local.id.clone()),
            fields,
            base: known.local_base().cloned().map(Box::new),
            local: mine,
            remote: theirs.map(|theirs| Box::new(theirs.event.clone())),
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
        // What went from here altogether is still to go there.
        let goes = known.local.is_none() && known.binding.status == MappingStatus::Updated;
        let status = if goes || known.is_dirty() { MappingStatus::Updated } else { MappingStatus::Synced };
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

    /// The master leaves the occurrence out, and it is cancelled here: both say the same.
    pub(super) fn still_cancelled(&mut self, known: &ComponentState, master: &RemoteComponent) {
        let (Some(local), binding) = (&known.local, &known.binding) else { return };
        let component = RemoteComponent {
            id: binding.external_event_id.clone(),
            recurrence_id: binding.recurrence_id,
            version: master.version.clone(),
            ..RemoteComponent::default()
        };
        self.touch(&component, known, &local.event);
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
        let mut mapping = self.mapping(component);
        mapping.echo.sent.clone_from(&known.binding.echo.sent);
        MappingWrite {
            event_id: known.local.as_ref().map(|local| local.id.clone()),
            base_version: known.binding.base_version,
            base: known.binding.base.clone().map(Box::new),
            local_base: known.binding.local_base.clone().map(Box::new),
            ..mapping
        }
    }
}

/// What the vendor has changed right after our last write, in the fields that it wrote.
///
/// People change things after us, too, and on both sides of a hub: only a value that comes back is
/// taken for a vendor's habit, or a row of changes that no person would make.
struct Rewriting {
    fields: Vec<&'static str>,
    value: u64,
    rewrites: u8,
    streak: u8,
}

/// The same value again, and the item is left alone.
const MOST_REWRITES: u8 = 2;
/// So many changes in a row, to whatever values.
const LONGEST_STREAK: u8 = 10;

impl Rewriting {
    /// `None`: our write was not the last word, or its fields are as they were.
    fn of(known: &ComponentState, theirs: &Event) -> Option<Self> {
        let echo = &known.binding.echo;
        if echo.version.is_empty() || echo.version != known.binding.version {
            return None;
        }
        let written = |field: &Field| echo.fields.iter().any(|written| written == field.as_str());
        let changed: Vec<Field> = differing(known.base()?, theirs).into_iter().filter(written).collect();
        if changed.is_empty() {
            return None;
        }
        let edited = known.local.as_ref().is_some_and(|local| local.edited >= known.binding.base_version);
        let value = value_of(theirs, &changed);
        let again = !edited && echo.rewritten == value;
        Some(Self {
            fields: changed.into_iter().map(Field::as_str).collect(),
            value,
            rewrites: if again { echo.rewrites.saturating_add(1) } else { 1 },
            streak: if edited { 1 } else { echo.streak.saturating_add(1) },
        })
    }

    fn never_ends(&self) -> bool {
        self.rewrites >= MOST_REWRITES || self.streak >= LONGEST_STREAK
    }
}

/// Equal for equal values; only ever compared with itself.
pub(super) fn value_of(event: &Event, fields: &[Field]) -> u64 {
    let nowhen = When::AllDay { start: jiff::civil::Date::ZERO, end: jiff::civil::Date::ZERO };
    let mut only = Event::at(nowhen);
    fields.iter().for_each(|field| field.copy(event, &mut only));
    let mut hasher = DefaultHasher::new();
    only.hash(&mut hasher);
    hasher.finish()
}

impl Theirs<'_> {
    /// The vendor's words, where the local event says it otherwise.
    pub(super) fn base_beside(&self, local: &Event) -> Option<Box<Event>> {
        (self.raw != local).then(|| Box::new(self.raw.clone()))
    }
}

pub(super) fn kind_of(event: &Event, slot: Option<RecurrenceId>) -> EventKind {
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
