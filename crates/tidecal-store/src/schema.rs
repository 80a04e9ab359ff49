//! The schema: migrations written once, rendered for the backend, applied by sqlx's migrator
//! (checksums; an advisory lock on PostgreSQL).

use std::collections::BTreeMap;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::StoreError;
use crate::database::{Access, Backend, Database, Lane, Pools};

/// The table in which the migrator keeps its books.
pub(crate) const BOOKS: &str = "_sqlx_migrations";

struct Step {
    version: i64,
    title: &'static str,
    /// For both backends, with tokens.
    shared: &'static [&'static str],
    /// For PostgreSQL alone.
    postgres: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        version: 1,
        title: "first schema",
        shared: &[include_str!("../migrations/0001_tables.sql"), include_str!("../migrations/0001_views.sql")],
        postgres: include_str!("../migrations/0001_postgres.sql"),
    },
    Step {
        version: 2,
        title: "circuits of vendors, ends of grants, last changes",
        shared: &[include_str!("../migrations/0002_circuits.sql")],
        postgres: "",
    },
    Step {
        version: 3,
        title: "the way out: two bases, answers, consent; keys of requests",
        shared: &[include_str!("../migrations/0003_outbound.sql")],
        postgres: include_str!("../migrations/0003_postgres.sql"),
    },
    Step {
        version: 4,
        title: "smaller indexes",
        shared: &[include_str!("../migrations/0004_smaller.sql")],
        postgres: "",
    },
    Step {
        version: 5,
        title: "caution after a restore of the database",
        shared: &[include_str!("../migrations/0005_restore.sql")],
        postgres: "",
    },
];

/// The newest schema version that this program knows.
pub(crate) fn known_version() -> i64 {
    STEPS.iter().map(|step| step.version).max().unwrap_or(0)
}

fn migrator(backend: Backend) -> Migrator {
    let migrations = STEPS.iter().map(|step| {
        let mut sql: String = step.shared.iter().map(|part| backend.render(part)).collect();
        if backend == Backend::Postgres {
            sql.push_str(step.postgres);
        }
        let sql = AssertSqlSafe(without_comments(&sql)).into_sql_str();
        Migration::new(step.version, step.title.into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Comments do not count for the checksum: words may be mended after a migration was applied.
fn without_comments(sql: &str) -> String {
    sql.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("--"))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// What the comment right before each CREATE TABLE and CREATE VIEW says, by the name of what is
/// created.
pub(crate) fn comments() -> BTreeMap<String, String> {
    let mut comments = BTreeMap::new();
    let mut words: Vec<&str> = Vec::new();
    for line in STEPS.iter().flat_map(|step| step.shared).flat_map(|part| part.lines()) {
        if let Some(more) = line.strip_prefix("--") {
            words.push(more.trim());
            continue;
        }
        let comment = std::mem::take(&mut words).join(" ");
        let created = line.strip_prefix("CREATE TABLE ").or_else(|| line.strip_prefix("CREATE VIEW "));
        let name = created.and_then(|rest| rest.trim_start_matches('"').split(['"', ' ', '{']).next());
        if let (Some(name), false) = (name, comment.is_empty()) {
            comments.insert(name.to_owned(), comment);
        }
    }
    comments
}

/// Brings the schema up to this program's version.
pub(crate) async fn migrate(database: &Database) -> Result<(), StoreError> {
    refuse_newer(version(database).await?)?;
    let migrator = migrator(database.backend());
    let applied = match &database.pools {
        Pools::Sqlite { writer, lanes, .. } => {
            let _turn = lanes.enter(Lane::Interactive).await;
            apply(&migrator, &mut *writer.acquire().await?).await
        }
        Pools::Postgres { pool } => apply(&migrator, &mut *pool.acquire().await?).await,
    };
    applied.map_err(explain)
}

/// With the lock given back also when a migration fails: the connection returns to its pool.
async fn apply<C: Migrate>(migrator: &Migrator, connection: &mut C) -> Result<(), MigrateError> {
    let applied = migrator.run_direct(None, connection, false).await;
    if applied.is_err() {
        let _ = connection.unlock().await;
    }
    applied
}

/// Version of the database's schema: 0 without any.
pub(crate) async fn version(database: &Database) -> Result<i64, StoreError> {
    let mut tx = database.read(Access::All).await?;
    let exists = match database.backend() {
        Backend::Sqlite => "SELECT COUNT(*) AS n FROM sqlite_master WHERE name = $1",
        Backend::Postgres => {
            "SELECT COUNT(*) AS n FROM pg_tables WHERE tablename = $1 AND schemaname = ANY(current_schemas(false))"
        }
    };
    let row = tx.fetch_one("catalogue", exists, vec![BOOKS.into()]).await?;
    if row.int("n")? == 0 {
        return Ok(0);
    }
    let newest = "SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations";
    tx.fetch_one("schema version", newest, Vec::new()).await?.int("version")
}

/// Refuses a database that this program cannot serve.
pub(crate) async fn check(database: &Database) -> Result<(), StoreError> {
    let (found, known) = (version(database).await?, known_version());
    refuse_newer(found)?;
    if found < known { Err(StoreError::NotMigrated { found, known }) } else { Ok(()) }
}

fn refuse_newer(found: i64) -> Result<(), StoreError> {
    let known = known_version();
    if found > known { Err(StoreError::DatabaseTooNew { found, known }) } else { Ok(()) }
}

fn explain(error: MigrateError) -> StoreError {
    let damaged = |version, detail: &str| StoreError::SchemaDamaged { version, detail: detail.to_owned() };
    match error {
        MigrateError::Dirty(version) => damaged(version, "it was applied only in part"),
        MigrateError::VersionMismatch(version) => damaged(version, "it was applied with another text"),
        MigrateError::VersionMissing(version) => damaged(version, "this program does not know it"),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => StoreError::Database { code: "migration".to_owned(), message: other.to_string() },
    }
}
