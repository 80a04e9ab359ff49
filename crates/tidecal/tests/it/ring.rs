//! Google, Tidecal and Outlook as a ring of one calendar: people edit at all three places, and after
//! each round the three agree. Checked past Tidecal: what the vendors have stored, the local table,
//! the mails that would have been sent.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;
use tidecal_core::model::Provider;
use tidecal_engine::{ConnectCalendar, SyncStatus};
use tidecal_store::Connection;

use crate::app::{App, Options};
use crate::hands::{At, Script, at_google, at_home, at_outlook};
use crate::harness::{Db, on_both};
use crate::seen::{self, differences, name_of, outlook_path, showing};

on_both!(a_ring_of_three_agrees_after_every_round_and_mails_nobody, another_ring_agrees);

const GOOGLE: &str = "ada@example.com";

async fn a_ring_of_three_agrees_after_every_round_and_mails_nobody(db: Db) {
    ring(db, 1, 12).await;
}

async fn another_ring_agrees(db: Db) {
    ring(db, 2, 12).await;
}

/// `short` rounds, or as many as `TIDECAL_RING_ROUNDS` says.
async fn ring(db: Db, seed: u64, short: u32) {
    let rounds = std::env::var("TIDECAL_RING_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(short);
    let mut ring = Ring::open(db, seed).await;
    for round in 0..rounds {
        ring.round().await;
        ring.settle(&format!("seed {seed}, round {round}")).await;
    }
    ring.quiet_day().await;
}

pub(crate) async fn write_out(app: &App, connection: &Connection) {
    let sql = format!(
        "UPDATE external_calendar_connections SET sync_direction = 'bidirectional' WHERE id = '{}'",
        connection.id
    );
    app.db.raw.execute(&sql).await;
}

struct Ring {
    app: App,
    google: Connection,
    outlook: Connection,
    script: Script,
    /// Number of the last local row.
    number: u32,
    /// Names of meetings by local id, of those that are gone as well.
    names: BTreeMap<String, String>,
    /// What people did in this round, for the message of a failure.
    log: Vec<String>,
}

impl Ring {
    async fn open(db: Db, seed: u64) -> Self {
        let app = App::with(db, Options { filled: false, ..Options::default() }).await;
        let google = app.connect_google(GOOGLE).await;
        let account = app.consent_to(Provider::Outlook, None).await;
        let request = ConnectCalendar {
            account_id: account.id.clone(),
            external_calendar_id: "calendar".to_owned(),
            name: None,
            calendar_id: Some(google.calendar_id.clone()),
            enabled: true,
        };
        let outlook = app.engine.connect_calendar(&app.ada, request).await.unwrap();
        for connection in [&google, &outlook] {
            write_out(&app, connection).await;
        }
        let (names, log) = (BTreeMap::new(), Vec::new());
        Self { app, google, outlook, script: Script::new(seed), number: 0, names, log }
    }

    /// One or two deeds at each place.
    async fn round(&mut self) {
        self.script.new_round();
        self.log.clear();
        for at in [At::Google, At::Home, At::Outlook] {
            for _ in 0..=self.script.dice.roll(2) {
                let pieces = match at {
                    At::Google => seen::google(&self.app, GOOGLE).await,
                    At::Outlook => seen::outlook(&self.app, &self.outlook).await,
                    At::Home | At::Dav => seen::local(&self.app, &self.google).await,
                };
                let (id, deed) = self.script.next(at, &pieces);
                let of = pieces.iter().find(|(own, _)| Some(own) == id.as_ref()).map(|(_, piece)| piece.title.clone());
                self.log.push(format!("{at:?} {of:?} {deed:?}"));
                match at {
                    At::Google => at_google(&self.app, GOOGLE, id.as_deref(), &deed).await,
                    At::Outlook => at_outlook(&self.app, &outlook_path(&self.outlook), id.as_deref(), &deed).await,
                    At::Home | At::Dav => {
                        at_home(&self.app, &self.google, &mut self.number, id.as_deref(), &deed).await;
                    }
                }
            }
        }
    }

    async fn writes(&self) -> Vec<String> {
        let ledger = self.app.control("GET", "ledger?writes=true", json!({})).await;
        self.app.control("DELETE", "ledger", json!({})).await;
        ledger["items"].as_array().unwrap().iter().map(ToString::to_string).collect()
    }

    /// One run of each connection; what they wrote.
    async fn pass(&mut self) -> Vec<String> {
        self.app.advance(SignedDuration::from_mins(1)).await;
        for connection in [&self.google, &self.outlook] {
            let mut result = self.app.sync(connection).await;
            if result.error.as_deref().is_some_and(|error| error.starts_with("Held for you to decide")) {
                // A day later these few deletions are ordinary ones.
                self.app.advance(SignedDuration::from_hours(25)).await;
                result = self.app.sync(connection).await;
            }
            assert_eq!((result.status, result.error), (SyncStatus::Success, None), "{:#?}", self.log);
        }
        self.writes().await
    }

    /// Runs until nothing is written, then compares.
    async fn settle(&mut self, round: &str) {
        // Hours, because more than a few deletions within a day wait for a person.
        self.app.advance(SignedDuration::from_hours(4)).await;
        let mut passes = Vec::new();
        while passes.len() < 8 {
            let written = self.pass().await;
            passes.push(written);
            if passes.len() > 1 && passes.last().is_some_and(Vec::is_empty) {
                break;
            }
        }
        assert!(passes.last().is_some_and(Vec::is_empty), "{round} finds no rest: {:#?}\n{:#?}", self.log, passes);
        self.compare(round).await;
    }

    async fn compare(&mut self, round: &str) {
        let pieces = |list: Vec<(String, seen::Piece)>| list.into_iter().map(|(_, piece)| piece).collect::<Vec<_>>();
        let local = seen::local(&self.app, &self.google).await;
        let google = seen::google(&self.app, GOOGLE).await;
        let outlook = seen::outlook(&self.app, &self.outlook).await;
        let all = local.iter().chain(&google).chain(&outlook);
        // A cancelled occurrence may have lost its title; all others may be what a conflict is about.
        let named = all.filter(|(_, it)| !it.title.is_empty());
        self.names.extend(named.map(|(id, it)| (id.clone(), name_of(&it.title))));
        let [local, google, outlook] = [local, google, outlook].map(|list| showing(&pieces(list)));
        let waiting = self.waiting().await;
        for (place, shown) in [("google", &google), ("outlook", &outlook)] {
            for (name, text) in differences(place, &local, shown) {
                let excused = (self.script.clashed.contains(&name) || self.script.held.contains(&name))
                    && waiting.contains(&name);
                if !excused {
                    let rows = seen::rows_of(&self.app, &name).await;
                    panic!("{round}: {name} differs\n  {text}\n{:#?}\nwaiting {waiting:?}\n{rows}", self.log);
                }
            }
        }
        self.said_nothing(round).await;
    }

    /// Names of meetings that wait for a person: a conflict, or a write that would be mailed.
    async fn waiting(&self) -> Vec<String> {
        let sql = "SELECT event_id, external_event_id FROM conflicts WHERE status = 'open' UNION ALL \
                   SELECT series_id, external_series_id FROM external_calendar_events WHERE verdict = 'held'";
        let ids = self.app.db.raw.rows(sql).await;
        ids.iter().flatten().flatten().filter_map(|id| self.names.get(id)).cloned().collect()
    }

    /// No mail but of the people's own hands, no request that a vendor would not take.
    async fn said_nothing(&self, round: &str) {
        let mails = self.app.control("GET", "mails", json!({})).await;
        for mail in mails["items"].as_array().unwrap() {
            assert_eq!(mail["operation"], "control", "{round}: {mail}");
        }
        assert_eq!(self.app.control("GET", "violations", json!({})).await["items"], json!([]), "{round}");
    }

    async fn quiet_day(&mut self) {
        let versions = "SELECT COUNT(*) || '/' || COALESCE(SUM(version), 0) FROM calendar_events";
        let before = self.app.value(versions).await;
        for _ in 0..4 {
            self.app.advance(SignedDuration::from_hours(6)).await;
            assert_eq!(self.pass().await, Vec::<String>::new(), "a quiet day writes nothing");
        }
        assert_eq!(self.app.value(versions).await, before);
    }
}
