//! Store, vendor, engine and one person, put together as the server does it; only time stands still
//! until a step moves it.

use std::sync::Arc;

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::Value;
use sqlx::Executor as _;
use tidecal_core::model::Provider;
use tidecal_core::policy::Polling;
use tidecal_engine::{
    CaldavLogin, Clock as _, ConnectCalendar, Engine, EngineConfig, EngineParts, Gates, ManualClock, OAuthAnswer,
    OsRandom, SyncNow, SyncResult,
};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::oauth::OAuthApp;
use tidecal_providers::{GoogleConfig, OutlookConfig, Registry, RegistryConfig, google, microsoft};
use tidecal_store::{Account, Connection, KeyRing, NewMember, Role, Store, StoreOptions, SystemScope, TenantScope};
use url::Url;

const NOW: &str = "2026-11-21T10:00:00Z";
/// All connections are polled this often, so that a round knows who is due.
const INTERVAL: SignedDuration = SignedDuration::from_mins(15);

/// Which vendor the address is of: `outlook=ADDRESS`, `caldav=ADDRESS`; Google otherwise.
pub(crate) fn vendor_of(address: &str) -> (Provider, &str) {
    match address.split_once('=') {
        Some(("outlook", address)) => (Provider::Outlook, address),
        Some(("caldav", address)) => (Provider::Caldav, address),
        Some((other, _)) => panic!("no vendor is called {other}"),
        None => (Provider::Google, address),
    }
}

pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ada: TenantScope,
    pub(crate) account: Account,
    /// Of the large calendar.
    pub(crate) connection: Connection,
    pub(crate) http: reqwest::Client,
    pub(crate) address: String,
}

impl App {
    pub(crate) async fn new(address: &str, database: &str) -> Self {
        empty(database).await;
        // What a server counts is counted here, too.
        let _ = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder();
        let ring = KeyRing::from_secrets(&SecretString::from("5a".repeat(32)), &[]).unwrap();
        let store = Store::connect(database, StoreOptions::new(ring)).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Arc::new(ManualClock::at(NOW.parse().unwrap()));
        let owner =
            NewMember { email: "ada@example.com".into(), name: "Ada".into(), password_hash: None, role: Role::Owner };
        let system = store.system(SystemScope::for_workers());
        let ada = system.create_tenant_with_owner("Bench", &owner, clock.now()).await.unwrap();
        let (vendor, address) = vendor_of(address);
        let engine = engine(store, &clock, address);
        let (account, calendar) = match vendor {
            Provider::Caldav => (log_in(&engine, &ada, address).await, "/ada/bench/"),
            vendor => (consent(&engine, &ada, vendor).await, "bench"),
        };
        let connection = connect(&engine, &ada, &account, calendar).await;
        Self { engine, clock, ada, account, connection, http: reqwest::Client::new(), address: address.to_owned() }
    }

    /// A calendar of that id, connected.
    pub(crate) async fn connect(&self, calendar: &str) -> Connection {
        connect(&self.engine, &self.ada, &self.account, calendar).await
    }

    /// Sync Now on the large calendar.
    pub(crate) async fn sync(&self) -> SyncResult {
        let request = SyncNow { connection_ids: Some(vec![self.connection.id.clone()]), range: None, wait: None };
        let result = self.engine.sync_now(&self.ada, request).await.unwrap().pop().unwrap();
        assert!(result.error.is_none(), "{:?}", result.error);
        result
    }

    /// What the static server says of itself, or is told to do.
    pub(crate) async fn server(&self, what: &str) -> Value {
        let answer = self.http.get(format!("http://{}/_bench/{what}", self.address)).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// Everybody is due again.
    pub(crate) fn next_turn(&self) {
        self.clock.advance(SignedDuration::from_mins(20));
    }
}

async fn empty(database: &str) {
    if let Some(path) = database.strip_prefix("sqlite:") {
        for tail in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{path}{tail}"));
        }
        return;
    }
    let mut url: Url = database.parse().unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    assert!(name.starts_with("tidecal_bench"), "{name}: only databases called tidecal_bench… are emptied");
    url.set_path("/postgres");
    let server = sqlx::PgPool::connect(url.as_str()).await.unwrap();
    for statement in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        server.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
    server.close().await;
}

fn engine(store: Store, clock: &Arc<ManualClock>, address: &str) -> Engine {
    let base = format!("http://{address}");
    let guard = Guard { allow_private: false, allowed_origins: vec![base.clone()] };
    let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
    let app = OAuthApp {
        client_id: "bench.apps.example.com".to_owned(),
        client_secret: SecretString::from("bench-secret"),
        redirect_uri: "http://127.0.0.1:3000/api/calendar/oauth/google/callback".parse().unwrap(),
    };
    let endpoints = google::endpoints_at(&base.parse().unwrap()).unwrap();
    let outlook = microsoft::endpoints_at(&base.parse().unwrap(), microsoft::COMMON).unwrap();
    let outlook = Some(OutlookConfig { endpoints: outlook, app: app.clone() });
    let google = Some(GoogleConfig { endpoints, app });
    Engine::new(EngineParts {
        store,
        registry: Registry::new(RegistryConfig { transport, google, outlook }),
        clock: clock.clone(),
        random: Arc::new(OsRandom),
        gates: Arc::new(Gates::default()),
        config: EngineConfig {
            polling: Polling { interval: INTERVAL, least: INTERVAL, most: INTERVAL },
            ..EngineConfig::default()
        },
    })
}

/// The way through the consent page; the static server takes any code.
async fn consent(engine: &Engine, ada: &TenantScope, vendor: Provider) -> Account {
    let url = engine.begin_oauth(ada, "session", vendor, None).await.unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let code = Some(SecretString::from("code"));
    let answer = OAuthAnswer { state, code, error: None, error_description: None };
    engine.complete_oauth("session", vendor, answer).await.unwrap()
}

async fn log_in(engine: &Engine, ada: &TenantScope, address: &str) -> Account {
    let login = CaldavLogin {
        url: format!("http://{address}/"),
        username: "ada".to_owned(),
        password: SecretString::from("pw-ada"),
        account_id: None,
    };
    engine.connect_caldav(ada, login).await.unwrap()
}

async fn connect(engine: &Engine, ada: &TenantScope, account: &Account, calendar: &str) -> Connection {
    let request = ConnectCalendar {
        account_id: account.id.clone(),
        external_calendar_id: calendar.to_owned(),
        name: None,
        calendar_id: None,
        enabled: true,
    };
    engine.connect_calendar(ada, request).await.unwrap()
}
