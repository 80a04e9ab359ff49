//! A running sandbox with a client at hand.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tidecal_sandbox::{ClockStart, Sandbox, SandboxConfig, start};
use url::Url;

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const BEN: &str = "ben@example.com";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback";
pub(crate) const CLIENT: &str = "sandbox-client.apps.example.com";
pub(crate) const SECRET: &str = "sandbox-secret";
pub(crate) const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
pub(crate) const LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
pub(crate) const ALL: &str = "https://www.googleapis.com/auth/calendar openid email profile";

pub(crate) struct Desk {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// (status, reason) of a refused Calendar request.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error"]["errors"][0]["reason"].as_str().unwrap_or(""))
    }

    pub(crate) fn items(&self) -> &[Value] {
        self.body["items"].as_array().unwrap_or_else(|| panic!("no items in {}", self.text))
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.items().iter().map(|item| item["id"].as_str().unwrap()).collect()
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }

    pub(crate) fn ok(self) -> Self {
        assert!(self.status < 300, "{} {}", self.status, self.text);
        self
    }
}

impl Desk {
    /// Empty calendars, the clock standing at 2026-11-21T10:00:00Z.
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let mut config = SandboxConfig {
            filled: false,
            start: ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap()),
            ..SandboxConfig::default()
        };
        change(&mut config);
        let sandbox = start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { sandbox, http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url)
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Answer {
        let method = method.parse().unwrap();
        let request = self.http.request(method, self.url(&format!("/_sandbox/{path}"))).json(&body);
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn switch(&self, switches: Value) {
        self.control("PATCH", "switches", switches).await.ok();
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("POST", "faults", fault).await.ok();
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        self.control("POST", "clock", json!({"advanceSeconds": seconds})).await.ok();
    }

    pub(crate) fn authorize_url(&self, extra: &[(&str, &str)]) -> String {
        let mut url = Url::parse(&self.url("/o/oauth2/v2/auth")).unwrap();
        let usual = [
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", ALL),
            ("state", "st"),
            ("access_type", "offline"),
        ];
        for (name, value) in usual {
            if !extra.iter().any(|(own, _)| *own == name) {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        url.query_pairs_mut().extend_pairs(extra.iter().filter(|(_, value)| !value.is_empty()));
        url.into()
    }

    /// Headless consent; answers the code.
    pub(crate) async fn approve(&self, account: &str, extra: &[(&str, &str)]) -> String {
        let body = json!({"authorizeUrl": self.authorize_url(extra), "account": account});
        let answer = self.control("POST", "oauth/approve", body).await.ok();
        parameter(answer.body["redirectUrl"].as_str().unwrap(), "code").unwrap()
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::of(self.http.post(self.url(path)).form(fields).send().await.unwrap()).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ];
        self.form("/token", &fields).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ];
        self.form("/token", &fields).await
    }

    /// Somebody with a token for these scopes.
    pub(crate) async fn caller_for(&self, account: &str, scope: &str) -> Caller<'_> {
        let code = self.approve(account, &[("scope", scope)]).await;
        let answer = self.exchange(&code).await.ok();
        Caller { desk: self, token: answer.body["access_token"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn caller(&self, account: &str) -> Caller<'_> {
        self.caller_for(account, ALL).await
    }
}

/// A query parameter of a URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// Somebody signed in.
pub(crate) struct Caller<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) token: String,
}

impl Caller<'_> {
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        Answer::of(self.try_send(method, path, headers, body).await.unwrap()).await
    }

    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let url = self.desk.url(&format!("/calendar/v3/{path}"));
        let mut request = self.desk.http.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// `events.list` on the primary calendar.
    pub(crate) async fn list(&self, query: &str) -> Answer {
        self.get(&format!("calendars/primary/events?{query}")).await
    }

    pub(crate) async fn event(&self, id: &str) -> Answer {
        self.get(&format!("calendars/primary/events/{id}")).await
    }

    pub(crate) async fn insert(&self, body: Value) -> Answer {
        self.send("POST", "calendars/primary/events", &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, id: &str, body: Value) -> Answer {
        self.send("PATCH", &format!("calendars/primary/events/{id}"), &[], Some(body)).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Answer {
        self.send("DELETE", &format!("calendars/primary/events/{id}"), &[], None).await
    }

    /// All items and the sync token of a list, page by page.
    pub(crate) async fn all(&self, query: &str) -> (Vec<Value>, Option<String>) {
        let mut items = Vec::new();
        let mut page = String::new();
        for _ in 0..1000 {
            let answer = self.list(&format!("{query}{page}")).await.ok();
            items.extend(answer.items().iter().cloned());
            let sync = answer.body["nextSyncToken"].as_str().map(ToOwned::to_owned);
            let Some(next) = answer.body["nextPageToken"].as_str() else {
                return (items, sync);
            };
            assert_eq!(sync, None, "a page has either token");
            page = format!("&pageToken={next}");
        }
        panic!("the pages never end");
    }

    /// Full list of the present; answers the token.
    pub(crate) async fn token(&self) -> String {
        self.all("showDeleted=true").await.1.unwrap()
    }

    pub(crate) async fn delta(&self, token: &str) -> Answer {
        self.list(&format!("showDeleted=true&syncToken={token}")).await
    }
}

/// A timed event of an hour on a day of December 2026.
pub(crate) fn hour(summary: &str, day: u8, at: &str) -> Value {
    let end = format!("{:02}{}", at[..2].parse::<u8>().unwrap() + 1, &at[2..]);
    json!({
        "summary": summary,
        "start": {"dateTime": format!("2026-12-{day:02}T{at}:00+01:00")},
        "end": {"dateTime": format!("2026-12-{day:02}T{end}:00+01:00")},
    })
}

/// A weekly series in Vienna from Monday 2026-11-30 09:00.
pub(crate) fn weekly(count: u8) -> Value {
    json!({
        "summary": "Weekly",
        "start": {"dateTime": "2026-11-30T09:00:00", "timeZone": "Europe/Vienna"},
        "end": {"dateTime": "2026-11-30T10:00:00", "timeZone": "Europe/Vienna"},
        "recurrence": [format!("RRULE:FREQ=WEEKLY;COUNT={count}")],
    })
}
