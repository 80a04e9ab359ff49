//! iCalendar objects to changes: what CalDAV resources and feeds have in common.

mod event;
mod write;

use sha2::{Digest as _, Sha256};
use tidecal_core::remote::{Content, Mark, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope};
use tidecal_ical::{Component, ReadLimits, RecurrenceId, VEvent, read, resolve_zone};

pub(crate) use self::write::{overlaid, partstat};

/// Where a copy says whose it is.
pub(crate) const MARK: &str = "X-TIDECAL-ID";

/// Limits of one resource: far above any real series, far below what would hurt.
const LIMITS: ReadLimits = ReadLimits { bytes: 16 << 20, components: 20_000, component_bytes: 4 << 20, depth: 16 };

/// IANA name of the zone that a TZID means.
pub(crate) fn zone_name(tzid: &str) -> Option<String> {
    resolve_zone(tzid).map(|resolved| resolved.zone.name().to_owned())
}

/// One calendar object resource (RFC 4791 4.1): a single event, or a series with its exceptions.
/// `own`: the owner's mail address, or empty. Without an `ETag` the version is a hash of the text.
///
/// The raw text of a master (or single event) is the whole resource, of an exception its own.
pub(crate) fn resource(href: &str, etag: Option<&str>, body: &[u8], own: &str) -> RemoteChange {
    let etag = etag.map(str::trim).filter(|etag| !etag.is_empty());
    let version = etag.map_or_else(|| hash(body), str::to_owned);
    let calendar = match read(body, &LIMITS) {
        Ok(calendar) => calendar,
        Err(error) => {
            return RemoteChange::Unreadable {
                id: href.to_owned(),
                version,
                reason: error.to_string(),
                raw: body.to_vec(),
            };
        }
    };
    if calendar.components.is_empty() {
        // A task or a journal entry: whatever event was here before is not here any more.
        return RemoteChange::Gone { id: href.to_owned(), proven: true };
    }
    let (uid, has_master) = subject(&calendar.components);
    let mut series = Series { href, version, body, own, uid, has_master, taken: Vec::new() };
    for (at, component) in calendar.components.into_iter().enumerate() {
        series.take(at + 1, component);
    }
    series.withdraw();
    let components = series.taken.into_iter().map(|taken| taken.component).collect();
    RemoteChange::Series(RemoteSeries { id: href.to_owned(), scope: SeriesScope::Whole, components })
}

/// `sha256:` and 64 hex digits. Line ends do not count: XML turns CRLF into LF, GET does not.
pub(crate) fn hash(body: &[u8]) -> String {
    let mut hash = Sha256::new();
    body.split(|byte| *byte == b'\r').for_each(|part| hash.update(part));
    hash.finalize().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// The UID that the resource is about (its master's, else its first event's), and whether that
/// master can be read.
fn subject(components: &[Component]) -> (String, bool) {
    let events = || {
        components.iter().filter_map(|component| match component {
            Component::Event(event) => Some(event),
            Component::Unreadable { .. } => None,
        })
    };
    let master = events().find(|event| event.recurrence_id.is_none() && !names_a_slot(&event.raw));
    let uid = master.or_else(|| events().next()).map(|event| event.uid.clone()).unwrap_or_default();
    (uid, master.is_some())
}

struct Series<'a> {
    href: &'a str,
    version: String,
    body: &'a [u8],
    own: &'a str,
    uid: String,
    /// One of the components is a readable master or single event.
    has_master: bool,
    taken: Vec<Taken>,
}

struct Taken {
    component: RemoteComponent,
    /// What the later one of two texts of one occurrence is known by.
    revision: Revision,
}

type Revision = (u32, Option<jiff::Timestamp>, Option<jiff::Timestamp>);

