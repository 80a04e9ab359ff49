//! Every k-th access to the database fails, and every k-th request to the vendor, over a first sync and
//! over a delta with edits on both sides; then everything has to be as if nothing had happened.
//!
//! The short form tries some of the accesses and all requests; `TIDECAL_KTH=all` tries every one.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tidecal_engine::{Engine, SyncNow, SyncStatus};
use tidecal_sandbox::SandboxConfig;
use tidecal_store::{Connection, FaultSwitch, FaultWay, Store, StoreOptions};

use crate::app::{App, Options, engine};
use crate::hands::{At, Deed, at_home};
use crate::harness::{Db, KEY, key_ring, on_both};
use crate::place::{Dav, Place};
use crate::seen::{self, Piece, differences, name_of, showing};

on_both!(
    every_kth_access_to_the_database_fails_and_nothing_is_lost,
    every_kth_request_to_google_fails_and_nothing_is_lost,
    every_kth_request_to_outlook_fails_and_nothing_is_lost,
    every_kth_request_to_a_caldav_server_fails_and_nothing_is_lost,
);

/// How far apart the accesses are that the short form tries.
const STRIDE: usize = 13;
/// Nothing here takes so many.
const MOST: u64 = 2_000;

async fn every_kth_access_to_the_database_fails_and_nothing_is_lost(db: Db) {
    let mut world = World::open(db, At::Google).await;
    let stride = if std::env::var("TIDECAL_KTH").is_ok() { 1 } else { STRIDE };
    for (first, way) in [(1, FaultWay::Refused), (1 + stride as u64 / 2, FaultWay::Lost)] {
        for k in (first..MOST).step_by(stride) {
            if !world.turn(k, &Trouble::Database(way)).await {
                break;
            }
        }
    }
    assert!(world.last > 60, "a run makes more accesses than {}", world.last);
}

async fn every_kth_request_to_google_fails_and_nothing_is_lost(db: Db) {
    requests(db, At::Google).await;
}

async fn every_kth_request_to_outlook_fails_and_nothing_is_lost(db: Db) {
    requests(db, At::Outlook).await;
}

async fn every_kth_request_to_a_caldav_server_fails_and_nothing_is_lost(db: Db) {
    requests(db, At::Dav).await;
}

async fn requests(db: Db, at: At) {
    let mut world = World::open(db, at).await;
    let ways = [
        (1, json!({ "status": 503 })),
        (1, json!({ "dropConnection": "after" })),
        (5, json!({ "status": 503 })),
        (5, json!({ "dropConnection": "after" })),
        (5, json!({ "dropConnection": "during" })),
    ];
    for (times, way) in ways {
        for k in 1..MOST {
            if !world.turn(k, &Trouble::Vendor(times, way.clone())).await {
                break;
            }
        }
    }
    assert!(world.last > 3, "a run makes more requests than {}", world.last);
}

enum Trouble {
    Database(FaultWay),
    /// So many requests from the k-th on, in that way.
    Vendor(u64, Value),
}

struct World {
    app: App,
    place: Place,
    switch: FaultSwitch,
    /// The engine whose database fails on demand.
    node: Engine,
    number: u32,
    calendar: String,
    turn: u32,
    last: u64,
    /// Title of each meeting, by its name.
    expected: BTreeMap<String, String>,
}

impl World {
    async fn open(db: Db, at: At) -> Self {
        let dav = if at == At::Dav { Some(Dav::start().await) } else { None };
        let origins: Vec<String> = dav.iter().map(Dav::origin).collect();
        let app = App::with(db, Options { filled: false, origins: origins.clone() }).await;
        let switch = FaultSwitch::default();
        let options = StoreOptions { faults: Some(switch.clone()), ..StoreOptions::new(key_ring(KEY, &[])) };
        let store = Store::connect(&app.db.url, options).await.unwrap();
        let defaults = SandboxConfig::default();
        let client = (defaults.client_id, defaults.client_secret);
        let origins = origins.into_iter().chain([app.sandbox.base_url.clone()]).collect();
        let node = engine(store, app.clock.clone(), &app.sandbox.base_url, client, origins);
        let place = Place::new(at, dav);
        let (calendar, expected) = (String::new(), BTreeMap::new());
        let mut world = Self { app, place, switch, node, number: 0, calendar, turn: 0, last: 0, expected };
        world.fill().await;
        world
    }

    /// What the vendor has before anything: single events, and a series with a moved occurrence.
    async fn fill(&mut self) {
        let connection = self.place.connect(&self.app, None).await;
        self.calendar.clone_from(&connection.calendar_id);
        for number in 0..5 {
            let rule = (number == 4).then_some((7, 4));
            let title = format!("base{number} Lunch");
            let start = format!("2027-03-0{}T09:00:00Z", number + 1).parse().unwrap();
            let deed = Deed::Create { title: title.clone(), start, rule, guests: false };
            self.place.deed(&self.app, &connection, None, &deed).await;
            self.expected.insert(format!("base{number}"), title);
        }
        self.recover(&connection, "filling").await;
        let id = find(&seen::local(&self.app, &connection).await, "base4");
        let slot = "2027-03-12T09:00:00Z".parse().unwrap();
        let moved = Deed::MoveOne(slot, slot + SignedDuration::from_hours(2));
        at_home(&self.app, &connection, &mut self.number, Some(&id), &moved).await;
        self.recover(&connection, "filling").await;
    }

