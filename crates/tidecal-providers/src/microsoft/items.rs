//! Events by id: single ones, and series with everything that belongs to them.
//!
//! An id may be that of an occurrence or exception; the answer is its whole series then. "Not
//! found" proves that an event is gone only if its calendar can be read.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use tidecal_core::remote::{
    Content, Failure, FailureClass, ItemRef, PermanentScope, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope,
};
use tidecal_ical::{Budget, Range, RecurrenceId, Zone, expand};

use super::calls::{self, Way};
use super::cursor::Stretch;
use super::errors::{Asked, Refusal, unreadable_answer};
use super::map::{CANCELLED, exception, item, master_of, names_exceptions};
use super::time::date_in;
use super::wire::{Collection, Head};
use super::write::NEW;
use super::{Outlook, failure};

/// More pages of instances than a stretch has.
const MOST_PAGES: usize = 100;

/// The version of an item that a page only named: the stretch it was seen in. No item ever has it.
pub(super) fn within(stretch: &Stretch) -> String {
    format!("within {}/{}", stretch.from, stretch.to)
}

fn stretch_of(version: &str) -> Option<Stretch> {
    let (from, to) = version.strip_prefix("within ")?.split_once('/')?;
    Some(Stretch { from: from.parse().ok()?, to: to.parse().ok()? })
}

/// The series of a cancelled occurrence, of which nothing but this name is left.
fn series_of_cancelled(id: &str) -> Option<String> {
    let (series, _) = id.strip_prefix("OID.")?.rsplit_once('.')?;
    Some(series.to_owned())
}

/// A reading of several events of one calendar.
pub(super) struct ItemReading<'a> {
    outlook: &'a Outlook,
    way: Way<'a>,
    calendar: &'a str,
    proven: bool,
}

/// Text of an event; `None`: there is none; an error concerns that event alone.
type Found = Result<Option<String>, Failure>;

impl<'a> ItemReading<'a> {
    pub(super) fn new(outlook: &'a Outlook, way: Way<'a>, calendar: &'a str) -> Self {
        Self { outlook, way, calendar, proven: false }
    }

    /// The text of one event; `None`: there is none.
    pub(super) async fn text_of(&mut self, id: &str) -> Result<Option<String>, Failure> {
        let mut found = HashMap::new();
        self.load([id.to_owned()].into_iter(), &mut found).await?;
        found.remove(id).unwrap_or(Ok(None))
    }

    pub(super) async fn fetch(&mut self, items: &[ItemRef]) -> Result<Vec<RemoteChange>, Failure> {
        let (new, items): (Vec<_>, Vec<_>) = items.iter().cloned().partition(|item| item.id.starts_with(NEW));
        let mut changes = Vec::with_capacity(new.len() + items.len());
        for item in new {
            changes.push(self.unconfirmed(&item.id).await?);
        }
        changes.extend(self.fetch_known(&items).await?);
        Ok(changes)
    }

    /// A copy that is known by its key alone.
    async fn unconfirmed(&mut self, id: &str) -> Result<RemoteChange, Failure> {
        let key = id.strip_prefix(NEW).unwrap_or(id);
        let Some(true_id) = self.outlook.find(self.way, self.calendar, key).await? else {
            return Ok(RemoteChange::Gone { id: id.to_owned(), proven: true });
        };
        let item = ItemRef { id: true_id, version: String::new() };
        let gone = RemoteChange::Gone { id: id.to_owned(), proven: true };
        Ok(self.fetch_known(&[item]).await?.into_iter().next().unwrap_or(gone))
    }

    async fn fetch_known(&mut self, items: &[ItemRef]) -> Result<Vec<RemoteChange>, Failure> {
        let mut found = HashMap::new();
        let named: HashMap<&str, String> =
            items.iter().filter_map(|item| Some((item.id.as_str(), series_of_cancelled(&item.id)?))).collect();
        let first = items.iter().map(|item| named.get(item.id.as_str()).unwrap_or(&item.id).clone());
        self.load(first, &mut found).await?;
        let master = |id: &String| found.get(id).and_then(|found| found.as_ref().ok()?.as_deref().and_then(master_of));
        let masters: HashMap<String, String> =
            items.iter().filter_map(|item| Some((item.id.clone(), master(&item.id)?))).collect();
        self.load(masters.values().cloned(), &mut found).await?;
        let mut told: HashMap<String, RemoteChange> = HashMap::new();
        let mut changes = Vec::with_capacity(items.len());
        for asked in items {
            let id = named.get(asked.id.as_str()).or_else(|| masters.get(&asked.id)).unwrap_or(&asked.id);
            let change = match told.get(id) {
                Some(change) => change.clone(),
                None => self.change(id, found.get(id), stretch_of(&asked.version)).await?,
            };
            told.insert(id.clone(), change.clone());
            changes.push(match change {
                // What was asked for is gone with its series.
                RemoteChange::Gone { proven, .. } => RemoteChange::Gone { id: asked.id.clone(), proven },
                change => change,
            });
        }
        Ok(changes)
    }

