//! A person who edits the local calendar, and what is expected of those edits.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use tidecal_core::model::Event;
use tidecal_core::sync::span_of;
use tidecal_ical::{When, Zone};

use super::rng::Rng;
use super::shown::{Field, of_row};
use super::store::{Row, Store};

/// What was edited here and not undone.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    /// Row and field to the value that the person gave it.
    pub(super) wanted: BTreeMap<(String, Field), String>,
    /// Rows that the person ever edited, undone or not.
    pub(super) touched: BTreeSet<String>,
    /// Rows that the person deleted.
    pub(super) deleted: BTreeSet<String>,
    /// Rows that the person made: no connection knows them.
    pub(super) own: BTreeMap<String, Event>,
    count: u64,
}

impl Person {
    /// Edits, deletes or makes an event; says what was done.
    pub(super) fn act(&mut self, store: &mut Store, home: &str, rng: &mut Rng) -> Option<Act> {
        self.count += 1;
        if rng.chance(60) {
            return self.make(store, home);
        }
        let live: Vec<&String> = store
            .events
            .iter()
            .filter(|(id, row)| !row.deleted && !self.own.contains_key(*id))
            .map(|it| it.0)
            .collect();
        let id = (*rng.pick(&live)?).clone();
        if rng.chance(120) {
            return self.delete(store, &id);
        }
        if rng.chance(80)
            && let Some(act) = self.undo(store, &id, home)
        {
            return Some(act);
        }
        let field = *rng.pick(&[Field::Title, Field::Title, Field::Place, Field::Text, Field::Time])?;
        let hours = rng.between(1, 5);
        self.edit(store, &id, field, home, |event, count| change(event, field, count, hours));
        Some(Act { what: "edit", words: format!("edit {field:?} of {id}") })
    }

    fn edit(&mut self, store: &mut Store, id: &str, field: Field, home: &str, change: impl FnOnce(&mut Event, u64)) {
        store.keep_bases(id);
        let Some(row) = store.events.get_mut(id) else { return };
        change(&mut row.event, self.count);
        touch(row, home);
        self.touched.insert(id.to_owned());
        self.wanted.insert((id.to_owned(), field), of_row(&row.event).get(field).to_owned());
    }

    /// Takes the edits of a row back: it says again what both sides agreed on, at a higher version.
    fn undo(&mut self, store: &mut Store, id: &str, home: &str) -> Option<Act> {
        let mapping = store.mappings.values().find(|it| it.event_id.as_deref() == Some(id))?;
        let base = mapping.local_base.clone().or_else(|| mapping.base.clone())?;
        let row = store.events.get_mut(id)?;
        row.event = *base;
        touch(row, home);
        self.wanted.retain(|(edited, _), _| edited != id);
        Some(Act { what: "undo", words: format!("undo the edits of {id}") })
    }

    /// The whole series goes, as a person would have it.
    fn delete(&mut self, store: &mut Store, id: &str) -> Option<Act> {
        let series = store.events.get(id)?.series_id.clone();
        let is_master = series == id;
        let ids: Vec<String> = store
            .events
            .iter()
            .filter(|(other, row)| *other == id || is_master && row.series_id == series)
            .filter(|(other, row)| !row.deleted && !self.own.contains_key(*other))
            .map(|(other, _)| other.clone())
            .collect();
        for id in ids {
            store.keep_bases(&id);
            let row = store.events.get_mut(&id)?;
            row.deleted = true;
            row.version += 1;
            self.wanted.retain(|(edited, _), _| *edited != id);
            self.deleted.insert(id);
        }
        Some(Act { what: "delete", words: format!("delete {id}") })
    }

    fn make(&mut self, store: &mut Store, home: &str) -> Option<Act> {
        let id = format!("own-{}", self.count);
        let start = jiff::civil::date(2026, 12, 1).at(9, 0, 0, 0);
        let at = |local| tidecal_ical::Moment { local, zone: None };
        let end = start.checked_add(1.hour()).ok()?;
        let mut event = Event::at(When::Timed { start: at(start), end: at(end) });
        event.title = format!("own {}", self.count);
        let zone = Zone::iana(home)?;
        let span = span_of(&event, &zone);
        self.own.insert(id.clone(), event.clone());
        let row = Row { version: 1, deleted: false, series_id: id.clone(), event, span };
        store.events.insert(id.clone(), row);
        Some(Act { what: "make", words: format!("make {id}") })
    }
}

/// What the person did.
pub(super) struct Act {
    pub(super) what: &'static str,
    pub(super) words: String,
}

fn change(event: &mut Event, field: Field, count: u64, hours: i64) {
    match field {
        Field::Title => event.title = format!("mine {count}"),
        Field::Place => event.location = format!("my place {count}"),
        Field::Text => event.description = format!("my text {count}"),
        Field::Time => match &mut event.when {
            When::AllDay { start, end } => {
                // Longer than anything at the vendor's: nobody there picks that time.
                *start = start.checked_add(hours.days()).unwrap_or(*start);
                *end = end.checked_add((hours + 4).days()).unwrap_or(*end);
            }
            When::Timed { start, end } => {
                // An odd minute: nobody at the vendor's picks that time.
                let by = (hours * 60 + 7).minutes();
                start.local = start.local.checked_add(by).unwrap_or(start.local);
                end.local = end.local.checked_add(by).unwrap_or(end.local);
            }
        },
    }
}

fn touch(row: &mut Row, home: &str) {
    row.version += 1;
    if let Some(zone) = Zone::iana(home) {
        row.span = span_of(&row.event, &zone);
    }
}
