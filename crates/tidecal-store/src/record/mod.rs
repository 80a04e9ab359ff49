//! Rows as values, and how they are read.

mod account;
mod calendar;
mod conflict;
mod connection;
mod content;
mod event;
mod health;
mod history;
mod local;
mod mapping;
mod run;
mod times;

pub use account::{Account, AccountStatus, NewAccount, Secrets};
pub use calendar::{Calendar, CalendarPatch};
pub use conflict::{ConflictChoice, ConflictDetail, ConflictRow, Resolution};
pub use connection::{Connection, ConnectionPatch, NewConnection, SyncDirection};
pub use event::{EventDetail, EventRow};
pub use health::HealthRow;
pub use history::{AuditRow, Deed, JournalRow, NotificationRow};
pub use local::{LocalOp, LocalVersion, LocalWrite, SeriesDetail, SeriesRow};
pub use mapping::{MappingRow, VerdictCounts};
pub use run::{FinishRow, Hold, ProgressMove, RunOutcome, RunRecord, RunRef, RunRow, RunStats};
pub use times::EventTimes;

pub(crate) use account::{account_columns, read_account};
pub(crate) use calendar::read_calendar;
pub(crate) use conflict::{conflict_columns, opt_event, read_conflict};
pub(crate) use connection::{StoredProgress, connection_columns, read_connection};
pub(crate) use content::{pack, pack_event, unpack_event};
pub(crate) use event::{event_content, event_row, event_values, read_event, read_event_row, recurrence_id};
pub(crate) use health::{health_columns, read_health};
pub(crate) use history::{journal_columns, read_audit, read_journal, read_notification};
pub(crate) use mapping::{mapping_columns, read_mapping};
pub(crate) use run::{read_run, run_columns};
pub(crate) use times::{event_times, read_event_times};

/// A failure count from which the circuit is open, in both counters (requirement R4.2).
pub const CIRCUIT_OPENS_AT: i64 = 5;
