//! Outlook: the sandbox's Microsoft side, strict, with its control API as the other hand.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use tidecal_http::Transport;
use tidecal_providers::microsoft::{COMMON, Outlook as OutlookAdapter, endpoints_at};
use tidecal_providers::{Access, Adapter};
use tidecal_sandbox::{ClockStart, Sandbox, SandboxConfig, start};
use url::Url;

use crate::bench::{Bench, transport_of_tests};
use crate::peer::{Draft, Peer, Spelling};

const ADA: &str = "ada@example.com";
const BEN: &str = "ben@example.com";
const SCOPES: &str = "openid email offline_access Calendars.ReadWrite User.Read";

pub(crate) struct Outlook {
    sandbox: Sandbox,
    hand: Transport,
    client_id: String,
    client_secret: String,
    /// Ids by calendar and uid: Graph makes them.
    ids: Mutex<HashMap<(String, String), String>>,
}

impl Outlook {
    pub(crate) async fn start() -> Self {
        let start_at = ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap());
        let config = SandboxConfig { start: start_at, strict: true, filled: false, ..SandboxConfig::default() };
        let (client_id, client_secret) = (config.outlook_client_id.clone(), config.outlook_client_secret.clone());
        let sandbox = start(config).await.unwrap();
        let hand = transport_of_tests(&sandbox.base_url);
        let peer = Self { sandbox, hand, client_id, client_secret, ids: Mutex::default() };
        peer.control("PATCH", "switches", json!({"graph": {"keepIanaNames": true}})).await;
        peer
    }

    async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let url = format!("{}/{path}", self.sandbox.base_url);
        let mut request = http::Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = self.hand.send(request.body(body).unwrap()).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, &format!("_sandbox/{path}"), None, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// An access token, by consent and code.
    async fn token(&self) -> String {
        let base = &self.sandbox.base_url;
        let asked = [
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", "http://127.0.0.1:3000/callback"),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("scope", SCOPES),
            ("state", "state"),
        ];
        let url = Url::parse_with_params(&format!("{base}/common/oauth2/v2.0/authorize"), &asked[..]).unwrap();
        let back = self.control("POST", "oauth/approve", json!({"authorizeUrl": url.as_str(), "account": ADA})).await;
        let back = Url::parse(back["redirectUrl"].as_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let form = [
            asked[0],
            asked[1],
            ("client_secret", &self.client_secret),
            ("grant_type", "authorization_code"),
            ("code", &code),
        ];
        let form = Url::parse_with_params(base, &form[..]).unwrap().query().unwrap().to_owned();
        let kind = "application/x-www-form-urlencoded";
        let request = http::Request::post(format!("{base}/common/oauth2/v2.0/token")).header("content-type", kind);
        let grant = self.hand.send(request.body(Bytes::from(form)).unwrap()).await.unwrap();
        let grant: Value = serde_json::from_slice(grant.body()).unwrap();
        grant["access_token"].as_str().unwrap_or_else(|| panic!("{grant}")).to_owned()
    }

    fn id_of(&self, calendar: &str, uid: &str) -> Option<String> {
        self.ids.lock().unwrap().get(&(calendar.to_owned(), uid.to_owned())).cloned()
    }

    async fn create(&self, calendar: &str, uid: &str, body: Value) {
        let made = self.control("POST", &format!("graph/events/{}", segment(calendar)), body).await;
        let id = made["id"].as_str().unwrap().to_owned();
        self.ids.lock().unwrap().insert((calendar.to_owned(), uid.to_owned()), id);
    }

    /// Path of the occurrence at a slot, for the control API.
    async fn occurrence(&self, calendar: &str, uid: &str, slot: DateTime) -> String {
        let series = self.id_of(calendar, uid).unwrap();
        let day = slot.date();
        let path = format!(
            "v1.0/me/events/{}/instances?startDateTime={day}T00:00:00Z&endDateTime={day}T23:59:59Z",
            segment(&series)
        );
        let (status, answer) = self.call("GET", &path, Some(&self.token().await), Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        path_of(calendar, answer["value"][0]["id"].as_str().unwrap_or_else(|| panic!("{slot}: {answer}")))
    }
}

fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

fn path_of(calendar: &str, id: &str) -> String {
    format!("graph/events/{}/{}", segment(calendar), segment(id))
}

fn time(at: DateTime, zone: &str) -> Value {
    json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone})
}