impl Series<'_> {
    /// `number` counts the resource's events from 1.
    fn take(&mut self, number: usize, component: Component) {
        match component {
            Component::Unreadable { line, reason, raw, .. } => {
                self.quarantine(number, format!("line {line}: {reason}"), raw);
            }
            Component::Event(event) if event.uid != self.uid => {
                self.quarantine(number, "a second UID in one calendar object".to_owned(), event.raw);
            }
            Component::Event(event) if event.recurrence_id.is_none() && names_a_slot(&event.raw) => {
                self.quarantine(number, "RECURRENCE-ID: not readable".to_owned(), event.raw);
            }
            Component::Event(event) => self.keep(*event),
        }
    }

    /// Of two texts of one occurrence the later revision counts.
    fn keep(&mut self, event: VEvent) {
        let revision = (event.sequence, event.last_modified, event.stamp);
        let slot = event.recurrence_id;
        let component = self.component(slot, event);
        let earlier = self.taken.iter_mut().find(|taken| {
            taken.component.recurrence_id == slot && !matches!(taken.component.content, Content::Unreadable(_))
        });
        match earlier {
            Some(earlier) if earlier.revision > revision => {}
            Some(earlier) => *earlier = Taken { component, revision },
            None => self.taken.push(Taken { component, revision }),
        }
    }

    /// Exports that keep former revisions still carry exceptions that a later revision of the series
    /// (RFC 5546 2.1.4: a higher SEQUENCE) excludes: those are withdrawn.
    fn withdraw(&mut self) {
        let master = self.taken.iter().find_map(|taken| match &taken.component.content {
            Content::Event(event) if taken.component.recurrence_id.is_none() => Some((event, taken.revision.0)),
            _ => None,
        });
        let Some((Some(recurrence), sequence)) = master.map(|(event, sequence)| (&event.recurrence, sequence)) else {
            return;
        };
        let excluded = recurrence.excluded.clone();
        self.taken.retain(|taken| {
            let slot = taken.component.recurrence_id;
            taken.revision.0 >= sequence || slot.is_none_or(|slot| !excluded.contains(&slot))
        });
    }

    fn component(&self, slot: Option<RecurrenceId>, mut event: VEvent) -> RemoteComponent {
        let updated = event.last_modified;
        let mark = mark_in(&event.raw);
        let raw = match slot {
            None => self.body.to_vec(),
            Some(_) => std::mem::take(&mut event.raw).into_bytes(),
        };
        let content = if event.this_and_future {
            Content::Unreadable("RECURRENCE-ID: a change of this and all later occurrences is not supported".to_owned())
        } else {
            Content::Event(Box::new(event::event(event, self.own)))
        };
        RemoteComponent {
            id: self.href.to_owned(),
            recurrence_id: slot,
            version: self.version.clone(),
            content,
            raw,
            updated,
            mark,
        }
    }

    /// A component that does not say which occurrence it is gets a number; the master has the
    /// resource's own id.
    fn quarantine(&mut self, number: usize, reason: String, raw: String) {
        let free = !self.has_master
            && self
                .taken
                .iter()
                .all(|taken| taken.component.id != self.href || taken.component.recurrence_id.is_some());
        let master = free && !names_a_slot(&raw);
        let id = if master { self.href.to_owned() } else { format!("{}#{number}", self.href) };
        let component = RemoteComponent {
            id,
            recurrence_id: None,
            version: self.version.clone(),
            content: Content::Unreadable(reason),
            raw: raw.into_bytes(),
            ..RemoteComponent::default()
        };
        self.taken.push(Taken { component, revision: (0, None, None) });
    }
}

/// Of the component's own text, in which the line may be folded (RFC 5545 3.1).
fn mark_in(raw: &str) -> Option<Mark> {
    let mut lines = raw.lines();
    let mut value = lines.find_map(|line| line.strip_prefix(MARK)?.strip_prefix(':'))?.to_owned();
    for more in lines.map_while(|line| line.strip_prefix([' ', '\t'])) {
        value.push_str(more);
    }
    Mark::decode(&value)
}

/// Whether a VEVENT claims to be a changed occurrence.
fn names_a_slot(raw: &str) -> bool {
    const NAME: &str = "RECURRENCE-ID";
    raw.lines().any(|line| {
        line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME))
            && matches!(line.as_bytes().get(NAME.len()), Some(b':' | b';'))
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
