//! Rows that would have been committed, laid over rows that are stored.
//!
//! A plan drives the same [`Run`](super::Run) as a sync, but nothing it commits reaches the store:
//! the writes are collected here, and what is loaded afterwards looks as if they had been carried
//! out. What a write would be answered by the vendor is made of the write itself.
//!
//! Deliberately not here: other connections of the calendar (a run does not read them), numbers of
//! changes, and how a plan is told.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tidecal_ical::RecurrenceId;

use super::writes::{EventOp, EventWrite, MappingWrite, Writes};
use super::{ComponentState, ItemState, LocalEvent, MappingStatus, Role, SeriesState, Verdict};
use crate::model::{Attendee, Event, Status};
use crate::remote::{
    ComponentWrite, Content, ItemRef, RemoteChange, RemoteComponent, RemoteSeries, RemoteWrite, SeriesScope,
    WriteAction,
};

type Key = (String, Option<RecurrenceId>);

/// Whether a row is part of a series.
type Belongs = fn(&MappingWrite, &SeriesState) -> bool;

/// What collected writes have made of the rows.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Mapping rows as they would be.
    mappings: HashMap<Key, MappingWrite>,
    /// Keys in the order of their first write.
    order: Vec<Key>,
    /// Rows that went because their item has another id.
    replaced: HashSet<Key>,
    /// Local events as they would be; `None`: gone.
    events: HashMap<String, Option<LocalEvent>>,
    /// Every local event that was loaded.
    known: HashMap<String, LocalEvent>,
    /// What items were last known to say, for answers.
    bases: HashMap<Key, Event>,
    seen: HashSet<String>,
    new_series: BTreeSet<String>,
    versions: u64,
}

impl Overlay {
    /// Takes in what a commit would write.
    pub fn commit(&mut self, writes: &Writes) {
        writes.events.iter().for_each(|write| self.event(write));
        for id in &writes.answered {
            if let Some(mut local) = self.local(id) {
                local.answer = None;
                self.events.insert(id.clone(), Some(local));
            }
        }
        for write in &writes.mappings {
            if let Some(old) = write.replaces.as_ref().filter(|old| **old != write.external_event_id) {
                let key = (old.clone(), write.recurrence_id);
                self.mappings.remove(&key);
                self.replaced.insert(key);
            }
            let key = (write.external_event_id.clone(), write.recurrence_id);
            self.replaced.remove(&key);
            if self.mappings.insert(key.clone(), write.clone()).is_none() && !self.order.contains(&key) {
                self.order.push(key);
            }
        }
        self.seen.extend(writes.seen.iter().cloned());
    }

    fn event(&mut self, write: &EventWrite) {
        let after = match &write.op {
            EventOp::Insert { event, .. } => {
                self.new_series.insert(write.series_id.clone());
                Some(LocalEvent {
                    recurrence_id: write.recurrence_id,
                    ..LocalEvent::new(write.id.clone(), 1, (**event).clone())
                })
            }
            EventOp::Update { expected, event, .. } => {
                let before = self.local(&write.id);
                let row = before.unwrap_or_else(|| LocalEvent::new(write.id.clone(), 0, (**event).clone()));
                Some(LocalEvent {
                    version: expected + 1,
                    deleted: false,
                    event: (**event).clone(),
                    recurrence_id: write.recurrence_id,
                    ..row
                })
            }
            EventOp::Delete { .. } => None,
        };
        self.events.insert(write.id.clone(), after);
    }

    fn local(&self, id: &str) -> Option<LocalEvent> {
        match self.events.get(id) {
            Some(after) => after.clone(),
            None => self.known.get(id).cloned(),
        }
    }

    /// A local event as it is by now, if it was ever loaded or written.
    #[must_use]
    pub fn event_now(&self, id: &str) -> Option<&LocalEvent> {
        self.events.get(id).map_or_else(|| self.known.get(id), Option::as_ref)
    }

    /// Series that came into being, each of which has a live local event.
    #[must_use]
    pub fn new_series(&self) -> u64 {
        self.new_series.len() as u64
    }

