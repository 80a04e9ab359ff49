//! One local calendar, its connections, and runs that carry changes between them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidecal_core::policy::{Brakes, Guard, Ids, Window};
use tidecal_core::remote::{ItemRef, QuietWrite};
use tidecal_core::sync::{
    ConflictPolicy, Input, Instruction, Outbound, Rules, Run, RunSettings, RunStart, SyncDirection,
};
use tidecal_ical::Zone;

use crate::store::{CALENDAR, Moved, Store};
use crate::vendor::Vendor;

pub(crate) const NOW: &str = "2026-11-21T10:00:00Z";

/// A connection and the calendar at its other end.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) name: String,
    pub(crate) vendor: Vendor,
    pub(crate) direction: SyncDirection,
    pub(crate) policy: ConflictPolicy,
    pub(crate) released: bool,
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) connections: Vec<Connection>,
    pub(crate) copy: Option<Store>,
    runs: u64,
}

impl World {
    /// One run of one connection.
    pub(crate) fn run(&mut self, at: usize) {
        self.runs += 1;
        let (start, settings) = (self.start(at), self.settings(at));
        let now: Timestamp = NOW.parse().unwrap();
        let (mut run, mut instruction) = Run::begin(start, settings, Ids::new(now, self.runs));
        for _ in 0..2_000 {
            let Some(input) = self.carry_out(at, instruction) else { return };
            instruction = run.next(input);
        }
        panic!("a run ends");
    }

    fn start(&self, at: usize) -> RunStart {
        let side = &self.store.sides[at];
        let created = |it: &&tidecal_core::sync::MappingWrite| {
            it.status == tidecal_core::sync::MappingStatus::Created && it.role == tidecal_core::sync::Role::Origin
        };
        let retries = side.mappings.values().filter(created);
        let retry = |it: &tidecal_core::sync::MappingWrite| ItemRef {
            id: it.external_event_id.clone(),
            version: String::new(),
        };
        RunStart {
            now: NOW.parse().unwrap(),
            last_look: None,
            cursor: side.cursor.clone(),
            progress: side.progress.clone(),
            has_mappings: !side.mappings.is_empty(),
            retries: retries.map(retry).collect(),
            check_entering: false,
            range: None,
            local_cursor: side.local_cursor,
            check_local: true,
        }
    }

    fn settings(&self, at: usize) -> RunSettings {
        let connection = &self.connections[at];
        let window = Window::around(NOW.parse().unwrap(), 3, 12);
        let rules =
            Rules { direction: connection.direction, policy: connection.policy, ..Rules::of(window, Zone::utc()) };
        let whole = connection.vendor.whole;
        let outbound = connection.direction.writes().then(|| Outbound {
            calendar_id: CALENDAR.to_owned(),
            quiet_write: if whole { QuietWrite::OnlyWithoutAttendees } else { QuietWrite::Always },
            whole_series: whole,
            new_item: (String::new(), String::new()),
            home: at == 0,
            own_address: "ada@example.com".to_owned(),
        });
        let released = connection.released;
        let hub = self.connections.len() > 1;
        let (guard, brakes) = (Guard::default(), Brakes::default());
        RunSettings { rules, guard, brakes, released, restored: false, items_per_fetch: 3, hub, outbound }
    }

    fn carry_out(&mut self, at: usize, instruction: Instruction) -> Option<Input> {
        let vendor = &mut self.connections[at].vendor;
        Some(match instruction {
            Instruction::FetchPage(query) => vendor.page(&query).map_or_else(Input::Failed, Input::Page),
            Instruction::FetchItems(items) => Input::Items(vendor.fetch(&items)),
            Instruction::Push(write) => vendor.write(&write).map_or_else(Input::Failed, Input::Written),
            Instruction::LoadVersions(ids) => {
                let rows = self.store.sides[at].mappings.values().filter(|it| ids.contains(&it.external_event_id));
                Input::Versions(rows.map(|it| (it.external_event_id.clone(), it.item_state())).collect())
            }
            Instruction::LoadSeries { mut series, items, identities } => {
                series.extend(self.store.owners(at, &items));
                series.sort_unstable();
                series.dedup();
                Input::Series(self.store.series(at, &series, &identities))
            }
            Instruction::LoadLocal { after, .. } => Input::Local(self.store.local_batch(at, after)),
            Instruction::LoadEntering(_) => Input::Series(Vec::new()),
            Instruction::LoadUnseen { after, .. } => {
                let item = |id| ItemRef { id, version: String::new() };
                Input::Unseen(self.store.unseen(at, after.as_deref()).into_iter().map(item).collect())
            }
            Instruction::Count => Input::Counted(self.store.count(at)),
            Instruction::Commit(commit) => match self.store.commit(at, *commit) {
                Ok(()) => Input::Committed,
                Err(Moved) => Input::Moved,
            },
            Instruction::Finish(finish) => {
                self.store.finish(at, *finish);
                return None;
            }
        })
    }

    /// Everything that was written so far: local events, and at each vendor.
    pub(crate) fn written(&self) -> BTreeMap<String, usize> {
        let vendors = self.connections.iter().map(|it| (it.name.clone(), it.vendor.writes));
        vendors.chain([("here".to_owned(), self.store.writes)]).collect()
    }
}
