//! The part of `$filter` that clients of calendars use: comparisons joined by `and`, lambdas over categories and extended
//! properties, `startswith` and `contains`. Anything else is refused.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::errors::{GraphError, Result};
use super::query::known_member;

/// One condition.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Compare { path: String, operator: String, literal: Value },
    Category(String),
    Extended { id: String, value: String },
    Text { function: String, path: String, text: String },
}

/// All conditions must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Filter(Vec<Term>);

fn refused(text: &str) -> GraphError {
    GraphError::query(format!("Invalid filter clause: '{text}' is not supported."))
}

impl Filter {
    pub(crate) fn read(text: &str) -> Result<Self> {
        split(text).into_iter().map(|part| term(&part)).collect::<Result<_>>().map(Self)
    }

    /// Whether an event as shown fits.
    pub(crate) fn fits(&self, shown: &Value, extended: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|term| match term {
            Term::Category(name) => shown["categories"].as_array().is_some_and(|all| {
                all.iter().any(|own| own.as_str().is_some_and(|own| own.eq_ignore_ascii_case(name)))
            }),
            // values are compared without case, names with it
            Term::Extended { id, value } => extended.get(id).is_some_and(|own| own.eq_ignore_ascii_case(value)),
            Term::Text { function, path, text } => {
                let own = at(shown, path).as_str().unwrap_or_default().to_lowercase();
                if function == "startswith" { own.starts_with(text) } else { own.contains(text) }
            }
            Term::Compare { path, operator, literal } => holds(at(shown, path), operator, literal),
        })
    }
}

fn at<'a>(shown: &'a Value, path: &str) -> &'a Value {
    path.split('/').fold(shown, |value, name| &value[name])
}

fn holds(own: &Value, operator: &str, literal: &Value) -> bool {
    let order = match (own, literal) {
        (Value::String(own), Value::String(other)) => {
            // times with and without fraction or Z compare by their common length
            let length = own.trim_end_matches('Z').len().min(other.trim_end_matches('Z').len());
            let is_time = length >= 10 && other.as_bytes().get(4) == Some(&b'-');
            if is_time { own[..length].cmp(&other[..length]) } else { own.to_lowercase().cmp(&other.to_lowercase()) }
        }
        (own, other) if own == other => Ordering::Equal,
        _ => return operator == "ne",
    };
    match operator {
        "eq" => order == Ordering::Equal,
        "ne" => order != Ordering::Equal,
        "gt" => order == Ordering::Greater,
        "ge" => order != Ordering::Less,
        "lt" => order == Ordering::Less,
        _ => order != Ordering::Greater,
    }
}

/// Splits at `and` outside of quotes and parentheses.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted, mut from) = (Vec::new(), 0_i32, false, 0);
    for (index, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ' ' if !quoted && depth == 0 && text[index..].starts_with(" and ") => {
                parts.push(text[from..index].trim().to_owned());
                from = index + 5;
            }
            _ => {}
        }
    }
    parts.push(text[from.min(text.len())..].trim().to_owned());
    parts
}

fn unquoted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    // a single quote inside ends the text: then this is more than one
    (!inner.replace("''", "").contains('\'')).then(|| inner.replace("''", "'"))
}

fn term(text: &str) -> Result<Term> {
    let lambda = |name: &str| text.strip_prefix(name)?.strip_suffix(')')?.split_once(':').map(|(_, body)| body.trim());
    if let Some(body) = lambda("categories/any(") {
        let name = body.split_once(" eq ").and_then(|(_, literal)| unquoted(literal));
        return name.map(Term::Category).ok_or_else(|| refused(text));
    }
    if let Some(body) = lambda("singleValueExtendedProperties/any(") {
        let part = |name: &str| {
            split(body).iter().find_map(|one| {
                let (path, literal) = one.split_once(" eq ")?;
                path.trim().ends_with(name).then(|| unquoted(literal))?
            })
        };
        return match (part("/id"), part("/value")) {
            (Some(id), Some(value)) => Ok(Term::Extended { id, value }),
            _ => Err(refused(text)),
        };
    }
    for function in ["startswith", "contains"] {
        let inner = text.strip_prefix(function).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'));
        if let Some((path, literal)) = inner.and_then(|inner| inner.split_once(',')) {
            known_member(path.trim())?;
            let text = unquoted(literal).ok_or_else(|| refused(text))?.to_lowercase();
            return Ok(Term::Text { function: function.to_owned(), path: path.trim().to_owned(), text });
        }
    }
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    let [path, operator, literal] = words.as_slice() else { return Err(refused(text)) };
    if !["eq", "ne", "gt", "ge", "lt", "le"].contains(operator) {
        return Err(refused(text));
    }
    known_member(path)?;
    let literal = match (unquoted(literal), *literal) {
        (Some(text), _) => Value::String(text),
        (None, "true") => Value::Bool(true),
        (None, "false") => Value::Bool(false),
        (None, "null") => Value::Null,
        (None, other) if other.contains(' ') => return Err(refused(text)),
        (None, other) => Value::String(other.to_owned()),
    };
    Ok(Term::Compare { path: (*path).to_owned(), operator: (*operator).to_owned(), literal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_usual_filters_are_understood_and_others_refused() {
        let shown = json!({
            "iCalUId": "0400AB", "subject": "Jour fixe", "isAllDay": false, "categories": ["Red category"],
            "start": {"dateTime": "2026-12-01T08:00:00.0000000"},
        });
        let id = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name tidecalId";
        let extended = BTreeMap::from([(id.to_owned(), "Abc".to_owned())]);
        let fits = |text: &str| Filter::read(text).unwrap().fits(&shown, &extended);
        assert!(fits("iCalUId eq '0400AB' and isAllDay eq false"));
        assert!(fits("start/dateTime ge '2026-12-01T08:00:00' and start/dateTime lt '2026-12-02'"));
        assert!(!fits("start/dateTime lt '2026-12-01T08:00:00'"));
        assert!(fits("categories/any(c:c eq 'red category')"));
        assert!(fits("startswith(subject,'jour')"));
        assert!(fits(&format!("singleValueExtendedProperties/any(ep: ep/id eq '{id}' and ep/value eq 'abc')")));
        for wrong in ["title eq 'x'", "subject like 'x'", "subject eq 'a' or subject eq 'b'", "nonsense"] {
            assert!(Filter::read(wrong).is_err(), "{wrong}");
        }
    }
}
