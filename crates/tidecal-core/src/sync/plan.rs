//! Plans what happens to one series: every component decided, the decisions written down as data.

use tidecal_ical::{Budget, Moment, RecurrenceId, When, Zone, series_end};

use super::decide::{Admission, Decision, Local, Remote, decide};
use super::merge::ConflictPolicy;
use super::writes::{ConflictWrite, EventKind, EventOp, EventWrite, JournalEntry, MappingWrite, Span, Writes};
use super::{ComponentState, LocalEvent, MappingStatus, SeriesState, Verdict};
use crate::model::{Event, Status};
use crate::policy::{Ids, Window};
use crate::remote::{Content, RemoteComponent, RemoteSeries, SeriesScope};

/// Settings of a connection, as far as they decide about events.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What is kept in the local calendar.
    pub window: Window,
    /// Zone in which dates and floating times become instants for index columns.
    pub zone: Zone,
    /// Who wins a field that both sides changed.
    pub policy: ConflictPolicy,
}

/// Counts of one run, in the words of the documented answers: synced = new, updated = changed or
/// deleted, skipped = everything else that was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// New local events.
    pub synced: u64,
    /// Changed and deleted local events.
    pub updated: u64,
    /// Unchanged, kept out, quarantined, conflicted, held.
    pub skipped: u64,
    /// Of `updated`, the deleted ones.
    pub deleted: u64,
}

impl Stats {
    /// Everything that was looked at.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.synced + self.updated + self.skipped
    }

    /// Adds the counts of another part.
    pub fn add(&mut self, other: Self) {
        self.synced += other.synced;
        self.updated += other.updated;
        self.skipped += other.skipped;
        self.deleted += other.deleted;
    }
}

/// What happens to one series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// To be committed.
    pub writes: Writes,
    /// To be counted when committed.
    pub stats: Stats,
    /// Deletions of local events, a series counting once (for the guard).
    pub removals: u64,
}

impl Planned {
    /// Adds another series.
    pub fn append(&mut self, other: Self) {
        self.writes.append(other.writes);
        self.stats.add(other.stats);
        self.removals += other.removals;
    }
}

/// Plans the changed components of a series against what is known of it.
#[must_use]
pub fn plan_series(state: &SeriesState, change: &RemoteSeries, rules: &Rules, ids: &mut Ids) -> Planned {
    let mut planner = Planner::new(state, &change.id, rules, ids);
    planner.admit_by_span(change);
    let latest = latest_components(change);
    for component in &latest {
        planner.component(component);
    }
    // Where a part cannot be read, absence of another proves nothing (invariant 4).
    let whole =
        change.scope == SeriesScope::Whole && !latest.iter().any(|it| matches!(it.content, Content::Unreadable(_)));
    let master_cancelled = latest.iter().any(|it| it.recurrence_id.is_none() && is_cancelled(&it.content));
    for known in &state.components {
        let spoken_of = latest.iter().any(|it| is_of(known, it));
        if !spoken_of && (whole || master_cancelled) {
            planner.gone(known);
        }
    }
    planner.finish()
}

/// Plans the removal of an item: a whole series, or one exception.
#[must_use]
pub fn plan_gone(state: &SeriesState, item_id: &str, rules: &Rules, ids: &mut Ids) -> Planned {
    let mut planner = Planner::new(state, &state.id, rules, ids);
    let whole = item_id == state.id;
    for known in state.components.iter().filter(|known| whole || known.binding.external_event_id == item_id) {
        planner.gone(known);
    }
    planner.finish()
}

/// Quarantines an item that cannot be read at all; local events stay as they are.
#[must_use]
pub fn plan_unreadable(state: &SeriesState, component: &RemoteComponent, rules: &Rules, ids: &mut Ids) -> Planned {
    let mut planner = Planner::new(state, &state.id, rules, ids);
    planner.component(component);
    planner.finish()
}

