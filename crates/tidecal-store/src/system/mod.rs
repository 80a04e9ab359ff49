//! What workers do across tenants: claim, load, commit, finish, refresh, keep up.

mod circuits;
mod claim;
mod commit;
mod commit_rows;
mod counts;
mod finish;
mod load;
mod notify;
mod operate;
mod refresh;
mod upkeep;

pub use circuits::{VendorRef, VendorState};
pub use claim::{Claim, ClaimQuery, Lease, Listed};
pub use commit::{Advance, CommitError, Committed};
pub use load::{ItemState, RetryItem, UnseenItem};
pub use notify::{NewAudit, NewJobRun, NewNotification};
pub use operate::{NewMember, TenantRow};
pub use refresh::{RefreshTurn, TokenGrantRow};
pub use upkeep::Swept;

pub(crate) use commit_rows::INSERT_FEED;
pub(crate) use refresh::{ACCESS_TOKEN, PASSWORD, REFRESH_TOKEN, seal_secret};
