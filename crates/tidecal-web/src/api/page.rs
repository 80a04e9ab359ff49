//! Pages of lists that go on after the id of their last entry.

use crate::input::{is_possible_id, number};
use crate::problem::Problem;

/// Entries of a page unless asked otherwise, and at most.
const USUAL: usize = 100;
const MOST: usize = 500;

/// Which page.
#[derive(Debug)]
pub(crate) struct Paging {
    limit: usize,
    cursor: Option<String>,
}

impl Paging {
    /// Of the parameters `limit` and `cursor`.
    pub(crate) fn read(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = limit.map_or(Ok(USUAL), |limit| number("limit", limit, 1..=MOST))?;
        if cursor.is_some_and(|cursor| !is_possible_id(cursor)) {
            return Err(Problem::field("cursor", "is no nextCursor of this list; leave it out to begin"));
        }
        Ok(Self { limit, cursor: cursor.map(str::to_owned) })
    }

    /// The last id of the page before.
    pub(crate) fn after(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// One more than the page holds, to see whether another follows.
    pub(crate) fn fetched(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }
}

/// The rows of the page, and the cursor of the next one if there is one.
pub(crate) fn paged<T>(mut rows: Vec<T>, paging: &Paging, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let more = rows.len() > paging.limit;
    rows.truncate(paging.limit);
    let next = rows.last().filter(|_| more).map(id);
    (rows, next)
}
