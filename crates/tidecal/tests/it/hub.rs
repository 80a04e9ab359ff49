//! Google, Tidecal and a real Radicale around one calendar, with a second editor who changes the
//! files' text; engines that are killed in the middle of a run; answers to writes that get lost.
//! Checked past Tidecal, as in the ring.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidecal_engine::{Clock, ConnectCalendar, ManualClock, SyncNow, SyncStatus};
use tidecal_sandbox::{ProxyConfig, Sandbox, SandboxConfig, start_proxy};
use tidecal_store::{Connection, Store, StoreOptions};
use tokio::sync::Notify;

use crate::app::{App, Options, engine};
use crate::hands::{At, Script, at_google, at_home, dav_text};
use crate::harness::{Db, KEY, key_ring, on_both};
use crate::radicale::Radicale;
use crate::ring::write_out;
use crate::seen::{self, differences, name_of, showing};

on_both!(
    a_hub_with_a_second_editor_agrees_after_every_round,
    a_hub_whose_engine_is_killed_in_its_runs_agrees_when_another_goes_on,
    a_third_of_all_answers_lost_doubles_nothing,
);

const GOOGLE: &str = "ada@example.com";

fn from_env(name: &str, short: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(short)
}

async fn a_hub_with_a_second_editor_agrees_after_every_round(db: Db) {
    let mut hub = Hub::open(db, 11).await;
    for round in 0..from_env("TIDECAL_RING_ROUNDS", 4) {
        hub.round().await;
        hub.settle(&format!("round {round}")).await;
    }
    hub.quiet_day().await;
}

async fn a_hub_whose_engine_is_killed_in_its_runs_agrees_when_another_goes_on(db: Db) {
    let mut hub = Hub::open(db, 12).await;
    let (seeds, mut kills) = (from_env("TIDECAL_HUB_KILLS", 5), 0);
    for seed in 0..seeds {
        hub.round().await;
        if hub.script.dice.roll(2) == 0 {
            hub.lose_an_answer().await;
        }
        let looks = 2 + hub.script.dice.roll(40) as u32;
        kills += u32::from(hub.killed_run(looks).await);
        hub.app.advance(SignedDuration::from_mins(3)).await;
        hub.calm().await;
        hub.settle(&format!("kill {seed}")).await;
    }
    assert!(kills * 2 >= seeds, "{kills} of {seeds} runs were killed");
    hub.quiet_day().await;
}

async fn a_third_of_all_answers_lost_doubles_nothing(db: Db) {
    let mut hub = Hub::open(db, 13).await;
    for round in 0..from_env("TIDECAL_RING_ROUNDS", 4) {
        hub.round().await;
        for _ in 0..8 {
            hub.lose_an_answer().await;
        }
        for _ in 0..3 {
            hub.try_pass().await;
        }
        hub.calm().await;
        hub.settle(&format!("lossy round {round}")).await;
    }
    hub.quiet_day().await;
}

struct Hub {
    app: App,
    server: Radicale,
    proxy: Sandbox,
    http: reqwest::Client,
    path: String,
    google: Connection,
    dav: Connection,
    script: Script,
    number: u32,
    names: BTreeMap<String, String>,
    log: Vec<String>,
}

impl Hub {
    async fn open(db: Db, seed: u64) -> Self {
        let server = Radicale::start(&["ada"]);
        let path = server.calendar("ada", "work");
        let proxy = start_proxy(ProxyConfig::before(&server.origin)).await.unwrap();
        let app = App::with(db, Options { filled: false, origins: vec![proxy.base_url.clone()] }).await;
        let google = app.connect_google(GOOGLE).await;
        let account = app.login_caldav(&proxy.base_url, "ada").await;
        let request = ConnectCalendar {
            account_id: account.id.clone(),
            external_calendar_id: path.clone(),
            name: None,
            calendar_id: Some(google.calendar_id.clone()),
            enabled: true,
        };
        let dav = app.engine.connect_calendar(&app.ada, request).await.unwrap();
        for connection in [&google, &dav] {
            write_out(&app, connection).await;
        }
        let script = Script::new(seed);
        let (names, log) = (BTreeMap::new(), Vec::new());
        let http = reqwest::Client::new();
        Self { app, server, proxy, http, path, google, dav, script, number: 0, names, log }
    }