    /// Series that were asked for by the vendor's id, with the writes laid over them.
    #[must_use]
    pub fn lay_over(&mut self, states: Vec<SeriesState>) -> Vec<SeriesState> {
        self.lay(states, |write, state| write.external_series_id == state.id)
    }

    /// The same for series that were asked for by their local id, or by changes.
    #[must_use]
    pub fn lay_over_local(&mut self, states: Vec<SeriesState>) -> Vec<SeriesState> {
        let mut states = self.lay(states, |write, state| state.series_id.as_ref() == Some(&write.series_id));
        for state in &mut states {
            let keys = state.components.iter().filter(|it| it.binding.status != MappingStatus::Deleted);
            let keys = keys.map(|it| (it.binding.external_event_id.clone(), it.binding.recurrence_id));
            let live = keys.filter_map(|key| self.mappings.get(&key)).next();
            if let Some(write) = live {
                state.id.clone_from(&write.external_series_id);
            }
        }
        states
    }

    fn lay(&mut self, states: Vec<SeriesState>, belongs: Belongs) -> Vec<SeriesState> {
        let locals = |state: &SeriesState| {
            let mapped = state.components.iter().filter_map(|it| it.local.clone());
            mapped.chain(state.unmapped.iter().cloned()).collect::<Vec<_>>()
        };
        for local in states.iter().flat_map(locals) {
            self.known.entry(local.id.clone()).or_insert(local);
        }
        let states: Vec<SeriesState> = states.into_iter().map(|state| self.series(state, belongs)).collect();
        for component in states.iter().flat_map(|state| &state.components) {
            let key = (component.binding.external_event_id.clone(), component.binding.recurrence_id);
            if let Some(base) = component.base() {
                self.bases.insert(key, base.clone());
            }
        }
        states
    }

    fn series(&self, mut state: SeriesState, belongs: Belongs) -> SeriesState {
        let stored = std::mem::take(&mut state.components);
        let mut told: HashSet<Key> = HashSet::new();
        for component in stored {
            let key = (component.binding.external_event_id.clone(), component.binding.recurrence_id);
            match self.mappings.get(&key) {
                None if self.replaced.contains(&key) => {}
                None => state.components.push(self.refreshed(component)),
                Some(write) if belongs(write, &state) => {
                    told.insert(key);
                    state.components.push(self.component(write));
                }
                Some(_) => {}
            }
        }
        for key in &self.order {
            let Some(write) = self.mappings.get(key) else { continue };
            if belongs(write, &state) && !told.contains(key) {
                state.components.push(self.component(write));
                if state.series_id.is_none() {
                    state.series_id = Some(write.series_id.clone());
                }
            }
        }
        state.components.sort_by_key(|it| it.binding.recurrence_id.map(|slot| slot.to_string()));
        self.unmapped(&mut state);
        if !state.components.is_empty() {
            state.twin = None;
        }
        state
    }

    fn unmapped(&self, state: &mut SeriesState) {
        let mapped: HashSet<&str> =
            state.components.iter().filter_map(|it| it.local.as_ref()).map(|local| local.id.as_str()).collect();
        let stored = std::mem::take(&mut state.unmapped);
        let now = stored.into_iter().filter_map(|local| self.local(&local.id));
        state.unmapped = now.filter(|local| !mapped.contains(local.id.as_str())).collect();
    }

    fn component(&self, write: &MappingWrite) -> ComponentState {
        let local = write.event_id.as_deref().and_then(|id| self.local(id));
        ComponentState { binding: write.binding(), local }
    }

    /// A row that nothing was written about may point to an event that was.
    fn refreshed(&self, component: ComponentState) -> ComponentState {
        let Some(local) = &component.local else { return component };
        let now = self.local(&local.id);
        ComponentState { local: now, ..component }
    }

