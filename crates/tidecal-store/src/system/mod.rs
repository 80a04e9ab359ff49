//! What workers do across tenants: claim, load, commit, finish, refresh, keep up.

mod circuits;
mod claim;
mod commit;
mod commit_conflicts;
mod commit_rows;
mod counts;
mod event_rows;
mod finish;
mod load;
mod local;
mod notify;
mod operate;
mod refresh;
mod series;
mod takeover;
mod twins;
mod upkeep;

pub use circuits::{VendorRef, VendorState};
pub use claim::{Claim, ClaimQuery, Lease, Listed, LocalSide};
pub use commit::{Advance, CommitError, Committed};
pub use load::{RetryItem, UnseenItem};
pub use notify::{NewAudit, NewJobRun, NewNotification};
pub use operate::{NewMember, TenantRow};
pub use refresh::{RefreshTurn, TokenGrantRow};
pub use upkeep::Swept;

pub(crate) use commit::Place;
pub(crate) use commit_conflicts::{conflict_key, read as read_notices};
pub(crate) use commit_rows::tzdb_version;
pub(crate) use event_rows::{INSERT_FEED, allot_seq};
pub(crate) use refresh::{ACCESS_TOKEN, PASSWORD, REFRESH_TOKEN, seal_secret};
