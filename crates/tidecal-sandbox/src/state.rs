//! Everything a sandbox remembers, behind one lock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::caldav::store::Dav;
use crate::clock::Clock;
use crate::config::{Person, SandboxConfig};
use crate::data::calendar::{Calendar, Role};
use crate::data::listing::Listing;
use crate::entra;
use crate::faults::Faults;
use crate::google::errors::ApiError;
use crate::graph::mailbox::Graph;
use crate::ledger::Ledger;
use crate::mails::Mails;
use crate::oauth::grants::Grants;
use crate::push::Channels;
use crate::seed;
use crate::switches::Switches;

/// The state of one sandbox; clones share it.
#[derive(Clone)]
pub struct SandboxState(Arc<Mutex<World>>);

impl std::fmt::Debug for SandboxState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SandboxState")
    }
}

impl SandboxState {
    /// A fresh sandbox with its people and their calendars.
    pub fn new(config: SandboxConfig) -> Self {
        Self(Arc::new(Mutex::new(World::new(config))))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        // a panicking request must not take the sandbox down with it
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fake vendor's whole memory.
pub(crate) struct World {
    pub(crate) config: SandboxConfig,
    pub(crate) clock: Clock,
    pub(crate) switches: Switches,
    pub(crate) faults: Faults,
    pub(crate) ledger: Ledger,
    pub(crate) mails: Mails,
    pub(crate) channels: Channels,
    /// Stems of ids that guests' copies have of their own, by (guest, own stem), with the organiser's stem.
    pub(crate) copies: BTreeMap<(String, String), String>,
    pub(crate) grants: Grants,
    /// Microsoft's grants.
    pub(crate) entra: entra::grants::Grants,
    /// Microsoft's mailboxes.
    pub(crate) graph: Graph,
    /// The CalDAV server's homes.
    pub(crate) dav: Dav,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    /// Calendar lists by the person's address.
    pub(crate) listings: BTreeMap<String, Listing>,
    /// Times of each person's requests within the last minute, ms since the epoch.
    recent: BTreeMap<String, VecDeque<i64>>,
    last_etag: u64,
    issued: u64,
}

impl World {
    pub(crate) fn new(config: SandboxConfig) -> Self {
        let mut world = Self {
            clock: Clock::new(config.start),
            config,
            switches: Switches::default(),
            faults: Faults::default(),
            ledger: Ledger::default(),
            mails: Mails::default(),
            channels: Channels::new(),
            copies: BTreeMap::new(),
            grants: Grants::default(),
            entra: entra::grants::Grants::default(),
            graph: Graph::default(),
            dav: Dav::default(),
            calendars: BTreeMap::new(),
            listings: BTreeMap::new(),
            recent: BTreeMap::new(),
            last_etag: 0,
            issued: 0,
        };
        seed::fill(&mut world);
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The next ETag: twice the microseconds of now, as the vendor's are, and always above the one before.
    pub(crate) fn next_etag(&mut self) -> u64 {
        let by_clock = u64::try_from(self.now().as_microsecond()).unwrap_or(0) * 2;
        self.last_etag = by_clock.max(self.last_etag + 2);
        self.last_etag
    }

    /// A number never given before, for tokens and codes.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    pub(crate) fn person(&self, email: &str) -> Option<&Person> {
        self.config.people.iter().find(|person| person.email.eq_ignore_ascii_case(email))
    }

    /// Counts a request of a person; refuses it beyond the limit of a minute that the switch sets.
    pub(crate) fn count_request(&mut self, email: &str) -> Result<(), ApiError> {
        let most = self.switches.user_requests_per_minute as usize;
        if most == 0 {
            return Ok(());
        }
        let now_ms = self.now().as_millisecond();
        let own = self.recent.entry(email.to_owned()).or_default();
        own.retain(|at| now_ms - at < 60_000);
        if own.len() >= most {
            return Err(ApiError::of_reason("rateLimitExceeded", None));
        }
        own.push_back(now_ms);
        Ok(())
    }

    /// The role of a person on a calendar, `None` without access.
    pub(crate) fn role(&self, email: &str, calendar_id: &str) -> Option<Role> {
        let entry = self.listings.get(email)?.allowed(calendar_id)?;
        self.calendars.contains_key(calendar_id).then_some(entry.role)
    }
}
