//! What a decision is given: series by the vendor's ids, their twins, and series for the way out.

use std::collections::{BTreeMap, BTreeSet};

use tidecal_core::policy::Window;
use tidecal_core::sync::{
    Identity, LocalBatch, MappingStatus, MappingWrite, Role, SeriesState, Twin, TwinKind, Verdict,
};

use super::store::{CALENDAR, Store};

impl Store {
    /// What is known of series, by the vendor's ids; one entry each, also where nothing is known.
    pub(super) fn load_series(&self, at: usize, ids: &[String], identities: &[Identity]) -> Vec<SeriesState> {
        let load = |id: &String| {
            let mut rows: Vec<_> =
                self.sides[at].mappings.iter().filter(|(_, it)| it.external_series_id == *id).collect();
            rows.sort_by(|a, b| a.0.1.cmp(&b.0.1));
            let series_id = rows.first().map(|(_, row)| row.series_id.clone());
            let components = rows.iter().map(|(_, row)| self.component(row)).collect();
            let mut state = SeriesState { id: id.clone(), series_id, components, ..SeriesState::default() };
            if state.components.iter().all(|known| known.local.is_none()) {
                state.twin = identities.iter().find(|it| it.series == *id).and_then(|it| self.twin(at, it));
            }
            let original = state.twin.as_ref().filter(|twin| twin.kind == TwinKind::Original);
            let local = state.series_id.clone().or_else(|| original.map(|twin| twin.series_id.clone()));
            if let Some(local) = local {
                self.complete(at, &mut state, &local);
            }
            state
        };
        ids.iter().map(load).collect()
    }

    fn shows_series(&self, at: usize, series_id: &str) -> bool {
        self.sides[at].live().any(|(_, it)| it.series_id == series_id)
    }

    fn twin(&self, at: usize, identity: &Identity) -> Option<Twin> {
        let marked = identity.mark.as_ref().and_then(|mark| {
            if mark.calendar_id != CALENDAR {
                return None;
            }
            let series_id = self.events.get(&mark.event_id)?.series_id.clone();
            let kind = if self.shows_series(at, &series_id) { TwinKind::Copy } else { TwinKind::Original };
            Some(Twin { series_id, kind })
        });
        marked.or_else(|| {
            let same = |row: &&super::store::Row| {
                row.event.uid == identity.uid && row.slot.is_none() && !row.deleted && !identity.uid.is_empty()
            };
            let found = self.events.values().filter(same).find(|row| !self.shows_series(at, &row.series_id))?;
            let kind = TwinKind::Meeting("another calendar".to_owned());
            Some(Twin { series_id: found.series_id.clone(), kind })
        })
    }

    /// Series for the way out: at most `limit` of those with changes, and those that wait.
    pub(super) fn load_local(&self, at: usize, after: i64, waiting: Option<Window>, limit: usize) -> LocalBatch {
        let side = &self.sides[at];
        let mut changes: Vec<(i64, &String, bool)> = Vec::new();
        for (id, row) in self.events.iter().filter(|(_, row)| row.seq > after) {
            let in_step = side.mappings.values().any(|it| {
                it.event_id.as_ref() == Some(id) && it.base_version == row.version && it.status == MappingStatus::Synced
            });
            changes.push((row.seq, &row.series_id, in_step));
        }
        changes.extend(self.feed.iter().filter(|(seq, _)| *seq > after).map(|(seq, id)| (*seq, id, false)));
        changes.sort_unstable();
        let (mut ids, mut seq, mut more) = (Vec::new(), after, false);
        for (number, id, in_step) in changes {
            if !in_step && !ids.contains(id) {
                if ids.len() == limit {
                    more = true;
                    break;
                }
                ids.push(id.clone());
            }
            seq = number;
        }
        if !more {
            seq = seq.max(self.seq);
        }
        if let Some(window) = waiting {
            let waits = side.mappings.values().filter(|it| is_waiting(it, window)).map(|it| &it.series_id);
            for id in waits.collect::<BTreeSet<_>>() {
                if !ids.contains(id) {
                    ids.push(id.clone());
                }
            }
        }
        let mut series: Vec<SeriesState> = ids.iter().map(|id| self.local_series(at, id)).collect();
        let is_live = |it: &SeriesState| it.components.iter().any(|it| it.binding.status != MappingStatus::Deleted);
        series.retain(|state| is_live(state) || !state.unmapped.is_empty());
        LocalBatch { series, seq, more }
    }

    fn local_series(&self, at: usize, series_id: &str) -> SeriesState {
        let side = &self.sides[at];
        let mut rows: Vec<_> = side.mappings.iter().filter(|(_, it)| it.series_id == series_id).collect();
        rows.sort_by(|a, b| a.0.1.cmp(&b.0.1));
        let mut state = SeriesState { series_id: Some(series_id.to_owned()), ..SeriesState::default() };
        for (_, row) in rows {
            let component = self.component(row);
            let gone = |status| status == MappingStatus::Deleted;
            let first_live = !gone(row.status) && state.components.iter().all(|known| gone(known.binding.status));
            if state.id.is_empty() || first_live {
                state.id.clone_from(&row.external_series_id);
            }
            state.components.push(component);
        }
        self.complete(at, &mut state, series_id);
        state.twin = self.shown_there(at, &state);
        state
    }

    /// The vendor's calendar shows the same meeting by itself.
    fn shown_there(&self, at: usize, state: &SeriesState) -> Option<Twin> {
        if !state.components.is_empty() {
            return None;
        }
        let master = state.unmapped.iter().find(|local| local.recurrence_id.is_none())?;
        let uid = Some(&master.event.uid).filter(|uid| !uid.is_empty())?;
        let left_out = |it: &&MappingWrite| it.verdict == Verdict::Filtered && it.uid == *uid;
        let row = self.sides[at].live().map(|(_, it)| it).find(left_out)?;
        Some(Twin { series_id: row.series_id.clone(), kind: TwinKind::Meeting(String::new()) })
    }

    /// Local events by their vendor's ids, for whoever wants to look behind an item.
    pub(super) fn series_behind(&self, at: usize, external: &str) -> BTreeMap<&str, &str> {
        let rows = self.sides[at].mappings.values().filter(|it| it.external_series_id == external);
        rows.map(|it| (it.series_id.as_str(), it.external_event_id.as_str())).collect()
    }
}

fn is_waiting(mapping: &MappingWrite, window: Window) -> bool {
    let status = mapping.status == MappingStatus::Updated
        || mapping.status == MappingStatus::Created && mapping.role == Role::Copy;
    let reached = mapping.verdict != Verdict::OutOfWindow
        || mapping
            .span
            .is_some_and(|span| span.start < window.to && span.series_end.is_none_or(|end| end > window.from));
    status && mapping.verdict != Verdict::Held && reached
}
