//! A migrated database for each test, and raw SQL beside the store.

use std::hash::{Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::SecretString;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Executor as _, PgConnection, Row as _};
use tempfile::TempDir;
use tidecal_store::{Backend, KeyRing, Store, StoreOptions};
use tokio::sync::Mutex;

/// Each named test on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::harness::run(tidecal_store::Backend::Sqlite, super::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::harness::run(tidecal_store::Backend::Postgres, super::$name).await;
            })*
        }
    };
}
pub(crate) use on_both;

pub(crate) const KEY: &str = "a key for tests that is long enough to be used";

pub(crate) fn key_ring(first: &str, older: &[&str]) -> KeyRing {
    let older: Vec<SecretString> = older.iter().map(|key| SecretString::from(*key)).collect();
    KeyRing::from_secrets(&SecretString::from(first), &older).unwrap()
}

/// A database of one test.
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) raw: Raw,
    folder: TempDir,
}

impl Db {
    pub(crate) fn backend(&self) -> Backend {
        self.store.backend()
    }

    /// Another handle on the same database, as another node or a restart would have.
    pub(crate) async fn reopen(&self, key_ring: KeyRing) -> Store {
        Store::connect(&self.url, StoreOptions::new(key_ring)).await.unwrap()
    }

    /// The bytes of the SQLite files.
    pub(crate) fn file_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        bytes
    }
}

/// SQL as an operator would run it.
#[derive(Clone)]
pub(crate) enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Raw {
    /// Runs a statement; returns the rows it touched.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        self.try_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(crate) async fn try_execute(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Sqlite(pool) => pool.execute(sqlx::raw_sql(sql)).await?.rows_affected(),
            Self::Postgres(pool) => pool.execute(sqlx::raw_sql(sql)).await?.rows_affected(),
        })
    }

    /// All rows, every value as text; NULL is `None`.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let text = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => {
                let rows = pool.fetch_all(sqlx::raw_sql(text)).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                rows.iter().map(sqlite_texts).collect()
            }
            Self::Postgres(pool) => {
                let rows = pool.fetch_all(sqlx::raw_sql(text)).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                rows.iter().map(postgres_texts).collect()
            }
        }
    }

    /// The one value of the answer.
    pub(crate) async fn value(&self, sql: &str) -> Option<String> {
        let rows = self.rows(sql).await;
        assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql}");
        rows[0][0].clone()
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        self.value(&format!("SELECT COUNT(*) FROM {table}")).await.unwrap().parse().unwrap()
    }

    /// Names of the columns of an answer.
    pub(crate) async fn columns(&self, sql: &str) -> Vec<String> {
        let text = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => pool
                .fetch_one(sqlx::raw_sql(text))
                .await
                .unwrap()
                .columns()
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
            Self::Postgres(pool) => pool
                .fetch_one(sqlx::raw_sql(text))
                .await
                .unwrap()
                .columns()
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
        }
    }
}

fn sqlite_texts(row: &SqliteRow) -> Vec<Option<String>> {
    (0..row.len())
        .map(|at| {
            let text = row.try_get_unchecked::<Option<String>, _>(at);
            text.unwrap_or_else(|_| row.get_unchecked::<Option<i64>, _>(at).map(|number| number.to_string()))
        })
        .collect()
}

/// The simple protocol answers in text.
fn postgres_texts(row: &PgRow) -> Vec<Option<String>> {
    (0..row.len()).map(|at| row.get_unchecked::<Option<String>, _>(at)).collect()
}

