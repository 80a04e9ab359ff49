//! What can go wrong in the store, typed by what the caller can do about it.

use std::path::PathBuf;

use crate::KeyError;

/// A failure of the store. No variant holds a secret or a bound value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The object does not exist, or belongs to somebody else: callers cannot tell which.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The remote calendar is connected already.
    #[error("this calendar is connected already")]
    AlreadyConnected {
        /// Connection that holds it.
        connection_id: String,
    },
    /// The grant that came back belongs to another account than the one to reconnect.
    #[error("the sign-in is of another account than the one to reconnect ({email})")]
    DifferentAccount {
        /// Address of the account that was to be reconnected.
        email: String,
    },
    /// A row of that identity exists already.
    #[error("{0} exists already")]
    Exists(&'static str),
    /// These local events are not what the person saw: somebody else changed them meanwhile.
    #[error("{} local events changed meanwhile", ids.len())]
    EventsMoved {
        /// Which.
        ids: Vec<String>,
    },
    /// Something else hangs on it.
    #[error("the {0} is still in use")]
    InUse(&'static str),
    /// The database was written by a newer version of Tidecal.
    #[error(
        "the database has schema version {found}, this version of Tidecal knows {known}: \
         run the newer version, or restore a backup from before the upgrade"
    )]
    DatabaseTooNew {
        /// Schema version of the database.
        found: i64,
        /// Newest schema version that this program knows.
        known: i64,
    },
    /// The database has no schema, or an older one.
    #[error("the database has schema version {found}, {known} is needed: run `tidecal migrate`")]
    NotMigrated {
        /// Schema version of the database; 0 without any.
        found: i64,
        /// Schema version that this program needs.
        known: i64,
    },
    /// A migration that was applied reads differently in this program, or stopped half-way.
    #[error("schema version {version} of the database is damaged: {detail}; restore a backup")]
    SchemaDamaged {
        /// Which version.
        version: i64,
        /// How it differs.
        detail: String,
    },
    /// The database file cannot be opened.
    #[error("cannot open the database {}: {detail}; {remedy}", path.display())]
    CannotOpen {
        /// The file, or the address without its password.
        path: PathBuf,
        /// What the system said.
        detail: String,
        /// What to do about it.
        remedy: String,
    },
    /// The address of the database is of no known form.
    #[error("{0:?} is no database address: expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")]
    Address(String),
    /// Somebody else holds the database for longer than the time-out.
    #[error("the database is locked by another program")]
    Locked,
    /// A credential was sealed with a key that this deployment does not have.
    #[error(
        "credentials are sealed with key {key_id}, which is not configured: set CALENDAR_OAUTH_ENCRYPTION_KEY \
         to that key, or add it to CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD"
    )]
    KeyMismatch {
        /// Id of the missing key.
        key_id: String,
    },
    /// A sealed credential was changed or moved from another row.
    #[error("a sealed credential was altered or does not belong to its row: reconnect the account")]
    SealBroken,
    /// The key ring cannot be built or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A column holds something that this program cannot read.
    #[error("column {column} cannot be read: {detail}")]
    Decode {
        /// Name of the column.
        column: String,
        /// Why.
        detail: String,
    },
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The database refused a statement.
    #[error("database error ({code}): {message}")]
    Database {
        /// `SQLSTATE 23505` on PostgreSQL, `SQLite 787` on SQLite.
        code: String,
        /// The server's words; names of tables and columns, never values.
        message: String,
    },
}

impl StoreError {
    /// Whether the same call may work if it is made again (lost connection, lock, deadlock).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Locked | Self::Unreachable(_) => true,
            Self::Database { code, .. } => {
                ["SQLSTATE 40001", "SQLSTATE 40P01", "SQLSTATE 57", "SQLSTATE 53", "SQLSTATE 55P03"]
                    .iter()
                    .any(|prefix| code.starts_with(prefix))
            }
            _ => false,
        }
    }

    /// Whether a unique constraint refused a row.
    pub(crate) fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database { code, .. }
            if code == "SQLSTATE 23505" || code == "SQLite 2067" || code == "SQLite 1555")
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound("row"),
            sqlx::Error::Database(error) => from_database(error.as_ref()),
            sqlx::Error::ColumnDecode { index, source } => Self::Decode { column: index, detail: source.to_string() },
            sqlx::Error::ColumnNotFound(column) => Self::Decode { column, detail: "no such column".to_owned() },
            sqlx::Error::Io(error) => Self::Unreachable(error.to_string()),
            sqlx::Error::Tls(error) => Self::Unreachable(error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Unreachable("no free connection in time".to_owned()),
            sqlx::Error::PoolClosed => Self::Unreachable("the store is closed".to_owned()),
            sqlx::Error::WorkerCrashed => Self::Unreachable("the database thread ended".to_owned()),
            other => Self::Database { code: "driver".to_owned(), message: other.to_string() },
        }
    }
}

fn from_database(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return StoreError::Database { code: format!("SQLSTATE {code}"), message: error.message().to_owned() };
    }
    // Primary result codes 5 (busy) and 6 (locked) are in the low byte of the extended code.
    match code.parse::<i64>() {
        Ok(number) if matches!(number & 0xff, 5 | 6) => StoreError::Locked,
        _ => StoreError::Database { code: format!("SQLite {code}"), message: error.message().to_owned() },
    }
}
