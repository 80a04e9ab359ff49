//! Driving one claimed run: every instruction of the core carried out, one after the other.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::Window;
use tidecal_core::remote::{Cursor, Failure, FailureClass, ItemRef, QuietWrite};
use tidecal_core::sync::{
    Commit, Counted, Finish, Identity, Input, Instruction, Outbound, Outcome, ReadingKind, Rules, Run, RunSettings,
    RunStart, Stats,
};
use tidecal_ical::Zone;
use tidecal_providers::Adapter;
use tidecal_store::{Advance, Claim, CommitError, ProgressMove, RunRef, StoreError};

use super::finish;
use super::retry::Attempts;
use super::vendor::Vendor;
use crate::accounts::storage;
use crate::{Engine, RunNews, RunPhase};

/// How a run ended, for whoever asked for it.
#[derive(Clone, Debug)]
pub(crate) struct RunReport {
    /// Which connection.
    pub(crate) connection_id: String,
    /// Its vendor.
    pub(crate) provider: tidecal_core::model::Provider,
    /// Why it did not work out, for people.
    pub(crate) error: Option<String>,
}

/// One batch of rows that wait outside the window, or of items that a reading did not see.
pub(crate) const BATCH: i64 = 200;

/// Items that one run asks the vendor for again; ids alone are kept in memory.
const MOST_RETRIES: i64 = 10_000;

/// Why a run stopped without an end of its own.
pub(crate) enum Stop {
    /// Another node holds the lease, or an operator reset the cursor: what they do counts.
    Superseded,
    /// This node stops: the run goes on elsewhere, or here after a restart.
    Shutdown,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Drives a claim to its end. `range`: a one-off look beyond the window.
pub(super) async fn drive(engine: &Engine, claim: Claim, range: Option<Window>) -> RunReport {
    let driver = Driver::new(engine, claim, range);
    driver.news(RunPhase::Started, Stats::default(), 0, None);
    let started = engine.now();
    match driver.run().await {
        Ok((driver, finish)) => finish::finish(driver.engine, &driver.claim, &driver.run, started, finish).await,
        Err((driver, Stop::Store(error))) => {
            let failure = storage(&error);
            let finish = Finish {
                outcome: Outcome::Failed(failure),
                stats: Stats::default(),
                kind: ReadingKind::Delta,
                pages: 0,
                removals: 0,
                cursor: None,
                local_cursor: None,
                pushed: 0,
            };
            finish::finish(driver.engine, &driver.claim, &driver.run, started, finish).await
        }
        Err((driver, Stop::Shutdown)) => {
            finish::stop(driver.engine, &driver.claim, &driver.run).await;
            driver.report(Some("this server is stopping; the sync goes on after its restart".to_owned()))
        }
        Err((driver, Stop::Superseded)) => {
            tracing::info!(category = "calendar_sync", connection_id = %driver.claim.connection.id, "run superseded");
            let message = "superseded by a newer run".to_owned();
            driver.news(RunPhase::Failed, Stats::default(), 0, Some(message.clone()));
            driver.report(Some(message))
        }
    }
}

pub(crate) struct Driver<'a> {
    engine: &'a Engine,
    pub(crate) claim: Claim,
    run: RunRef,
    range: Option<Window>,
    lease_until: Timestamp,
    /// Nothing is remembered and nothing is written.
    rehearsal: bool,
}

impl<'a> Driver<'a> {
    fn new(engine: &'a Engine, claim: Claim, range: Option<Window>) -> Self {
        let scheduled = || RunRef { id: engine.new_ids().next_id(), trigger: "schedule".to_owned() };
        let run = claim.run.clone().unwrap_or_else(scheduled);
        let lease_until = engine.now().checked_add(engine.config().lease).unwrap_or(Timestamp::MAX);
        Self { engine, claim, run, range, lease_until, rehearsal: false }
    }

    /// For a plan: only settings, beginning and loading are used.
    pub(crate) fn rehearsal(engine: &'a Engine, claim: Claim) -> Self {
        Self { rehearsal: true, ..Self::new(engine, claim, None) }
    }

    async fn run(mut self) -> Result<(Self, Finish), (Self, Stop)> {
        match self.drive().await {
            Ok(finish) => Ok((self, finish)),
            Err(stop) => Err((self, stop)),
        }
    }

