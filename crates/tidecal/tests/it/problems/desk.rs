//! The desk that a problem is brought to: one local calendar in step with calendars of the vendors
//! that the problem is about. A person's side goes through the JSON API; what is at a vendor is read
//! past Tidecal, from what the vendor has stored.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_engine::{Clock as _, ConnectCalendar, OsRandom, SyncResult, SyncStatus};
use tidecal_sandbox::{ProxyConfig, Sandbox, start_proxy};
use tidecal_store::{Account, Connection, NewApiKey};
use tidecal_web::{Asset, Assets, WebConfig, WebState, hash_token, new_token, router};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::app::{App, Options};
use crate::hands::{Deed, at_google, at_outlook, dav_text};
use crate::harness::Db;
use crate::radicale::Radicale;
use crate::seen::{self, Piece, Showing, showing};

/// Ada's address, and so her main calendar's id at Google.
pub(super) const ADA: &str = "ada@example.com";

/// Where a calendar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Google,
    Outlook,
    /// A real Radicale behind a proxy that can be told to misbehave.
    Dav,
}

/// A live single event or series as a vendor has stored it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) title: String,
    /// JSON of Google or Outlook; of CalDAV a string, the whole object.
    pub(super) stored: Value,
}

impl Item {
    /// The object's text, unfolded.
    pub(super) fn text(&self) -> String {
        self.stored.as_str().unwrap().replace("\r\n ", "").replace("\r\n", "\n")
    }
}

pub(super) struct Desk {
    pub(super) app: App,
    server: Option<Radicale>,
    proxy: Option<Sandbox>,
    places: Vec<(At, Connection)>,
    router: Router,
    key: String,
    http: reqwest::Client,
}

struct NoFiles;

impl Assets for NoFiles {
    fn find(&self, _path: &str) -> Option<Asset> {
        None
    }

    fn document(&self, _name: &str) -> Option<Cow<'static, str>> {
        None
    }
}

impl Desk {
    /// One local calendar, both ways with an empty calendar of each vendor; the first is its home.
    pub(super) async fn open(db: Db, places: &[At]) -> Self {
        let mut desk = Self::bare(db, places.contains(&At::Dav)).await;
        for at in places {
            desk.connect(*at).await;
        }
        assert_eq!(desk.settle().await, Vec::<String>::new());
        desk
    }

    /// Nothing is connected yet; `dav`: there is a CalDAV server.
    pub(super) async fn bare(db: Db, dav: bool) -> Self {
        let server = dav.then(|| Radicale::start(&["ada"]));
        let proxy = match &server {
            Some(server) => Some(start_proxy(ProxyConfig::before(&server.origin)).await.unwrap()),
            None => None,
        };
        let origins = proxy.iter().map(|proxy| proxy.base_url.clone()).collect();
        let app = App::with(db, Options { filled: false, origins }).await;
        let config = WebConfig::new("http://127.0.0.1:3000".parse().unwrap());
        let state = WebState::new(app.engine.clone(), config, Arc::new(NoFiles), CancellationToken::new());
        let key = new_token(&OsRandom);
        let new = NewApiKey {
            tenant_id: app.ada.tenant_id.clone(),
            profile_id: app.ada.user_id.clone(),
            name: "desk".to_owned(),
            key_hash: hash_token(&key),
            role: app.ada.role,
            now: app.clock.now(),
            expires_at: None,
        };
        app.store().sign_in().insert_api_key(&new).await.unwrap();
        let key = key.expose_secret().to_owned();
        Self { app, server, proxy, places: Vec::new(), router: router(state), key, http: reqwest::Client::new() }
    }