    /// Series of these items, as far as writes have said it.
    #[must_use]
    pub fn series_of(&self, items: &[String]) -> Vec<String> {
        let wanted: HashSet<&String> = items.iter().collect();
        let found = self.mappings.values().filter(|write| wanted.contains(&write.external_event_id));
        found.map(|write| write.external_series_id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Corrects the stored versions and states of items. As in the store, the master's row speaks
    /// for an item with several components.
    pub fn versions(&self, known: &mut HashMap<String, ItemState>, items: &[String]) {
        for item in items {
            let rows = self.mappings.iter().filter(|(key, _)| key.0 == *item);
            let first = rows.min_by_key(|(key, _)| key.1.map(|slot| slot.to_string()));
            if let Some((_, write)) = first {
                known.insert(item.clone(), write.item_state());
            } else if self.replaced.contains(&(item.clone(), None)) {
                known.remove(item);
            }
        }
    }

    /// Whether an item that the store takes for unseen is one that the reading has not seen.
    #[must_use]
    pub fn is_unseen(&self, item: &str) -> bool {
        let rows: Vec<&MappingWrite> =
            self.mappings.iter().filter(|(key, _)| key.0 == item).map(|(_, write)| write).collect();
        let gone = !rows.is_empty() && rows.iter().all(|write| write.status == MappingStatus::Deleted);
        !self.seen.contains(item) && !gone && !self.replaced.contains(&(item.to_owned(), None))
    }

    /// Series (vendor's ids) with rows that wait for their way out because of what was written.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        let waits = |write: &&MappingWrite| {
            let status = write.status == MappingStatus::Updated
                || write.status == MappingStatus::Created && write.role == Role::Copy;
            status && !matches!(write.verdict, Verdict::Held | Verdict::OutOfWindow)
        };
        let rows = self.mappings.values().filter(waits);
        rows.map(|write| write.external_series_id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What the vendor would answer to a write: what it was sent, under a new version.
    #[must_use]
    pub fn answer(&mut self, write: &RemoteWrite, whole_series: bool) -> Vec<RemoteChange> {
        self.versions += 1;
        let version = format!("planned-{}", self.versions);
        let components: Vec<RemoteComponent> = match &write.action {
            WriteAction::Delete { .. } => return Vec::new(),
            WriteAction::Create { components, .. } | WriteAction::Update(components) => components
                .iter()
                .filter_map(|component| self.written(write, component, &version, whole_series))
                .collect(),
            WriteAction::Answer { item, recurrence_id, answer } => {
                let base = self.bases.get(&(item.id.clone(), *recurrence_id)).cloned();
                let answered = |mut event: Event| {
                    let own = event.attendees.iter_mut().filter(|guest: &&mut Attendee| guest.is_self);
                    own.for_each(|guest| guest.response = answer.response);
                    shown(item, *recurrence_id, &version, event)
                };
                base.map(answered).into_iter().collect()
            }
        };
        let series = RemoteSeries { id: write.series_id.clone(), scope: SeriesScope::Part, components };
        vec![RemoteChange::Series(series)]
    }

    fn written(
        &mut self,
        write: &RemoteWrite,
        component: &ComponentWrite,
        version: &str,
        whole_series: bool,
    ) -> Option<RemoteComponent> {
        let after = component.after.as_deref()?.clone();
        let own = || match component.recurrence_id {
            Some(slot) if !whole_series => format!("{}_{slot}", write.series_id),
            _ => write.series_id.clone(),
        };
        let id = component.item.as_ref().map_or_else(own, |item| item.id.clone());
        let item = ItemRef { id, version: String::new() };
        self.bases.insert((item.id.clone(), component.recurrence_id), after.clone());
        Some(shown(&item, component.recurrence_id, version, after))
    }

    /// What an item was last known to say.
    #[must_use]
    pub fn base_of(&self, item: &str) -> Option<&Event> {
        let rows: BTreeMap<Option<String>, &Event> = self
            .bases
            .iter()
            .filter(|(key, _)| key.0 == item)
            .map(|(key, event)| (key.1.map(|slot| slot.to_string()), event))
            .collect();
        rows.into_values().next()
    }
}

fn shown(item: &ItemRef, recurrence_id: Option<RecurrenceId>, version: &str, event: Event) -> RemoteComponent {
    let cancelled = recurrence_id.is_some() && event.status == Status::Cancelled;
    RemoteComponent {
        id: item.id.clone(),
        recurrence_id,
        version: version.to_owned(),
        content: if cancelled { Content::Cancelled } else { Content::Event(Box::new(event)) },
        ..RemoteComponent::default()
    }
}
