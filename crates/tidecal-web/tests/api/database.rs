//! A migrated database for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tidecal_store::{Backend, KeyRing, Store, StoreOptions};
use tokio::sync::Mutex;

/// Each named test on both databases; a test takes an [`App`](crate::app::App).
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::database::run(tidecal_store::Backend::Sqlite, super::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::database::run(tidecal_store::Backend::Postgres, super::$name).await;
            })*
        }
    };
}
pub(crate) use on_both;

use crate::app::App;

fn options() -> StoreOptions {
    let key = SecretString::from("a key for tests that is long enough to be used");
    StoreOptions { max_connections: 4, ..StoreOptions::new(KeyRing::from_secrets(&key, &[]).unwrap()) }
}

/// Runs a test in a database of its own, which is removed also when the test fails.
pub(crate) async fn run<F, Fut>(backend: Backend, test: F)
where
    F: FnOnce(App) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the address of the server for tests is told this way alone")]
    let server = std::env::var("TIDECAL_TEST_POSTGRES_URL");
    let (url, name) = match backend {
        Backend::Sqlite => (format!("sqlite:{}", folder.path().join("tidecal.db").display()), None),
        Backend::Postgres => {
            let server = server.clone().expect("TIDECAL_TEST_POSTGRES_URL: run the tests with `./test`, which sets it");
            let name = create(&server).await;
            (address(&server, &name), Some(name))
        }
    };
    let store = Store::connect(&url, options()).await.unwrap();
    if name.is_none() {
        store.migrate().await.unwrap();
    }
    let ended = tokio::spawn(async move { test(App::new(store).await).await }).await;
    if let (Some(name), Ok(server)) = (name, server) {
        execute(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
    if let Err(error) = ended {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// A copy of a migrated database: PostgreSQL makes one at a time, while nobody is connected to the
/// original.
async fn create(server: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    static ORIGINAL: Mutex<Option<String>> = Mutex::const_new(None);
    let new_name = || format!("tidecal_web_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut original = ORIGINAL.lock().await;
    if original.is_none() {
        let name = new_name();
        execute(server, format!("CREATE DATABASE {name}")).await;
        let store = Store::connect(&address(server, &name), options()).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        *original = Some(name);
    }
    let name = new_name();
    let copy = format!("CREATE DATABASE {name} TEMPLATE {}", original.as_deref().unwrap());
    let mut connection = PgConnection::connect(server).await.unwrap();
    // The original's last session may still be on its way out.
    for attempt in 0.. {
        match connection.execute(AssertSqlSafe(copy.clone())).await {
            Ok(_) => break,
            Err(error) => assert!(attempt < 50, "{error}"),
        }
        connection.execute("SELECT pg_sleep(0.05)").await.unwrap();
    }
    name
}

fn address(server: &str, database: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{database}")
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}
