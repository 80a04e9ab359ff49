//! Answers to writes get lost, by the hundreds, while one person edits: nothing is doubled, nothing is
//! lost, and nobody is asked about his own edits.
//!
//! `TIDECAL_LOST_ANSWERS=10000` is the long form.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidecal_engine::{Clock as _, SyncStatus};
use tidecal_store::Connection;

use crate::app::{App, Options};
use crate::hands::{At, Deed, Dice, at_home};
use crate::harness::{Db, on_both};
use crate::place::{Dav, Place};
use crate::seen::{self, Piece, name_of};

on_both!(lost_answers_of_google_and_a_caldav_server_double_nothing, lost_answers_of_outlook_double_nothing,);

const SHORT: usize = 150;
/// Meetings that live at most.
const MOST: usize = 60;

async fn lost_answers_of_google_and_a_caldav_server_double_nothing(db: Db) {
    run(db, vec![At::Google, At::Dav], 21).await;
}

async fn lost_answers_of_outlook_double_nothing(db: Db) {
    run(db, vec![At::Outlook], 22).await;
}

async fn run(db: Db, at: Vec<At>, seed: u64) {
    let wanted = std::env::var("TIDECAL_LOST_ANSWERS").ok().and_then(|text| text.parse().ok()).unwrap_or(SHORT);
    let mut town = Town::open(db, at, seed).await;
    let mut lost = 0;
    while lost < wanted {
        // The second burst meets what the first has left open.
        for _ in 0..2 {
            town.edits(30).await;
            lost += town.lossy_runs().await;
        }
        town.settle(lost).await;
    }
}

struct Town {
    app: App,
    places: Vec<(Place, Connection)>,
    dice: Dice,
    number: u32,
    made: u32,
    /// Title of each meeting, by its name.
    expected: BTreeMap<String, String>,
}

impl Town {
    async fn open(db: Db, at: Vec<At>, seed: u64) -> Self {
        let dav = if at.contains(&At::Dav) { Some(Dav::start().await) } else { None };
        let origins = dav.iter().map(Dav::origin).collect();
        let app = App::with(db, Options { filled: false, origins }).await;
        let (mut dav, mut places, mut calendar) = (dav, Vec::new(), None);
        for at in at {
            let place = Place::new(at, if at == At::Dav { dav.take() } else { None });
            let connection = place.connect(&app, calendar.clone()).await;
            calendar = Some(connection.calendar_id.clone());
            places.push((place, connection));
        }
        Self { app, places, dice: Dice(seed), number: 0, made: 0, expected: BTreeMap::new() }
    }

    fn home(&self) -> &Connection {
        &self.places[0].1
    }

    /// One person's edits in the local calendar; few deletions, so that no brake holds them.
    async fn edits(&mut self, count: u32) {
        let mut deletions = 0;
        for _ in 0..count {
            let pieces = seen::local(&self.app, self.home()).await;
            let living: Vec<String> = self.expected.keys().cloned().collect();
            let chosen = self.dice.pick(&living).cloned();
            let (id, deed) = match (chosen, self.dice.roll(10)) {
                (Some(name), 0 | 1) if deletions < 4 && living.len() > 25 => {
                    deletions += 1;
                    self.expected.remove(&name);
                    (Some(find(&pieces, &name)), Deed::Delete)
                }
                (Some(name), 2..6) => {
                    let title = format!("{name} Lunch {}", self.dice.roll(100_000));
                    self.expected.insert(name.clone(), title.clone());
                    (Some(find(&pieces, &name)), Deed::Retitle(title))
                }
                (Some(name), _) if living.len() >= MOST => {
                    (Some(find(&pieces, &name)), Deed::Place(format!("Room {}", self.dice.roll(1000))))
                }
                _ => {
                    self.made += 1;
                    let name = format!("m{}", self.made);
                    let hour = self.app.clock.now().as_second() / 3600 + 24 * (5 + self.dice.roll(90) as i64);
                    let start = Timestamp::from_second(hour * 3600).unwrap();
                    let title = format!("{name} Demo");
                    self.expected.insert(name, title.clone());
                    (None, Deed::Create { title, start, rule: None, guests: false })
                }
            };
            let home = self.home().clone();
            at_home(&self.app, &home, &mut self.number, id.as_deref(), &deed).await;
        }
    }

    /// Runs in which about every second write is carried out and not answered; how many were not.
    async fn lossy_runs(&mut self) -> usize {
        let mut lost = 0;
        for (place, _) in &self.places {
            let skips: Vec<u64> = (0..25).map(|_| self.dice.roll(3)).collect();
            place.lose_answers(&self.app, &skips).await;
            lost += place.pending(&self.app).await;
        }
        for _ in 0..3 {
            self.pass().await;
        }
        for (place, _) in &self.places {
            lost -= place.pending(&self.app).await;
            place.calm(&self.app).await;
        }
        lost
    }

    async fn pass(&self) -> bool {
        self.app.advance(SignedDuration::from_mins(90)).await;
        let mut good = true;
        for (_, connection) in &self.places {
            good &= self.app.sync(connection).await.status == SyncStatus::Success;
        }
        good
    }

    async fn writes(&self) -> Vec<String> {
        let mut writes = Vec::new();
        for (place, _) in &self.places {
            writes.extend(place.writes(&self.app).await);
        }
        writes
    }

    async fn settle(&self, lost: usize) {
        let mut rest = (false, Vec::new());
        for _ in 0..10 {
            rest = (self.pass().await, self.writes().await);
            if rest.0 && rest.1.is_empty() {
                break;
            }
        }
        assert!(rest.0 && rest.1.is_empty(), "after {lost} lost answers there is no rest: {rest:#?}");
        assert_eq!(self.app.db.raw.count("conflicts").await, 0, "one person alone has no conflict");
        let local = seen::local(&self.app, self.home()).await;
        let mut shown = vec![("here", local)];
        for (place, connection) in &self.places {
            shown.push((place.name(), place.pieces(&self.app, connection).await));
        }
        let expected: Vec<(String, String)> = self.expected.clone().into_iter().collect();
        for (name, pieces) in shown {
            assert_eq!(titles(&pieces), expected, "after {lost} lost answers: {name}");
        }
        // The deletions of the next round are another day's.
        self.app.advance(SignedDuration::from_hours(25)).await;
    }
}

fn titles(pieces: &[(String, Piece)]) -> Vec<(String, String)> {
    let live = pieces.iter().filter(|(_, piece)| !piece.cancelled);
    let mut titles: Vec<_> = live.map(|(_, piece)| (name_of(&piece.title), piece.title.clone())).collect();
    titles.sort();
    titles
}

fn find(pieces: &[(String, Piece)], name: &str) -> String {
    let found = pieces.iter().find(|(_, piece)| name_of(&piece.title) == name);
    found.unwrap_or_else(|| panic!("no {name}")).0.clone()
}
