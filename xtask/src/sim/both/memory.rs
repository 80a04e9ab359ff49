//! What people did, at whichever place, and what each of them saw when they did it.
//!
//! Every value that somebody writes is told from all others by a token: the number in a text, or the
//! text of a time. An edit that replaces a value has seen it; so a value that is not shown any more
//! has been superseded if somebody who saw it (or saw what had superseded it) wrote something else.
//! Two people who did not see each other supersede nothing: both values must be kept.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rewrite::rewritten;
use super::super::truth::{Body, Item, What, rule_text};
use super::super::vendor::Vendor;
use super::super::{shown::Field, wire};
use super::store::{Row, Store};

/// What tells a value from all others.
pub(super) type Token = (Field, String);

/// Who saw what.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Each value that was written, with where, in the order of writing.
    pub(super) written: Vec<(Token, String)>,
    /// Value to those that its writer replaced.
    replaced: BTreeMap<Token, BTreeSet<Token>>,
    /// What somebody saw who deleted it.
    pub(super) buried: BTreeSet<Token>,
    /// Titles of what was deleted as a whole, and where.
    pub(super) deleted: BTreeMap<Token, String>,
}

/// The tokens of an entry.
pub(super) fn tokens(body: &Body) -> Vec<Token> {
    let text = |field, text: &str| number(text).map(|number| (field, number));
    let texts = [text(Field::Title, &body.title), text(Field::Place, &body.place), text(Field::Text, &body.text)];
    texts.into_iter().flatten().chain([(Field::Time, time(body))]).collect()
}

fn title_of(item: &Item) -> Option<Token> {
    tokens(item.body()?).into_iter().find(|token| token.0 == Field::Title)
}

