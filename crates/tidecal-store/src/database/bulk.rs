//! Multi-row statements: `head rows tail`, where all rows may share their first columns.
//!
//! Rows are cut into chunks whose sizes are powers of four, so that few different texts occur and
//! both databases keep them prepared.

use std::iter::Peekable;

use super::{Backend, Value};
use crate::StoreError;

/// SQLite takes 32 766 parameters in one statement, PostgreSQL 65 535.
const MOST_PARAMETERS: usize = 32_766;
/// More rows in one statement gain nothing (measured).
const MOST_ROWS: usize = 256;

/// The rows of a statement, which are made when their turn comes: a commit never holds more than one
/// statement's worth of them.
type Rows<'a> = Box<dyn ExactSizeIterator<Item = Result<Vec<Value<'a>>, StoreError>> + Send + 'a>;

/// A multi-row statement.
pub(crate) struct Bulk<'a> {
    head: &'static str,
    tail: &'static str,
    shared: Vec<Value<'a>>,
    rows: Peekable<Rows<'a>>,
}

impl<'a> Bulk<'a> {
    /// `head` ends before the first row (`INSERT INTO t (a, b, c)`), `tail` follows the last. The
    /// first columns have the values `shared` in all rows, a row has those of the others.
    pub(crate) fn new<R>(
        head: &'static str,
        tail: &'static str,
        shared: Vec<Value<'a>>,
        rows: impl IntoIterator<IntoIter = R>,
    ) -> Self
    where
        R: ExactSizeIterator<Item = Result<Vec<Value<'a>>, StoreError>> + Send + 'a,
    {
        let rows: Rows<'a> = Box::new(rows.into_iter());
        Self { head, tail, shared, rows: rows.peekable() }
    }

    /// The next statement, until all rows are through.
    pub(crate) fn next_statement(&mut self, backend: Backend) -> Result<Option<(String, Vec<Value<'a>>)>, StoreError> {
        let shared = self.shared.len();
        let width = self.rows.peek().and_then(|row| row.as_ref().ok()).map_or(0, Vec::len);
        let most = MOST_ROWS.min((MOST_PARAMETERS - shared) / width.max(1)).max(1);
        let Some(size) = chunk_size(self.rows.len(), most) else { return Ok(None) };
        let mut values = Vec::with_capacity(shared + size * width);
        values.extend_from_slice(&self.shared);
        for row in self.rows.by_ref().take(size) {
            values.append(&mut row?);
        }
        debug_assert_eq!(values.len(), shared + size * width, "all rows of a bulk have the same columns");
        let mut text = Statement { sql: backend.render(self.head).into_owned(), parameters: 0, backend };
        text.rows(shared, width, size);
        text.sql.push_str(&backend.render(self.tail));
        Ok(Some((text.sql, values)))
    }
}

/// The largest power of four that fits.
fn chunk_size(left: usize, most: usize) -> Option<usize> {
    let fits = left.min(most);
    (fits > 0).then(|| 4_usize.pow(fits.ilog(4)))
}

/// A text with parameters.
struct Statement {
    sql: String,
    parameters: usize,
    backend: Backend,
}

impl Statement {
    /// The source of the rows: the shared columns beside a list of the others.
    fn rows(&mut self, shared: usize, width: usize, rows: usize) {
        self.sql.reserve(64 + rows * width * 6);
        self.sql.push_str(" SELECT ");
        for _ in 0..shared {
            self.parameter();
            self.sql.push_str(", ");
        }
        self.sql.push_str("fresh.* FROM (VALUES ");
        for row in 0..rows {
            self.sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..width {
                if column > 0 {
                    self.sql.push(',');
                }
                self.parameter();
            }
            self.sql.push(')');
        }
        // SQLite would read ON CONFLICT as the condition of a join.
        self.sql.push_str(") AS fresh WHERE TRUE ");
    }

    /// SQLite counts bare `?` faster than it looks up numbered ones.
    fn parameter(&mut self) {
        self.parameters += 1;
        match self.backend {
            Backend::Sqlite => self.sql.push('?'),
            Backend::Postgres => {
                self.sql.push('$');
                self.sql.push_str(&self.parameters.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(mut bulk: Bulk<'_>, backend: Backend) -> Vec<(String, usize)> {
        let next = || bulk.next_statement(backend).unwrap().map(|(sql, values)| (sql, values.len()));
        std::iter::from_fn(next).collect()
    }

    fn chunks(rows: usize, width: usize) -> Vec<(usize, usize)> {
        let rows: Vec<_> = (0..rows).map(|_| Ok(vec![Value::Bool(true); width])).collect();
        let made = statements(Bulk::new("INSERT INTO t", "", Vec::new(), rows), Backend::Sqlite);
        made.into_iter().map(|(sql, values)| (sql.matches('?').count(), values)).collect()
    }

    #[test]
    fn every_row_is_in_one_chunk_below_the_limit() {
        for (rows, width) in [(0, 3), (1, 3), (1_000, 3), (777, 36), (300, 200), (3, 40_000)] {
            let chunks = chunks(rows, width);
            assert!(chunks.iter().all(|(marks, values)| marks == values), "{rows} x {width}");
            assert!(width > MOST_PARAMETERS || chunks.iter().all(|(marks, _)| *marks <= MOST_PARAMETERS));
            assert_eq!(chunks.iter().map(|(_, values)| values).sum::<usize>(), rows * width);
        }
    }

    #[test]
    fn a_statement_reads_as_each_dialect_wants() {
        let read = |rows: i64, backend| {
            let (shared, rows) = (vec![Value::from("t")], (0..rows).map(values).map(Ok).collect::<Vec<_>>());
            let bulk = Bulk::new("INSERT INTO t (a, b, c)", "ON CONFLICT DO NOTHING", shared, rows);
            statements(bulk, backend).into_iter().map(|(sql, _)| sql).collect::<Vec<_>>()
        };
        let one = "INSERT INTO t (a, b, c) SELECT $1, fresh.* FROM (VALUES ($2,$3)) AS fresh WHERE TRUE ON CONFLICT DO NOTHING";
        assert_eq!(read(2, Backend::Postgres), vec![one; 2]);
        let four = "INSERT INTO t (a, b, c) SELECT ?, fresh.* FROM (VALUES (?,?), (?,?), (?,?), (?,?)) AS fresh WHERE TRUE ON CONFLICT DO NOTHING";
        assert_eq!(read(4, Backend::Sqlite), [four]);
    }

    fn values(id: i64) -> Vec<Value<'static>> {
        vec![Value::from(id), Value::from("x")]
    }
}