    /// One or two deeds at each place.
    async fn round(&mut self) {
        self.script.new_round();
        self.log.clear();
        for at in [At::Google, At::Home, At::Dav] {
            for _ in 0..=self.script.dice.roll(2) {
                let pieces = match at {
                    At::Google => seen::google(&self.app, GOOGLE).await,
                    At::Dav => seen::dav(&self.server.files_of(&self.path)),
                    At::Home | At::Outlook => seen::local(&self.app, &self.google).await,
                };
                let (id, deed) = self.script.next(at, &pieces);
                let of = pieces.iter().find(|(own, _)| Some(own) == id.as_ref()).map(|(_, piece)| piece.title.clone());
                self.log.push(format!("{at:?} {of:?} {deed:?}"));
                match at {
                    At::Google => at_google(&self.app, GOOGLE, id.as_deref(), &deed).await,
                    At::Dav => self.at_dav(id.as_deref(), &deed),
                    At::Home | At::Outlook => {
                        at_home(&self.app, &self.google, &mut self.number, id.as_deref(), &deed).await;
                    }
                }
            }
        }
    }

    /// The second editor, who knows nothing of Tidecal.
    fn at_dav(&mut self, file: Option<&str>, deed: &crate::hands::Deed) {
        self.number += 1;
        let new = format!("editor-{}.ics", self.number);
        let name = file.unwrap_or(&new);
        let stored = std::fs::read_to_string(self.server.files_of(&self.path).join(name)).unwrap_or_default();
        match dav_text(&stored, name, deed) {
            Some(text) => drop(self.server.put("ada", &format!("{}{name}", self.path), &text)),
            None => self.server.delete("ada", &format!("{}{name}", self.path)),
        }
    }

