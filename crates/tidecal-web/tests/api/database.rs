//! A migrated database for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tidecal_store::{Backend, KeyRing, Store, StoreOptions};

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
    let server = std::env::var("TIDECAL_TEST_POSTGRES_URL");
    let (url, name) = match backend {
        Backend::Sqlite => (format!("sqlite:{}", folder.path().join("tidecal.db").display()), None),
        Backend::Postgres => {
            let server = server.clone().expect("TIDECAL_TEST_POSTGRES_URL: run the tests with `./test`, which sets it");
            let name = create(&server).await;
            let (base, _) = server.rsplit_once('/').unwrap();
            (format!("{base}/{name}"), Some(name))
        }
    };
    let store = Store::connect(&url, options()).await.unwrap();
    store.migrate().await.unwrap();
    let ended = tokio::spawn(async move { test(App::new(store).await).await }).await;
    if let (Some(name), Ok(server)) = (name, server) {
        execute(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
    if let Err(error) = ended {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn create(server: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("tidecal_web_{}_{number}", std::process::id());
    execute(server, format!("CREATE DATABASE {name}")).await;
    name
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}
