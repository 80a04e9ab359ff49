//! What a caller of an adapter keeps: the least that is needed to stay in step, without deciding anything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tidecal_core::model::{Event, Status};
use tidecal_core::policy::Window;
use tidecal_core::remote::{
    Content, Cursor, Failure, FailureClass, ItemRef, Next, PageQuery, Reading, RemoteChange, RemoteComponent,
    SeriesScope,
};
use tidecal_ical::{Budget, Range, RecurrenceId, Zone, expand, rekey};

use crate::bench::Bench;

/// Attempts at one reading while the weather is bad.
const ATTEMPTS: usize = 12;
/// More pages than any reading here has.
const MOST_PAGES: usize = 200;

/// One calendar as seen through the adapter.
pub(crate) struct Mirror<'a> {
    bench: &'a Bench,
    pub(crate) calendar: String,
    cursor: Option<Cursor>,
    series: BTreeMap<String, BTreeMap<Option<RecurrenceId>, RemoteComponent>>,
    /// Items that could not be read at all, with the reason.
    pub(crate) unreadable: BTreeMap<String, String>,
    /// Transient and rate-limited failures are met by another attempt.
    pub(crate) patient: bool,
    /// Pages of the last reading.
    pub(crate) pages: usize,
}

/// What one synchronisation did.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Done {
    /// Series whose content changed, came or went.
    pub(crate) changed: BTreeSet<String>,
    /// The cursor was lost, everything was compared.
    pub(crate) compared: bool,
}

impl<'a> Mirror<'a> {
    pub(crate) fn of(bench: &'a Bench, calendar: &str) -> Self {
        Self {
            bench,
            calendar: calendar.to_owned(),
            cursor: None,
            series: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            patient: false,
            pages: 0,
        }
    }

    /// Reads what changed, or everything.
    pub(crate) async fn sync(&mut self) -> Result<Done, Failure> {
        let mut left = ATTEMPTS;
        let mut compared = false;
        loop {
            let full = self.cursor.is_none();
            let failure = match self.attempt().await {
                Ok(changed) => return Ok(Done { changed, compared: compared || full }),
                Err(failure) => failure,
            };
            left -= 1;
            match failure.class {
                FailureClass::CursorLost if !full => (self.cursor, compared) = (None, true),
                FailureClass::Transient | FailureClass::RateLimited if self.patient && left > 0 => {}
                _ => return Err(failure),
            }
        }
    }

    /// A comparison of everything, as it happens now and then whatever the cursor says.
    pub(crate) async fn compare(&mut self) -> Result<Done, Failure> {
        self.cursor = None;
        self.sync().await
    }

    async fn attempt(&mut self) -> Result<BTreeSet<String>, Failure> {
        let (changes, cursor) = self.read().await?;
        let bodies = self.bodies(&changes).await?;
        let mut changed = BTreeSet::new();
        for change in changes.iter().chain(&bodies) {
            self.apply(change, &mut changed);
        }
        if self.cursor.is_none() {
            self.settle_absent(&changes, &mut changed).await?;
        }
        self.cursor = Some(cursor);
        Ok(changed)
    }

    async fn read(&mut self) -> Result<(Vec<RemoteChange>, Cursor), Failure> {
        let reading = match &self.cursor {
            Some(cursor) => Reading::Delta { cursor: cursor.clone() },
            None => Reading::Full { lower: "2026-08-21T00:00:00Z".parse().unwrap() },
        };
        let mut query = PageQuery { reading, token: None, window: window() };
        let mut changes = Vec::new();
        for pages in 1..=MOST_PAGES {
            self.pages = pages;
            let page = self.bench.adapter.fetch_page(&self.bench.access, &self.calendar, &query).await?;
            changes.extend(page.changes);
            match page.next {
                Next::Page(token) => query.token = Some(token),
                Next::Done(cursor) => return Ok((changes, cursor)),
            }
        }
        panic!("a reading without an end");
    }

    /// Bodies of listed items whose version is news.
    async fn bodies(&self, changes: &[RemoteChange]) -> Result<Vec<RemoteChange>, Failure> {
        let wanted: Vec<ItemRef> = changes
            .iter()
            .filter_map(|change| match change {
                RemoteChange::Listed(item) if !self.knows(item) => Some(item.clone()),
                _ => None,
            })
            .collect();
        self.fetch(&wanted).await
    }

    async fn fetch(&self, wanted: &[ItemRef]) -> Result<Vec<RemoteChange>, Failure> {
        let mut bodies = Vec::new();
        for batch in wanted.chunks(self.bench.adapter.capabilities().items_per_fetch) {
            let answers = self.bench.adapter.fetch_items(&self.bench.access, &self.calendar, batch).await?;
            assert_eq!(answers.len(), batch.len(), "every item asked for is answered");
            bodies.extend(answers);
        }
        Ok(bodies)
    }

    fn knows(&self, item: &ItemRef) -> bool {
        let same = |component: &RemoteComponent| component.id == item.id && component.version == item.version;
        !item.version.is_empty() && self.series.values().flat_map(BTreeMap::values).any(same)
    }

    fn apply(&mut self, change: &RemoteChange, changed: &mut BTreeSet<String>) {
        match change {
            RemoteChange::Listed(_) => {}
            RemoteChange::Gone { id, .. } => self.forget(id, changed),
            RemoteChange::Unreadable { id, reason, .. } => {
                assert!(!reason.is_empty());
                self.unreadable.insert(id.clone(), reason.clone());
            }
            RemoteChange::Series(series) => {
                self.unreadable.remove(&series.id);
                let before = self.series.get(&series.id).cloned().unwrap_or_default();
                let mut after = if series.scope == SeriesScope::Whole { BTreeMap::new() } else { before.clone() };
                for component in &series.components {
                    let gone = component.recurrence_id.is_none() && component.content == Content::Cancelled;
                    if gone {
                        after.remove(&None);
                    } else {
                        after.insert(component.recurrence_id, component.clone());
                    }
                }
                if contents(&before) != contents(&after) {
                    changed.insert(series.id.clone());
                }
                self.series.insert(series.id.clone(), after);
            }
        }
    }

