//! The application under test, and the hands that people and vendors have in a scenario.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_engine::{
    CaldavLogin, Clock, ConnectCalendar, Engine, EngineConfig, EngineParts, Gates, ManualClock, OAuthAnswer, OsRandom,
    SyncNow, SyncResult,
};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::oauth::OAuthApp;
use tidecal_providers::{GoogleConfig, OutlookConfig, Registry, RegistryConfig, google, microsoft};
use tidecal_sandbox::{ClockStart, Sandbox, SandboxConfig};
use tidecal_store::{Account, Connection, NewMember, Role, Store, SystemScope, TenantScope};
use url::Url;

use crate::harness::Db;

pub(crate) const NOW: &str = "2026-11-21T10:00:00Z";

/// Tidecal with its peers.
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sandbox: Sandbox,
    pub(crate) ada: TenantScope,
    pub(crate) db: Db,
    http: reqwest::Client,
}

pub(crate) struct Options {
    pub(crate) filled: bool,
    pub(crate) origins: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { filled: true, origins: Vec::new() }
    }
}

impl App {
    /// Ada alone at a sandbox full of events.
    pub(crate) async fn new(db: Db) -> Self {
        Self::with(db, Options::default()).await
    }

    /// Also allowed to reach `origins`; `filled`: the sandbox begins with its seed data.
    pub(crate) async fn with(db: Db, options: Options) -> Self {
        let now: Timestamp = NOW.parse().unwrap();
        let config = SandboxConfig {
            start: ClockStart::At(now),
            filled: options.filled,
            strict: true,
            ..SandboxConfig::default()
        };
        let (id, secret) = (config.client_id.clone(), config.client_secret.clone());
        let sandbox = tidecal_sandbox::start(config).await.unwrap();
        let clock = Arc::new(ManualClock::at(now));
        let mut origins = options.origins;
        origins.push(sandbox.base_url.clone());
        let engine = engine(db.store.clone(), clock.clone(), &sandbox.base_url, (id, secret), origins);
        let member = NewMember {
            email: "ada@example.com".into(),
            name: "Ada Keller".into(),
            password_hash: None,
            role: Role::Owner,
        };
        let system = db.store.system(SystemScope::for_workers());
        let ada = system.create_tenant_with_owner("Acme", &member, now).await.unwrap();
        Self { engine, clock, sandbox, ada, db, http: reqwest::Client::new() }
    }

    pub(crate) fn store(&self) -> &Store {
        self.engine.store()
    }

