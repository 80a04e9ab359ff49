//! A vendor's calendar in memory, with or without whole series, and its bad habits.

use std::collections::BTreeMap;

use tidecal_core::model::{Event, Status};
use tidecal_core::remote::{
    ComponentWrite, Content, Cursor, Failure, FailureClass, ItemRef, Mail, Mark, Next, Page, PageQuery, PermanentScope,
    Reading, RemoteChange, RemoteComponent, RemoteSeries, RemoteWrite, SeriesScope, WriteAction,
};
use tidecal_core::sync::Field;
use tidecal_ical::RecurrenceId;

#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    /// Master under `None`, exceptions under their slots.
    pub(crate) parts: BTreeMap<Option<RecurrenceId>, Part>,
    pub(crate) deleted: bool,
    pub(crate) mark: Option<Mark>,
    changed: u64,
    pub(crate) broken: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) event: Event,
    changed: u64,
}

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    pub(crate) token_lost: bool,
    pub(crate) answers_lost: usize,
    pub(crate) shows_nothing: bool,
    pub(crate) breaks_off: bool,
    pub(crate) refuses: bool,
    pub(crate) shouts: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Vendor {
    pub(crate) whole: bool,
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) habits: Habits,
    pub(crate) writes: usize,
    pub(crate) created: usize,
    pub(crate) mailed: usize,
    pub(crate) clock: u64,
}

impl Vendor {
    pub(crate) fn touch(&mut self, id: &str, change: impl FnOnce(&mut Item)) {
        self.clock += 1;
        let clock = self.clock;
        let item = self.items.entry(id.to_owned()).or_default();
        let before: Vec<_> = item.parts.iter().map(|(slot, part)| (*slot, part.event.clone())).collect();
        change(item);
        item.changed = clock;
        for (slot, part) in &mut item.parts {
            if before.iter().all(|(old, event)| old != slot || *event != part.event) {
                part.changed = clock;
            }
        }
    }

    pub(crate) fn put(&mut self, id: &str, slot: Option<RecurrenceId>, event: Event) {
        let event = event.canonical();
        self.touch(id, |item| {
            item.deleted = false;
            item.parts.insert(slot, Part { event, changed: 0 });
        });
    }

    pub(crate) fn page(&mut self, query: &PageQuery) -> Result<Page, Failure> {
        let since = match &query.reading {
            Reading::Delta { .. } if std::mem::take(&mut self.habits.token_lost) => {
                return Err(Failure::new(FailureClass::CursorLost, "410"));
            }
            Reading::Delta { cursor } => cursor.0.parse().unwrap_or(0),
            Reading::Full { .. } | Reading::Range { .. } => 0,
        };
        if std::mem::take(&mut self.habits.breaks_off) {
            return Err(Failure::new(FailureClass::Transient, "the answer broke off"));
        }
        let nothing = self.habits.shows_nothing && since == 0;
        let news = self.items.iter().filter(|(_, item)| item.changed > since && !nothing);
        let changes = news.flat_map(|(id, item)| self.told(id, item, since)).collect();
        Ok(Page { changes, next: Next::Done(Cursor(self.clock.to_string())) })
    }

    fn told(&self, id: &str, item: &Item, since: u64) -> Vec<RemoteChange> {
        if item.deleted {
            return vec![RemoteChange::Gone { id: id.to_owned(), proven: true }];
        }
        if self.whole {
            return vec![RemoteChange::Listed(ItemRef { id: id.to_owned(), version: item.changed.to_string() })];
        }
        let news = item.parts.iter().filter(|(_, part)| part.changed > since);
        news.map(|(slot, part)| self.series(id, item, &[(*slot, part)])).collect()
    }

    fn series(&self, id: &str, item: &Item, parts: &[(Option<RecurrenceId>, &Part)]) -> RemoteChange {
        let component = |(slot, part): &(Option<RecurrenceId>, &Part)| {
            let version = if self.whole { item.changed } else { part.changed };
            let own_id = slot.filter(|_| !self.whole).map_or_else(|| id.to_owned(), |slot| format!("{id}_{slot}"));
            let cancelled = slot.is_some() && part.event.status == Status::Cancelled;
            RemoteComponent {
                id: own_id,
                recurrence_id: *slot,
                version: version.to_string(),
                content: match (item.broken, cancelled) {
                    (true, _) => Content::Unreadable("line 7: DTSTART is missing".to_owned()),
                    (_, true) => Content::Cancelled,
                    _ => Content::Event(Box::new(part.event.clone())),
                },
                raw: b"raw".to_vec(),
                updated: None,
                mark: item.mark.clone(),
            }
        };
        let scope = if self.whole { SeriesScope::Whole } else { SeriesScope::Part };
        let components = parts.iter().map(component).collect();
        RemoteChange::Series(RemoteSeries { id: id.to_owned(), scope, components })
    }

