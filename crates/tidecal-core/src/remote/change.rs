//! Pages of changes, as every adapter delivers them.

use jiff::Timestamp;
use tidecal_ical::RecurrenceId;

use super::Mark;
use crate::model::Event;
use crate::policy::Window;

/// Where a reading goes on next time; opaque to all but its adapter, stored with the changes that
/// it covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(pub String);

/// Where the next page of a running reading begins; opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageToken(pub String);

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Everything that ends after `lower`; ends in a cursor.
    Full {
        /// Lower bound, where the vendor takes one.
        lower: Timestamp,
    },
    /// A one-off look at a range: touches neither cursor nor deletions. Only asked of vendors with
    /// bounded reading; ends in a cursor that nobody keeps.
    Range {
        /// Lower bound of the end.
        lower: Timestamp,
        /// Upper bound of the start.
        upper: Timestamp,
    },
    /// What changed since the cursor.
    Delta {
        /// Of the last finished reading.
        cursor: Cursor,
    },
}

/// One page of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// What is read; the same for every page of one reading.
    pub reading: Reading,
    /// `None`: the first page.
    pub token: Option<PageToken>,
    /// What is kept locally at present. Vendors whose cursors are bound to a stretch of time move
    /// that stretch along with it; others need not look.
    pub window: Window,
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another page.
    Page(PageToken),
    /// The reading is whole; this is where the next one begins.
    Done(Cursor),
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// In the vendor's order; the same id may occur twice, then the later one counts.
    pub changes: Vec<RemoteChange>,
    /// Page or cursor.
    pub next: Next,
}

/// One thing that a page says.
#[derive(Clone, Debug, PartialEq)]
pub enum RemoteChange {
    /// An item exists in that version; its body was not sent (fetch it if the version is news).
    Listed(ItemRef),
    /// Components of a series (or a single event), with content.
    Series(RemoteSeries),
    /// An item is gone. `proven` is false where the vendor says so of items that merely left a
    /// window: such a removal is verified before it counts.
    Gone {
        /// Id of the item: a resource, a whole series, or one exception.
        id: String,
        /// Whether the removal is certain.
        proven: bool,
    },
    /// An item was sent that cannot be read at all: it is quarantined, the page goes on.
    Unreadable {
        /// Id, as far as it could be read.
        id: String,
        /// Version, if known.
        version: String,
        /// Why, naming the field or line.
        reason: String,
        /// What was sent.
        raw: Vec<u8>,
    },
}

/// An item and its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemRef {
    /// The vendor's id (Google: event id; CalDAV: href).
    pub id: String,
    /// `ETag`, change key; empty if the server sent none.
    pub version: String,
}

/// How much of a series a change speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesScope {
    /// All of it: a component that is not here is gone.
    Whole,
    /// Only these components changed.
    Part,
}

/// Changed components of one series, or of one single event.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteSeries {
    /// Id of the series: of its master's item (Google), of the resource (CalDAV).
    pub id: String,
    /// Whether components that are not here are gone.
    pub scope: SeriesScope,
    /// The master or single event (without recurrence id), and exceptions.
    pub components: Vec<RemoteComponent>,
}

/// One component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoteComponent {
    /// The item's own id. CalDAV: the resource's href, the same for all components; a component
    /// that is too broken to say which occurrence it is gets `href#<number>`.
    pub id: String,
    /// Which occurrence this changes; `None` for a master or a single event.
    pub recurrence_id: Option<RecurrenceId>,
    /// Version of the item; where the server sends none, one that the adapter makes of its content.
    pub version: String,
    /// What it says.
    pub content: Content,
    /// As sent by the vendor, unknown fields included (JSON or iCalendar text).
    pub raw: Vec<u8>,
    /// When the vendor says it was last changed: a hint, clocks differ.
    pub updated: Option<Timestamp>,
    /// It is a copy that Tidecal made.
    pub mark: Option<Mark>,
}

/// What a component says.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// It takes place.
    Event(Box<Event>),
    /// It is cancelled (as a whole, or this occurrence); often sent without any other field.
    #[default]
    Cancelled,
    /// It cannot be understood: quarantined with the reason, which names field or line.
    Unreadable(String),
}

/// How far a calendar may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRole {
    /// Events can be written.
    Writer,
    /// Events can be read.
    Reader,
    /// Only busy times are visible.
    FreeBusy,
}

/// A calendar that an account offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteCalendar {
    /// The vendor's canonical id (never an alias such as `primary`).
    pub id: String,
    /// As its owner or user named it.
    pub name: String,
    /// Description, or empty.
    pub description: String,
    /// `#rrggbb`, if it has one.
    pub color: Option<String>,
    /// IANA name of its zone, if the vendor says.
    pub zone: Option<String>,
    /// How far it may be used.
    pub access: AccessRole,
    /// The account's main calendar.
    pub primary: bool,
}

/// Who an account belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteAccount {
    /// The vendor's stable subject id; never the address, which may change.
    pub subject: String,
    /// Address or login, for people.
    pub email: String,
    /// Name, or empty.
    pub name: String,
}
