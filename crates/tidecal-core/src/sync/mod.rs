//! The sync core: inputs in, instructions out.
//!
//! [`SeriesState`] is what the store knows of a series, [`RemoteSeries`](crate::remote::RemoteSeries)
//! what the vendor says of it; deciding turns both into [`Writes`], plain data that one commit
//! carries out together with the cursor.

mod state;
mod writes;

pub use state::{Binding, ComponentState, LocalEvent, MappingStatus, SeriesState, UnknownWord, Verdict};
pub use writes::{ConflictWrite, EventKind, EventOp, EventWrite, JournalEntry, MappingWrite, Progress, Span, Writes};