    async fn drive(&mut self) -> Result<Finish, Stop> {
        let engine = self.engine;
        let connection = self.claim.connection.clone();
        let failed = |failure: Failure| Finish {
            outcome: Outcome::Failed(failure),
            stats: Stats::default(),
            kind: ReadingKind::Delta,
            pages: 0,
            removals: 0,
            cursor: None,
            local_cursor: None,
            pushed: 0,
        };
        let Some(adapter) = engine.registry().adapter(connection.provider) else {
            let detail = format!("{}: not set up on this server", connection.provider);
            return Ok(failed(Failure::new(FailureClass::Configuration, detail)));
        };
        let account = self.claim.account.clone();
        let attempts = if self.claim.probe { Attempts::One } else { Attempts::Usual };
        let opened = Vendor::open(engine, adapter, account, &connection.external_calendar_id, attempts).await;
        let mut vendor = match opened {
            Ok(vendor) => vendor,
            Err(failure) => return Ok(failed(failure)),
        };
        let start = self.start(adapter.capabilities().bounded_reading).await?;
        let settings = self.settings(adapter, self.quiet_write(adapter, &mut vendor, &start).await);
        let (mut run, mut instruction) = Run::begin(start, settings, engine.new_ids());
        loop {
            if let Instruction::Finish(finish) = instruction {
                // Refreshed meanwhile: what is said of the grant is said of this one.
                self.claim.account = vendor.account().clone();
                return Ok(*finish);
            }
            if engine.stopping().is_cancelled() {
                return Err(Stop::Shutdown);
            }
            self.keep_lease().await?;
            self.tell(&run, &instruction);
            let input = self.carry_out(&mut vendor, instruction).await?;
            instruction = run.next(input);
        }
    }

    pub(crate) async fn start(&self, bounded: bool) -> Result<RunStart, Stop> {
        let connection = &self.claim.connection;
        let system = self.engine.system();
        let cursor = connection.sync_cursor.as_ref().map(|cursor| cursor.0.clone());
        // With a cursor something was read before: a lost cursor then means a comparison.
        let has_mappings = cursor.is_some() || system.has_mappings(&self.claim.lease).await?;
        let retries = if self.claim.local.retries {
            system.load_retries(&self.claim.lease, MOST_RETRIES).await?
        } else {
            Vec::new()
        };
        let retries = retries.into_iter().map(|it| ItemRef { id: it.external_event_id, version: String::new() });
        let check_entering = self.range.is_some() || self.engine.is_entering_check_due(&connection.id, self.rehearsal);
        Ok(RunStart {
            now: self.engine.now(),
            last_look: connection.last_polled_at,
            cursor,
            progress: connection.progress.clone(),
            has_mappings,
            retries: retries.collect(),
            check_entering: has_mappings && check_entering,
            range: self.range.filter(|_| bounded),
            local_cursor: self.claim.local.cursor,
            // Copies wait for the window, too.
            check_local: self.claim.local.has_news() || check_entering,
        })
    }

    /// What is kept locally, by the connection's own settings, widened for a one-off look.
    pub(crate) fn window(&self) -> Window {
        let mut window = self.engine.window_of(&self.claim.connection);
        if let Some(range) = self.range {
            window.from = window.from.min(range.from);
            window.to = window.to.max(range.to);
        }
        window
    }

    /// When writes mail nobody, asked of the server where vendors do not agree and something may go
    /// out: what a server can do may change from one day to the next.
    pub(crate) async fn quiet_write(
        &self,
        adapter: &dyn Adapter,
        vendor: &mut Vendor<'_>,
        start: &RunStart,
    ) -> QuietWrite {
        let known = adapter.capabilities().quiet_write;
        let may_write = start.check_local && self.outbound(adapter, known).is_some();
        if known == QuietWrite::Always || !may_write { known } else { vendor.quiet_write().await }
    }

    pub(crate) fn settings(&self, adapter: &dyn Adapter, quiet: QuietWrite) -> RunSettings {
        let (config, connection) = (self.engine.config(), &self.claim.connection);
        let zone = self.claim.calendar_zone.as_deref().and_then(Zone::iana).unwrap_or_else(Zone::utc);
        RunSettings {
            rules: Rules {
                policy: connection.conflict_policy,
                direction: connection.sync_direction,
                filters: connection.filters.clone(),
                privacy: connection.privacy,
                ..Rules::of(self.window(), zone)
            },
            guard: config.guard,
            brakes: config.brakes,
            // Until the run that it was meant for has gone through.
            released: connection.released_at.is_some(),
            // A plan tells what a person's release would let go.
            restored: connection.restored_at.is_some() && !self.rehearsal,
            items_per_fetch: adapter.capabilities().items_per_fetch,
            hub: self.claim.local.shared,
            outbound: self.outbound(adapter, quiet),
        }
    }

    /// What may be written: nothing by an inbound connection, or to a calendar that is only read.
    fn outbound(&self, adapter: &dyn Adapter, quiet_write: QuietWrite) -> Option<Outbound> {
        let (connection, capabilities) = (&self.claim.connection, adapter.capabilities());
        let writes = connection.sync_direction.writes() && capabilities.writes && !connection.read_only;
        writes.then(|| Outbound {
            calendar_id: connection.calendar_id.clone(),
            quiet_write,
            whole_series: capabilities.writes_whole_series,
            new_item: adapter.new_item(&connection.external_calendar_id),
            home: self.claim.local.home,
            own_address: self.claim.account.email.to_lowercase(),
        })
    }