/// Runs a test in a database of its own, which is removed also when the test fails.
pub(crate) async fn run<F, Fut>(backend: Backend, test: F)
where
    F: FnOnce(Db) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    match backend {
        Backend::Sqlite => {
            let url = format!("sqlite:{}", folder.path().join("tidecal.db").display());
            let store = Store::connect(&url, StoreOptions::new(key_ring(KEY, &[]))).await.unwrap();
            store.migrate().await.unwrap();
            let raw = Raw::Sqlite(SqlitePool::connect(&url).await.unwrap());
            finish(tokio::spawn(test(Db { store, url, raw, folder })).await);
        }
        Backend::Postgres => {
            let server = server();
            let name = clone_template(&server).await;
            let url = address_of(&server, &name);
            let store = Store::connect(&url, StoreOptions::new(key_ring(KEY, &[]))).await.unwrap();
            let raw = Raw::Postgres(PgPool::connect(&url).await.unwrap());
            let ended = tokio::spawn(test(Db { store, url, raw, folder })).await;
            drop_database(&server, &name).await;
            finish(ended);
        }
    }
}

fn finish(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        std::panic::resume_unwind(error.into_panic());
    }
}

#[expect(clippy::disallowed_methods, reason = "a test takes its server from the environment")]
pub(crate) fn server() -> String {
    std::env::var("TIDECAL_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "TIDECAL_TEST_POSTGRES_URL is not set: run the tests with `./test`, which starts a PostgreSQL for them, \
             or set it to the address of a superuser"
        )
    })
}

pub(crate) fn address_of(server: &str, database: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, String::new()), |(base, it)| (base, format!("?{it}")));
    let (base, _) = base.rsplit_once('/').unwrap();
    format!("{base}/{database}{query}")
}

static CLONING: Mutex<()> = Mutex::const_new(());
static NUMBER: AtomicU32 = AtomicU32::new(0);

fn new_name() -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("tidecal_store_{}_{number}", std::process::id())
}

/// The template's name says which schema it has: it serves until that changes.
fn template_name() -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    let parts = [
        include_str!("../../migrations/0001_tables.sql"),
        include_str!("../../migrations/0001_views.sql"),
        include_str!("../../migrations/0001_postgres.sql"),
        include_str!("../../migrations/0002_circuits.sql"),
        include_str!("../../migrations/0003_outbound.sql"),
        include_str!("../../migrations/0003_postgres.sql"),
        include_str!("../../migrations/0005_restore.sql"),
        include_str!("../../src/schema.rs"),
        include_str!("../../src/database/dialect.rs"),
    ];
    parts.hash(&mut hasher);
    format!("tidecal_store_template_{:016x}", hasher.finish())
}

/// PostgreSQL clones a database only while nobody is connected to it, one clone at a time.
async fn clone_template(server: &str) -> String {
    const LOCK: &str = "SELECT pg_advisory_lock(7433)";
    let _turn = CLONING.lock().await;
    let mut connection = PgConnection::connect(server).await.unwrap();
    // Another test process may be at it: the lock goes with this connection.
    connection.execute(LOCK).await.unwrap();
    let template = template_name();
    let known = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
    if connection.fetch_optional(AssertSqlSafe(known)).await.unwrap().is_none() {
        make_template(server, &mut connection, &template).await;
    }
    let name = new_name();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}"))).await.unwrap();
    name
}

/// Under another name until it is whole.
async fn make_template(server: &str, connection: &mut PgConnection, template: &str) {
    let name = new_name();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let store = Store::connect(&address_of(server, &name), StoreOptions::new(key_ring(KEY, &[]))).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let rename = format!("ALTER DATABASE {name} RENAME TO {template}");
    // The last session may still be on its way out.
    for attempt in 0.. {
        match connection.execute(AssertSqlSafe(rename.clone())).await {
            Ok(_) => break,
            Err(error) => assert!(attempt < 50, "{error}"),
        }
        connection.execute("SELECT pg_sleep(0.05)").await.unwrap();
    }
}

/// An empty database on the test server.
pub(crate) async fn empty_postgres() -> (String, String) {
    let (server, name) = (server(), new_name());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let url = address_of(&server, &name);
    (url, name)
}

pub(crate) async fn drop_database(server: &str, name: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await.unwrap();
}
