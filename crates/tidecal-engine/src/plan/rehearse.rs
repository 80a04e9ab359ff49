//! Driving a run whose writes go nowhere.

use std::collections::{HashMap, HashSet};

use tidecal_core::policy::{Window, hold_after_restore};
use tidecal_core::remote::ItemRef;
use tidecal_core::sync::{
    Finish, Input, Instruction, LocalBatch, MappingStatus, Outcome, Overlay, Role, Run, SeriesState,
};
use tidecal_store::{Claim, Connection, ConnectionPatch, Lease, System};

use super::Plan;
use super::collect::Collected;
use crate::sync::{Attempts, BATCH, Driver, Stop, Vendor};
use crate::{Engine, ServiceError};

/// The next run of that connection, told.
pub(super) async fn rehearse(
    engine: &Engine,
    mut claim: Claim,
    patch: Option<&ConnectionPatch>,
) -> Result<Plan, ServiceError> {
    let anew = patch.is_some_and(|patch| apply(patch, &mut claim.connection));
    if anew {
        claim.local.cursor = 0;
    }
    let adapter = engine.adapter_of(claim.connection.provider)?;
    let calendar = claim.connection.external_calendar_id.clone();
    let mut vendor = Vendor::open(engine, adapter, claim.account.clone(), &calendar, Attempts::Usual).await?;
    let capabilities = adapter.capabilities();
    let driver = Driver::rehearsal(engine, claim);
    let start = driver.start(capabilities.bounded_reading).await.map_err(stopped)?;
    let settings = driver.settings(adapter, driver.quiet_write(adapter, &mut vendor, &start).await);
    let (mut run, mut instruction) = Run::begin(start, settings, engine.new_ids());
    let restored = driver.claim.connection.restored_at.is_some();
    let mut stage = Stage {
        system: engine.system(),
        driver: &driver,
        overlay: Overlay::default(),
        collected: Collected::default(),
        entered: HashSet::new(),
        restored,
        written: HashSet::new(),
        whole_series: capabilities.writes_whole_series,
        anew,
        calls: 0,
    };
    loop {
        instruction = match instruction {
            Instruction::Finish(finish) => return stage.told(*finish),
            Instruction::FetchPage(query) => {
                stage.calls += 1;
                run.next(vendor.page(&query).await.map_or_else(Input::Failed, Input::Page))
            }
            Instruction::FetchItems(items) => {
                stage.calls += 1;
                run.next(vendor.items(&items).await.map_or_else(Input::Failed, Input::Items))
            }
            other => run.next(stage.answer(other).await.map_err(stopped)?),
        };
    }
}

/// Whether everything is decided anew after that change of settings.
fn apply(patch: &ConnectionPatch, connection: &mut Connection) -> bool {
    let old = connection.clone();
    connection.sync_direction = patch.sync_direction.unwrap_or(old.sync_direction);
    connection.privacy = patch.privacy.unwrap_or(old.privacy);
    connection.conflict_policy = patch.conflict_policy.unwrap_or(old.conflict_policy);
    connection.filters = patch.filters.clone().unwrap_or_else(|| old.filters.clone());
    connection.window_past_days = patch.window_past_days.unwrap_or(old.window_past_days);
    connection.window_future_days = patch.window_future_days.unwrap_or(old.window_future_days);
    let decided = |it: &Connection| (it.sync_direction, it.privacy, it.filters.clone());
    let anew = decided(connection) != decided(&old);
    let window = |it: &Connection| (it.window_past_days, it.window_future_days);
    if anew || window(connection) != window(&old) {
        (connection.sync_cursor, connection.progress) = (None, None);
    }
    anew
}

fn stopped(stop: Stop) -> ServiceError {
    match stop {
        Stop::Store(error) => error.into(),
        // A rehearsal holds nothing that could be taken from it.
        Stop::Superseded | Stop::Shutdown => ServiceError::NotFound,
    }
}

struct Stage<'a> {
    system: System<'a>,
    driver: &'a Driver<'a>,
    overlay: Overlay,
    collected: Collected,
    /// Series that have entered the window.
    entered: HashSet<String>,
    /// The database was restored, and nobody has let the connection write since.
    restored: bool,
    /// Series that would be written.
    written: HashSet<String>,
    whole_series: bool,
    /// Rows are taken for such that an operator put back: the settings are to change.
    anew: bool,
    calls: u64,
}

