//! The Microsoft side: Entra's endpoints and Graph.

mod batches;
mod deltas;
mod entra;
mod events;
mod faults;
mod hands;
mod listing;
mod meetings;
mod series;
mod subscriptions;
mod throttling;

use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, REDIRECT, parameter};

pub(crate) const CLIENT: &str = "00000000-5a4d-4b0c-8000-000000000001";
pub(crate) const SECRET: &str = "outlook-sandbox-secret";
pub(crate) const SCOPES: &str =
    "openid profile email offline_access Calendars.ReadWrite User.Read MailboxSettings.Read";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Microsoft's authorize URL with some parameters changed (empty: left out).
pub(crate) fn authorize(desk: &Desk, tenant: &str, change: &[(&str, &str)]) -> String {
    let mut url = url::Url::parse(&desk.url(&format!("/{tenant}/oauth2/v2.0/authorize"))).unwrap();
    let usual = [
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", SCOPES),
        ("state", "st"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in usual {
        if !change.iter().any(|(own, _)| *own == name) {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.query_pairs_mut().extend_pairs(change.iter().filter(|(_, value)| !value.is_empty()));
    url.into()
}

/// Consent by the control API; answers the redirect.
pub(crate) async fn approve(desk: &Desk, account: &str, change: &[(&str, &str)]) -> String {
    let body = json!({"authorizeUrl": authorize(desk, "common", change), "account": account});
    let answer = desk.control("POST", "oauth/approve", body).await.ok();
    answer.body["redirectUrl"].as_str().unwrap().to_owned()
}

pub(crate) async fn token(desk: &Desk, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("client_id", CLIENT), ("client_secret", SECRET), ("redirect_uri", REDIRECT)];
    all.retain(|(name, _)| !fields.iter().any(|(own, _)| own == name));
    all.extend(fields.iter().filter(|(_, value)| !value.is_empty()));
    desk.form("/common/oauth2/v2.0/token", &all).await
}

pub(crate) async fn exchange(desk: &Desk, code: &str) -> Answer {
    token(desk, &[("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)]).await
}

/// The code of a consent.
pub(crate) async fn code(desk: &Desk, account: &str) -> String {
    parameter(&approve(desk, account, &[]).await, "code").unwrap()
}

/// (status, AADSTS number) of a refused token request.
pub(crate) fn aadsts(answer: &Answer) -> (u16, u64) {
    (answer.status, answer.body["error_codes"][0].as_u64().unwrap_or_default())
}

/// Somebody signed in at Microsoft.
pub(crate) struct User<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) token: String,
}

pub(crate) async fn user_for<'a>(desk: &'a Desk, account: &str, scope: &str) -> User<'a> {
    let target = approve(desk, account, &[("scope", scope)]).await;
    let answer = exchange(desk, &parameter(&target, "code").unwrap()).await.ok();
    User { desk, token: answer.body["access_token"].as_str().unwrap().to_owned() }
}

pub(crate) async fn user<'a>(desk: &'a Desk, account: &str) -> User<'a> {
    user_for(desk, account, SCOPES).await
}

const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

impl User<'_> {
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { self.desk.url(&format!("/v1.0/{path}")) };
        let mut request = self.desk.http.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[IMMUTABLE], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[IMMUTABLE], Some(body)).await
    }

    pub(crate) async fn create(&self, body: Value) -> Answer {
        self.post("me/events", body).await
    }

    pub(crate) async fn patch(&self, id: &str, body: Value) -> Answer {
        self.send("PATCH", &format!("me/events/{id}"), &[IMMUTABLE], Some(body)).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Answer {
        self.send("DELETE", &format!("me/events/{id}"), &[IMMUTABLE], None).await
    }

    pub(crate) async fn event(&self, id: &str) -> Answer {
        self.get(&format!("me/events/{id}")).await
    }

    /// Occurrences of a series in December 2026 and January 2027.
    pub(crate) async fn instances(&self, id: &str) -> Vec<Value> {
        self.get(&format!("me/events/{id}/instances?{WINDOW}&$top=100")).await.ok().values().to_vec()
    }

    /// A whole round of deltas from a path or link: items, and the link for the next.
    pub(crate) async fn round(&self, from: &str) -> (Vec<Value>, String) {
        self.round_with(from, IMMUTABLE.1).await
    }

    pub(crate) async fn round_with(&self, from: &str, prefer: &str) -> (Vec<Value>, String) {
        let (mut items, mut at) = (Vec::new(), from.to_owned());
        for _ in 0..500 {
            let answer = self.send("GET", &at, &[("prefer", prefer)], None).await.ok();
            items.extend(answer.values().iter().cloned());
            if let Some(link) = answer.body["@odata.deltaLink"].as_str() {
                return (items, link.to_owned());
            }
            at = answer.body["@odata.nextLink"].as_str().unwrap().to_owned();
        }
        panic!("the pages never end");
    }

    pub(crate) async fn first_round(&self) -> (Vec<Value>, String) {
        self.round(&format!("me/calendarView/delta?{WINDOW}")).await
    }
}

pub(crate) const WINDOW: &str = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2027-02-01T00:00:00Z";

impl Answer {
    pub(crate) fn values(&self) -> &[Value] {
        self.body["value"].as_array().unwrap_or_else(|| panic!("no value in {}", self.text))
    }

    /// (status, code) of a refused Graph request.
    pub(crate) fn graph(&self) -> (u16, &str) {
        (self.status, self.body["error"]["code"].as_str().unwrap_or(""))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }
}

/// An hour on a day of December 2026, Vienna time.
pub(crate) fn hour(subject: &str, day: u8, at: u8) -> Value {
    json!({
        "subject": subject,
        "start": {"dateTime": format!("2026-12-{day:02}T{at:02}:00:00"), "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": format!("2026-12-{day:02}T{:02}:00:00", at + 1), "timeZone": "W. Europe Standard Time"},
    })
}

/// A weekly series from Tuesday 2026-12-01 09:00 in Vienna.
pub(crate) fn weekly(count: u8) -> Value {
    let mut body = hour("Weekly", 1, 9);
    body["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "monday"},
        "range": {"type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": count},
    });
    body
}

pub(crate) fn with(mut body: Value, more: Value) -> Value {
    if let Value::Object(more) = more {
        body.as_object_mut().unwrap().extend(more);
    }
    body
}

/// Mails of the ledger as (kind, to).
pub(crate) async fn mails(desk: &Desk) -> Vec<(String, String)> {
    let answer = desk.control("GET", "mails", json!({})).await.ok();
    let all = answer
        .items()
        .iter()
        .map(|mail| (mail["kind"].as_str().unwrap().to_owned(), mail["to"].as_str().unwrap().to_owned()));
    all.collect()
}
