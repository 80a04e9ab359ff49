//! Plans what happens to one series: every component decided, the decisions written down as data.

use tidecal_ical::{Moment, RecurrenceId, When, Zone};

use super::copies::{View, excluding};
use super::decide::{Admission, Decision, Local, Remote, Stance, decide};
use super::merge::{Bases, ConflictPolicy};
use super::met::{met, relinked};
use super::rows::span_of;
use super::sent::Arrived;
use super::writes::{EventOp, EventWrite, MappingWrite, Writes};
use super::{
    Binding, ComponentState, Filters, MappingStatus, Privacy, Role, SeriesState, SyncDirection, TwinKind, Verdict,
};
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
    /// Which way changes go.
    pub direction: SyncDirection,
    /// Which events are left out.
    pub filters: Filters,
    /// How much of an event is kept.
    pub privacy: Privacy,
}

impl Rules {
    /// Everything inside the window, inbound, with a person to decide conflicts.
    #[must_use]
    pub fn of(window: Window, zone: Zone) -> Self {
        Self {
            window,
            zone,
            policy: ConflictPolicy::default(),
            direction: SyncDirection::default(),
            filters: Filters::default(),
            privacy: Privacy::default(),
        }
    }
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
    /// Series of which something that was here already gets another content, unasked (for the brakes).
    pub rewrites: u64,
}

impl Planned {
    /// Adds another series.
    pub fn append(&mut self, other: Self) {
        self.writes.append(other.writes);
        self.stats.add(other.stats);
        self.removals += other.removals;
        self.rewrites += other.rewrites;
    }
}

/// Plans the changed components of a series against what is known of it.
#[must_use]
pub fn plan_series(state: &SeriesState, change: &RemoteSeries, rules: &Rules, ids: &mut Ids) -> Planned {
    plan_parts(state, change, rules, ids, false)
}