/// Plans the rows that the window has reached: what was remembered enters the local calendar.
#[must_use]
pub fn plan_entering(state: &SeriesState, rules: &Rules, ids: &mut Ids) -> Planned {
    let mut planner = Planner::new(state, &state.id, rules, ids);
    planner.admission = Admission::In;
    for known in &state.components {
        let (Verdict::OutOfWindow, Some(base)) = (known.binding.verdict, &known.binding.base) else { continue };
        let remembered = RemoteComponent {
            id: known.binding.external_event_id.clone(),
            recurrence_id: known.binding.recurrence_id,
            version: known.binding.version.clone(),
            content: Content::Event(Box::new(base.clone())),
            raw: Vec::new(),
        };
        planner.adopt(Some(known), &remembered, base.clone());
    }
    planner.finish()
}

/// The same component may occur twice in a delivery; the later one counts.
fn latest_components(change: &RemoteSeries) -> Vec<&RemoteComponent> {
    let mut latest: Vec<&RemoteComponent> = Vec::with_capacity(change.components.len());
    for component in &change.components {
        match latest.iter_mut().find(|it| it.recurrence_id == component.recurrence_id && it.id == component.id) {
            Some(earlier) => *earlier = component,
            None => latest.push(component),
        }
    }
    latest
}

/// Exceptions are known by their slot (ids change when a series is split), everything else by id.
fn is_of(known: &ComponentState, component: &RemoteComponent) -> bool {
    known.binding.recurrence_id == component.recurrence_id
        && (component.recurrence_id.is_some() || known.binding.external_event_id == component.id)
}

fn is_cancelled(content: &Content) -> bool {
    match content {
        Content::Cancelled => true,
        Content::Event(event) => event.status == Status::Cancelled,
        Content::Unreadable(_) => false,
    }
}

struct Planner<'a> {
    state: &'a SeriesState,
    external_series_id: &'a str,
    series_id: String,
    rules: &'a Rules,
    ids: &'a mut Ids,
    admission: Admission,
    planned: Planned,
}

impl<'a> Planner<'a> {
    fn new(state: &'a SeriesState, external_series_id: &'a str, rules: &'a Rules, ids: &'a mut Ids) -> Self {
        let series_id = state.series_id.clone().unwrap_or_else(|| ids.next_id());
        let admission = Admission::In;
        Self { state, external_series_id, series_id, rules, ids, admission, planned: Planned::default() }
    }

    fn finish(self) -> Planned {
        self.planned
    }

    /// A series is in the window as a whole: if any of its parts is, or was let in before.
    fn admit_by_span(&mut self, change: &RemoteSeries) {
        let known_inside = self.state.components.iter().any(|known| known.local.is_some());
        let inside = |component: &RemoteComponent| match &component.content {
            Content::Event(event) => {
                let span = span_of(event, &self.rules.zone);
                self.rules.window.overlaps(span.start, span.series_end)
            }
            Content::Cancelled => false,
            Content::Unreadable(_) => true,
        };
        // Cancelled occurrences of a series that is not known yet wait for it inside.
        let only_cancelled = change.components.iter().all(|it| matches!(it.content, Content::Cancelled));
        let unknown = self.state.components.is_empty();
        if !(known_inside || only_cancelled && unknown || change.components.iter().any(inside)) {
            self.admission = Admission::Out(Verdict::OutOfWindow, "outside the window".to_owned());
        }
    }

    fn component(&mut self, component: &RemoteComponent) {
        let known = self.state.components.iter().find(|known| is_of(known, component));
        if let Some(known) = known
            && !component.version.is_empty()
            && !(component.recurrence_id.is_none() && is_cancelled(&component.content))
            && known.binding.version == component.version
            && known.binding.external_event_id == component.id
            && matches!(known.binding.status, MappingStatus::Synced | MappingStatus::Conflict | MappingStatus::Failed)
            && self.verdict_stands(known)
        {
            self.planned.stats.skipped += 1;
            return;
        }
        let cancelled;
        let remote = match &component.content {
            Content::Unreadable(reason) => Remote::Unreadable(reason),
            content if is_cancelled(content) => match component.recurrence_id {
                None => Remote::Gone,
                Some(slot) => {
                    cancelled = cancelled_occurrence(content, slot);
                    Remote::Present(&cancelled)
                }
            },
            Content::Event(event) => Remote::Present(event),
            Content::Cancelled => Remote::Gone,
        };
        let live = known.filter(|known| known.binding.status != MappingStatus::Deleted);
        let base = live.and_then(ComponentState::base);
        let decision = decide(live.is_some(), Local::of(live), remote, base, &self.admission, self.rules.policy);
        self.carry_out(known, component, remote, decision);
    }

