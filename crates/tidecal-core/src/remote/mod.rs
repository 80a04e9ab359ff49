//! What an adapter tells the rest of Tidecal: pages of changes, failures by class, capabilities;
//! and what it is told to write.
//!
//! These types are all that callers see of a vendor.

mod capabilities;
mod change;
mod failure;
mod write;

pub use capabilities::{Capabilities, QuietWrite};
pub use change::{
    AccessRole, Content, Cursor, ItemRef, Next, Page, PageQuery, PageToken, Reading, RemoteAccount, RemoteCalendar,
    RemoteChange, RemoteComponent, RemoteSeries, SeriesScope,
};
pub use failure::{Failure, FailureClass, PermanentScope};
pub use write::{Answer, ComponentWrite, Mail, Mark, RemoteWrite, WriteAction};
