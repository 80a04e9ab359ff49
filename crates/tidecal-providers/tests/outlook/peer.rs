//! A sandbox with everything that talks to it.

use bytes::Bytes;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_core::policy::Window;
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::microsoft::endpoints_at;
use tidecal_providers::oauth::{Consent, OAuthApp, OAuthConfig, Pkce, TokenGrant};
use tidecal_providers::{Access, Adapter, OutlookConfig, Registry, RegistryConfig};
use tidecal_sandbox::{ClockStart, Sandbox, SandboxConfig, start};
use url::Url;

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const BEN: &str = "ben@example.com";
pub(crate) const NOW: &str = "2026-11-21T10:00:00Z";

pub(crate) struct Peer {
    pub(crate) registry: Registry,
    transport: Transport,
    sandbox: Sandbox,
}

impl Peer {
    /// Strict, at a fixed time, with what people usually have.
    pub(crate) async fn start() -> Self {
        Self::with(true).await
    }

    /// The same with empty calendars.
    pub(crate) async fn empty() -> Self {
        Self::with(false).await
    }

    async fn with(filled: bool) -> Self {
        let start_at = ClockStart::At(NOW.parse().unwrap());
        let config = SandboxConfig { start: start_at, strict: true, filled, ..SandboxConfig::default() };
        let app = OAuthApp {
            client_id: config.outlook_client_id.clone(),
            client_secret: config.outlook_client_secret.clone().into(),
            redirect_uri: Url::parse("http://127.0.0.1:3000/api/calendar/oauth/outlook/callback").unwrap(),
        };
        let sandbox = start(config).await.unwrap();
        let base = Url::parse(&sandbox.base_url).unwrap();
        let guard = Guard { allowed_origins: vec![base.origin().ascii_serialization()], ..Guard::default() };
        let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
        let outlook = Some(OutlookConfig { endpoints: endpoints_at(&base, "common").unwrap(), app });
        let registry = Registry::new(RegistryConfig { transport: transport.clone(), google: None, outlook });
        Self { registry, transport, sandbox }
    }

    pub(crate) fn adapter(&self) -> &dyn Adapter {
        self.registry.adapter(Provider::Outlook).unwrap()
    }

    pub(crate) fn oauth(&self) -> &OAuthConfig {
        self.registry.oauth(Provider::Outlook).unwrap()
    }

    pub(crate) async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.sandbox.base_url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let answer = self.transport.send(request).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, &format!("/_sandbox/{path}"), None, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Habits of the Microsoft side.
    pub(crate) async fn switch(&self, switches: Value) {
        self.control("PATCH", "switches", json!({ "graph": switches })).await;
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("POST", "faults", fault).await;
    }

    /// Calls of an operation so far.
    pub(crate) async fn calls(&self, operation: &str) -> Vec<Value> {
        let answer = self.control("GET", &format!("ledger?operation={operation}"), Value::Null).await;
        answer["items"].as_array().unwrap().clone()
    }

    /// Mails that would have been sent.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        let answer = self.control("GET", "mails", Value::Null).await;
        answer["items"].as_array().unwrap().clone()
    }

    /// Where the consent page would send the browser, with what parameters.
    pub(crate) async fn consent(&self, pkce: &Pkce, answer: Value) -> Vec<(String, String)> {
        let oauth = self.oauth();
        let consent = Consent { state: "the-state", challenge: &pkce.challenge, login_hint: None };
        let url = oauth.client.authorize_url(&oauth.app, &consent);
        let mut body = json!({"authorizeUrl": url.as_str()});
        let path = if answer.is_null() { "oauth/deny" } else { "oauth/approve" };
        for (name, value) in answer.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let redirect = self.control("POST", path, body).await;
        let redirect = Url::parse(redirect["redirectUrl"].as_str().unwrap()).unwrap();
        assert!(redirect.as_str().starts_with(oauth.app.redirect_uri.as_str()), "{redirect}");
        redirect.query_pairs().into_owned().collect()
    }

    pub(crate) async fn connect_with(&self, account: &str, scopes: Option<&[&str]>) -> TokenGrant {
        let pkce = Pkce::from_random([7; 32]);
        let mut answer = json!({"account": account});
        if let Some(scopes) = scopes {
            answer["scopes"] = json!(scopes);
        }
        let back = self.consent(&pkce, answer).await;
        let code = SecretString::from(parameter(&back, "code").unwrap());
        let oauth = self.oauth();
        oauth.client.exchange_code(&oauth.app, &code, &pkce.verifier).await.unwrap()
    }

    pub(crate) async fn connect(&self, account: &str) -> Access {
        Access::Bearer(self.connect_with(account, None).await.access_token)
    }

    /// The id of a person's main calendar.
    pub(crate) async fn main_calendar(&self, access: &Access) -> String {
        self.adapter().fetch_calendars(access).await.unwrap().swap_remove(0).id
    }

    /// Another calendar of Ada's.
    pub(crate) async fn new_calendar(&self, name: &str) -> String {
        let made = self.control("POST", "graph/calendars", json!({"account": ADA, "name": name})).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// An event made by somebody else's hand; its id.
    pub(crate) async fn add(&self, calendar: &str, body: Value) -> String {
        let made = self.control("POST", &format!("graph/events/{}", segment(calendar)), body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn edit(&self, calendar: &str, event: &str, body: Value) -> Value {
        self.control("PATCH", &format!("graph/events/{}/{}", segment(calendar), segment(event)), body).await
    }

    pub(crate) async fn remove(&self, calendar: &str, event: &str) {
        self.control("DELETE", &format!("graph/events/{}/{}", segment(calendar), segment(event)), Value::Null).await;
    }

    /// The occurrence of a series on that day, by Graph's own listing.
    pub(crate) async fn occurrence(&self, access: &Access, series: &str, day: &str) -> String {
        let Access::Bearer(token) = access else { panic!("{access:?}") };
        let path = format!(
            "/v1.0/me/events/{}/instances?startDateTime={day}T00:00:00Z&endDateTime={day}T23:59:59Z",
            segment(series)
        );
        let (status, answer) = self.call("GET", &path, Some(token.expose_secret()), Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["value"][0]["id"].as_str().unwrap_or_else(|| panic!("{day}: {answer}")).to_owned()
    }

    pub(crate) async fn set_clock(&self, to: Timestamp) {
        self.control("POST", "clock", json!({"now": to.to_string()})).await;
    }

    /// What the store of the sandbox has in a calendar.
    pub(crate) async fn stored(&self, calendar: &str) -> Vec<Value> {
        let all = self.control("GET", &format!("graph/events/{}", segment(calendar)), Value::Null).await;
        all["items"].as_array().unwrap().clone()
    }
}

pub(crate) fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// The window that is kept locally at that time.
pub(crate) fn window(now: Timestamp) -> Window {
    Window::around(now, 3, 12)
}

pub(crate) fn parameter(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
}

/// A timed event in Vienna.
pub(crate) fn timed(subject: &str, start: &str, end: &str) -> Value {
    let time = |text: &str| json!({"dateTime": format!("{text}:00"), "timeZone": "W. Europe Standard Time"});
    json!({"subject": subject, "start": time(start), "end": time(end)})
}

/// The same every day, so often.
pub(crate) fn daily(subject: &str, date: &str, count: u32) -> Value {
    let mut body = timed(subject, &format!("{date}T11:00"), &format!("{date}T12:00"));
    body["recurrence"] = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "numberOfOccurrences": count, "startDate": date},
    });
    body
}