fn number(text: &str) -> Option<String> {
    let digits: String = text.chars().skip_while(|it| !it.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    Some(digits).filter(|digits| !digits.is_empty())
}

/// When it is, in the words of a server that rewrites.
fn time(body: &Body) -> String {
    let body = rewritten(body.clone());
    format!("{}+{} {:?} {}", body.start, body.minutes, body.clock, rule_text(&body))
}

impl Memory {
    /// One value gave way to another.
    pub(super) fn replace(&mut self, old: Option<Token>, new: Token) {
        if let Some(old) = old.filter(|old| *old != new) {
            self.replaced.entry(new).or_default().insert(old);
        }
    }

    fn edit(&mut self, place: &str, old: &Body, new: &Body) {
        let (before, after) = (tokens(old), tokens(new));
        for token in &after {
            if !before.contains(token) {
                self.written.push((token.clone(), place.to_owned()));
                self.replace(before.iter().find(|it| it.0 == token.0).cloned(), token.clone());
            }
        }
        // A value that was cleared.
        let cleared = before.into_iter().filter(|token| after.iter().all(|it| it.0 != token.0));
        self.buried.extend(cleared);
    }

    fn create(&mut self, place: &str, body: &Body) {
        self.written.extend(tokens(body).into_iter().map(|token| (token, place.to_owned())));
    }

    pub(super) fn bury(&mut self, body: &Body) {
        self.buried.extend(tokens(body));
    }

    /// What somebody did in a vendor's calendar.
    pub(super) fn at_vendor(&mut self, place: &str, before: &BTreeMap<String, Item>, vendor: &Vendor) {
        for (id, item) in &vendor.items {
            match before.get(id) {
                Some(old) if old.etag == item.etag && old.changed == item.changed => {}
                old => self.item(place, old, item),
            }
        }
        // What only has another address now was not deleted.
        let titles: BTreeSet<Token> = vendor.items.values().filter(|it| it.alive).filter_map(title_of).collect();
        for (id, old) in before.iter().filter(|(_, old)| old.alive) {
            let gone = vendor.items.get(id).is_none_or(|item| !item.alive || item.born != old.born);
            let title = title_of(old).filter(|title| gone && !titles.contains(title));
            self.deleted.extend(title.map(|title| (title, place.to_owned())));
        }
    }

    fn item(&mut self, place: &str, old: Option<&Item>, item: &Item) {
        let was = old.filter(|old| old.alive);
        let now = Some(item).filter(|item| item.alive);
        let slots: BTreeSet<_> =
            was.into_iter().chain(now).flat_map(|item| item.pieces().map(|(slot, _)| slot)).collect();
        let reborn = old.is_some_and(|old| old.born != item.born);
        for slot in slots {
            let body = |item: Option<&Item>| {
                let (_, piece) = item?.pieces().find(|(at, _)| *at == slot)?;
                match &piece.what {
                    What::Takes(body) => Some(body.clone()),
                    What::Cancelled => None,
                }
            };
            let ruled = |item: Option<&Item>| Some(wire::occurrence(item?.body()?, slot?));
            let (before, after) = (body(was), body(now));
            match (before, after) {
                (Some(before), Some(after)) if !reborn => self.edit(place, &before, &after),
                (Some(before), None) => self.bury(&before),
                (before, Some(after)) => {
                    before.iter().for_each(|before| self.bury(before));
                    match ruled(was) {
                        Some(ruled) if !reborn => self.edit(place, &ruled, &after),
                        _ => self.create(place, &after),
                    }
                }
                (None, None) => ruled(was).iter().for_each(|ruled| self.bury(ruled)),
            }
        }
    }

    fn whole(&mut self, place: &str, body: &Body) {
        let title = tokens(body).into_iter().find(|token| token.0 == Field::Title);
        self.deleted.extend(title.map(|title| (title, place.to_owned())));
    }

    /// What somebody did in the local calendar.
    pub(super) fn here(&mut self, before: &BTreeMap<String, Row>, store: &Store) {
        const PLACE: &str = "here";
        let shown = |row: &Row| match wire::what(&row.event) {
            What::Takes(body) if !row.deleted => Some(body),
            _ => None,
        };
        for (id, row) in &store.events {
            let old = before.get(id);
            if old.is_some_and(|old| old.seq == row.seq) {
                continue;
            }
            let ruled = || {
                let master = before.values().find(|it| it.series_id == row.series_id && it.slot.is_none())?;
                let body = shown(master)?;
                Some(wire::occurrence(&body, wire::slot_of(row.slot?, body.clock)))
            };
            match (old.and_then(shown), shown(row)) {
                (Some(before), Some(after)) => self.edit(PLACE, &before, &after),
                (Some(before), None) => {
                    self.bury(&before);
                    if row.slot.is_none() {
                        self.whole(PLACE, &before);
                    }
                }
                (None, Some(after)) => match ruled() {
                    Some(ruled) => self.edit(PLACE, &ruled, &after),
                    None => self.create(PLACE, &after),
                },
                (None, None) => ruled().iter().for_each(|ruled| self.bury(ruled)),
            }
        }
        for (id, row) in before.iter().filter(|(id, _)| !store.events.contains_key(*id)) {
            let _ = id;
            if let Some(body) = shown(row) {
                self.bury(&body);
                if row.slot.is_none() {
                    self.whole(PLACE, &body);
                }
            }
        }
    }

    /// What was written in the local calendar since then is lost with the newer database.
    pub(super) fn forget_here(&mut self, since: usize) {
        let later = self.written.split_off(since.min(self.written.len()));
        self.written.extend(later.into_iter().filter(|(_, place)| place != "here"));
    }

    /// Everything that these values have superseded, and they themselves.
    pub(super) fn behind(&self, shown: impl IntoIterator<Item = Token>) -> BTreeSet<Token> {
        let mut found: BTreeSet<Token> = BTreeSet::new();
        let mut open: Vec<Token> = shown.into_iter().collect();
        while let Some(token) = open.pop() {
            if found.insert(token.clone()) {
                open.extend(self.replaced.get(&token).into_iter().flatten().cloned());
            }
        }
        found
    }
}
