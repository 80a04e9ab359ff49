//! The sync core: inputs in, instructions out.
//!
//! [`SeriesState`] is what the store knows of a series, [`RemoteSeries`](crate::remote::RemoteSeries)
//! what the vendor says of it. [`decide`] judges one component, [`plan_series`] a whole series; the
//! result is [`Writes`], plain data that one commit carries out together with the cursor. [`Run`]
//! is the state machine around them: it asks for pages, items and states, and never does anything
//! itself. A crash needs no recovery code: a run is rebuilt from committed rows.

mod batch;
mod copies;
mod cursor;
mod decide;
mod instruction;
mod latest;
mod merge;
mod met;
mod moved;
mod notice;
mod overlay;
mod plan;
mod push;
mod resolve;
mod rights;
mod rows;
mod run;
mod sent;
mod settings;
mod shown;
mod state;
mod text;
mod why;
mod writes;
mod written;

pub use cursor::StoredCursor;
pub use decide::{Admission, Decision, Local, Remote, Stance, decide};
pub use instruction::{
    Commit, Counted, Finish, Identity, Input, Instruction, LocalBatch, Outbound, Outcome, ReadingKind, RunSettings,
    RunStart,
};
pub use merge::{Bases, ConflictPolicy, Field, Merged, differing, merge, same};
pub use notice::{Notice, conflict_notice};
pub use overlay::Overlay;
pub use plan::{Planned, Rules, Stats, plan_entering, plan_gone, plan_series, plan_unreadable};
pub use push::{LookUp, PushOp, PushPlan, Sent, SentKind, is_outgoing_deletion, is_outgoing_edit, plan_push};
pub use resolve::{Side, resolved};
pub use rights::{BeyondRights, beyond_rights};
pub use rows::span_of;
pub use run::Run;
pub use settings::{Filters, Privacy, SyncDirection};
pub use shown::{FieldChange, field_changes, shown_fields};
pub use state::{
    Binding, ComponentState, Echo, ItemState, LocalEvent, MappingStatus, Role, SeriesState, Twin, TwinKind,
    UnknownWord, Verdict,
};
pub use text::canonical_text;
pub use why::{Why, WhyChange, WhyConflict, WhyEvent, WhyFacts, WhyMapping, WhyStep, explain};
pub use writes::{
    ConflictWrite, Direction, EventKind, EventOp, EventWrite, JournalEntry, KeptEvent, MappingWrite, Progress, Span,
    Writes,
};
pub use written::{Since, plan_found, plan_refused, plan_written};