    /// Connects one more calendar, both ways, to the local calendar of the first.
    pub(super) async fn connect(&mut self, at: At) {
        let (account, calendar) = match at {
            At::Google => (self.app.consent(None).await, ADA.to_owned()),
            At::Outlook => (self.app.consent_to(Provider::Outlook, None).await, "calendar".to_owned()),
            At::Dav => {
                let path = self.server().calendar("ada", "work");
                (self.app.login_caldav(&self.proxy.as_ref().unwrap().base_url, "ada").await, path)
            }
        };
        // Which one is the home goes by the time of connecting.
        self.app.advance(SignedDuration::from_secs(1)).await;
        let local = self.places.first().map(|(_, first)| first.calendar_id.clone());
        let connection = self.connect_one(&account, &calendar, local).await;
        self.places.push((at, connection));
    }

    /// That calendar, both ways.
    pub(super) async fn connect_one(&self, account: &Account, calendar: &str, local: Option<String>) -> Connection {
        let request = ConnectCalendar {
            account_id: account.id.clone(),
            external_calendar_id: calendar.to_owned(),
            name: None,
            calendar_id: local,
            enabled: true,
        };
        let connection = self.app.engine.connect_calendar(&self.app.ada, request).await.unwrap();
        self.change_connection(&connection, json!({ "syncDirection": "bidirectional" })).await;
        connection
    }

    pub(super) async fn change_connection(&self, connection: &Connection, change: Value) {
        self.api("PATCH", &format!("connections/{}", connection.id), change).await;
    }

    pub(super) fn server(&self) -> &Radicale {
        self.server.as_ref().unwrap()
    }

    pub(super) fn connection(&self, at: At) -> &Connection {
        &self.places.iter().find(|(own, _)| *own == at).unwrap().1
    }

    pub(super) fn calendar_id(&self) -> &str {
        &self.places[0].1.calendar_id
    }

    // ---- the person's side

    /// A request of the JSON API that is granted; paths below `/api/calendar/`.
    pub(super) async fn api(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.api("GET", path, Value::Null).await
    }