    async fn carry_out(&mut self, vendor: &mut Vendor<'_>, instruction: Instruction) -> Result<Input, Stop> {
        let (system, lease) = (self.engine.system(), &self.claim.lease);
        Ok(match instruction {
            Instruction::FetchPage(query) => vendor.page(&query).await.map_or_else(Input::Failed, Input::Page),
            Instruction::FetchItems(items) => vendor.items(&items).await.map_or_else(Input::Failed, Input::Items),
            Instruction::LoadVersions(ids) => Input::Versions(system.load_versions(lease, &ids).await?),
            Instruction::LoadSeries { series, items, identities } => {
                self.load_series(series, items, &identities).await?
            }
            Instruction::LoadLocal { after, waiting } => {
                let reached = waiting.then(|| self.window());
                Input::Local(system.load_local(lease, after, reached, BATCH).await?)
            }
            Instruction::Push(write) => vendor.write(&write).await.map_or_else(Input::Failed, Input::Written),
            Instruction::LoadEntering(window) => {
                let ids = system.list_entering(lease, window.from, window.to, BATCH).await?;
                Input::Series(system.load_series(lease, &ids).await?)
            }
            Instruction::LoadUnseen { reading_id, lower, after } => {
                let unseen = system.unseen(lease, &reading_id, Some(lower), after.as_deref(), BATCH).await?;
                let item = |id: String| ItemRef { id, version: String::new() };
                Input::Unseen(unseen.into_iter().map(|unseen| item(unseen.external_event_id)).collect())
            }
            Instruction::Count => self.count().await?,
            Instruction::Commit(commit) => self.commit(*commit).await?,
            // The loop ends before a finish is carried out.
            Instruction::Finish(_) => Input::Committed,
        })
    }

    pub(crate) async fn load_series(
        &self,
        mut series: Vec<String>,
        items: Vec<String>,
        identities: &[Identity],
    ) -> Result<Input, Stop> {
        let (system, lease) = (self.engine.system(), &self.claim.lease);
        if !items.is_empty() {
            let owners = system.load_items(lease, &items).await?;
            series.extend(owners.into_values().flatten());
            series.sort_unstable();
            series.dedup();
        }
        Ok(Input::Series(system.load_identified(lease, &series, identities).await?))
    }

    pub(crate) async fn count(&self) -> Result<Input, Stop> {
        let (system, lease) = (self.engine.system(), &self.claim.lease);
        let since = self.engine.now().checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let live = system.count_mapped_live(lease).await?;
        let deleted = system.deletions_since(lease, since).await?;
        let outgoing = system.count_outgoing(lease).await?;
        let edited = system.count_edited(lease, self.claim.local.cursor).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let (live, deleted, outgoing, edited) = (count(live), count(deleted), count(outgoing), count(edited));
        Ok(Input::Counted(Counted { live, deleted, outgoing, edited }))
    }

    async fn commit(&mut self, commit: Commit) -> Result<Input, Stop> {
        let Commit { writes, progress, cursor } = commit;
        let progress = match (progress, &cursor) {
            (Some(progress), _) => ProgressMove::Set(progress),
            (None, Some(_)) => ProgressMove::Clear,
            (None, None) => ProgressMove::Keep,
        };
        let advance = Advance { progress, cursor: cursor.map(Cursor), reading_id: None };
        let (system, now) = (self.engine.system(), self.engine.now());
        match system.commit(&mut self.claim.lease, &writes, &advance, now, &self.run).await {
            Ok(committed) => {
                committed.told.iter().for_each(|notice| self.engine.was_told(notice));
                Ok(Input::Committed)
            }
            Err(CommitError::EventsMoved(_)) => Ok(Input::Moved),
            Err(CommitError::LeaseLost | CommitError::CursorMoved) => Err(Stop::Superseded),
            Err(CommitError::Store(error)) => Err(Stop::Store(error)),
        }
    }

    /// A long run keeps its claim; losing it ends the run.
    async fn keep_lease(&mut self) -> Result<(), Stop> {
        let (now, lease) = (self.engine.now(), self.engine.config().lease);
        if self.lease_until.duration_since(now) > lease / 2 {
            return Ok(());
        }
        self.lease_until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        let kept = self.engine.system().renew_lease(&self.claim.lease, self.lease_until).await?;
        if kept { Ok(()) } else { Err(Stop::Superseded) }
    }

    fn tell(&self, run: &Run, instruction: &Instruction) {
        let phase = match instruction {
            Instruction::FetchPage(_) => RunPhase::Listing,
            Instruction::FetchItems(_) if run.is_comparing() => RunPhase::Comparing,
            Instruction::FetchItems(_) => RunPhase::Fetching,
            Instruction::LoadUnseen { .. } => RunPhase::Comparing,
            Instruction::Push(_) => RunPhase::Writing,
            _ => return,
        };
        self.news(phase, run.stats(), run.seen_count(), None);
    }

    fn news(&self, phase: RunPhase, stats: Stats, seen: u64, message: Option<String>) {
        let connection = &self.claim.connection;
        self.engine.live().tell(RunNews {
            tenant_id: connection.tenant_id.clone(),
            user_id: connection.owner_id.clone(),
            connection_id: connection.id.clone(),
            run_id: self.run.id.clone(),
            phase,
            stats,
            seen,
            message,
        });
    }

    fn report(&self, error: Option<String>) -> RunReport {
        let connection = &self.claim.connection;
        RunReport { connection_id: connection.id.clone(), provider: connection.provider, error }
    }
}