    /// Time goes on, here and at the vendor.
    pub(crate) async fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
        self.control("POST", "clock", json!({ "now": self.clock.now().to_string() })).await;
    }

    /// The sandbox's control API.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.base_url);
        let request = self.http.request(method.parse().unwrap(), &url).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Requests of Tidecal to the sandbox's Calendar API since the last look.
    pub(crate) async fn calls(&self) -> Vec<String> {
        let ledger = self.control("GET", "ledger", json!({})).await;
        self.control("DELETE", "ledger", json!({})).await;
        let entries = ledger["items"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|it| it["operation"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Consent in the browser, without one.
    pub(crate) async fn consent(&self, account_id: Option<&str>) -> Account {
        self.consent_to(Provider::Google, account_id).await
    }

    pub(crate) async fn consent_to(&self, provider: Provider, account_id: Option<&str>) -> Account {
        let session = "session-of-ada";
        let url = self.engine.begin_oauth(&self.ada, session, provider, account_id).await.unwrap();
        let body = json!({ "authorizeUrl": url.as_str(), "account": "ada@example.com" });
        let answer = self.control("POST", "oauth/approve", body).await;
        let back: Url = answer["redirectUrl"].as_str().unwrap().parse().unwrap();
        self.engine.complete_oauth(session, provider, oauth_answer(&back)).await.unwrap()
    }

    /// Ada's calendar of that id, connected.
    pub(crate) async fn connect_google(&self, calendar: &str) -> Connection {
        let accounts = self.store().tenant(&self.ada).list_accounts().await.unwrap();
        let account = match accounts.into_iter().find(|account| account.provider == Provider::Google) {
            Some(account) => account,
            None => self.consent(None).await,
        };
        self.connect(&account, calendar).await
    }

    pub(crate) async fn connect(&self, account: &Account, calendar: &str) -> Connection {
        let request = ConnectCalendar {
            account_id: account.id.clone(),
            external_calendar_id: calendar.to_owned(),
            name: None,
            calendar_id: None,
            enabled: true,
        };
        self.engine.connect_calendar(&self.ada, request).await.unwrap()
    }

    pub(crate) async fn login_caldav(&self, url: &str, user: &str) -> Account {
        let login = CaldavLogin {
            url: url.to_owned(),
            username: user.to_owned(),
            password: SecretString::from(format!("pw-{user}")),
            account_id: None,
        };
        self.engine.connect_caldav(&self.ada, login).await.unwrap()
    }

    /// Sync Now on one connection.
    pub(crate) async fn sync(&self, connection: &Connection) -> SyncResult {
        let request = SyncNow { connection_ids: Some(vec![connection.id.clone()]), range: None, wait: None };
        self.engine.sync_now(&self.ada, request).await.unwrap().pop().unwrap()
    }

    pub(crate) async fn connection(&self, connection: &Connection) -> Connection {
        self.store().tenant(&self.ada).get_connection(&connection.id).await.unwrap()
    }

    /// Titles of all local events of the connection's calendar.
    pub(crate) async fn titles(&self, connection: &Connection) -> Vec<String> {
        let sql = format!(
            "SELECT title FROM calendar_events WHERE calendar_id = '{}' AND status <> 'cancelled' ORDER BY title",
            connection.calendar_id
        );
        self.db.raw.rows(&sql).await.into_iter().map(|row| row[0].clone().unwrap_or_default()).collect()
    }

    /// One value of the database, as text.
    pub(crate) async fn value(&self, sql: &str) -> Option<String> {
        self.db.raw.value(sql).await
    }
}

/// Every journey ends with a look at what the vendor would not have taken: nothing may be there.
impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let look = self.control("GET", "violations", json!({}));
        let found = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look));
        assert_eq!(found["items"], json!([]), "requests that break the vendor's contract");
    }
}

pub(crate) fn oauth_answer(back: &Url) -> OAuthAnswer {
    let parameter = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    OAuthAnswer {
        state: parameter("state").unwrap_or_default(),
        code: parameter("code").map(SecretString::from),
        error: parameter("error"),
        error_description: parameter("error_description"),
    }
}

/// An engine over `store`: the application's own, or another node's.
pub(crate) fn engine(
    store: Store,
    clock: Arc<dyn Clock>,
    base: &str,
    client: (String, String),
    allowed_origins: Vec<String>,
) -> Engine {
    let guard = Guard { allow_private: false, allowed_origins };
    let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
    let base: Url = base.parse().unwrap();
    let app = OAuthApp {
        client_id: client.0,
        client_secret: SecretString::from(client.1),
        redirect_uri: "http://127.0.0.1:3000/api/calendar/oauth/google/callback".parse().unwrap(),
    };
    let google = GoogleConfig { endpoints: google::endpoints_at(&base).unwrap(), app };
    let defaults = SandboxConfig::default();
    let app = OAuthApp {
        client_id: defaults.outlook_client_id,
        client_secret: SecretString::from(defaults.outlook_client_secret),
        redirect_uri: "http://127.0.0.1:3000/api/calendar/oauth/outlook/callback".parse().unwrap(),
    };
    let outlook = OutlookConfig { endpoints: microsoft::endpoints_at(&base, microsoft::COMMON).unwrap(), app };
    Engine::new(EngineParts {
        store,
        registry: Registry::new(RegistryConfig { transport, google: Some(google), outlook: Some(outlook) }),
        clock,
        random: Arc::new(OsRandom),
        gates: Arc::new(Gates::default()),
        config: EngineConfig::default(),
    })
}

/// An empty body.
#[allow(dead_code)]
pub(crate) fn nothing() -> Bytes {
    Bytes::new()
}
