//! A sandbox with everything that talks to it.

use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_core::policy::Window;
use tidecal_core::remote::{Content, Cursor, Failure, Next, PageQuery, Reading, RemoteChange, RemoteComponent};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::google::endpoints_at;
use tidecal_providers::oauth::{Consent, OAuthApp, OAuthConfig, Pkce, TokenGrant};
use tidecal_providers::{Access, Adapter, GoogleConfig, Registry, RegistryConfig};
use tidecal_sandbox::{ClockStart, Sandbox, SandboxConfig, start};
use url::Url;

pub(crate) const ADA: &str = "ada@example.com";

pub(crate) struct Peer {
    pub(crate) registry: Registry,
    transport: Transport,
    sandbox: Option<Sandbox>,
    base_url: String,
}

impl Peer {
    /// Strict, filled, at a fixed time.
    pub(crate) async fn start() -> Self {
        Self::behind(|origin| Guard { allowed_origins: vec![origin], ..Guard::default() }).await
    }

    /// Behind rules that do not let anybody reach it.
    pub(crate) async fn guarded() -> Self {
        Self::behind(|_| Guard::default()).await
    }

    async fn behind(guard: impl FnOnce(String) -> Guard) -> Self {
        let start_at = ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap());
        let config = SandboxConfig { start: start_at, strict: true, ..SandboxConfig::default() };
        let app = OAuthApp {
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone().into(),
            redirect_uri: Url::parse("http://127.0.0.1:3000/api/calendar/oauth/google/callback").unwrap(),
        };
        let sandbox = start(config).await.unwrap();
        let guard = guard(sandbox.base_url.clone());
        let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
        let base_url = sandbox.base_url.clone();
        let endpoints = endpoints_at(&Url::parse(&base_url).unwrap()).unwrap();
        let google = Some(GoogleConfig { endpoints, app });
        let registry = Registry::new(RegistryConfig { transport: transport.clone(), google, outlook: None });
        Self { registry, transport, sandbox: Some(sandbox), base_url }
    }

    /// Ends the sandbox; what talks to it stays.
    pub(crate) async fn stop(&mut self) {
        self.sandbox.take().unwrap().shutdown().await;
    }

    pub(crate) fn adapter(&self) -> &dyn Adapter {
        self.registry.adapter(Provider::Google).unwrap()
    }

    pub(crate) fn oauth(&self) -> &OAuthConfig {
        self.registry.oauth(Provider::Google).unwrap()
    }

    /// Any request to the sandbox; its JSON.
    pub(crate) async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.base_url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let answer = self.transport.send(request).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call("POST", &format!("/_sandbox/{path}"), None, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn switch(&self, switches: Value) {
        let (status, answer) = self.call("PATCH", "/_sandbox/switches", None, switches).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("faults", fault).await;
    }

    /// Calls of an operation so far.
    pub(crate) async fn calls(&self, operation: &str) -> Vec<Value> {
        let path = format!("/_sandbox/ledger?operation={operation}");
        let (_, answer) = self.call("GET", &path, None, Value::Null).await;
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
        let redirect = self.control(path, body).await;
        let redirect = Url::parse(redirect["redirectUrl"].as_str().unwrap()).unwrap();
        assert!(redirect.as_str().starts_with(oauth.app.redirect_uri.as_str()));
        redirect.query_pairs().into_owned().collect()
    }

    /// The whole flow, with all or some of the scopes left ticked.
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

    pub(crate) async fn connect(&self) -> Access {
        Access::Bearer(self.connect_with(ADA, None).await.access_token)
    }

    /// An edit by another program, through the vendor's own API.
    pub(crate) async fn edit(&self, access: &Access, method: &str, event: &str, body: Value) -> Value {
        let Access::Bearer(token) = access else { panic!("{access:?}") };
        let path = format!("/calendar/v3/calendars/{ADA}/events{event}");
        let (status, answer) = self.call(method, &path, Some(token.expose_secret()), body).await;
        assert!((200..300).contains(&status), "{method} {event}: {status} {answer}");
        answer
    }

    /// Follows a reading to its end: what it says, the cursor, the number of pages.
    pub(crate) async fn read(&self, access: &Access, reading: Reading) -> Result<Whole, Failure> {
        let mut query = PageQuery { reading, token: None, window: Window::EVERYTHING };
        let mut whole = Whole { changes: Vec::new(), cursor: Cursor(String::new()), pages: 0 };
        loop {
            let page = self.adapter().fetch_page(access, ADA, &query).await?;
            whole.pages += 1;
            whole.changes.extend(page.changes);
            match page.next {
                Next::Page(token) => query.token = Some(token),
                Next::Done(cursor) => return Ok(Whole { cursor, ..whole }),
            }
        }
    }

    pub(crate) async fn full(&self, access: &Access) -> Whole {
        self.read(access, full()).await.unwrap()
    }

    pub(crate) async fn delta(&self, access: &Access, cursor: &Cursor) -> Result<Whole, Failure> {
        self.read(access, Reading::Delta { cursor: cursor.clone() }).await
    }
}

pub(crate) fn full() -> Reading {
    Reading::Full { lower: "2026-08-21T00:00:00Z".parse().unwrap() }
}

pub(crate) fn parameter(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
}

#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) changes: Vec<RemoteChange>,
    pub(crate) cursor: Cursor,
    pub(crate) pages: usize,
}

impl Whole {
    /// Components with the ids of their series.
    pub(crate) fn components(&self) -> Vec<(&str, &RemoteComponent)> {
        let mut all = Vec::new();
        for change in &self.changes {
            if let RemoteChange::Series(series) = change {
                all.extend(series.components.iter().map(|component| (series.id.as_str(), component)));
            }
        }
        all
    }

    /// Titles of what takes place.
    pub(crate) fn titles(&self) -> Vec<&str> {
        self.components()
            .into_iter()
            .filter_map(|(_, component)| match &component.content {
                Content::Event(event) => Some(event.title.as_str()),
                Content::Cancelled | Content::Unreadable(_) => None,
            })
            .collect()
    }

    pub(crate) fn gone(&self) -> Vec<&str> {
        self.changes
            .iter()
            .filter_map(|change| match change {
                RemoteChange::Gone { id, proven: true } => Some(id.as_str()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn unreadable(&self) -> Vec<(&str, &str)> {
        self.changes
            .iter()
            .filter_map(|change| match change {
                RemoteChange::Unreadable { id, reason, .. } => Some((id.as_str(), reason.as_str())),
                _ => None,
            })
            .collect()
    }
}
