//! Transactions: every access to the database is one, because PostgreSQL learns in it whose rows
//! may be seen.

use std::borrow::Cow;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use super::faults::Step;
use super::lanes::Turn;
use super::value::{postgres_arguments, sqlite_arguments};
use super::{Backend, Bulk, FaultSwitch, Row, Value};
use crate::StoreError;

/// Whose rows a transaction may see (`app.tenant_id` on PostgreSQL).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access<'a> {
    /// One tenant's.
    Tenant(&'a str),
    /// All: workers, and signing in, before a tenant is known.
    All,
}

impl Access<'_> {
    /// Opens a transaction on PostgreSQL in one round trip. Only characters of ids pass.
    pub(crate) fn begin_statement(self) -> String {
        let visible: String = match self {
            Self::Tenant(id) => id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect(),
            Self::All => "*".to_owned(),
        };
        format!("BEGIN; SET LOCAL app.tenant_id = '{visible}'")
    }
}

/// An open transaction; dropped without [`Tx::commit`] it changes nothing.
pub(crate) struct Tx {
    inner: Inner,
    faults: Option<FaultSwitch>,
    // After `inner`: the turn is given up when the transaction is over.
    _turn: Option<Turn>,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    /// Each statement by itself.
    Single(PoolConnection<Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn sqlite(transaction: Transaction<'static, Sqlite>, turn: Option<Turn>) -> Self {
        Self { inner: Inner::Sqlite(transaction), faults: None, _turn: turn }
    }

    pub(crate) fn single(connection: PoolConnection<Sqlite>) -> Self {
        Self { inner: Inner::Single(connection), faults: None, _turn: None }
    }

    pub(crate) fn postgres(transaction: Transaction<'static, Postgres>) -> Self {
        Self { inner: Inner::Postgres(transaction), faults: None, _turn: None }
    }

    /// Asks that switch before each access.
    pub(super) fn failing_by(self, faults: Option<FaultSwitch>) -> Self {
        Self { faults, ..self }
    }

    pub(crate) fn backend(&self) -> Backend {
        match self.inner {
            Inner::Sqlite(_) | Inner::Single(_) => Backend::Sqlite,
            Inner::Postgres(_) => Backend::Postgres,
        }
    }

    /// Runs a statement; returns the number of rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, values: Vec<Value<'_>>) -> Result<u64, StoreError> {
        let sql = self.backend().render(sql);
        self.execute_rendered(sql, values).await
    }

    pub(crate) async fn execute_rendered(
        &mut self,
        sql: Cow<'static, str>,
        values: Vec<Value<'_>>,
    ) -> Result<u64, StoreError> {
        let step = Step::begin(self.faults.as_ref())?;
        let sql = AssertSqlSafe(sql);
        let touched = match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::query_with(sql, sqlite_arguments(values)?).execute(&mut **tx).await?.rows_affected()
            }
            Inner::Single(connection) => {
                sqlx::query_with(sql, sqlite_arguments(values)?).execute(&mut **connection).await?.rows_affected()
            }
            Inner::Postgres(tx) => {
                sqlx::query_with(sql, postgres_arguments(values)?).execute(&mut **tx).await?.rows_affected()
            }
        };
        step.end()?;
        Ok(touched)
    }

    pub(crate) async fn fetch_all(
        &mut self,
        sql: &'static str,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = self.backend().render(sql);
        self.fetch_rendered(sql, values).await
    }

    pub(crate) async fn fetch_rendered(
        &mut self,
        sql: Cow<'static, str>,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        let step = Step::begin(self.faults.as_ref())?;
        let sql = AssertSqlSafe(sql);
        let rows = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let rows = sqlx::query_with(sql, sqlite_arguments(values)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Inner::Single(connection) => {
                let rows = sqlx::query_with(sql, sqlite_arguments(values)?).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Inner::Postgres(tx) => {
                let rows = sqlx::query_with(sql, postgres_arguments(values)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        };
        step.end()?;
        Ok(rows)
    }

    pub(crate) async fn fetch_optional(
        &mut self,
        sql: &'static str,
        values: Vec<Value<'_>>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch_all(sql, values).await?.into_iter().next())
    }

    /// The one row of the answer, or "`what` not found".
    pub(crate) async fn fetch_one(
        &mut self,
        what: &'static str,
        sql: &'static str,
        values: Vec<Value<'_>>,
    ) -> Result<Row, StoreError> {
        self.fetch_optional(sql, values).await?.ok_or(StoreError::NotFound(what))
    }

    /// Runs a multi-row statement in chunks that both databases take.
    pub(crate) async fn execute_bulk(&mut self, mut bulk: Bulk<'_>) -> Result<u64, StoreError> {
        let mut touched = 0;
        while let Some((sql, values)) = bulk.next_statement(self.backend())? {
            touched += self.execute_rendered(Cow::Owned(sql), values).await?;
        }
        Ok(touched)
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let step = Step::begin(self.faults.as_ref())?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Single(_) => {}
            Inner::Postgres(tx) => tx.commit().await?,
        }
        step.end()
    }
}