/// The rules that the suite uses.
fn recurrence(rule: &str, start: DateTime) -> Value {
    let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let day = format!("{:?}", start.weekday()).to_lowercase();
    let pattern = match part("FREQ") {
        Some("DAILY") => json!({"type": "daily", "interval": 1}),
        Some("WEEKLY") => json!({"type": "weekly", "interval": 1, "daysOfWeek": [day]}),
        other => panic!("{other:?}"),
    };
    let mut range = match (part("COUNT"), part("UNTIL")) {
        (Some(count), _) => json!({"type": "numbered", "numberOfOccurrences": count.parse::<u32>().unwrap()}),
        (None, Some(until)) => json!({"type": "endDate", "endDate": until}),
        (None, None) => json!({"type": "noEnd"}),
    };
    range["startDate"] = json!(start.date().to_string());
    json!({"pattern": pattern, "range": range})
}

fn body(draft: &Draft) -> Value {
    let end = draft.start.checked_add(jiff::Span::new().minutes(30)).unwrap();
    let mut body =
        json!({"subject": draft.title, "start": time(draft.start, draft.zone), "end": time(end, draft.zone)});
    if !draft.rule.is_empty() {
        body["recurrence"] = recurrence(&draft.rule, draft.start);
    }
    body
}

#[async_trait]
impl Peer for Outlook {
    fn upstream(&self) -> String {
        self.sandbox.addr.to_string()
    }

    async fn connect(&self, origin: &str, transport: Transport) -> (Box<dyn Adapter>, Access) {
        let endpoints = endpoints_at(&Url::parse(origin).unwrap(), COMMON).unwrap();
        let adapter = OutlookAdapter::new(transport, &endpoints.api_base);
        (Box::new(adapter), Access::Bearer(self.token().await.into()))
    }

    fn wrong(&self, _: &Access) -> Option<Access> {
        Some(Access::Bearer("EwB.canary".to_owned().into()))
    }

    fn person(&self) -> &str {
        ADA
    }

    /// Times are sent in UTC.
    fn spelling(&self) -> Spelling {
        Spelling { christmas_at_ten: "2026-12-24T09" }
    }

    async fn calendar(&self, name: &str) -> String {
        let made = self.control("POST", "graph/calendars", json!({"account": ADA, "name": name})).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn remove_calendar(&self, calendar: &str) {
        let path = format!("v1.0/me/calendars/{}", segment(calendar));
        let (status, answer) = self.call("DELETE", &path, Some(&self.token().await), Value::Null).await;
        assert_eq!(status, 204, "{answer}");
    }

    async fn forbidden(&self) -> Option<String> {
        let all = self.control("GET", "graph", Value::Null).await;
        let bens = all["mailboxes"].as_array().unwrap().iter().find(|mailbox| mailbox["email"] == BEN).unwrap();
        bens["calendars"][0]["id"].as_str().map(str::to_owned)
    }

    async fn put(&self, calendar: &str, draft: &Draft) {
        match self.id_of(calendar, &draft.uid) {
            Some(id) => drop(self.control("PATCH", &path_of(calendar, &id), body(draft)).await),
            None => self.create(calendar, &draft.uid, body(draft)).await,
        }
    }

    async fn delete(&self, calendar: &str, uid: &str) {
        let id = self.ids.lock().unwrap().remove(&(calendar.to_owned(), uid.to_owned())).unwrap();
        self.control("DELETE", &path_of(calendar, &id), Value::Null).await;
    }

    async fn move_occurrence(&self, calendar: &str, uid: &str, slot: DateTime, to: DateTime, title: &str) {
        let end = to.checked_add(jiff::Span::new().minutes(30)).unwrap();
        let body = json!({"subject": title, "start": time(to, "Europe/Vienna"), "end": time(end, "Europe/Vienna")});
        let path = self.occurrence(calendar, uid, slot).await;
        self.control("PATCH", &path, body).await;
    }

    async fn cancel_occurrence(&self, calendar: &str, uid: &str, slot: DateTime) {
        let path = self.occurrence(calendar, uid, slot).await;
        self.control("DELETE", &path, Value::Null).await;
    }

    /// As Outlook does it: the old series ends the day before, a new one begins.
    async fn split(&self, calendar: &str, uid: &str, slot: DateTime, title: &str) {
        let old = self.id_of(calendar, uid).unwrap();
        let before = slot.date().yesterday().unwrap();
        let first = slot.checked_sub(jiff::Span::new().weeks(2)).unwrap();
        let ended = json!({"recurrence": recurrence(&format!("FREQ=WEEKLY;UNTIL={before}"), first)});
        self.control("PATCH", &path_of(calendar, &old), ended).await;
        let draft = Draft {
            start: slot,
            title: title.into(),
            ..Draft::new(uid, "2026-12-21T08:00").repeating("FREQ=WEEKLY;COUNT=2")
        };
        self.create(calendar, &format!("{uid}-2"), body(&draft)).await;
    }

    async fn forget_cursors(&self, _: &Bench) {
        self.control("POST", "graph/expire-delta-tokens", json!({})).await;
    }

    async fn page_by(&self, _: &Bench, size: usize) {
        self.control("PATCH", "switches", json!({"shortPages": size})).await;
    }
}