    pub(crate) fn fetch(&self, items: &[ItemRef]) -> Vec<RemoteChange> {
        let fetch = |wanted: &ItemRef| {
            let gone = RemoteChange::Gone { id: wanted.id.clone(), proven: true };
            let (id, slot) = match wanted.id.rsplit_once('_').filter(|_| !self.items.contains_key(&wanted.id)) {
                Some((id, slot)) => (id.to_owned(), slot.parse().ok()),
                None => (wanted.id.clone(), None),
            };
            let Some(item) = self.items.get(&id).filter(|item| !item.deleted) else { return gone };
            let all = || item.parts.iter().map(|(slot, part)| (*slot, part));
            let parts: Vec<_> = all().filter(|(it, _)| self.whole || *it == slot).collect();
            if parts.is_empty() { gone } else { self.series(&id, item, &parts) }
        };
        items.iter().map(fetch).collect()
    }

    pub(crate) fn write(&mut self, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        if self.habits.refuses {
            let refusal = Failure::new(FailureClass::Permanent(PermanentScope::Item), "403: not yours to change");
            return Err(refusal);
        }
        let id = write.series_id.clone();
        self.guard(write)?;
        self.writes += 1;
        match &write.action {
            WriteAction::Create { mark, components } => {
                self.created += 1;
                self.touch(&id, |item| item.mark = Some(mark.clone()));
                components.iter().for_each(|component| self.apply(&id, component));
            }
            WriteAction::Update(components) => components.iter().for_each(|component| self.apply(&id, component)),
            WriteAction::Delete { .. } => self.touch(&id, |item| item.deleted = true),
            WriteAction::Answer { recurrence_id, answer, .. } => {
                let slot = *recurrence_id;
                self.touch(&id, |item| {
                    let part = item.parts.get_mut(&slot);
                    let guests = part.into_iter().flat_map(|part| part.event.attendees.iter_mut());
                    guests.filter(|guest| guest.is_self).for_each(|guest| guest.response = answer.response);
                });
            }
        }
        if write.mail == Mail::Guests {
            self.mailed += self.items[&id].parts.get(&None).map_or(0, |part| part.event.attendees.len());
        }
        if self.habits.answers_lost > 0 {
            self.habits.answers_lost -= 1;
            return Err(Failure::new(FailureClass::Transient, "the answer was lost"));
        }
        let WriteAction::Update(components) = &write.action else {
            let deleted = matches!(write.action, WriteAction::Delete { .. });
            return Ok(if deleted { Vec::new() } else { self.fetch(&[ItemRef { id, version: String::new() }]) });
        };
        let item = &self.items[&id];
        let written = |slot: &Option<RecurrenceId>| components.iter().any(|it| it.recurrence_id == *slot);
        let parts = item.parts.iter().filter(|(slot, _)| self.whole || written(slot));
        Ok(vec![self.series(&id, item, &parts.map(|(slot, part)| (*slot, part)).collect::<Vec<_>>())])
    }

    /// If-Match, If-None-Match.
    fn guard(&self, write: &RemoteWrite) -> Result<(), Failure> {
        let conflict = || Err(Failure::new(FailureClass::Conflict, "412"));
        let known = self.items.get(&write.series_id);
        let live = known.filter(|item| !item.deleted);
        let rests_on = |version: &str, slot: Option<RecurrenceId>| {
            let Some(item) = live else { return false };
            let part = item.parts.get(&slot).map(|part| part.changed);
            let now = if self.whole { Some(item.changed) } else { part };
            version.is_empty() || now.is_some_and(|now| now.to_string() == version)
        };
        let good = match &write.action {
            WriteAction::Create { .. } => known.is_none(),
            WriteAction::Update(components) => components.iter().all(|it| match &it.item {
                Some(item) => rests_on(&item.version, it.recurrence_id),
                None => live.is_some(),
            }),
            WriteAction::Delete { version } => live.is_none() || rests_on(version, None),
            WriteAction::Answer { item, recurrence_id, .. } => rests_on(&item.version, *recurrence_id),
        };
        if good { Ok(()) } else { conflict() }
    }

    fn apply(&mut self, id: &str, write: &ComponentWrite) {
        let shouts = self.habits.shouts;
        self.touch(id, |item| {
            let Some(after) = &write.after else {
                item.parts.remove(&write.recurrence_id);
                return;
            };
            let held = item.parts.get(&write.recurrence_id).map(|part| part.event.clone());
            let mut event = held.or_else(|| write.before.as_deref().cloned()).unwrap_or_else(|| (**after).clone());
            write.fields.iter().for_each(|field| copy(*field, after, &mut event));
            if shouts {
                event.title = format!("{}!", event.title);
            }
            item.parts.insert(write.recurrence_id, Part { event, changed: 0 });
        });
    }
}

fn copy(field: Field, from: &Event, to: &mut Event) {
    match field {
        Field::Title => to.title.clone_from(&from.title),
        Field::Description => to.description.clone_from(&from.description),
        Field::Location => to.location.clone_from(&from.location),
        Field::Time => (to.when, to.recurrence) = (from.when.clone(), from.recurrence.clone()),
        Field::Status => to.status = from.status,
        Field::Visibility => to.visibility = from.visibility,
        Field::Transparency => to.transparency = from.transparency,
        Field::Attendees => to.attendees.clone_from(&from.attendees),
        Field::Reminders => to.reminders.clone_from(&from.reminders),
        Field::Conference => to.conference.clone_from(&from.conference),
        Field::Categories => to.categories.clone_from(&from.categories),
        Field::Links => to.links.clone_from(&from.links),
    }
}
