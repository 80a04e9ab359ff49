//! Strict mode for bodies: every member must stand in the vendor's contract. The vendor itself ignores unknown members.

use serde_json::Value;

use super::contract;
use super::errors::ApiError;
use crate::data::event::Body;

/// Refuses the first unknown member of an event body with the sandbox's own reason.
pub(crate) fn check_event(body: &Body) -> Result<(), ApiError> {
    match unknown(body, "Event", "") {
        None => Ok(()),
        Some(path) => Err(ApiError::own(400, "sandboxUnknownField", format!("An event has no member {path}."))),
    }
}

fn unknown(body: &Body, schema: &str, above: &str) -> Option<String> {
    let members = contract::members(schema)?;
    body.iter().find_map(|(name, value)| {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let Some((_, below)) = members.iter().find(|(own, _)| own == name) else {
            return Some(path);
        };
        match value {
            _ if below.is_empty() || *below == "*" => None,
            Value::Object(inner) => unknown(inner, below, &path),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_object).find_map(|item| unknown(item, below, &path))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value) -> Result<(), ApiError> {
        check_event(value.as_object().unwrap())
    }

    #[test]
    fn unknown_members_are_found_at_any_depth() {
        let fine = json!({
            "summary": "x",
            "start": {"dateTime": "…", "timeZone": "UTC"},
            "attendees": [{"email": "a@example.com"}],
            "extendedProperties": {"private": {"anything": "goes"}},
        });
        assert_eq!(check(&fine), Ok(()));
        for (body, path) in [
            (json!({"title": "x"}), "title"),
            (json!({"start": {"datetime": "x"}}), "start.datetime"),
            (json!({"attendees": [{"mail": "x"}]}), "attendees.mail"),
        ] {
            let error = check(&body).unwrap_err();
            assert_eq!((error.domain, &*error.reason), ("sandbox", "sandboxUnknownField"));
            assert!(error.message.contains(path), "{}", error.message);
        }
    }
}