    /// A first sync and a delta, each with the k-th operation failing; false: neither had so many.
    async fn turn(&mut self, k: u64, trouble: &Trouble) -> bool {
        self.turn += 1;
        for account in self.app.store().tenant(&self.app.ada).list_accounts().await.unwrap() {
            self.app.engine.delete_account(&self.app.ada, &account.id).await.unwrap();
        }
        let connection = self.place.connect(&self.app, Some(self.calendar.clone())).await;
        let first = self.strike(&connection, k, trouble, "first sync").await;
        self.edits(&connection).await;
        let delta = self.strike(&connection, k, trouble, "delta").await;
        if first || delta {
            self.last = self.last.max(k);
        }
        first || delta
    }

    async fn strike(&mut self, connection: &Connection, k: u64, trouble: &Trouble, run: &str) -> bool {
        let story = match trouble {
            Trouble::Database(way) => {
                self.switch.arm(k, *way);
                format!("{run}: access {k} to the database is {way:?}")
            }
            Trouble::Vendor(times, way) => {
                self.place.fail(&self.app, k, *times, way).await;
                format!("{run}: {times} requests from number {k}: {way}")
            }
        };
        let request = SyncNow { connection_ids: Some(vec![connection.id.clone()]), range: None, wait: None };
        // Whatever it answers: what counts is what becomes of it.
        let _ = self.node.sync_now(&self.app.ada, request).await;
        let struck = match trouble {
            Trouble::Database(_) => self.switch.disarm(),
            Trouble::Vendor(times, _) => {
                let met = self.place.is_met(&self.app, *times).await;
                self.place.calm(&self.app).await;
                met
            }
        };
        self.recover(connection, &story).await;
        self.compare(connection, &story).await;
        struck
    }

    /// One new, one changed and one deleted event on either side.
    async fn edits(&mut self, connection: &Connection) {
        let turn = self.turn;
        let start = "2027-03-15T10:00:00Z".parse().unwrap();
        let theirs = self.place.pieces(&self.app, connection).await;
        let ours = seen::local(&self.app, connection).await;
        for (side, base) in [("v", "base1"), ("h", "base4")] {
            let (name, gone) = (format!("{side}{turn}"), format!("{side}{}", turn - 1));
            let title = format!("{name} Demo");
            let create = Deed::Create { title: title.clone(), start, rule: None, guests: false };
            let renamed = format!("{base} Retro {turn}");
            let mut deeds = vec![(None, create), (Some(base), Deed::Retitle(renamed.clone()))];
            if self.expected.remove(&gone).is_some() {
                deeds.push((Some(gone.as_str()), Deed::Delete));
            }
            for (of, deed) in deeds {
                if side == "v" {
                    let id = of.map(|name| find(&theirs, name));
                    self.place.deed(&self.app, connection, id.as_deref(), &deed).await;
                } else {
                    let id = of.map(|name| find(&ours, name));
                    at_home(&self.app, connection, &mut self.number, id.as_deref(), &deed).await;
                }
            }
            self.expected.insert(name, title);
            self.expected.insert(base.to_owned(), renamed);
        }
    }

    /// Runs until it succeeds and has nothing to write.
    async fn recover(&mut self, connection: &Connection, story: &str) {
        let mut said = Vec::new();
        self.place.writes(&self.app).await;
        for _ in 0..8 {
            self.app.advance(SignedDuration::from_mins(30)).await;
            let result = self.app.sync(connection).await;
            let writes = self.place.writes(&self.app).await;
            if result.status == SyncStatus::Success && writes.is_empty() {
                return;
            }
            said.push(format!("{:?} {:?} {writes:?}", result.status, result.error));
        }
        panic!("{story}: does not come to rest: {said:#?}");
    }

    async fn compare(&self, connection: &Connection, story: &str) {
        let local = seen::local(&self.app, connection).await;
        let theirs = self.place.pieces(&self.app, connection).await;
        for (place, pieces) in [("here", &local), (self.place.name(), &theirs)] {
            let mut found: Vec<(String, String)> = titles(pieces);
            found.sort();
            let expected: Vec<(String, String)> =
                self.expected.iter().map(|(name, title)| (name.clone(), title.clone())).collect();
            assert_eq!(found, expected, "{story}: {place}");
        }
        let shown = |pieces: &[(String, Piece)]| showing(&pieces.iter().map(|it| it.1.clone()).collect::<Vec<_>>());
        let wrong = differences(self.place.name(), &shown(&local), &shown(&theirs));
        assert!(wrong.is_empty(), "{story}: {wrong:#?}");
        let conflicts = self.app.db.raw.rows("SELECT external_event_id, recurrence_id, fields FROM conflicts").await;
        assert!(conflicts.is_empty(), "{story}: nobody else edited what was edited here: {conflicts:#?}");
        assert_eq!(self.app.control("GET", "mails", json!({})).await["items"], json!([]), "{story}");
    }
}

/// Masters and single events: name and title.
fn titles(pieces: &[(String, Piece)]) -> Vec<(String, String)> {
    let live = pieces.iter().filter(|(_, piece)| piece.slot.is_none() && !piece.cancelled);
    live.map(|(_, piece)| (name_of(&piece.title), piece.title.clone())).collect()
}

fn find(pieces: &[(String, Piece)], name: &str) -> String {
    let of_name = |piece: &Piece| piece.slot.is_none() && !piece.cancelled && name_of(&piece.title) == name;
    pieces.iter().find(|(_, piece)| of_name(piece)).unwrap_or_else(|| panic!("no {name}")).0.clone()
}