    /// A verdict that depends on the window is looked at again even if the item did not change.
    fn verdict_stands(&self, known: &ComponentState) -> bool {
        known.binding.verdict != Verdict::OutOfWindow || self.admission != Admission::In
    }

    fn gone(&mut self, known: &ComponentState) {
        if known.binding.status == MappingStatus::Deleted {
            return;
        }
        let decision =
            decide(true, Local::of(Some(known)), Remote::Gone, known.base(), &self.admission, self.rules.policy);
        let component = RemoteComponent {
            id: known.binding.external_event_id.clone(),
            recurrence_id: known.binding.recurrence_id,
            version: String::new(),
            content: Content::Cancelled,
            raw: Vec::new(),
        };
        self.carry_out(Some(known), &component, Remote::Gone, decision);
    }

    fn carry_out(
        &mut self,
        known: Option<&ComponentState>,
        component: &RemoteComponent,
        remote: Remote<'_>,
        decision: Decision,
    ) {
        let theirs = match remote {
            Remote::Present(event) => Some(event),
            Remote::Gone | Remote::Unreadable(_) => None,
        };
        let local = known.and_then(|known| known.local.as_ref());
        match (decision, theirs, known, local) {
            (Decision::Adopt, Some(event), ..) => self.adopt(known, component, event.clone()),
            (Decision::Apply, Some(event), _, Some(local)) => self.apply(component, local, event),
            (Decision::Merge(merged), Some(event), Some(known), Some(local)) => {
                if !merged.overruled.is_empty() {
                    self.journal("overrule", &local.id, Some(event), Some(&merged.event));
                }
                self.merge(component, known, local, &merged.event, event);
            }
            (Decision::KeepOut(verdict, reason), Some(event), ..) => {
                self.keep_out(component, local, event, verdict, reason);
            }
            (Decision::Conflict(fields), _, Some(known), Some(local)) => {
                let fields = fields.into_iter().map(|field| field.as_str().to_owned()).collect();
                self.conflict(component, known, local, theirs, fields);
            }
            (Decision::Remove, _, Some(known), Some(local)) => self.remove(component, known, local),
            (Decision::Bury, _, Some(known), _) => self.bury(component, known),
            (Decision::Quarantine(reason), ..) => self.quarantine(component, known, reason),
            (Decision::Unchanged | Decision::KeepLocal, Some(event), Some(known), _) => {
                self.touch(component, known, event);
            }
            _ => self.planned.stats.skipped += 1,
        }
    }

    /// A mapping row for that component, in step unless said otherwise.
    fn mapping(&self, component: &RemoteComponent) -> MappingWrite {
        MappingWrite {
            external_event_id: component.id.clone(),
            external_series_id: self.external_series_id.to_owned(),
            recurrence_id: component.recurrence_id,
            event_id: None,
            series_id: self.series_id.clone(),
            uid: String::new(),
            version: component.version.clone(),
            base_version: 0,
            base: None,
            raw: (!component.raw.is_empty()).then(|| component.raw.clone()),
            verdict: Verdict::Mirrored,
            reason: String::new(),
            status: MappingStatus::Synced,
            last_error: String::new(),
            span: None,
        }
    }

    fn event_write(&self, component: &RemoteComponent, id: String, op: EventOp) -> EventWrite {
        EventWrite {
            id,
            series_id: self.series_id.clone(),
            recurrence_id: component.recurrence_id,
            external_event_id: component.id.clone(),
            op,
        }
    }

