//! What a doctor wants to know of a database: its version, how it is reached, what it protects.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor as _, Row as _};

use crate::StoreError;
use crate::database::{Access, Database, Pools, Row, values};
use crate::record::{Account, account_columns, read_account};
use crate::scope::System;

/// The oldest PostgreSQL that has everything that the schema uses (`security_invoker` views).
const OLDEST_POSTGRES: i64 = 150_000;

/// State of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posture {
    /// Version of the database program.
    pub version: String,
    /// It is too old for the schema.
    pub too_old: bool,
    /// SQLite: the journal mode is not WAL (a network file system, for one), readers and the writer
    /// stand in each other's way.
    pub slow_journal: bool,
    /// PostgreSQL: two sessions of ours share one backend, so a pooler hands backends out per
    /// transaction: prepared statements and notifications do not survive there.
    pub transaction_pooling: bool,
    /// Tables of tenants for which row-level security is switched on.
    pub protected: Vec<String>,
    /// Tables of tenants for which it is not.
    pub unprotected: Vec<String>,
    /// The role that Tidecal signs in with is not bound by row-level security: a superuser, one with
    /// BYPASSRLS, or the tables' owner without FORCE.
    pub above_policies: bool,
}

/// Looks at the database.
pub(crate) async fn posture(database: &Database) -> Result<Posture, StoreError> {
    match &database.pools {
        Pools::Sqlite { .. } => sqlite(database).await,
        Pools::Postgres { pool } => postgres(database, pool).await,
    }
}

async fn sqlite(database: &Database) -> Result<Posture, StoreError> {
    let mut tx = database.read(Access::All).await?;
    let row = tx
        .fetch_one("version", "SELECT sqlite_version() AS version, journal_mode FROM pragma_journal_mode", Vec::new())
        .await?;
    let journal = row.text("journal_mode")?;
    let slow_journal = !matches!(journal.as_str(), "wal" | "memory");
    Ok(Posture { version: row.text("version")?, slow_journal, ..Posture::default() })
}

async fn postgres(database: &Database, pool: &PgPool) -> Result<Posture, StoreError> {
    const VERSION: &str = "SELECT current_setting('server_version') AS version, \
        current_setting('server_version_num')::bigint AS number, \
        (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS above";
    const TABLES: &str = "SELECT c.relname::text AS name, c.relrowsecurity AS switched_on, \
            c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND NOT c.relforcerowsecurity AS own \
        FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid \
        WHERE c.relnamespace = ANY (SELECT oid FROM pg_namespace WHERE nspname = ANY (current_schemas(false))) \
        ORDER BY 1";
    let mut tx = database.read(Access::All).await?;
    let one = tx.fetch_one("version", VERSION, Vec::new()).await?;
    let tables = tx.fetch_all(TABLES, Vec::new()).await?;
    let (on, off): (Vec<&Row>, Vec<&Row>) = tables.iter().partition(|row| row.bool("switched_on").unwrap_or(false));
    let names = |rows: Vec<&Row>| rows.into_iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>();
    let owned = on.iter().any(|row| row.bool("own").unwrap_or(false));
    Ok(Posture {
        version: one.text("version")?,
        too_old: one.int("number")? < OLDEST_POSTGRES,
        slow_journal: false,
        transaction_pooling: shares_backends(pool).await?,
        above_policies: one.bool("above")? || owned,
        protected: names(on)?,
        unprotected: names(off)?,
    })
}

/// Two sessions at the same time, neither in a transaction: without a pooler each has a backend of
/// its own; a pooler that hands backends out per transaction gives both the one that is free.
async fn shares_backends(pool: &PgPool) -> Result<bool, StoreError> {
    let (mut first, mut second) = (pool.acquire().await?, pool.acquire().await?);
    Ok(backend_of(&mut first).await? == backend_of(&mut second).await?)
}

/// By the simple protocol, which every pooler understands.
async fn backend_of(session: &mut PgConnection) -> Result<i32, StoreError> {
    let row = session.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid() AS backend")).await?;
    Ok(row.try_get_unchecked::<String, _>("backend")?.parse().unwrap_or_default())
}

impl System<'_> {
    /// All accounts of the deployment after the given id, in the order of their ids.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_accounts(&self, after: Option<&str>, limit: i64) -> Result<Vec<Account>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    account_columns!(),
                    " FROM calendar_accounts a WHERE a.id > $1 ORDER BY a.id LIMIT $2"
                ),
                values![after.unwrap_or(""), limit],
            )
            .await?;
        rows.iter().map(read_account).collect()
    }

    /// Of these ids those that are no person's (`profiles.id`).
    ///
    /// # Errors
    /// What the database says.
    pub async fn unknown_people(&self, ids: &[String]) -> Result<Vec<String>, StoreError> {
        self.unknown("SELECT id FROM profiles WHERE id {any $1}", ids).await
    }

    /// Of these ids those that are no connection's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unknown_connections(&self, ids: &[String]) -> Result<Vec<String>, StoreError> {
        self.unknown("SELECT id FROM external_calendar_connections WHERE id {any $1}", ids).await
    }

    async fn unknown(&self, known: &'static str, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx.fetch_all(known, values![ids]).await?;
        let known = rows.iter().map(|row| row.text("id")).collect::<Result<Vec<_>, _>>()?;
        Ok(ids.iter().filter(|id| !known.contains(id)).cloned().collect())
    }
}
