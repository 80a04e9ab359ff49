//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::problem::Problem;

/// Longest id that is looked up: a UUID has 36 letters.
const LONGEST: usize = 64;

/// The id in the path. What cannot be an id is not found, without asking the database.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        if is_possible(&id) { Ok(Self(id)) } else { Err(Problem::not_found()) }
    }
}

/// Letters, digits, dashes and underscores only.
pub(crate) fn is_possible(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= LONGEST
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_possible;

    #[test]
    fn what_no_database_would_take_is_no_id() {
        assert!(is_possible("0193f3a0-0000-7000-8000-000000000000"));
        for id in ["", "a\0b", "a/b", "..", "ä", "a b", &"x".repeat(65)] {
            assert!(!is_possible(id), "{id:?}");
        }
    }
}
