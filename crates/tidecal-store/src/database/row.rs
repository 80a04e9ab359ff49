//! A row of either database, read by column name.

use std::str::FromStr;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::parse_time;
use crate::StoreError;

/// One row of an answer.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// SQLite stores what it is given: types are those of the value, not of the column.
macro_rules! get {
    ($row:expr, $column:expr, $type:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($column),
            Row::Postgres(row) => row.try_get::<$type, _>($column),
        }
    };
}

impl Row {
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(get!(self, column, String)?)
    }

    pub(crate) fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(get!(self, column, Option<String>)?)
    }

    /// Without a copy.
    pub(crate) fn str(&self, column: &str) -> Result<&str, StoreError> {
        Ok(get!(self, column, &str)?)
    }

    pub(crate) fn opt_str(&self, column: &str) -> Result<Option<&str>, StoreError> {
        Ok(get!(self, column, Option<&str>)?)
    }

    pub(crate) fn int(&self, column: &str) -> Result<i64, StoreError> {
        Ok(get!(self, column, i64)?)
    }

    pub(crate) fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(get!(self, column, Option<i64>)?)
    }

    pub(crate) fn bool(&self, column: &str) -> Result<bool, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get_unchecked::<i64, _>(column)? != 0,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.opt_time(column)?.ok_or_else(|| decode_error(column, "is null"))
    }

    pub(crate) fn opt_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let text = row.try_get_unchecked::<Option<&str>, _>(column)?;
                text.map(parse_time).transpose().map_err(|detail| decode_error(column, &detail))
            }
            Self::Postgres(row) => {
                let at = row.try_get::<Option<chrono::DateTime<chrono::Utc>>, _>(column)?;
                at.map(|at| Timestamp::from_microsecond(at.timestamp_micros()))
                    .transpose()
                    .map_err(|error| decode_error(column, &error.to_string()))
            }
        }
    }

    pub(crate) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        Ok(get!(self, column, Vec<u8>)?)
    }

    pub(crate) fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(get!(self, column, Option<Vec<u8>>)?)
    }

    /// A word that a type knows how to read.
    pub(crate) fn word<T: FromStr>(&self, column: &str) -> Result<T, StoreError>
    where
        T::Err: std::fmt::Display,
    {
        self.str(column)?.parse().map_err(|error: T::Err| decode_error(column, &error.to_string()))
    }
}

/// What to say about a column that cannot be read.
pub(crate) fn decode_error(column: &str, detail: &str) -> StoreError {
    StoreError::Decode { column: column.to_owned(), detail: detail.to_owned() }
}