    /// A request that is refused with that status: the problem.
    pub(super) async fn refused(&self, status: u16, method: &str, path: &str, body: Value) -> Value {
        let (answered, problem) = self.ask(method, path, body).await;
        assert_eq!(answered, status, "{method} {path}: {problem}");
        problem
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/calendar/{path}") };
        let request = http::Request::builder().method(method).uri(&path);
        let request = request.header("authorization", format!("Bearer {}", self.key)).header("host", "127.0.0.1:3000");
        let request = request.header("content-type", "application/json");
        let sent = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let answer = self.router.clone().oneshot(request.body(sent).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// A new local event; its id.
    pub(super) async fn create(&self, mut event: Value) -> String {
        event["calendarId"] = json!(self.calendar_id());
        let made = self.api("POST", "events", event).await;
        made["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn edit(&self, id: &str, change: Value) {
        self.api("PATCH", &format!("events/{id}"), change).await;
    }

    /// Everything about one local event.
    pub(super) async fn event(&self, id: &str) -> Value {
        self.get(&format!("events/{id}")).await
    }

    /// Instances of a year and a bit, as the calendar view gets them.
    pub(super) async fn instances(&self) -> Vec<Value> {
        let now = self.app.clock.now();
        let day = |days: i64| (now + SignedDuration::from_hours(24 * days)).to_string();
        let (start, end) = (day(-100), day(500));
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("events?start={start}&end={end}&limit=1000&calendarId={}{cursor}", self.calendar_id());
            let page = self.get(&path).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// `start title`, one line for each time that something takes place.
    pub(super) async fn shown(&self) -> Vec<String> {
        let line = |it: &Value| format!("{} {}", it["start"].as_str().unwrap(), it["title"].as_str().unwrap());
        self.instances().await.iter().map(line).collect()
    }

    /// Titles of what takes place, each once.
    pub(super) async fn titles_here(&self) -> std::collections::BTreeSet<String> {
        self.instances().await.iter().map(|it| it["title"].as_str().unwrap().to_owned()).collect()
    }

    /// The local event of that title; of a series the row that the first instance shows.
    pub(super) async fn id_of(&self, title: &str) -> String {
        let all = self.instances().await;
        let found = all.iter().find(|it| it["title"] == title);
        found.unwrap_or_else(|| panic!("no {title:?} among {all:?}"))["eventId"].as_str().unwrap().to_owned()
    }

    /// Why it is here, or is not; by a local id or the vendor's.
    pub(super) async fn why(&self, id: &str) -> Value {
        self.get(&format!("why?externalId={}", seen::encoded(id))).await
    }

    /// Rows of a connection that have this verdict.
    pub(super) async fn rows(&self, at: At, verdict: &str) -> Vec<Value> {
        let path = format!("connections/{}/events?verdict={verdict}", self.connection(at).id);
        self.get(&path).await["items"].as_array().unwrap().clone()
    }

    /// The forecast of the next run; `?resync=true`: of one that compares everything.
    pub(super) async fn plan(&self, at: At, query: &str) -> Value {
        self.get(&format!("connections/{}/plan{query}", self.connection(at).id)).await
    }

    /// As after a press of Resync, but for the run.
    pub(super) async fn resync(&self, at: At) {
        let tenant = self.app.store().tenant(&self.app.ada);
        tenant.request_sync(&self.connection(at).id, true, "resync", self.app.clock.now()).await.unwrap();
    }

    // ---- the vendor's side

    /// What people do at a vendor's own page; Outlook knows no single occurrences here.
    pub(super) async fn there(&self, at: At, id: Option<&str>, deed: Deed) {
        match at {
            At::Google => at_google(&self.app, ADA, id, &deed).await,
            At::Outlook => at_outlook(&self.app, &seen::outlook_path(self.connection(at)), id, &deed).await,
            At::Dav => {
                let new = match &deed {
                    Deed::Create { title, .. } => format!("{}.ics", title.replace(' ', "-")),
                    _ => String::new(),
                };
                let name = id.unwrap_or(&new);
                let stored = std::fs::read_to_string(self.folder().join(name)).unwrap_or_default();
                match dav_text(&stored, name, &deed) {
                    Some(text) => self.put(name, &text),
                    None => self.server().delete("ada", &format!("{}{name}", self.path())),
                }
            }
        }
    }

    /// A meeting of an hour that somebody makes there.
    pub(super) async fn make_there(&self, at: At, title: &str, start: &str) {
        let create = Deed::Create { title: title.into(), start: start.parse().unwrap(), rule: None, guests: false };
        self.there(at, None, create).await;
    }

    /// Path of the CalDAV calendar.
    pub(super) fn path(&self) -> String {
        self.connection(At::Dav).external_calendar_id.clone()
    }

    /// Lines of each meeting as every place shows it, from what is stored there: here, then the
    /// connected calendars in order.
    pub(super) async fn showings(&self) -> Vec<(String, Showing)> {
        let first = &self.places[0].1;
        let bare = |list: Vec<(String, Piece)>| list.into_iter().map(|(_, piece)| piece).collect::<Vec<_>>();
        let mut all = vec![("here".to_owned(), showing(&bare(seen::local(&self.app, first).await)))];
        for (at, connection) in &self.places {
            let pieces = match at {
                At::Google => seen::google(&self.app, ADA).await,
                At::Outlook => seen::outlook(&self.app, connection).await,
                At::Dav => seen::dav(&self.folder()),
            };
            all.push((format!("{at:?}"), showing(&bare(pieces))));
        }
        all
    }

    /// All places show the same; what that is.
    pub(super) async fn agreed(&self) -> Showing {
        let mut all = self.showings().await.into_iter();
        let (_, here) = all.next().unwrap();
        for (name, other) in all {
            assert_eq!(here, other, "here and {name} differ");
        }
        here
    }

    fn folder(&self) -> std::path::PathBuf {
        self.server().files_of(&self.path())
    }

    /// Stores an object in the CalDAV calendar as any other client would.
    pub(super) fn put(&self, name: &str, text: &str) {
        self.server().put("ada", &format!("{}{name}", self.path()), text);
    }

    /// Live single events and series, sorted by title.
    pub(super) async fn items(&self, at: At) -> Vec<Item> {
        let mut items: Vec<Item> = match at {
            At::Google => self.google_items().await.into_iter().filter_map(google_item).collect(),
            At::Outlook => {
                let stored = self.app.control("GET", &seen::outlook_path(self.connection(at)), json!({})).await;
                let items = stored["items"].as_array().unwrap().clone().into_iter();
                let named = |item: Value| (item["id"].clone(), item["subject"].clone(), item);
                items.map(named).map(|(id, title, stored)| item(&id, &title, stored)).collect()
            }
            At::Dav => self.files().into_iter().map(|(name, text)| dav_item(name, &text)).collect(),
        };
        items.sort_by(|a, b| a.title.cmp(&b.title));
        items
    }

    /// Everything that Google has stored in Ada's calendar, exceptions and what is cancelled as well.
    pub(super) async fn google_items(&self) -> Vec<Value> {
        let stored = self.app.control("GET", &format!("events/{ADA}"), json!({})).await;
        stored["items"].as_array().unwrap().clone()
    }

    fn files(&self) -> Vec<(String, String)> {
        let names = std::fs::read_dir(self.folder()).unwrap().flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        let names = names.filter(|name| name.ends_with(".ics"));
        names.map(|name| (name.clone(), std::fs::read_to_string(self.folder().join(name)).unwrap())).collect()
    }

    pub(super) async fn titles(&self, at: At) -> Vec<String> {
        self.items(at).await.into_iter().map(|item| item.title).collect()
    }

    /// The one item of that title.
    pub(super) async fn item(&self, at: At, title: &str) -> Item {
        let mut found = self.items(at).await;
        found.retain(|item| item.title == title);
        assert_eq!(found.len(), 1, "{title:?} at {at:?}: {:?}", self.titles(at).await);
        found.remove(0)
    }

    /// A new sync token is needed from now on.
    pub(super) async fn lose_cursor(&self, at: At) {
        match at {
            At::Google => drop(self.app.control("POST", "expire-sync-tokens", json!({})).await),
            At::Outlook => drop(self.app.control("POST", "graph/expire-delta-tokens", json!({})).await),
            At::Dav => drop(self.proxy("POST", "expire-tokens", json!({})).await),
        }
    }

    /// A single failure at Google or Outlook.
    pub(super) async fn fault(&self, fault: Value) {
        self.app.control("POST", "faults", fault).await;
    }

    /// Failures are over.
    pub(super) async fn calm(&self) {
        self.app.control("DELETE", "faults", json!({})).await;
        if self.proxy.is_some() {
            self.proxy("DELETE", "faults", json!({})).await;
            self.proxy("DELETE", "tempers", json!({})).await;
        }
    }

    /// The control of the proxy before the CalDAV server.
    pub(super) async fn proxy(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_proxy/{path}", self.proxy.as_ref().unwrap().base_url);
        let request = self.http.request(method.parse().unwrap(), &url).json(&body);
        let text = request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    // ---- runs

    /// One run, whatever becomes of it.
    pub(super) async fn try_run(&self, at: At) -> SyncResult {
        self.app.sync(self.connection(at)).await
    }

    /// One run that succeeds; what it wrote at the vendors.
    pub(super) async fn run(&self, at: At) -> Vec<String> {
        let result = self.try_run(at).await;
        assert_eq!((result.status, result.error), (SyncStatus::Success, None), "{at:?}");
        self.writes().await
    }

    /// Runs of all connections until a round writes nothing; what was written, in order.
    pub(super) async fn settle(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut quiet = 0;
        for _ in 0..8 {
            let before = self.state().await;
            let mut round = Vec::new();
            for (at, _) in &self.places {
                round.extend(self.run(*at).await);
            }
            // Twice, for what one connection gives up the next round of another may take.
            let rests = round.is_empty() && self.state().await == before;
            quiet = if rests { quiet + 1 } else { 0 };
            all.extend(round);
            if quiet == 2 {
                return all;
            }
            self.app.advance(SignedDuration::from_mins(1)).await;
        }
        panic!("finds no rest: {all:#?}");
    }

    /// What Tidecal has written at all vendors since the last look: `operation event`.
    pub(super) async fn writes(&self) -> Vec<String> {
        let lines = self.write_lines().await;
        let line = |it: &Value| {
            let path = it["path"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
            format!("{} {path}", it["operation"].as_str().or(it["method"].as_str()).unwrap_or_default())
        };
        lines.iter().map(line).collect()
    }

    /// The same with everything that the ledgers know of each write.
    pub(super) async fn write_lines(&self) -> Vec<Value> {
        let ledger = self.app.control("GET", "ledger?writes=true", json!({})).await;
        self.app.control("DELETE", "ledger", json!({})).await;
        let mut lines = ledger["items"].as_array().unwrap().clone();
        if self.proxy.is_some() {
            let dav = self.proxy("GET", "ledger", json!({})).await;
            self.proxy("DELETE", "ledger", json!({})).await;
            let writes = |line: &&Value| line["method"] == "PUT" || line["method"] == "DELETE";
            lines.extend(dav.as_array().unwrap().iter().filter(writes).cloned());
        }
        lines
    }

    /// Mails that went out by Tidecal's requests.
    pub(super) async fn mails(&self) -> Vec<Value> {
        let mails = self.app.control("GET", "mails", json!({})).await;
        let all = mails["items"].as_array().unwrap().clone();
        all.into_iter().filter(|mail| mail["operation"] != "control").collect()
    }

    /// How many local rows there are, and how often they have changed.
    pub(super) async fn state(&self) -> Option<String> {
        let sql = "SELECT COUNT(*) || '/' || COALESCE(SUM(version), 0) FROM calendar_events";
        self.app.value(sql).await
    }

    /// A day on which nobody does anything: nothing is written here or anywhere.
    pub(super) async fn quiet_day(&self) {
        self.writes().await;
        let before = self.state().await;
        for _ in 0..3 {
            self.app.advance(SignedDuration::from_hours(8)).await;
            for (at, _) in &self.places {
                assert_eq!(self.run(*at).await, Vec::<String>::new(), "a quiet day writes nothing at {at:?}");
            }
        }
        assert_eq!(self.state().await, before, "a quiet day writes nothing here");
    }

    /// The end of a scenario in which nobody agreed to a mail.
    pub(super) async fn rest(&self) {
        self.quiet_day().await;
        assert_eq!(self.mails().await, Vec::<Value>::new(), "nobody is mailed unasked");
    }
}

fn item(id: &Value, title: &Value, stored: Value) -> Item {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Item { id: text(id), title: text(title), stored }
}

fn google_item(stored: Value) -> Option<Item> {
    let live = stored["status"] != "cancelled" && stored["recurringEventId"].is_null();
    live.then(|| item(&stored["id"].clone(), &stored["summary"].clone(), stored))
}

fn dav_item(name: String, text: &str) -> Item {
    let unfolded = text.replace("\r\n ", "");
    let title = unfolded.lines().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap_or_default();
    let title = title.trim_end().replace("\\,", ",");
    Item { id: name, title, stored: json!(text) }
}

/// A calendar object with these lines in its only event, the calendar's own lines before it.
pub(super) fn object(before: &str, lines: &[&str]) -> String {
    let lines = lines.join("\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Editor//EN\r\n{before}BEGIN:VEVENT\r\n\
         DTSTAMP:20261101T000000Z\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}
