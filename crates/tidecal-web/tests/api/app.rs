//! The router over a store with two tenants: at Harbour Studio ada (owner), carl (admin) and ben
//! (member); elsewhere dora (owner).

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use axum::Router;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use tidecal_engine::{Clock, Engine, EngineConfig, EngineParts, GateSettings, Gates, ManualClock, OsRandom};
use tidecal_http::{Transport, TransportConfig};
use tidecal_providers::oauth::OAuthApp;
use tidecal_providers::{GoogleConfig, Registry, RegistryConfig, google};
use tidecal_store::{NewApiKey, NewMember, NewSession, Role, Store, SystemScope, TenantScope};
use tidecal_web::{Asset, Assets, WebConfig, WebState, hash_password, hash_token, new_token, router};
use tokio_util::sync::CancellationToken;

use crate::request::Request;

pub(crate) const PASSWORD: &str = "four words in a row";

/// A person who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) scope: TenantScope,
    pub(crate) cookie: String,
}

pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) engine: Engine,
    pub(crate) shutdown: CancellationToken,
    made: AtomicU32,
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    pub(crate) carl: Person,
    pub(crate) dora: Person,
}

pub(crate) fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// The interface's files and one guide.
struct Files;

impl Assets for Files {
    fn find(&self, path: &str) -> Option<Asset> {
        let (bytes, mime, immutable) = match path {
            "/index.html" => (b"<!doctype html><title>Tidecal</title>".as_slice(), "text/html; charset=utf-8", false),
            "/assets/app-1a2b.js" => (b"1".as_slice(), "text/javascript; charset=utf-8", true),
            _ => return None,
        };
        Some(Asset { bytes: bytes.into(), mime, etag: format!("\"{}\"", bytes.len()), immutable })
    }

    fn document(&self, name: &str) -> Option<Cow<'static, str>> {
        (name == "guide.md").then(|| "# Guide\n\n## 1. Token <expired>\n\nReconnect & wait.\n".into())
    }
}

fn password_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash_password(&SecretString::from(PASSWORD), [7; 16]).unwrap()).clone()
}

fn member(email: &str, name: &str, role: Role) -> NewMember {
    NewMember { email: email.to_owned(), name: name.to_owned(), password_hash: Some(password_hash()), role }
}

/// A session of that person, as its cookie.
pub(crate) async fn session(store: &Store, scope: &TenantScope) -> String {
    let token = new_token(&OsRandom);
    let new = NewSession {
        token_hash: hash_token(&token),
        tenant_id: scope.tenant_id.clone(),
        profile_id: scope.user_id.clone(),
        now: now(),
        expires_at: now() + SignedDuration::from_hours(24),
        user_agent: String::new(),
    };
    store.sign_in().insert_session(&new).await.unwrap();
    format!("tidecal_session={}", token.expose_secret())
}

impl App {
    pub(crate) async fn new(store: Store) -> Self {
        let system = store.system(SystemScope::for_workers());
        let ada = member("ada@example.com", "Ada", Role::Owner);
        let ada = system.create_tenant_with_owner("Harbour Studio", &ada, now()).await.unwrap();
        let home = ada.tenant_id.clone();
        let ben = system.add_member(&home, &member("ben@example.com", "Ben", Role::Member), now()).await.unwrap();
        let carl = system.add_member(&home, &member("carl@example.com", "Carl", Role::Admin), now()).await.unwrap();
        let dora = member("dora@example.org", "Dora", Role::Owner);
        let dora = system.create_tenant_with_owner("Elsewhere", &dora, now()).await.unwrap();
        let mut people = Vec::new();
        for scope in [ada, ben, carl, dora] {
            let cookie = session(&store, &scope).await;
            people.push(Person { scope, cookie });
        }
        let [ada, ben, carl, dora] = <[Person; 4]>::try_from(people).ok().unwrap();
        let clock = Arc::new(ManualClock::at(now()));
        let engine = engine(store.clone(), Arc::clone(&clock));
        let shutdown = CancellationToken::new();
        let router = router(state(&engine, &shutdown, |_| {}));
        Self { router, store, clock, engine, shutdown, made: AtomicU32::new(1), ada, ben, carl, dora }
    }

    /// The same with other settings.
    pub(crate) fn configured(self, change: impl FnOnce(&mut WebConfig)) -> Self {
        let router = router(state(&self.engine, &self.shutdown, change));
        Self { router, ..self }
    }

    /// A number that nothing else has.
    pub(crate) fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// A moment later than the one before, so that ids come in the order in which they are made.
    pub(crate) fn tick(&self) -> Timestamp {
        now() + SignedDuration::from_millis(i64::from(self.next()))
    }

    /// Turns switches.
    pub(crate) fn gates(&self, change: impl FnOnce(&mut GateSettings)) {
        let mut settings = self.engine.gates().get();
        change(&mut settings);
        self.engine.gates().set(settings);
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new(self.router.clone(), "GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        Request::new(self.router.clone(), "POST", path)
    }

    pub(crate) fn patch(&self, path: &str) -> Request {
        Request::new(self.router.clone(), "PATCH", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Request {
        Request::new(self.router.clone(), "DELETE", path)
    }

    /// An API key of that person.
    pub(crate) async fn api_key(&self, scope: &TenantScope) -> String {
        let key = new_token(&OsRandom);
        let new = NewApiKey {
            tenant_id: scope.tenant_id.clone(),
            profile_id: scope.user_id.clone(),
            name: "test".to_owned(),
            key_hash: hash_token(&key),
            role: scope.role,
            now: now(),
            expires_at: None,
        };
        self.store.sign_in().insert_api_key(&new).await.unwrap();
        key.expose_secret().to_owned()
    }
}

/// Stands until it is moved. Short waits, between two attempts, are over at once; long ones, for a
/// result, last for ever: the result itself ends them.
struct Standing(Arc<ManualClock>);

#[async_trait]
impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, wait: SignedDuration) {
        if wait >= SignedDuration::from_secs(10) {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
    }
}

/// The guard of the transport refuses every address that a test could name: nothing is sent.
fn engine(store: Store, clock: Arc<ManualClock>) -> Engine {
    let transport = Transport::new(TransportConfig::default()).unwrap();
    let app = OAuthApp {
        client_id: "client".to_owned(),
        client_secret: SecretString::from("client-secret"),
        redirect_uri: "http://127.0.0.1:3000/api/calendar/oauth/google/callback".parse().unwrap(),
    };
    let endpoints = google::endpoints_at(&"http://127.0.0.1:9/".parse().unwrap()).unwrap();
    Engine::new(EngineParts {
        store,
        registry: Registry::new(RegistryConfig {
            transport,
            google: Some(GoogleConfig { endpoints, app }),
            outlook: None,
        }),
        clock: Arc::new(Standing(clock)),
        random: Arc::new(OsRandom),
        gates: Arc::new(Gates::default()),
        config: EngineConfig::default(),
    })
}

fn state(engine: &Engine, shutdown: &CancellationToken, change: impl FnOnce(&mut WebConfig)) -> WebState {
    let mut config = WebConfig::new("http://127.0.0.1:3000".parse().unwrap());
    change(&mut config);
    WebState::new(engine.clone(), config, Arc::new(Files), shutdown.clone())
}
