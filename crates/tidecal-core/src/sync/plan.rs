//! Plans what happens to one series: every component decided, the decisions written down as data.

use tidecal_ical::{Moment, RecurrenceId, When, Zone};

use super::decide::{Admission, Decision, Local, Remote, decide};
use super::merge::ConflictPolicy;
use super::rows::span_of;
use super::writes::{MappingWrite, Writes};
use super::{Binding, ComponentState, MappingStatus, SeriesState, Verdict};
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
    let inside = planner.admit_by_span(change);
    let latest = latest_components(change);
    planner.series_is_gone = is_gone(state) && latest.iter().all(|it| it.recurrence_id.is_some());
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
        } else if !spoken_of && inside {
            planner.enter(known);
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
    state.components.iter().for_each(|known| planner.enter(known));
    planner.finish()
}

/// The same component may occur twice in a delivery; the later one counts.
fn latest_components(change: &RemoteSeries) -> Vec<&RemoteComponent> {
    let mut latest: Vec<&RemoteComponent> = Vec::with_capacity(change.components.len());
    for component in &change.components {
        match latest.iter_mut().find(|it| is_same(it, component)) {
            Some(earlier) => *earlier = component,
            None => latest.push(component),
        }
    }
    latest
}

/// Exceptions are known by their slot (ids change when an occurrence is cancelled or a series is
/// split), everything else by id.
fn is_same(a: &RemoteComponent, b: &RemoteComponent) -> bool {
    a.recurrence_id == b.recurrence_id && (a.recurrence_id.is_some() || a.id == b.id)
}

fn is_of(known: &ComponentState, component: &RemoteComponent) -> bool {
    known.binding.recurrence_id == component.recurrence_id
        && (component.recurrence_id.is_some() || known.binding.external_event_id == component.id)
}

/// What is known of a component: of several rows of one slot the one that is no tombstone, else
/// the one of that id.
fn known_of<'a>(state: &'a SeriesState, component: &RemoteComponent) -> Option<&'a ComponentState> {
    let rank = |known: &&ComponentState| {
        let live = known.binding.status != MappingStatus::Deleted;
        (live, known.binding.external_event_id == component.id)
    };
    state.components.iter().filter(|known| is_of(known, component)).max_by_key(rank)
}

/// Its master is known to be gone, or everything that was known of it.
fn is_gone(state: &SeriesState) -> bool {
    let gone = |known: &ComponentState| known.binding.is_gone();
    let is_master = |known: &&ComponentState| known.binding.external_event_id == state.id;
    let master = state.components.iter().filter(is_master).find(|known| known.binding.recurrence_id.is_none());
    master.is_some_and(gone) || !state.components.is_empty() && state.components.iter().all(gone)
}

fn is_cancelled(content: &Content) -> bool {
    match content {
        Content::Cancelled => true,
        Content::Event(event) => event.status == Status::Cancelled,
        Content::Unreadable(_) => false,
    }
}

/// Plans one series; what it writes stands in `rows`.
pub(super) struct Planner<'a> {
    pub(super) state: &'a SeriesState,
    pub(super) external_series_id: &'a str,
    pub(super) series_id: String,
    pub(super) rules: &'a Rules,
    pub(super) ids: &'a mut Ids,
    admission: Admission,
    series_is_gone: bool,
    pub(super) planned: Planned,
}

impl<'a> Planner<'a> {
    fn new(state: &'a SeriesState, external_series_id: &'a str, rules: &'a Rules, ids: &'a mut Ids) -> Self {
        let series_id = state.series_id.clone().unwrap_or_else(|| ids.next_id());
        let admission = Admission::In;
        let planned = Planned::default();
        Self { state, external_series_id, series_id, rules, ids, admission, series_is_gone: false, planned }
    }

    fn finish(self) -> Planned {
        self.planned
    }

    /// A series is in the window as a whole: if any of its parts is, or was let in before. Returns
    /// whether that is certain.
    fn admit_by_span(&mut self, change: &RemoteSeries) -> bool {
        let known_inside = self.state.components.iter().any(|known| known.local.is_some());
        let inside = |component: &RemoteComponent| match &component.content {
            Content::Event(event) => {
                let span = span_of(event, &self.rules.zone);
                self.rules.window.overlaps(span.start, span.series_end)
            }
            Content::Cancelled | Content::Unreadable(_) => false,
        };
        let certain = known_inside || change.components.iter().any(inside);
        // Cancelled occurrences of a series that is not known yet wait for it inside.
        let only_cancelled = change.components.iter().all(|it| matches!(it.content, Content::Cancelled));
        let unknown = self.state.components.is_empty();
        if !(certain || only_cancelled && unknown) {
            self.admission = Admission::Out(Verdict::OutOfWindow, "outside the window".to_owned());
        }
        certain
    }

    /// What waits outside the window enters with its series.
    fn enter(&mut self, known: &ComponentState) {
        let (Verdict::OutOfWindow, Some(base)) = (known.binding.verdict, &known.binding.base) else { return };
        let component = RemoteComponent {
            version: known.binding.version.clone(),
            content: Content::Event(Box::new(base.clone())),
            ..remembered(&known.binding)
        };
        self.adopt(Some(known), &component, base.clone());
    }

    fn component(&mut self, component: &RemoteComponent) {
        let known = known_of(self.state, component);
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
        if self.series_is_gone && is_cancelled(&component.content) {
            // Vendors name the occurrences of a series that is gone, too.
            match known {
                Some(known) => self.gone(known),
                None => self.planned.stats.skipped += 1,
            }
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
        if let Some(known) = live.filter(|live| live.binding.external_event_id != component.id) {
            self.renamed(known);
        }
    }

    /// The occurrence has another id now: the row of the old one is only remembered.
    fn renamed(&mut self, known: &ComponentState) {
        let component = remembered(&known.binding);
        let tombstone = MappingWrite { reason: "known by another id".to_owned(), ..self.tombstone(&component, known) };
        self.planned.writes.mappings.push(tombstone);
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
        if known.binding.is_gone() && matches!(decision, Decision::Conflict(_) | Decision::KeepLocal) {
            // It waits for a person, or for its way out, already.
            self.planned.stats.skipped += 1;
            return;
        }
        self.carry_out(Some(known), &remembered(&known.binding), Remote::Gone, decision);
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
            (Decision::KeepLocal, None, Some(known), _) => self.outlive(component, known),
            _ => self.planned.stats.skipped += 1,
        }
    }
}

/// An item of which nothing is left but its mapping.
fn remembered(binding: &Binding) -> RemoteComponent {
    RemoteComponent {
        id: binding.external_event_id.clone(),
        recurrence_id: binding.recurrence_id,
        ..RemoteComponent::default()
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

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
