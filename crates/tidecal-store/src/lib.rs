//! Storage: SQLite and PostgreSQL behind one API.
//!
//! [`Store`] opens a database; [`Store::tenant`], [`Store::system`] and [`Store::sign_in`] are the
//! three ways in. Everything of a tenant hangs on a [`TenantScope`]; workers hold a
//! [`SystemScope`]. Credentials are sealed by the [`KeyRing`] before they are stored.
//!
//! `now` is always an argument. The only randomness is that of ids and nonces, from the
//! cryptographic library.
//!
//! Deliberately not here: deciding anything. The store carries out
//! [`Writes`](tidecal_core::sync::Writes) and keeps the promises that only a database can keep:
//! changes and cursor together, one lease holder, nobody else's rows.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod database;
mod describe;
mod error;
mod ids;
mod keyring;
mod posture;
mod record;
mod schema;
mod scope;
mod sign_in;
mod store;
mod system;
mod tenant;

pub use database::{Backend, FaultSwitch, FaultWay};
pub use describe::{Described, DescribedColumn};
pub use error::StoreError;
pub use keyring::{KeyError, KeyRing, SealContext};
pub use posture::Posture;
pub use record::{
    Account, AccountStatus, AuditRow, CIRCUIT_OPENS_AT, Calendar, CalendarPatch, ConflictChoice, ConflictDetail,
    ConflictRow, Connection, ConnectionPatch, Deed, EventDetail, EventRow, EventTimes, FinishRow, HealthRow, Hold,
    JournalRow, LocalOp, LocalVersion, LocalWrite, MappingRow, NewAccount, NewConnection, NotificationRow,
    ProgressMove, Resolution, RunOutcome, RunRecord, RunRef, RunRow, RunStats, Secrets, SeriesDetail, SeriesRow,
    SyncDirection, VerdictCounts,
};
pub use scope::{Role, SignIn, System, SystemScope, Tenant, TenantScope, UnknownRole};
pub use sign_in::{Candidate, Identity, NewApiKey, NewSession, Profile};
pub use store::{Store, StoreOptions};
pub use system::{
    Advance, Claim, ClaimQuery, CommitError, Committed, Lease, Listed, LocalSide, NewAudit, NewJobRun, NewMember,
    NewNotification, RefreshTurn, RetryItem, Swept, TenantRow, TokenGrantRow, UnseenItem, VendorRef, VendorState,
};
pub use tenant::{
    CalendarChoice, DeletedCalendar, DeletedConnection, EventFacts, HeldEvent, JournalOf, KnownRequest, MappingFact,
    NewOAuthState, OAuthState, ShownEvent, View, WindowRows, WindowTimes,
};
