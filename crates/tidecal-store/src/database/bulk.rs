//! Multi-row statements: `head (row), (row), … tail`.
//!
//! Rows are cut into chunks whose sizes are powers of four, so that few different texts occur and
//! both databases keep them prepared.

use super::{Backend, Value};

/// SQLite takes 32 766 parameters in one statement, PostgreSQL 65 535.
const MOST_PARAMETERS: usize = 32_766;
/// More rows in one statement gain nothing (measured).
const MOST_ROWS: usize = 256;

/// A multi-row statement and its rows.
pub(crate) struct Bulk {
    head: &'static str,
    tail: &'static str,
    width: usize,
    rows: Vec<Vec<Value>>,
}

impl Bulk {
    /// `head` ends before the first row (`INSERT INTO t (a, b) VALUES`), `tail` follows the last.
    pub(crate) fn new(head: &'static str, tail: &'static str, rows: Vec<Vec<Value>>) -> Self {
        let width = rows.first().map_or(0, Vec::len);
        debug_assert!(rows.iter().all(|row| row.len() == width), "all rows of a bulk have the same columns");
        Self { head, tail, width, rows }
    }

    pub(crate) fn into_statements(self, backend: Backend) -> impl Iterator<Item = (String, Vec<Value>)> {
        let Self { head, tail, width, rows } = self;
        let (head, tail) = (backend.render(head), backend.render(tail));
        let most = MOST_ROWS.min(MOST_PARAMETERS / width.max(1)).max(1);
        let mut rows = rows.into_iter();
        std::iter::from_fn(move || {
            let size = chunk_size(rows.len(), most)?;
            let sql = statement(&head, &tail, width, size, backend);
            Some((sql, rows.by_ref().take(size).flatten().collect()))
        })
    }
}

/// The largest power of four that fits.
fn chunk_size(left: usize, most: usize) -> Option<usize> {
    let fits = left.min(most);
    (fits > 0).then(|| 4_usize.pow(fits.ilog(4)))
}

/// SQLite counts bare `?` faster than it looks up numbered ones.
fn statement(head: &str, tail: &str, width: usize, rows: usize, backend: Backend) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * width * 6);
    sql.push_str(head);
    let mut parameter = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 0..width {
            if column > 0 {
                sql.push(',');
            }
            parameter += 1;
            match backend {
                Backend::Sqlite => sql.push('?'),
                Backend::Postgres => {
                    sql.push('$');
                    sql.push_str(&parameter.to_string());
                }
            }
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(rows: usize, width: usize) -> Vec<(usize, usize)> {
        let rows = vec![vec![Value::Bool(true); width]; rows];
        let bulk = Bulk::new("INSERT INTO t VALUES", "", rows);
        bulk.into_statements(Backend::Sqlite).map(|(sql, values)| (sql.matches('?').count(), values.len())).collect()
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
        let rows = vec![values(1), values(2)];
        let made: Vec<_> = Bulk::new("INSERT INTO t (a, b) VALUES", "ON CONFLICT DO NOTHING", rows)
            .into_statements(Backend::Postgres)
            .map(|(sql, _)| sql)
            .collect();
        assert_eq!(made, vec!["INSERT INTO t (a, b) VALUES ($1,$2) ON CONFLICT DO NOTHING"; 2]);
        let (sql, _) = Bulk::new("V", "T", vec![values(1), values(2), values(3), values(4)])
            .into_statements(Backend::Sqlite)
            .next()
            .unwrap();
        assert_eq!(sql, "V (?,?), (?,?), (?,?), (?,?) T");
    }

    fn values(id: i64) -> Vec<Value> {
        vec![Value::from(id), Value::from("x")]
    }
}
