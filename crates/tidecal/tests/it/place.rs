//! One calendar at one vendor, connected both ways, whichever vendor it is: for scenarios that are the
//! same everywhere.

use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_engine::ConnectCalendar;
use tidecal_sandbox::{ProxyConfig, Sandbox, start_proxy};
use tidecal_store::{Account, Connection};

use crate::app::App;
use crate::hands::{At, Deed, at_google, at_outlook, dav_text};
use crate::radicale::Radicale;
use crate::ring::write_out;
use crate::seen::{self, Piece, outlook_path};

const GOOGLE: &str = "ada@example.com";

/// A CalDAV server with the proxy before it.
pub(crate) struct Dav {
    server: Radicale,
    proxy: Sandbox,
    path: String,
}

impl Dav {
    pub(crate) async fn start() -> Self {
        let server = Radicale::start(&["ada"]);
        let path = server.calendar("ada", "work");
        let proxy = start_proxy(ProxyConfig::before(&server.origin)).await.unwrap();
        Self { server, proxy, path }
    }

    pub(crate) fn origin(&self) -> String {
        self.proxy.base_url.clone()
    }
}

/// The vendor, and the calendar there.
pub(crate) struct Place {
    at: At,
    dav: Option<Dav>,
    number: u32,
    http: reqwest::Client,
}

impl Place {
    /// `dav`: the server, of a CalDAV calendar.
    pub(crate) fn new(at: At, dav: Option<Dav>) -> Self {
        Self { at, dav, number: 0, http: reqwest::Client::new() }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.at {
            At::Google => "google",
            At::Outlook => "outlook",
            At::Dav => "dav",
            At::Home => "home",
        }
    }

    async fn account(&self, app: &App) -> Account {
        match (self.at, &self.dav) {
            (At::Dav, Some(dav)) => app.login_caldav(&dav.origin(), "ada").await,
            (At::Outlook, _) => app.consent_to(Provider::Outlook, None).await,
            _ => app.consent(None).await,
        }
    }

    /// Connects it both ways, to a calendar of its own or to that one.
    pub(crate) async fn connect(&self, app: &App, calendar_id: Option<String>) -> Connection {
        let external_calendar_id = match (self.at, &self.dav) {
            (At::Dav, Some(dav)) => dav.path.clone(),
            (At::Outlook, _) => "calendar".to_owned(),
            _ => GOOGLE.to_owned(),
        };
        let account_id = self.account(app).await.id;
        let request = ConnectCalendar { account_id, external_calendar_id, name: None, calendar_id, enabled: true };
        let connection = app.engine.connect_calendar(&app.ada, request).await.unwrap();
        write_out(app, &connection).await;
        connection
    }

    pub(crate) async fn pieces(&self, app: &App, connection: &Connection) -> Vec<(String, Piece)> {
        match (self.at, &self.dav) {
            (At::Dav, Some(dav)) => seen::dav(&dav.server.files_of(&dav.path)),
            (At::Outlook, _) => seen::outlook(app, connection).await,
            _ => seen::google(app, GOOGLE).await,
        }
    }

    /// Another person's deed there.
    pub(crate) async fn deed(&mut self, app: &App, connection: &Connection, id: Option<&str>, deed: &Deed) {
        match (self.at, &self.dav) {
            (At::Dav, Some(dav)) => {
                self.number += 1;
                let new = format!("editor-{}.ics", self.number);
                let name = id.unwrap_or(&new);
                let stored = std::fs::read_to_string(dav.server.files_of(&dav.path).join(name)).unwrap_or_default();
                match dav_text(&stored, name, deed) {
                    Some(text) => drop(dav.server.put("ada", &format!("{}{name}", dav.path), &text)),
                    None => dav.server.delete("ada", &format!("{}{name}", dav.path)),
                }
            }
            (At::Outlook, _) => at_outlook(app, &outlook_path(connection), id, deed).await,
            _ => at_google(app, GOOGLE, id, deed).await,
        }
    }

    async fn control(&self, app: &App, method: &str, path: &str, body: Value) -> Value {
        let Some(dav) = &self.dav else { return app.control(method, path, body).await };
        let url = format!("{}/_proxy/{path}", dav.proxy.base_url);
        let request = self.http.request(method.parse().unwrap(), &url).json(&body);
        let text = request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Request number `k` from now on, the next being 1, and `times - 1` more behave in that way.
    pub(crate) async fn fail(&self, app: &App, k: u64, times: u64, way: &Value) {
        let mut fault = way.clone();
        (fault["skip"], fault["times"]) = (json!(k - 1), json!(times));
        if self.dav.is_none() {
            fault["operation"] = json!("*");
        }
        self.control(app, "POST", "faults", fault).await;
    }

    /// For every kind of write: so many answers will get lost, each after up to two that do not.
    pub(crate) async fn lose_answers(&self, app: &App, skips: &[u64]) {
        let (key, kinds): (_, &[&str]) = match self.at {
            At::Dav => ("method", &["PUT", "DELETE"]),
            At::Outlook => ("operation", &["graph.events.create", "graph.events.patch", "graph.events.delete"]),
            _ => ("operation", &["events.insert", "events.patch", "events.delete"]),
        };
        for kind in kinds {
            for skip in skips {
                let fault = json!({ key: kind, "dropConnection": "after", "skip": skip, "times": 1 });
                self.control(app, "POST", "faults", fault).await;
            }
        }
    }

    /// Whether a request has met the fault that is to fail `times` requests.
    pub(crate) async fn is_met(&self, app: &App, times: u64) -> bool {
        let list = self.control(app, "GET", "faults", json!({})).await;
        let pending = list.as_array().or(list["items"].as_array()).and_then(|faults| faults.first()).cloned();
        pending.is_none_or(|fault| fault["times"].as_u64() != Some(times))
    }

    /// Faults that are left.
    pub(crate) async fn pending(&self, app: &App) -> usize {
        let list = self.control(app, "GET", "faults", json!({})).await;
        list.as_array().or(list["items"].as_array()).map_or(0, Vec::len)
    }

    pub(crate) async fn calm(&self, app: &App) {
        self.control(app, "DELETE", "faults", json!({})).await;
    }

    /// Writes of Tidecal there since the last look.
    pub(crate) async fn writes(&self, app: &App) -> Vec<String> {
        let path = if self.dav.is_some() { "ledger" } else { "ledger?writes=true" };
        let list = self.control(app, "GET", path, json!({})).await;
        self.control(app, "DELETE", "ledger", json!({})).await;
        let lines = list.as_array().or(list["items"].as_array()).cloned().unwrap_or_default();
        let is_write = |line: &Value| {
            let name = line["operation"].as_str().unwrap_or_default();
            let dav = line["method"] == "PUT" || line["method"] == "DELETE";
            if self.dav.is_some() { dav } else { !name.contains("oauth") && !name.contains("token") }
        };
        lines.into_iter().filter(is_write).map(|line| line.to_string()).collect()
    }
}