    async fn load(
        &mut self,
        ids: impl Iterator<Item = String>,
        found: &mut HashMap<String, Found>,
    ) -> Result<(), Failure> {
        let mut ids: Vec<String> = ids.filter(|id| !found.contains_key(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let paths: Vec<String> = ids.iter().map(|id| calls::event(self.calendar, id)).collect();
        let answers = self.outlook.get_events(self.way, &paths).await?;
        for (id, answer) in ids.into_iter().zip(answers) {
            let answer = match answer {
                Ok(body) => Ok(Some(self.text(&body)?)),
                Err(Refusal::Gone) => Ok(None),
                Err(refused) => match failure(refused, Asked::Event) {
                    // One event that will never be readable does not keep the others from being read.
                    failure if failure.class == FailureClass::Permanent(PermanentScope::Item) => Err(failure),
                    failure => return Err(failure),
                },
            };
            found.insert(id, answer);
        }
        Ok(())
    }

    fn text(&self, body: &Bytes) -> Result<String, Failure> {
        let text = String::from_utf8_lossy(body).into_owned();
        if text.starts_with('{') { Ok(text) } else { Err(unreadable_answer(200, body, "no event", self.way.token)) }
    }

    async fn change(
        &mut self,
        id: &str,
        found: Option<&Found>,
        stretch: Option<Stretch>,
    ) -> Result<RemoteChange, Failure> {
        match found {
            Some(Ok(Some(text))) => {
                let own = self.outlook.owner(self.way, self.calendar, text).await;
                let change = item(text, own.as_deref());
                self.complete(text, change, stretch, own.as_deref()).await
            }
            Some(Err(failure)) => Ok(RemoteChange::Unreadable {
                id: id.to_owned(),
                version: String::new(),
                reason: failure.detail.clone(),
                raw: Vec::new(),
            }),
            Some(Ok(None)) | None => {
                self.prove().await?;
                Ok(RemoteChange::Gone { id: id.to_owned(), proven: true })
            }
        }
    }

    /// Proves, once, that the calendar can be read.
    async fn prove(&mut self) -> Result<(), Failure> {
        if !self.proven {
            self.outlook.get(Asked::Events, self.way, &calls::calendar(self.calendar), calls::parse_owner).await?;
            self.proven = true;
        }
        Ok(())
    }

    /// A master of a server that names neither exceptions nor cancelled occurrences: its instances
    /// in the stretch are compared with what its rule says.
    async fn complete(
        &self,
        text: &str,
        change: RemoteChange,
        stretch: Option<Stretch>,
        own: Option<&str>,
    ) -> Result<RemoteChange, Failure> {
        if names_exceptions(text) {
            return Ok(change);
        }
        let RemoteChange::Series(mut series) = change else { return Ok(change) };
        let Some(stretch) = stretch else {
            // Nothing is known of the others then.
            return Ok(RemoteChange::Series(RemoteSeries { scope: SeriesScope::Part, ..series }));
        };
        let instances = self.instances(&series.id, &stretch).await?;
        compare(&mut series, &instances, &stretch, own);
        Ok(RemoteChange::Series(series))
    }

    async fn instances(&self, id: &str, stretch: &Stretch) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        let mut page = calls::instances(self.calendar, id, stretch);
        for _ in 0..MOST_PAGES {
            let read = |body: &[u8]| {
                let list: Collection<'_> = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
                let entries = list.value.ok_or("value: missing")?;
                Ok((entries.iter().map(|raw| raw.get().to_owned()).collect::<Vec<_>>(), list.next_link))
            };
            let (entries, next) = self.outlook.get(Asked::Events, self.way, &page, read).await?;
            all.extend(entries);
            match next.filter(|link| self.way.trusted(link)) {
                Some(link) => page = link,
                None => return Ok(all),
            }
        }
        Err(Failure::new(FailureClass::Transient, "outlook: the list of instances does not end"))
    }
}

/// Adds exceptions among the instances, and what the rule names but no instance fills.
fn compare(series: &mut RemoteSeries, instances: &[String], stretch: &Stretch, own: Option<&str>) {
    let Some(Content::Event(master)) = series.components.first().map(|it| it.content.clone()) else { return };
    let Some(recurrence) = &master.recurrence else { return };
    let mut filled: HashSet<RecurrenceId> = HashSet::new();
    for raw in instances {
        let read = exception(raw, &master, own);
        filled.extend(read.recurrence_id);
        let head: Head = serde_json::from_str(raw).unwrap_or_default();
        if head.kind.as_deref() == Some("exception") {
            series.components.push(read);
        }
    }
    let range = Range { start: stretch.from, end: stretch.to };
    let Ok(expected) = expand(&master.when, recurrence, range, &Zone::utc(), Budget::default()) else { return };
    for occurrence in expected.occurrences {
        let (start, end) = occurrence.when.span(&Zone::utc());
        // At the edges it is open what a view counts as inside.
        if filled.contains(&occurrence.id) || start < stretch.from || end >= stretch.to {
            continue;
        }
        series.components.push(RemoteComponent {
            id: format!("OID.{}.{}", series.id, date_in(&occurrence.when)),
            recurrence_id: Some(occurrence.id),
            version: CANCELLED.to_owned(),
            content: Content::Cancelled,
            ..RemoteComponent::default()
        });
    }
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
