//! What a caller of the adapter keeps: the least that is needed to stay in step.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tidecal_core::model::Status;
use tidecal_core::remote::{
    Content, Cursor, Failure, ItemRef, Next, Page, PageQuery, Reading, RemoteChange, RemoteComponent,
};
use tidecal_ical::{Budget, Range, RecurrenceId, Zone, expand};
use tidecal_providers::Access;

use crate::peer::{NOW, Peer, window};

pub(crate) struct Mirror<'a> {
    peer: &'a Peer,
    access: &'a Access,
    pub(crate) calendar: String,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) now: Timestamp,
    /// By the id of their series.
    pub(crate) series: BTreeMap<String, Vec<RemoteComponent>>,
    pub(crate) unreadable: Vec<String>,
    /// Pages of the last reading.
    pub(crate) pages: usize,
    /// Series and removals that the last reading brought with another version, or none.
    pub(crate) news: usize,
}

impl<'a> Mirror<'a> {
    pub(crate) fn of(peer: &'a Peer, access: &'a Access, calendar: &str) -> Self {
        Self {
            peer,
            access,
            calendar: calendar.to_owned(),
            cursor: None,
            now: NOW.parse().unwrap(),
            series: BTreeMap::new(),
            unreadable: Vec::new(),
            pages: 0,
            news: 0,
        }
    }

    fn full(&self) -> Reading {
        Reading::Full { lower: window(self.now).from }
    }

    /// A delta, or everything at first.
    pub(crate) async fn sync(&mut self) -> Result<(), Failure> {
        let reading = self.cursor.clone().map_or_else(|| self.full(), |cursor| Reading::Delta { cursor });
        self.read(reading).await
    }

    pub(crate) async fn read(&mut self, reading: Reading) -> Result<(), Failure> {
        (self.pages, self.news) = (0, 0);
        self.unreadable.clear();
        let mut query = PageQuery { reading, token: None, window: window(self.now) };
        loop {
            let Page { changes, next } = self.peer.adapter().fetch_page(self.access, &self.calendar, &query).await?;
            self.pages += 1;
            let mut asked = Vec::new();
            for change in changes {
                match change {
                    RemoteChange::Listed(item) => asked.push(item),
                    RemoteChange::Gone { id, proven: false } => asked.push(ItemRef { id, version: String::new() }),
                    other => self.apply(other),
                }
            }
            for asked in asked.chunks(self.peer.adapter().capabilities().items_per_fetch) {
                for change in self.peer.adapter().fetch_items(self.access, &self.calendar, asked).await? {
                    self.apply(change);
                }
            }
            match next {
                Next::Page(token) => query.token = Some(token),
                Next::Done(cursor) => {
                    self.cursor = Some(cursor);
                    return Ok(());
                }
            }
        }
    }

    pub(crate) fn apply(&mut self, change: RemoteChange) {
        match change {
            RemoteChange::Series(series) => {
                let versions = |components: &[RemoteComponent]| {
                    components.iter().map(|it| (it.id.clone(), it.version.clone())).collect::<Vec<_>>()
                };
                let before = self.series.get(&series.id).map(|known| versions(known));
                self.news += usize::from(before != Some(versions(&series.components)));
                self.series.insert(series.id, series.components);
            }
            RemoteChange::Gone { id, proven } => {
                assert!(proven, "{id}");
                self.news += usize::from(self.series.remove(&id).is_some());
            }
            RemoteChange::Unreadable { reason, .. } => self.unreadable.push(reason),
            RemoteChange::Listed(item) => panic!("{item:?}"),
        }
    }

    /// `2026-11-24 09:00 title`, in the event's own zone, of everything that takes place.
    pub(crate) fn lines(&self) -> Vec<String> {
        let from = "2020-01-01T00:00:00Z".parse().unwrap();
        self.lines_within(from, "2032-01-01T00:00:00Z".parse().unwrap())
    }

    pub(crate) fn lines_within(&self, from: Timestamp, to: Timestamp) -> Vec<String> {
        let mut lines: Vec<String> =
            self.series.values().flat_map(|components| occurrences(components, from, to)).collect();
        lines.sort_unstable();
        lines
    }
}

fn occurrences(components: &[RemoteComponent], start: Timestamp, end: Timestamp) -> Vec<String> {
    let line = |when: &tidecal_ical::When, title: &str| {
        let at = when.start_local();
        format!("{} {title}", at.strftime(if when.is_all_day() { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }))
    };
    let overridden: Vec<RecurrenceId> = components.iter().filter_map(|it| it.recurrence_id).collect();
    let mut lines = Vec::new();
    for component in components {
        let Content::Event(event) = &component.content else { continue };
        let (first, _) = event.when.span(&Zone::utc());
        match &event.recurrence {
            _ if event.status == Status::Cancelled => {}
            None if (start..end).contains(&first) => lines.push(line(&event.when, &event.title)),
            None => {}
            Some(recurrence) => {
                let range = Range { start, end };
                let all = expand(&event.when, recurrence, range, &Zone::utc(), Budget::default()).unwrap();
                let plain = all.occurrences.iter().filter(|it| !overridden.contains(&it.id));
                lines.extend(plain.map(|it| line(&it.when, &event.title)));
            }
        }
    }
    lines
}