impl Stage<'_> {
    fn lease(&self) -> &Lease {
        &self.driver.claim.lease
    }

    async fn answer(&mut self, instruction: Instruction) -> Result<Input, Stop> {
        Ok(match instruction {
            Instruction::Commit(commit) => {
                self.collected.commit(&commit.writes, &self.overlay);
                self.overlay.commit(&commit.writes);
                Input::Committed
            }
            Instruction::Push(write) => {
                self.collected.push(&write, &self.overlay);
                self.written.insert(write.series_id.clone());
                Input::Written(self.overlay.answer(&write, self.whole_series))
            }
            Instruction::LoadVersions(ids) => self.versions(&ids).await?,
            Instruction::LoadSeries { mut series, items, identities } => {
                series.extend(self.overlay.series_of(&items));
                series.sort_unstable();
                series.dedup();
                let Input::Series(states) = self.driver.load_series(series, items, &identities).await? else {
                    return Ok(Input::Series(Vec::new()));
                };
                Input::Series(self.laid(states))
            }
            Instruction::LoadEntering(window) => self.entering(window).await?,
            Instruction::LoadUnseen { reading_id, lower, after } => {
                Input::Unseen(self.unseen(&reading_id, lower, after).await?)
            }
            Instruction::LoadLocal { after, waiting } => {
                let reached = waiting.then(|| self.driver.window());
                Input::Local(self.local(after, reached).await?)
            }
            Instruction::Count => match self.driver.count().await? {
                Input::Counted(mut counted) => {
                    counted.live += self.overlay.new_series();
                    Input::Counted(counted)
                }
                other => other,
            },
            // Answered by the loop.
            Instruction::FetchPage(_) | Instruction::FetchItems(_) | Instruction::Finish(_) => Input::Committed,
        })
    }

    /// Stored states as the run would find them.
    fn laid(&mut self, states: Vec<SeriesState>) -> Vec<SeriesState> {
        let states = self.put_back(states);
        self.overlay.lay_over(states)
    }

    fn put_back(&self, mut states: Vec<SeriesState>) -> Vec<SeriesState> {
        if self.anew {
            let rows = states.iter_mut().flat_map(|state| &mut state.components).map(|it| &mut it.binding);
            let synced = rows.filter(|row| row.role == Role::Origin && row.status == MappingStatus::Synced);
            synced.for_each(|row| row.status = MappingStatus::Created);
        }
        states
    }

    async fn versions(&self, ids: &[String]) -> Result<Input, Stop> {
        let stored = self.system.load_versions(self.lease(), ids).await?;
        let mut known = if self.anew { HashMap::new() } else { stored };
        self.overlay.versions(&mut known, ids);
        Ok(Input::Versions(known))
    }

    /// The store tells the same series again: those that were told are left out.
    async fn entering(&mut self, window: Window) -> Result<Input, Stop> {
        let limit = BATCH + i64::try_from(self.entered.len()).unwrap_or(i64::MAX - BATCH);
        let mut ids = self.system.list_entering(self.lease(), window.from, window.to, limit).await?;
        ids.retain(|id| !self.entered.contains(id));
        self.entered.extend(ids.iter().cloned());
        let states = self.system.load_series(self.lease(), &ids).await?;
        Ok(Input::Series(self.laid(states)))
    }

    async fn unseen(
        &self,
        reading_id: &str,
        lower: jiff::Timestamp,
        mut after: Option<String>,
    ) -> Result<Vec<ItemRef>, Stop> {
        loop {
            let stored = self.system.unseen(self.lease(), reading_id, Some(lower), after.as_deref(), BATCH).await?;
            let Some(last) = stored.last() else { return Ok(Vec::new()) };
            after = Some(last.external_event_id.clone());
            let unseen = stored.into_iter().filter(|item| self.overlay.is_unseen(&item.external_event_id));
            let items: Vec<ItemRef> =
                unseen.map(|item| ItemRef { id: item.external_event_id, version: String::new() }).collect();
            if !items.is_empty() {
                return Ok(items);
            }
        }
    }

    async fn local(&mut self, after: i64, reached: Option<Window>) -> Result<LocalBatch, Stop> {
        let mut batch = self.system.load_local(self.lease(), after, reached, BATCH).await?;
        let mut states = self.put_back(std::mem::take(&mut batch.series));
        states = self.overlay.lay_over_local(states);
        if reached.is_some() {
            let told: HashSet<String> = states.iter().map(|state| state.id.clone()).collect();
            let mut ids = self.overlay.waiting();
            ids.retain(|id| !told.contains(id));
            let loaded = self.system.load_series(self.lease(), &ids).await?;
            states.extend(self.laid(loaded));
        }
        batch.series = states;
        Ok(batch)
    }

    fn told(self, finish: Finish) -> Result<Plan, ServiceError> {
        let brake = match finish.outcome {
            Outcome::Done if self.restored && !self.written.is_empty() => {
                Some(hold_after_restore(self.written.len() as u64))
            }
            Outcome::Done => None,
            Outcome::Held(reason) => Some(reason),
            Outcome::Failed(failure) => return Err(failure.into()),
        };
        let Collected { changes, more_changes, stops, kept_out } = self.collected;
        Ok(Plan {
            kind: finish.kind,
            brake,
            changes,
            more_changes,
            stops,
            kept_out,
            stats: finish.stats,
            pushed: finish.pushed,
            calls_made: self.calls,
            calls_to_come: self.calls + finish.pushed,
        })
    }
}
