//! Google: the sandbox, strict, with its control API as the other hand.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use tidecal_http::Transport;
use tidecal_ical::{Moment, Zone};
use tidecal_providers::google::endpoints_at;
use tidecal_providers::{Access, Adapter};
use tidecal_sandbox::{ClockStart, Sandbox, SandboxConfig, start};
use url::Url;

use crate::bench::{Bench, transport_of_tests};
use crate::peer::{Draft, Peer, Spelling};

const ADA: &str = "ada@example.com";
const SCOPES: &str = "openid email https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.calendarlist.readonly";

pub(crate) struct Google {
    sandbox: Sandbox,
    hand: Transport,
    client_id: String,
    client_secret: String,
}

impl Google {
    pub(crate) async fn start() -> Self {
        let start_at = ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap());
        let config = SandboxConfig { start: start_at, strict: true, filled: false, ..SandboxConfig::default() };
        let (client_id, client_secret) = (config.client_id.clone(), config.client_secret.clone());
        let sandbox = start(config).await.unwrap();
        let hand = transport_of_tests(&sandbox.base_url);
        Self { sandbox, hand, client_id, client_secret }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let url = format!("{}/_sandbox/{path}", self.sandbox.base_url);
        let request = http::Request::builder().method(method).uri(url).body(body).unwrap();
        let answer = self.hand.send(request).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// An access token, by consent and code.
    async fn token(&self) -> String {
        let base = &self.sandbox.base_url;
        let pairs = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", &self.client_secret),
            ("redirect_uri", "http://127.0.0.1:3000/callback"),
            ("response_type", "code"),
            ("grant_type", "authorization_code"),
            ("access_type", "offline"),
            ("scope", SCOPES),
            ("state", "state"),
        ];
        let asked = Url::parse_with_params(&format!("{base}/o/oauth2/v2/auth"), &pairs[..]).unwrap();
        let answer = json!({"authorizeUrl": asked.as_str().replace("client_secret", "ignored"), "account": ADA});
        let back = self.control("POST", "oauth/approve", answer).await;
        let back = Url::parse(back["redirectUrl"].as_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let form = Url::parse_with_params(base, pairs.into_iter().chain([("code", code.as_str())])).unwrap();
        let form = Bytes::from(form.query().unwrap().to_owned());
        let kind = "application/x-www-form-urlencoded";
        let request = http::Request::post(format!("{base}/token")).header("content-type", kind).body(form).unwrap();
        let grant = self.hand.send(request).await.unwrap();
        let grant: Value = serde_json::from_slice(grant.body()).unwrap();
        grant["access_token"].as_str().unwrap_or_else(|| panic!("{grant}")).to_owned()
    }

    /// The stored event of that id.
    async fn stored(&self, calendar: &str, id: &str) -> Option<Value> {
        let all = self.control("GET", &format!("events/{calendar}"), Value::Null).await;
        all["items"].as_array().unwrap().iter().find(|event| event["id"] == json!(id)).cloned()
    }

    /// The latest series or event that the draft's uid stands for.
    async fn id_of(&self, calendar: &str, uid: &str) -> String {
        let all = self.control("GET", &format!("events/{calendar}"), Value::Null).await;
        let uid = id(uid);
        let living = |event: &&Value| event["id"].as_str().unwrap().starts_with(&uid) && event["status"] != "cancelled";
        let masters = all["items"].as_array().unwrap().iter().filter(living);
        masters
            .filter(|event| event["recurringEventId"].is_null())
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .next_back()
            .unwrap()
    }

    async fn edit_occurrence(&self, calendar: &str, uid: &str, slot: DateTime, body: Value) {
        let master = self.id_of(calendar, uid).await;
        let zone = Zone::iana("Europe/Vienna").unwrap();
        let slot = Moment::zoned(slot, zone.clone()).instant(&zone);
        let instance = format!("{master}_{}", slot.strftime("%Y%m%dT%H%M%SZ"));
        self.control("PATCH", &format!("events/{calendar}/{instance}"), body).await;
    }
}

/// Ids may hold the digits and the letters up to `v` alone; a deleted one stays taken.
fn id(uid: &str) -> String {
    let hex: String = uid.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("d{hex}v")
}

fn time(at: DateTime, zone: &str) -> Value {
    json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone})
}