    /// A series by its id, or one component by its own.
    fn forget(&mut self, id: &str, changed: &mut BTreeSet<String>) {
        self.unreadable.remove(id);
        if self.series.remove(id).is_some() {
            changed.insert(id.to_owned());
        }
        for (series, components) in &mut self.series {
            let before = components.len();
            components.retain(|_, component| component.id != id);
            if components.len() != before {
                changed.insert(series.clone());
            }
        }
    }

    /// What everything did not name is asked for: only what is proven gone goes.
    async fn settle_absent(&mut self, changes: &[RemoteChange], changed: &mut BTreeSet<String>) -> Result<(), Failure> {
        let mut named = BTreeSet::new();
        for change in changes {
            match change {
                RemoteChange::Listed(ItemRef { id, .. })
                | RemoteChange::Gone { id, .. }
                | RemoteChange::Unreadable { id, .. } => drop(named.insert(id.clone())),
                RemoteChange::Series(series) => {
                    named.insert(series.id.clone());
                    named.extend(series.components.iter().map(|component| component.id.clone()));
                }
            }
        }
        let ids = self.series.values().flat_map(BTreeMap::values).map(|component| component.id.clone());
        let absent: BTreeSet<String> = ids.filter(|id| !named.contains(id)).collect();
        let absent: Vec<ItemRef> = absent.into_iter().map(|id| ItemRef { id, version: String::new() }).collect();
        for change in self.fetch(&absent).await? {
            self.apply(&change, changed);
        }
        Ok(())
    }

    /// What takes place between November 2026 and February 2027: `2026-11-23 09:00 TITLE`, in Vienna, in order.
    pub(crate) fn occurrences(&self) -> Vec<String> {
        let mut found: Vec<String> = self.series.values().flat_map(occurrences_of).collect();
        found.sort();
        found
    }

    /// Every event, exceptions too.
    pub(crate) fn events(&self) -> Vec<&Event> {
        let components = self.series.values().flat_map(BTreeMap::values);
        components
            .filter_map(|component| match &component.content {
                Content::Event(event) => Some(&**event),
                Content::Cancelled | Content::Unreadable(_) => None,
            })
            .collect()
    }

    /// Reasons of everything that is quarantined.
    pub(crate) fn quarantined(&self) -> Vec<&str> {
        let components = self.series.values().flat_map(BTreeMap::values);
        let reasons = components.filter_map(|component| match &component.content {
            Content::Unreadable(reason) => Some(reason.as_str()),
            Content::Event(_) | Content::Cancelled => None,
        });
        reasons.chain(self.unreadable.values().map(String::as_str)).collect()
    }

    /// Ids of items that take place, with their titles.
    pub(crate) fn ids(&self) -> Vec<(String, String)> {
        let components = self.series.values().flat_map(BTreeMap::values);
        components
            .filter_map(|component| match &component.content {
                Content::Event(event) => Some((component.id.clone(), event.title.clone())),
                Content::Cancelled | Content::Unreadable(_) => None,
            })
            .collect()
    }

    pub(crate) fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }
}

/// What the components say; a cancelled occurrence of a series that is not there says nothing.
fn contents(components: &BTreeMap<Option<RecurrenceId>, RemoteComponent>) -> Vec<(Option<RecurrenceId>, &Content)> {
    let all = components.iter().map(|(slot, component)| (*slot, &component.content));
    all.filter(|(_, content)| components.contains_key(&None) || **content != Content::Cancelled).collect()
}

pub(crate) fn window() -> Window {
    Window::around("2026-11-21T10:00:00Z".parse().unwrap(), 3, 12)
}

fn occurrences_of(components: &BTreeMap<Option<RecurrenceId>, RemoteComponent>) -> Vec<String> {
    let mut found = Vec::new();
    let mut replaced = BTreeSet::new();
    let master = match components.get(&None).map(|component| &component.content) {
        Some(Content::Event(event)) => Some(event),
        _ => None,
    };
    for (slot, component) in components {
        let Some(slot) = slot else { continue };
        replaced.insert(master.map_or(*slot, |master| rekey(*slot, &master.when)));
        if let Content::Event(event) = &component.content
            && event.status != Status::Cancelled
        {
            found.push(line(event, event.when.span(&vienna()).0));
        }
    }
    if let Some(event) = master.filter(|event| event.status != Status::Cancelled) {
        let recurrence = event.recurrence.clone().unwrap_or_default();
        let range =
            Range { start: "2026-11-01T00:00:00Z".parse().unwrap(), end: "2027-02-01T00:00:00Z".parse().unwrap() };
        let expansion = expand(&event.when, &recurrence, range, &vienna(), Budget::default()).unwrap();
        let own = expansion.occurrences.into_iter().filter(|it| !replaced.contains(&it.id));
        found.extend(own.map(|it| line(event, it.when.span(&vienna()).0)));
    }
    found
}

fn line(event: &Event, start: Timestamp) -> String {
    format!("{} {}", start.to_zoned(vienna().rules()).strftime("%Y-%m-%d %H:%M"), event.title)
}

fn vienna() -> Zone {
    Zone::iana("Europe/Vienna").unwrap()
}
