//! RRULE, EXRULE, RDATE and EXDATE.

use super::document::EventText;
use super::entries::with_value;
use super::places::Places;
use crate::line::Property;
use crate::lines::from_properties;
use crate::rule::Rule;
use crate::write::period_tail;
use crate::{Recurrence, RecurrenceId};

/// One date of a line.
struct Item {
    raw: String,
    id: Option<RecurrenceId>,
    /// Of a PERIOD.
    seconds: Option<u32>,
}

impl EventText {
    pub(super) fn set_recurrence(&mut self, wanted: &Recurrence, places: &mut Places) {
        // Rules first: what a date without time means depends on them.
        self.set_rules("RRULE", &wanted.rules);
        self.set_rules("EXRULE", &wanted.exclusion_rules);
        self.set_dates("RDATE", wanted, places);
        self.set_dates("EXDATE", wanted, places);
    }

    pub(super) fn exclude(&mut self, slot: RecurrenceId, places: &mut Places) {
        let mut excluded = self.dates("EXDATE", places);
        excluded.push(slot);
        self.set_dates("EXDATE", &Recurrence { excluded, ..Recurrence::default() }, places);
    }

    pub(super) fn include(&mut self, slot: RecurrenceId, places: &mut Places) {
        let mut excluded = self.dates("EXDATE", places);
        let before = excluded.len();
        excluded.retain(|id| *id != slot);
        if excluded.len() != before {
            self.set_dates("EXDATE", &Recurrence { excluded, ..Recurrence::default() }, places);
        }
    }

    fn dates(&self, name: &str, places: &mut Places) -> Vec<RecurrenceId> {
        self.items(name, places).into_iter().flat_map(|(_, items)| items).filter_map(|item| item.id).collect()
    }

    /// The lines of one name with their dates.
    fn items(&self, name: &str, places: &mut Places) -> Vec<(usize, Vec<Item>)> {
        let rules: Vec<Property<'_>> = self.entries.named("RRULE").map(|(_, rule)| rule).collect();
        let lines: Vec<(usize, Property<'_>)> = self.entries.named(name).collect();
        let mut found = Vec::with_capacity(lines.len());
        for (at, property) in lines {
            if let Some(tzid) = property.param("TZID") {
                places.zones.look_up(tzid, self.when.start_local());
            }
            let items = property.value.split([',', ';']).filter(|item| !item.trim().is_empty());
            found.push((at, items.map(|raw| self.item(&property, raw, &rules, places)).collect()));
        }
        found
    }

    fn item(&self, property: &Property<'_>, raw: &str, rules: &[Property<'_>], places: &Places) -> Item {
        let one = property.with_value(raw);
        let all: Vec<&Property<'_>> = rules.iter().chain(std::iter::once(&one)).collect();
        let read = from_properties(&all, &self.when, &|tzid, local| places.zones.instant(tzid, local));
        let read = read.unwrap_or_default();
        Item {
            raw: raw.to_owned(),
            seconds: read.periods.first().map(|period| period.seconds),
            id: read.dates.into_iter().chain(read.excluded).next(),
        }
    }

    fn set_dates(&mut self, name: &str, wanted: &Recurrence, places: &mut Places) {
        let ids = if name == "RDATE" { &wanted.dates } else { &wanted.excluded };
        let seconds_of = |id: &RecurrenceId| {
            let period = wanted.periods.iter().find(|period| period.start == *id && name == "RDATE");
            period.map(|period| period.seconds)
        };
        let mut missing: Vec<RecurrenceId> = ids.clone();
        missing.sort_unstable();
        missing.dedup();
        let mut gone = Vec::new();
        for (at, items) in self.items(name, places) {
            // Lines of days and lines of times do not go together (RFC 5545 3.8.5.1).
            let stays = |item: &&Item| {
                let said = |id: RecurrenceId| ids.contains(&id) && seconds_of(&id) == item.seconds;
                !self.other_kind && item.id.is_none_or(said)
            };
            let kept: Vec<&Item> = items.iter().filter(stays).collect();
            missing.retain(|id| !kept.iter().any(|item| item.id == Some(*id)));
            if kept.is_empty() {
                gone.push(at);
            } else if kept.len() < items.len() {
                let value = kept.iter().map(|item| item.raw.trim()).collect::<Vec<_>>().join(",");
                let text = with_value(self.entries.text(at), &value, &[]);
                self.entries.replace(at, &text);
            }
        }
        self.entries.remove_each(&gone);
        for id in missing {
            let key = self.key(id, places);
            let tail = seconds_of(&id).map_or(key.clone(), |seconds| period_tail(&key, seconds));
            self.entries.add(&format!("{name}{tail}"), &["RRULE", "DTEND", "DURATION", "DTSTART"]);
        }
    }

    /// Rules that mean the same stay; of the others the lines are used again.
    fn set_rules(&mut self, name: &str, wanted: &[String]) {
        let mut lines: Vec<(usize, String)> =
            self.entries.named(name).map(|(at, rule)| (at, rule.value.to_owned())).collect();
        let mut missing = Vec::new();
        for rule in wanted {
            match lines.iter().position(|(_, line)| same(line, rule)) {
                Some(index) => drop(lines.remove(index)),
                None => missing.push(rule),
            }
        }
        let mut free = lines.into_iter();
        for rule in missing {
            match free.next() {
                Some((at, _)) => self.entries.set_value(Some(at), name, rule, &[]),
                None => self.entries.add(&format!("{name}:{rule}"), &["RRULE", "DTEND", "DURATION", "DTSTART"]),
            }
        }
        self.entries.remove_each(&free.map(|(at, _)| at).collect::<Vec<_>>());
    }
}

fn same(line: &str, rule: &str) -> bool {
    line.trim() == rule.trim() || matches!((Rule::parse(line), Rule::parse(rule)), (Ok(line), Ok(rule)) if line == rule)
}