fn body(draft: &Draft) -> Value {
    let end = draft.start.checked_add(jiff::Span::new().minutes(30)).unwrap();
    let mut body =
        json!({"summary": draft.title, "start": time(draft.start, draft.zone), "end": time(end, draft.zone)});
    if !draft.rule.is_empty() {
        body["recurrence"] = json!([format!("RRULE:{}", draft.rule)]);
    }
    body
}

#[async_trait]
impl Peer for Google {
    fn upstream(&self) -> String {
        self.sandbox.addr.to_string()
    }

    async fn connect(&self, origin: &str, transport: Transport) -> (Box<dyn Adapter>, Access) {
        let endpoints = endpoints_at(&Url::parse(origin).unwrap()).unwrap();
        let adapter = tidecal_providers::google::Google::new(transport, &endpoints.api_base);
        (Box::new(adapter), Access::Bearer(self.token().await.into()))
    }

    fn wrong(&self, _: &Access) -> Option<Access> {
        Some(Access::Bearer("ya29.canary".to_owned().into()))
    }

    fn person(&self) -> &str {
        ADA
    }

    fn spelling(&self) -> Spelling {
        Spelling { christmas_at_ten: "2026-12-24T10" }
    }

    async fn calendar(&self, name: &str) -> String {
        let new = json!({"summary": name, "timeZone": "Europe/Vienna", "account": ADA});
        self.control("POST", "calendars", new).await["id"].as_str().unwrap().to_owned()
    }

    async fn remove_calendar(&self, calendar: &str) {
        self.control("POST", "access", json!({"calendarId": calendar, "account": ADA, "role": null})).await;
    }

    async fn forbidden(&self) -> Option<String> {
        Some("ben@example.com".to_owned())
    }

    async fn put(&self, calendar: &str, draft: &Draft) {
        let path = format!("events/{calendar}");
        let id = id(&draft.uid);
        let mut body = body(draft);
        if self.stored(calendar, &id).await.is_some() {
            self.control("PATCH", &format!("{path}/{id}"), body).await;
        } else {
            body["id"] = json!(id);
            self.control("POST", &path, body).await;
        }
    }

    async fn delete(&self, calendar: &str, uid: &str) {
        let id = self.id_of(calendar, uid).await;
        self.control("DELETE", &format!("events/{calendar}/{id}"), Value::Null).await;
    }

    async fn move_occurrence(&self, calendar: &str, uid: &str, slot: DateTime, to: DateTime, title: &str) {
        let end = to.checked_add(jiff::Span::new().minutes(30)).unwrap();
        let body = json!({"summary": title, "start": time(to, "Europe/Vienna"), "end": time(end, "Europe/Vienna")});
        self.edit_occurrence(calendar, uid, slot, body).await;
    }

    async fn cancel_occurrence(&self, calendar: &str, uid: &str, slot: DateTime) {
        self.edit_occurrence(calendar, uid, slot, json!({"status": "cancelled"})).await;
    }

    /// As the vendor's own interface does it: the old master ends, a new one begins under `<id>_R<slot>`.
    async fn split(&self, calendar: &str, uid: &str, slot: DateTime, title: &str) {
        let id = self.id_of(calendar, uid).await;
        let old = self.stored(calendar, &id).await.unwrap();
        let rule = old["recurrence"][0].as_str().unwrap().to_owned();
        let freq = rule.split(';').next().unwrap();
        let zone = Zone::iana("Europe/Vienna").unwrap();
        let until = Moment::zoned(slot, zone.clone()).instant(&zone).strftime("%Y%m%dT%H%M%SZ").to_string();
        let before = until.replace("070000Z", "065959Z");
        self.control(
            "PATCH",
            &format!("events/{calendar}/{id}"),
            json!({"recurrence": [format!("{freq};UNTIL={before}")]}),
        )
        .await;
        let draft =
            Draft { start: slot, title: title.into(), rule: String::new(), ..Draft::new(uid, "2026-12-21T08:00") };
        let mut new = body(&draft);
        new["recurrence"] = json!([format!("{freq};COUNT=2")]);
        new["id"] = json!(format!("{id}r{}", slot.strftime("%Y%m%d")));
        self.control("POST", &format!("events/{calendar}"), new).await;
    }

    async fn forget_cursors(&self, _: &Bench) {
        self.control("POST", "expire-sync-tokens", json!({})).await;
    }

    async fn page_by(&self, _: &Bench, size: usize) {
        self.control("PATCH", "switches", json!({"shortPages": size})).await;
    }
}
