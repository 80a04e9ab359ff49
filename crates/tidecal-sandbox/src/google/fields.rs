//! Partial responses: the `fields` parameter, such as `items(id,start/dateTime),nextPageToken`.

use serde_json::{Map, Value};

use super::errors::ApiError;
use super::query::Query;

/// A parsed selection: member names with what is selected below them (nothing = all of it).
#[derive(Debug, Default, PartialEq)]
struct Selection(Vec<(String, Selection)>);

/// Cuts `value` down to the request's `fields`; unchanged without them.
pub(crate) fn apply(query: &Query, value: Value) -> Result<Value, ApiError> {
    let Some(text) = query.get("fields").filter(|text| !text.is_empty()) else {
        return Ok(value);
    };
    let wrong = || ApiError::parameter("fields", format!("Invalid field selection {text}"));
    let mut rest = text.chars().collect::<Vec<_>>();
    rest.reverse();
    let selection = Selection::read(&mut rest, 0).ok_or_else(wrong)?;
    if !rest.is_empty() {
        return Err(wrong());
    }
    Ok(selection.cut(value))
}

/// Whether the request asks for a partial response.
pub(crate) fn is_partial(query: &Query) -> bool {
    query.get("fields").is_some_and(|text| !text.is_empty() && text != "*")
}

impl Selection {
    /// Reads `a,b(c,d),e/f` from the reversed characters up to a closing parenthesis or the end.
    fn read(rest: &mut Vec<char>, depth: usize) -> Option<Self> {
        let mut members = Vec::new();
        if depth > 10 {
            return None;
        }
        loop {
            members.push(Self::read_member(rest, depth)?);
            match rest.last() {
                Some(',') => {
                    rest.pop();
                }
                _ => return Some(Self(members)),
            }
        }
    }

    fn read_member(rest: &mut Vec<char>, depth: usize) -> Option<(String, Self)> {
        let mut name = String::new();
        while let Some(next) = rest.last().copied() {
            if !(next.is_ascii_alphanumeric() || "*_-".contains(next)) {
                break;
            }
            name.push(next);
            rest.pop();
        }
        if name.is_empty() {
            return None;
        }
        let below = match rest.last() {
            Some('/') => {
                rest.pop();
                Self(vec![Self::read_member(rest, depth + 1)?])
            }
            Some('(') => {
                rest.pop();
                let below = Self::read(rest, depth + 1)?;
                (rest.pop()? == ')').then_some(below)?
            }
            _ => Self::default(),
        };
        Some((name, below))
    }

    fn cut(&self, value: Value) -> Value {
        match value {
            _ if self.0.is_empty() => value,
            Value::Array(items) => items.into_iter().map(|item| self.cut(item)).collect(),
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, value) in members {
                    let below = self.0.iter().find(|(own, _)| *own == name || own == "*");
                    if let Some((_, below)) = below {
                        kept.insert(name, below.cut(value));
                    }
                }
                Value::Object(kept)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cut(fields: &str, value: Value) -> Result<Value, ApiError> {
        let text: String = url::form_urlencoded::byte_serialize(fields.as_bytes()).collect();
        apply(&Query::read(&format!("fields={text}")), value)
    }

    #[test]
    fn names_nested_groups_and_paths_select() {
        let value = json!({"kind": "k", "next": "t", "items": [
            {"id": "1", "start": {"date": "d", "timeZone": "z"}, "etag": "e"}]});
        assert_eq!(
            cut("items(id,start/date),next", value.clone()).unwrap(),
            json!({"next": "t", "items": [{"id": "1", "start": {"date": "d"}}]})
        );
        assert_eq!(cut("*", value.clone()).unwrap(), value);
    }

    #[test]
    fn a_broken_selection_is_refused() {
        for text in ["items(", "items(id", "a,,b", ")", "a b"] {
            assert_eq!(cut(text, json!({})).unwrap_err().status, 400, "{text}");
        }
    }
}
