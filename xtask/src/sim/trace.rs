//! What happened, line by line: always hashed, kept only where somebody wants to read it.

use std::fmt::{Arguments, Write as _};

use tidecal_core::remote::{Content, Page, RemoteChange};
use tidecal_core::sync::{Commit, EventOp};

/// A trace and its hash (FNV-1a, 64 bits).
#[derive(Debug)]
pub(super) struct Trace {
    hash: u64,
    line: String,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub(super) fn new(kept: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, line: String::new(), lines: kept.then(Vec::new) }
    }

    pub(super) fn note(&mut self, words: Arguments<'_>) {
        self.line.clear();
        // Writing to a text does not fail.
        let _ = self.line.write_fmt(words);
        for byte in self.line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(self.line.clone());
        }
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }

    pub(super) fn page(&mut self, page: &Page) {
        page.changes.iter().for_each(|change| self.change(change));
        self.note(format_args!("  next {:?}", page.next));
    }

    pub(super) fn change(&mut self, change: &RemoteChange) {
        match change {
            RemoteChange::Listed(item) => self.note(format_args!("  listed {} {}", item.id, item.version)),
            RemoteChange::Gone { id, proven } => self.note(format_args!("  gone {id} proven {proven}")),
            RemoteChange::Unreadable { id, version, .. } => self.note(format_args!("  unreadable {id} {version}")),
            RemoteChange::Series(series) => {
                self.note(format_args!("  series {} {:?}", series.id, series.scope));
                for it in &series.components {
                    let says = match &it.content {
                        Content::Event(event) => event.title.as_str(),
                        Content::Cancelled => "(cancelled)",
                        Content::Unreadable(_) => "(unreadable)",
                    };
                    let slot = it.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
                    self.note(format_args!("    {} {slot} {} {says}", it.id, it.version));
                }
            }
        }
    }

    pub(super) fn commit(&mut self, commit: &Commit) {
        let (moves, progress) = (commit.cursor.is_some(), commit.progress.is_some());
        self.note(format_args!("commit: cursor {moves}, progress {progress}, seen {:?}", commit.writes.seen));
        for write in &commit.writes.events {
            let slot = write.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
            let (op, version, title) = match &write.op {
                EventOp::Insert { event, .. } => ("insert", 1, event.title.as_str()),
                EventOp::Update { expected, event, .. } => ("update", expected + 1, event.title.as_str()),
                EventOp::Delete { expected } => ("delete", *expected, ""),
            };
            self.note(format_args!("  {op} {} {} {slot} v{version} {title}", write.id, write.external_event_id));
        }
        for it in &commit.writes.mappings {
            let slot = it.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default();
            self.note(format_args!(
                "  map {} of {} {slot} -> {:?} {} base v{} {} {} {}",
                it.external_event_id,
                it.external_series_id,
                it.event_id,
                it.version,
                it.base_version,
                it.base.is_some(),
                it.verdict,
                it.status.as_str(),
            ));
        }
        for it in &commit.writes.conflicts {
            self.note(format_args!("  conflict {} {:?} {:?}", it.external_event_id, it.recurrence_id, it.fields));
        }
    }
}
