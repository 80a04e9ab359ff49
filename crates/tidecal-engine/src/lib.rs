//! The driver: carries out what the core decides, against the store and the vendors.
//!
//! [`Engine`] is what requests and commands hold: connecting accounts, asking for syncs, running
//! jobs. A run is claimed from the store, driven by the core's state machine and finished in the
//! store; nothing about a connection is kept in memory between two runs. Time, chance, kill
//! switches and configuration are given to it.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accounts;
mod circles;
mod clock;
mod config;
mod conflicts;
mod engine;
mod error;
mod gates;
mod live;
mod local;
mod notices;
mod plan;
mod reconcilers;
mod settings;
mod sync;
mod why;

pub use accounts::{CaldavLogin, ConnectBy, ConnectCalendar, OAuthAnswer, Offer, OfferedCalendar};
pub use clock::{Clock, ManualClock, OsRandom, Random, SystemClock};
pub use config::EngineConfig;
pub use conflicts::{ConflictView, Resolve};
pub use engine::{Engine, EngineParts};
pub use error::ServiceError;
pub use gates::{Gate, GateSettings, Gates};
pub use live::{Live, NoticeNews, RunNews, RunPhase};
pub use local::{
    Edit, EditError, EventAnswer, EventChange, EventStanding, GuestChange, MappingState, RecurrenceChange, Scope,
    TimeChange, TimeText,
};
pub use plan::{MOST_LISTED, Plan, PlanAction, PlanSide, PlannedChange, PlannedStop};
pub use sync::{JobError, JobSummary, Requested, SyncNow, SyncResult, SyncStatus};
