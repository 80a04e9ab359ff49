//! Query parameters.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::words;
use crate::problem::Problem;

/// The query as a struct of optional texts. Unknown and repeated names are refused: a misspelt
/// filter must not silently filter nothing.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if fields.insert(name.to_string(), Value::String(value.into_owned())).is_some() {
            return Err(Problem::field(name, "is given twice"));
        }
    }
    serde_path_to_error::deserialize(Value::Object(fields))
        .map_err(|error| words::refused(&error.path().to_string(), &error.inner().to_string()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        limit: Option<String>,
    }

    #[test]
    fn a_query_is_read_or_its_fault_named() {
        assert_eq!(parse::<Filter>("limit=5").unwrap().limit.as_deref(), Some("5"));
        assert_eq!(parse::<Filter>("").unwrap().limit, None);
        let refused = |query: &str| parse::<Filter>(query).unwrap_err().detail().to_owned();
        assert_eq!(refused("limt=5"), "limt: is not known here; known: limit");
        assert_eq!(refused("limit=5&limit=6"), "limit: is given twice");
    }
}