/// The same. `inherited`: the master has changed, so that its exceptions may say something else under the version
/// that they had: what they do not say themselves is the master's.
pub(super) fn plan_parts(
    state: &SeriesState,
    change: &RemoteSeries,
    rules: &Rules,
    ids: &mut Ids,
    inherited: bool,
) -> Planned {
    let relinked = relinked(state, change).or_else(|| met(state, change));
    let state = relinked.as_ref().unwrap_or(state);
    let mut planner = Planner::new(state, &change.id, rules, ids);
    let inside = planner.admit_by_span(change);
    planner.admit_by_rules(change);
    let latest = latest_components(change);
    planner.series_is_gone = is_gone(state) && latest.iter().all(|it| it.recurrence_id.is_some());
    // By its version: a master that merely waits for its way out says nothing new.
    let has_changed = |it: &&RemoteComponent| {
        known_of(state, it).is_none_or(|known| it.version.is_empty() || known.binding.version != it.version)
    };
    planner.inherited =
        inherited || latest.iter().copied().filter(|it| it.recurrence_id.is_none()).any(|it| has_changed(&it));
    for component in &latest {
        planner.component(component);
    }
    // Where a part cannot be read, absence of another proves nothing (invariant 4).
    let whole =
        change.scope == SeriesScope::Whole && !latest.iter().any(|it| matches!(it.content, Content::Unreadable(_)));
    let master_cancelled = latest.iter().any(|it| it.recurrence_id.is_none() && is_cancelled(&it.content));
    for known in &state.components {
        let spoken_of = latest.iter().any(|it| is_of(known, it));
        if let (false, Some(master)) = (spoken_of, excluding(&latest, known)) {
            planner.still_cancelled(known, master);
        } else if !spoken_of && (whole || master_cancelled) {
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
    planner.admit_by_rules(&RemoteSeries { id: state.id.clone(), scope: SeriesScope::Part, components: Vec::new() });
    state.components.iter().for_each(|known| planner.enter(known));
    planner.finish()
}

/// The same component may occur twice in a delivery; the later one counts.
pub(super) fn latest_components(change: &RemoteSeries) -> Vec<&RemoteComponent> {
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
pub(super) fn known_of<'a>(state: &'a SeriesState, component: &RemoteComponent) -> Option<&'a ComponentState> {
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
    /// A rule that leaves the whole series out.
    series_rule: Option<String>,
    series_is_gone: bool,
    /// The master has changed.
    inherited: bool,
    pub(super) planned: Planned,
}

impl<'a> Planner<'a> {
    pub(super) fn new(state: &'a SeriesState, external_series_id: &'a str, rules: &'a Rules, ids: &'a mut Ids) -> Self {
        let series_id = state.series_id.clone().unwrap_or_else(|| ids.next_id());
        Self {
            state,
            external_series_id,
            series_id,
            rules,
            ids,
            admission: Admission::In,
            series_rule: None,
            series_is_gone: false,
            inherited: false,
            planned: Planned::default(),
        }
    }

    pub(super) fn finish(mut self) -> Planned {
        let rewritten = |write: &EventWrite| matches!(write.op, EventOp::Update { .. });
        // What a person asked to be looked at anew (other settings, a retry) is no surprise.
        let asked = self.state.components.iter().any(|known| known.binding.status == MappingStatus::Created);
        self.planned.rewrites = u64::from(!asked && self.planned.writes.events.iter().any(rewritten));
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

    /// Rules that leave a series out as a whole: it is here already, this connection only sends, or
    /// its master is filtered.
    fn admit_by_rules(&mut self, change: &RemoteSeries) {
        let nothing_here = self.state.components.iter().all(|known| known.local.is_none());
        let twin = self.state.twin.as_ref().filter(|_| nothing_here).and_then(|twin| match &twin.kind {
            TwinKind::Meeting(name) => Some(format!("the same meeting is here from {name}")),
            TwinKind::Copy => Some("a copy that was made here of another event".to_owned()),
            TwinKind::Original => None,
        });
        let is_new = self.state.components.iter().all(|known| known.binding.role == Role::Origin) && nothing_here;
        let only_sends = is_new && self.rules.direction == SyncDirection::Outbound;
        let only_sends = || only_sends.then(|| "this connection only sends".to_owned());
        self.series_rule = twin.or_else(only_sends).or_else(|| self.rule_against_master(change));
    }

    fn rule_against_master(&self, change: &RemoteSeries) -> Option<String> {
        if self.rules.filters.is_empty() {
            return None;
        }
        if let Some(master) = change.components.iter().rev().find(|it| it.recurrence_id.is_none()) {
            let Content::Event(event) = &master.content else { return None };
            return self.rules.filters.rule_against(event);
        }
        let master = self.state.components.iter().find(|known| known.binding.recurrence_id.is_none())?;
        (master.binding.verdict == Verdict::Filtered).then(|| "a series that is left out".to_owned())
    }

    /// Whether the rules let that component in.
    fn admission_of(&self, known: Option<&ComponentState>, content: &Content) -> Admission {
        if known.is_some_and(|known| known.binding.role == Role::Copy) {
            return Admission::In;
        }
        let own_rule = || match content {
            Content::Event(event) if !self.rules.filters.is_empty() => self.rules.filters.rule_against(event),
            _ => None,
        };
        match self.series_rule.clone().or_else(own_rule) {
            Some(rule) => Admission::Out(Verdict::Filtered, rule),
            None => self.admission.clone(),
        }
    }

    /// What waits outside the window enters with its series, if the rules of today let it.
    fn enter(&mut self, known: &ComponentState) {
        let (Verdict::OutOfWindow, Some(base)) = (known.binding.verdict, &known.binding.base) else { return };
        let component = RemoteComponent {
            version: known.binding.version.clone(),
            content: Content::Event(Box::new(base.clone())),
            ..remembered(&known.binding)
        };
        match self.admission_of(Some(known), &component.content) {
            Admission::Out(verdict, reason) => self.keep_out(&component, None, base, verdict, reason),
            Admission::In => self.adopt(Some(known), &component, Theirs { event: base, raw: base }),
        }
    }

    fn component(&mut self, component: &RemoteComponent) {
        let known = known_of(self.state, component);
        let admission = self.admission_of(known, &component.content);
        let inherits = |known: &ComponentState| {
            self.inherited && component.recurrence_id.is_some() && known.binding.status == MappingStatus::Synced
        };
        let same = |known: &ComponentState| is_old_news(known, component) && !inherits(known);
        if known.is_some_and(|known| same(known) && verdict_stands(known, &admission)) {
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
        let live = known.filter(|known| known.binding.status != MappingStatus::Deleted);
        let shown;
        let remote = match &component.content {
            Content::Unreadable(reason) => Remote::Unreadable(reason),
            content if is_cancelled(content) => match component.recurrence_id {
                None => Remote::Gone,
                Some(slot) => {
                    shown = cancelled_occurrence(content, slot);
                    Remote::Present(&shown)
                }
            },
            Content::Event(event) if self.rules.privacy == Privacy::Full => Remote::Present(event),
            Content::Event(event) => {
                shown = self.rules.privacy.reduce((**event).clone());
                Remote::Present(&shown)
            }
            Content::Cancelled => Remote::Gone,
        };
        self.judge(known, live, component, remote, &admission);
        if let Some(known) = live.filter(|live| live.binding.external_event_id != component.id) {
            self.renamed(known);
        }
    }

    /// Decides and writes down. A bare copy is compared in the terms of its local event.
    fn judge(
        &mut self,
        known: Option<&ComponentState>,
        live: Option<&ComponentState>,
        component: &RemoteComponent,
        remote: Remote<'_>,
        admission: &Admission,
    ) {
        let stance = self.stance(live, component);
        let view = match remote {
            Remote::Present(theirs) => View::of(live, theirs),
            Remote::Gone | Remote::Unreadable(_) => None,
        };
        let (bases, seen) = match (&view, live) {
            (Some(view), Some(known)) => (view.bases(known), Remote::Present(&view.theirs)),
            _ => (bases_of(live), remote),
        };
        let raw = match remote {
            Remote::Present(theirs) => Some(theirs),
            Remote::Gone | Remote::Unreadable(_) => None,
        };
        let theirs = Theirs::of(seen, raw);
        let arrived = live.zip(theirs).and_then(|(known, theirs)| Arrived::of(known, theirs, bases));
        let bases = arrived.as_ref().map_or(bases, Arrived::bases);
        let mut decision = decide(live.is_some(), Local::of(live), seen, bases, admission, stance);
        if let (Some(arrived), Some(theirs)) = (&arrived, theirs) {
            decision = arrived.agreed(decision, Local::of(live), theirs.event);
        }
        match self.rewriting(live.filter(|_| arrived.is_none()), &decision, raw) {
            Some(reason) => self.quarantine(component, live, reason),
            None => self.carry_out(known, component, theirs, decision),
        }
    }

    fn stance(&self, known: Option<&ComponentState>, component: &RemoteComponent) -> Stance {
        let edited_at = known.and_then(|known| known.local.as_ref()).and_then(|local| local.updated);
        let policy = self.rules.policy.settle(edited_at, component.updated);
        Stance { policy, direction: self.rules.direction }
    }

    /// The occurrence has another id now: the row of the old one is only remembered.
    fn renamed(&mut self, known: &ComponentState) {
        let component = remembered(&known.binding);
        let tombstone = MappingWrite { reason: "known by another id".to_owned(), ..self.tombstone(&component, known) };
        self.planned.writes.mappings.push(tombstone);
    }

    fn gone(&mut self, known: &ComponentState) {
        if known.binding.status == MappingStatus::Deleted {
            return;
        }
        let stance = self.stance(Some(known), &RemoteComponent::default());
        let bases = bases_of(Some(known));
        let decision = decide(true, Local::of(Some(known)), Remote::Gone, bases, &self.admission, stance);
        if known.binding.is_gone() && matches!(decision, Decision::Conflict(_) | Decision::KeepLocal) {
            // It waits for a person, or for its way out, already.
            self.planned.stats.skipped += 1;
            return;
        }
        self.carry_out(Some(known), &remembered(&known.binding), None, decision);
    }

    fn carry_out(
        &mut self,
        known: Option<&ComponentState>,
        component: &RemoteComponent,
        theirs: Option<Theirs<'_>>,
        decision: Decision,
    ) {
        let local = known.and_then(|known| known.local.as_ref());
        match (decision, theirs, known, local) {
            (Decision::Adopt, Some(theirs), ..) => self.adopt(known, component, theirs),
            (Decision::Apply, Some(theirs), _, Some(local)) => self.apply(component, local, theirs.event, theirs),
            (Decision::Follow(merged), Some(theirs), _, Some(local)) => {
                self.apply(component, local, &merged.event, theirs);
            }
            (Decision::Merge(merged), Some(theirs), Some(known), Some(local)) => {
                if !merged.overruled.is_empty() {
                    self.journal("overrule", &local.id, Some(theirs.event), Some(&merged.event));
                }
                self.merge(component, known, local, &merged, theirs);
            }
            (Decision::KeepOut(verdict, reason), Some(theirs), ..) => {
                self.keep_out(component, local, theirs.event, verdict, reason);
            }
            (Decision::Conflict(fields), _, Some(known), local) => {
                let fields = fields.into_iter().map(|field| field.as_str().to_owned()).collect();
                self.conflict(component, known, local, theirs, fields);
            }
            (Decision::Remove, _, Some(known), Some(local)) => self.remove(component, known, local),
            (Decision::Bury, _, Some(known), _) => self.bury(component, known),
            (Decision::Quarantine(reason), ..) => self.quarantine(component, known, reason),
            (Decision::Agree, Some(theirs), _, Some(local)) => self.agree(component, local, theirs),
            (Decision::Drift, Some(theirs), Some(known), Some(local)) => self.drift(component, known, local, theirs),
            (Decision::Unchanged | Decision::KeepLocal, Some(theirs), Some(known), _) => {
                self.touch(component, known, theirs.event);
            }
            (Decision::KeepLocal, None, Some(known), _) => self.outlive(component, known),
            (Decision::Part, _, Some(known), _) => self.part(component, known),
            _ => self.planned.stats.skipped += 1,
        }
    }
}

/// The vendor's word on a component: in the terms of the local event, and as it was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theirs<'a> {
    /// In the terms of the local event.
    pub(super) event: &'a Event,
    /// As it was said.
    pub(super) raw: &'a Event,
}

impl<'a> Theirs<'a> {
    fn of(seen: Remote<'a>, raw: Option<&'a Event>) -> Option<Self> {
        let Remote::Present(event) = seen else { return None };
        Some(Self { event, raw: raw? })
    }
}

fn bases_of(known: Option<&ComponentState>) -> Bases<'_> {
    Bases { local: known.and_then(ComponentState::local_base), remote: known.and_then(ComponentState::base) }
}

/// The same version of the same item in a state that needs no look.
fn is_old_news(known: &ComponentState, component: &RemoteComponent) -> bool {
    let removal = component.recurrence_id.is_none() && is_cancelled(&component.content);
    !removal
        && !component.version.is_empty()
        && known.binding.version == component.version
        && known.binding.external_event_id == component.id
        && matches!(known.binding.status, MappingStatus::Synced | MappingStatus::Conflict | MappingStatus::Failed)
}

/// A verdict that depends on window or rules is looked at again even if the item did not change.
fn verdict_stands(known: &ComponentState, admission: &Admission) -> bool {
    let filtered = matches!(admission, Admission::Out(Verdict::Filtered, _));
    match known.binding.verdict {
        Verdict::OutOfWindow => *admission != Admission::In,
        Verdict::Filtered => filtered,
        Verdict::Mirrored | Verdict::Quarantined | Verdict::Conflicted | Verdict::Held => !filtered,
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
