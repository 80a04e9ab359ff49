//! Opening a database: pools, pragmas, and what to say when it cannot be opened.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::faults::Step;
use super::lanes::Lanes;
use super::{Access, Backend, FaultSwitch, Lane, Tx};
use crate::StoreError;

/// SQLite's name for a database without a file.
const IN_MEMORY: &str = ":memory:";

/// In kB, as SQLite wants it: negative. What one commit touches fits.
const WRITER_CACHE: &str = "-16000";
/// Of each reader: a commit makes it forget its pages, and there are several.
const READER_CACHE: &str = "-2000";
/// Rows that a reader of SQLite may be ahead of whoever asks: with the driver's 50 its thread and the
/// asking one wait for each other two hundred times for a month of a large calendar.
const ROWS_AHEAD: usize = 1_000;

/// How to open a database.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseOptions {
    pub(crate) max_connections: u32,
    pub(crate) busy_timeout: Duration,
    pub(crate) acquire_timeout: Duration,
    pub(crate) faults: Option<FaultSwitch>,
}

/// An open database.
pub(crate) struct Database {
    pub(crate) pools: Pools,
    faults: Option<FaultSwitch>,
}

/// Its connections.
pub(crate) enum Pools {
    /// One writer behind two lanes, readers apart.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        lanes: Lanes,
    },
    Postgres {
        pool: PgPool,
    },
}

impl Database {
    pub(crate) async fn open(url: &str, options: &DatabaseOptions) -> Result<Self, StoreError> {
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            open_sqlite(Path::new(path), options).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, options).await?
        } else {
            return Err(StoreError::Address(url.chars().take_while(|c| *c != ':').collect()));
        };
        Ok(Self { pools, faults: options.faults.clone() })
    }

    pub(crate) fn backend(&self) -> Backend {
        match self.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres { .. } => Backend::Postgres,
        }
    }

    /// A transaction that reads one consistent state.
    pub(crate) async fn read(&self, access: Access<'_>) -> Result<Tx, StoreError> {
        let step = Step::begin(self.faults.as_ref())?;
        let tx = match &self.pools {
            Pools::Sqlite { readers, .. } => Tx::sqlite(readers.begin().await?, None),
            Pools::Postgres { pool } => begin_postgres(pool, access).await?,
        };
        step.end()?;
        Ok(tx.failing_by(self.faults.clone()))
    }

    /// For one statement that reads: consistent by itself, so that SQLite needs no transaction for it.
    pub(crate) async fn glance(&self, access: Access<'_>) -> Result<Tx, StoreError> {
        let step = Step::begin(self.faults.as_ref())?;
        let tx = match &self.pools {
            Pools::Sqlite { readers, .. } => Tx::single(readers.acquire().await?),
            Pools::Postgres { pool } => begin_postgres(pool, access).await?,
        };
        step.end()?;
        Ok(tx.failing_by(self.faults.clone()))
    }

    /// A transaction that writes.
    pub(crate) async fn write(&self, lane: Lane, access: Access<'_>) -> Result<Tx, StoreError> {
        let step = Step::begin(self.faults.as_ref())?;
        let tx = match &self.pools {
            Pools::Sqlite { writer, lanes, .. } => {
                let turn = lanes.enter(lane).await;
                Tx::sqlite(writer.begin_with("BEGIN IMMEDIATE").await?, Some(turn))
            }
            Pools::Postgres { pool } => begin_postgres(pool, access).await?,
        };
        step.end()?;
        Ok(tx.failing_by(self.faults.clone()))
    }

    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool } => pool.close().await,
        }
    }
}

async fn begin_postgres(pool: &PgPool, access: Access<'_>) -> Result<Tx, StoreError> {
    let transaction = pool.begin_with(AssertSqlSafe(access.begin_statement())).await?;
    Ok(Tx::postgres(transaction))
}

async fn open_sqlite(path: &Path, options: &DatabaseOptions) -> Result<Pools, StoreError> {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(options.busy_timeout)
        .foreign_keys(true)
        // Rows with a raw copy fill several small pages: a quarter less CPU on imports (measured).
        .page_size(8_192)
        .pragma("cache_size", WRITER_CACHE)
        // Pages that every commit touches are copied into the file once in a while, not each time.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("temp_store", "memory")
        .statement_cache_capacity(200)
        .disable_statement_logging();
    let in_memory = path == Path::new(IN_MEMORY);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        // SQLite ends a transaction by itself when the disk is full; the driver would count it as
        // open for ever. (A database in memory lives in its connection and has no disk.)
        .before_acquire(move |connection, _| Box::pin(async move { Ok(in_memory || !connection.is_in_transaction()) }))
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(options.acquire_timeout)
        .connect_with(connect.clone())
        .await
        .map_err(|error| cannot_open_file(path, &error))?;
    if in_memory {
        // It lives in its one connection, which reads and writes.
        return Ok(Pools::Sqlite { readers: writer.clone(), writer, lanes: Lanes::default() });
    }
    // The writer has made the file; readers never write.
    let readers = SqlitePoolOptions::new()
        .max_connections(options.max_connections.max(1))
        .test_before_acquire(false)
        .acquire_timeout(options.acquire_timeout)
        .connect_lazy_with(
            connect
                .create_if_missing(false)
                .pragma("cache_size", READER_CACHE)
                .pragma("query_only", "on")
                .row_buffer_size(ROWS_AHEAD),
        );
    Ok(Pools::Sqlite { writer, readers, lanes: Lanes::default() })
}

fn cannot_open_file(path: &Path, error: &sqlx::Error) -> StoreError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let remedy = if folder.is_some_and(|folder| !folder.exists()) {
        "create the folder first".to_owned()
    } else if path.is_dir() {
        "the path is a folder: name a file in it".to_owned()
    } else if error.to_string().contains("not a database") {
        "the file is no SQLite database: name another one".to_owned()
    } else {
        "check that this user may read and write the file and its folder".to_owned()
    };
    StoreError::CannotOpen { path: path.to_owned(), detail: error.to_string(), remedy }
}

async fn open_postgres(url: &str, options: &DatabaseOptions) -> Result<Pools, StoreError> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Address(url.split("://").next().unwrap_or_default().to_owned()))?
        .application_name("tidecal")
        .statement_cache_capacity(200)
        .disable_statement_logging();
    let shown = PathBuf::from(format!("{}:{}/{}", connect.get_host(), connect.get_port(), shown_name(&connect)));
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        // A connection that rested may have been cut since: try it before it is used.
        .before_acquire(|connection, rest| {
            Box::pin(async move {
                if rest.idle_for > Duration::from_secs(2) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(connect)
        .await
        .map_err(|error| StoreError::CannotOpen {
            path: shown,
            detail: error.to_string(),
            remedy: "check that PostgreSQL runs there, and the user, password and database name".to_owned(),
        })?;
    Ok(Pools::Postgres { pool })
}

fn shown_name(connect: &PgConnectOptions) -> &str {
    connect.get_database().unwrap_or_else(|| connect.get_username())
}