    fn journal(&mut self, action: &'static str, event_id: &str, before: Option<&Event>, after: Option<&Event>) {
        let boxed = |event: Option<&Event>| event.cloned().map(Box::new);
        self.planned.writes.journal.push(JournalEntry {
            event_id: event_id.to_owned(),
            action,
            before: boxed(before),
            after: boxed(after),
        });
    }

    fn adopt(&mut self, known: Option<&ComponentState>, component: &RemoteComponent, event: Event) {
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

    fn apply(&mut self, component: &RemoteComponent, local: &LocalEvent, event: &Event) {
        self.journal("update", &local.id, Some(&local.event), Some(event));
        let mapping = self.update(component, local, event);
        self.planned.writes.mappings.push(MappingWrite { base_version: local.version + 1, ..mapping });
    }

    fn merge(
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

    fn update(&mut self, component: &RemoteComponent, local: &LocalEvent, event: &Event) -> MappingWrite {
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

    fn keep_out(
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

    fn conflict(
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
        let mapping = self.kept(component, known);
        self.planned.writes.mappings.push(MappingWrite {
            verdict: Verdict::Conflicted,
            reason: reason.to_owned(),
            status: MappingStatus::Conflict,
            ..mapping
        });
    }

    fn remove(&mut self, component: &RemoteComponent, known: &ComponentState, local: &LocalEvent) {
        self.delete_local(component, local);
        let masterless = self.state.components.iter().all(|known| known.binding.recurrence_id.is_some());
        if component.recurrence_id.is_none() || masterless && self.planned.removals == 0 {
            self.planned.removals += 1;
        }
        let tombstone = self.tombstone(component, known);
        self.planned.writes.mappings.push(tombstone);
    }

    fn delete_local(&mut self, component: &RemoteComponent, local: &LocalEvent) {
        self.journal("delete", &local.id, Some(&local.event), None);
        let op = EventOp::Delete { expected: local.version };
        let write = self.event_write(component, local.id.clone(), op);
        self.planned.writes.events.push(write);
        self.planned.stats.updated += 1;
        self.planned.stats.deleted += 1;
    }

    fn bury(&mut self, component: &RemoteComponent, known: &ComponentState) {
        self.planned.stats.skipped += 1;
        let tombstone = self.tombstone(component, known);
        self.planned.writes.mappings.push(tombstone);
    }

    fn tombstone(&self, component: &RemoteComponent, known: &ComponentState) -> MappingWrite {
        MappingWrite {
            version: known.binding.version.clone(),
            reason: "deleted remotely".to_owned(),
            status: MappingStatus::Deleted,
            ..self.mapping(component)
        }
    }

    fn quarantine(&mut self, component: &RemoteComponent, known: Option<&ComponentState>, reason: String) {
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
    fn touch(&mut self, component: &RemoteComponent, known: &ComponentState, event: &Event) {
        self.planned.stats.skipped += 1;
        let status = if known.is_dirty() { MappingStatus::Updated } else { MappingStatus::Synced };
        let verdict = match known.local {
            Some(_) => Verdict::Mirrored,
            None => known.binding.verdict,
        };
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

    /// A mapping row that keeps event and base of the stored one.
    fn kept(&self, component: &RemoteComponent, known: &ComponentState) -> MappingWrite {
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

/// An occurrence that does not take place, as an event of status cancelled at its slot.
fn cancelled_occurrence(content: &Content, slot: RecurrenceId) -> Event {
    let mut event = match content {
        Content::Event(event) => (**event).clone(),
        Content::Cancelled | Content::Unreadable(_) => Event::at(slot_time(slot)),
    };
    event.status = Status::Cancelled;
    event
}

fn slot_time(slot: RecurrenceId) -> When {
    match slot {
        RecurrenceId::Date(start) => When::AllDay { start, end: start.tomorrow().unwrap_or(start) },
        RecurrenceId::Utc(at) => {
            let at = Moment::zoned(jiff::tz::TimeZone::UTC.to_datetime(at), Zone::utc());
            When::Timed { start: at.clone(), end: at }
        }
        RecurrenceId::Floating(local) => {
            let at = Moment { local, zone: None };
            When::Timed { start: at.clone(), end: at }
        }
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

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