    async fn proxy(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_proxy/{path}", self.proxy.base_url);
        let request = self.http.request(method.parse().unwrap(), &url).json(&body);
        let text = request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// At one of the next three writes of each kind, the vendor carries it out and says nothing.
    async fn lose_an_answer(&mut self) {
        let mut lost = |name: &str, what: &str| json!({ name: what, "dropConnection": "after", "skip": 1 + self.script.dice.roll(3), "times": 1 });
        let google = ["events.insert", "events.patch", "events.delete"].map(|what| lost("operation", what));
        let dav = ["PUT", "DELETE"].map(|what| lost("method", what));
        for fault in google {
            self.app.control("POST", "faults", fault).await;
        }
        for fault in dav {
            self.proxy("POST", "faults", fault).await;
        }
    }

    async fn calm(&self) {
        self.app.control("DELETE", "faults", json!({})).await;
        self.proxy("DELETE", "faults", json!({})).await;
    }

    /// Runs both connections with another engine, until it has looked at its clock so often; then it
    /// is gone with all its tasks. Answers whether it was still at work.
    async fn killed_run(&self, looks: u32) -> bool {
        let clock =
            Arc::new(LastClock { inner: self.app.clock.clone(), left: AtomicU32::new(looks), end: Notify::new() });
        let (url, ada) = (self.app.db.url.clone(), self.app.ada.clone());
        let ids = vec![self.google.id.clone(), self.dav.id.clone()];
        let origins = vec![self.proxy.base_url.clone(), self.app.sandbox.base_url.clone()];
        let defaults = SandboxConfig::default();
        let (base, client) = (self.app.sandbox.base_url.clone(), (defaults.client_id, defaults.client_secret));
        let life = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let store = Store::connect(&url, StoreOptions::new(key_ring(KEY, &[]))).await.unwrap();
                let node = engine(store, clock.clone(), &base, client, origins);
                let request = SyncNow { connection_ids: Some(ids), range: None, wait: None };
                tokio::select! {
                    biased;
                    () = clock.end.notified() => true,
                    _ = node.sync_now(&ada, request) => false,
                }
            })
        };
        tokio::task::spawn_blocking(life).await.unwrap()
    }

    /// One run of each connection, whatever becomes of it.
    async fn try_pass(&self) -> bool {
        self.app.advance(SignedDuration::from_mins(90)).await;
        let mut good = true;
        for connection in [&self.google, &self.dav] {
            good &= self.app.sync(connection).await.status == SyncStatus::Success;
        }
        good
    }

    /// What Tidecal has written since the last look.
    async fn writes(&self) -> Vec<String> {
        let ledger = self.app.control("GET", "ledger?writes=true", json!({})).await;
        self.app.control("DELETE", "ledger", json!({})).await;
        let lines = self.proxy("GET", "ledger", json!({})).await;
        self.proxy("DELETE", "ledger", json!({})).await;
        let dav = lines.as_array().cloned().unwrap_or_default().into_iter();
        let dav = dav.filter(|line| line["method"] == "PUT" || line["method"] == "DELETE");
        ledger["items"].as_array().unwrap().iter().cloned().chain(dav).map(|line| line.to_string()).collect()
    }

    async fn settle(&mut self, round: &str) {
        self.app.advance(SignedDuration::from_hours(2)).await;
        let mut rest = (false, vec![String::new()]);
        for _ in 0..10 {
            rest = (self.try_pass().await, self.writes().await);
            if rest.0 && rest.1.is_empty() {
                break;
            }
        }
        assert!(rest.0 && rest.1.is_empty(), "{round} finds no rest: {:#?}\n{rest:#?}", self.log);
        self.compare(round).await;
    }

    async fn compare(&mut self, round: &str) {
        let pieces = |list: Vec<(String, seen::Piece)>| list.into_iter().map(|(_, piece)| piece).collect::<Vec<_>>();
        let local = seen::local(&self.app, &self.google).await;
        let google = seen::google(&self.app, GOOGLE).await;
        let dav = seen::dav(&self.server.files_of(&self.path));
        let all = local.iter().chain(&google).chain(&dav);
        // A cancelled occurrence may have lost its title; all others may be what a conflict is about.
        let named = all.filter(|(_, it)| !it.title.is_empty());
        self.names.extend(named.map(|(id, it)| (id.clone(), name_of(&it.title))));
        let [local, google, dav] = [local, google, dav].map(|list| showing(&pieces(list)));
        let sql = "SELECT event_id, external_event_id FROM conflicts WHERE status = 'open'";
        let ids = self.app.db.raw.rows(sql).await;
        let open: Vec<&String> = ids.iter().flatten().flatten().filter_map(|id| self.names.get(id)).collect();
        for (place, shown) in [("google", &google), ("dav", &dav)] {
            for (name, text) in differences(place, &local, shown) {
                let excused = self.script.clashed.contains(&name) && open.contains(&&name);
                if !excused {
                    let rows = seen::rows_of(&self.app, &name).await;
                    panic!("{round}: {name} differs\n  {text}\n{:#?}\nopen {open:?}\n{rows}", self.log);
                }
            }
        }
        for list in ["mails", "violations"] {
            assert_eq!(self.app.control("GET", list, json!({})).await["items"], json!([]), "{round} {list}");
        }
    }

    async fn quiet_day(&mut self) {
        let versions = "SELECT COUNT(*) || '/' || COALESCE(SUM(version), 0) FROM calendar_events";
        let before = self.app.value(versions).await;
        for _ in 0..4 {
            self.app.advance(SignedDuration::from_hours(5)).await;
            assert!(self.try_pass().await);
            assert_eq!(self.writes().await, Vec::<String>::new(), "a quiet day writes nothing");
        }
        assert_eq!(self.app.value(versions).await, before);
    }
}

/// A clock that says when it has been looked at for the last time.
struct LastClock {
    inner: Arc<ManualClock>,
    left: AtomicU32,
    end: Notify,
}

impl Clock for LastClock {
    fn now(&self) -> Timestamp {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.end.notify_one();
        }
        self.inner.now()
    }

    fn sleep<'life0, 'async_trait>(
        &'life0 self,
        wait: SignedDuration,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        self.inner.sleep(wait)
    }
}
