//! What a request breaks of the vendor's contract: names, types, values, and the limits that only the documents state.
//!
//! The ledger keeps every breach (`/_sandbox/violations`); strict mode refuses those that the vendor lets pass, with the
//! sandbox's own reasons, because the vendor ignores unknown members and parameters. A whole event as it was answered is a
//! legal body: nothing here asks for read-only members to be absent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value};

use super::contract::{self, Method, Node, Parameter};
use super::errors::ApiError;
use crate::ledger::Line;

/// The vendor's largest pages: more is silently cut.
const LARGEST_PAGES: [(&str, i64); 8] = [
    ("events.list", 2500),
    ("events.watch", 2500),
    ("events.instances", 2500),
    ("calendarList.list", 250),
    ("calendarList.watch", 250),
    ("acl.list", 250),
    ("settings.list", 250),
    ("settings.watch", 250),
];
/// Longest `quotaUser`.
const LONGEST_QUOTA_USER: usize = 40;

/// One thing that a request has wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The sandbox's own reason for refusing it in strict mode.
    pub(crate) reason: &'static str,
    /// Parameter, header, or path of the member.
    pub(crate) place: String,
    pub(crate) what: String,
}

impl Breach {
    pub(crate) fn new(reason: &'static str, place: &str, what: impl Into<String>) -> Self {
        Self { reason, place: place.to_owned(), what: what.into() }
    }

    /// The refusal of strict mode.
    pub(crate) fn refusal(&self) -> ApiError {
        ApiError::own(400, self.reason, self.what.clone()).at_parameter(&self.place)
    }
}

/// Breaches of the query: unknown, repeated, missing, mistyped or impossible parameters.
pub(crate) fn of_query(operation: &str, query: &[(String, String)]) -> Vec<Breach> {
    let Some(method) = contract::method(operation) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (index, (name, value)) in query.iter().enumerate() {
        let Some(parameter) = contract::parameter(method, name) else {
            let what = format!("{operation} has no parameter {name}.");
            found.push(Breach::new("sandboxUnknownParameter", name, what));
            continue;
        };
        if !parameter.repeated && query[..index].iter().any(|(other, _)| other == name) {
            found.push(Breach::new("sandboxWrongValue", name, format!("{name} is given twice.")));
        }
        if let Some(what) = wrong_value(parameter, value).or_else(|| beyond_limit(operation, name, value)) {
            found.push(Breach::new("sandboxWrongValue", name, format!("{name}: {what}")));
        }
    }
    found.extend(missing(method, query));
    found
}

fn missing(method: &Method, query: &[(String, String)]) -> Vec<Breach> {
    let required = method.query.iter().filter(|(_, parameter)| parameter.required);
    required
        .filter(|(name, _)| !query.iter().any(|(own, _)| own == *name))
        .map(|(name, _)| Breach::new("sandboxMissing", name, format!("{name} is required.")))
        .collect()
}

/// What the vendor's own front end refuses of the query: values outside type, list or bounds.
pub(crate) fn check_query(operation: &str, query: &[(String, String)]) -> Result<(), ApiError> {
    let Some(method) = contract::method(operation) else {
        return Ok(());
    };
    for (name, value) in query {
        let Some(parameter) =
            contract::parameter(method, name).filter(|own| own.format.as_deref() != Some("date-time"))
        else {
            continue;
        };
        if let Some(what) = wrong_value(parameter, value) {
            return Err(ApiError::parameter(name, what));
        }
    }
    match missing(method, query).first() {
        Some(breach) => {
            Err(ApiError::required(format!("Required parameter: {}", breach.place)).at_parameter(&breach.place))
        }
        None => Ok(()),
    }
}

fn wrong_value(parameter: &Parameter, value: &str) -> Option<String> {
    if !parameter.values.is_empty() && !parameter.values.iter().any(|own| own == value) {
        let allowed = parameter.values.join(", ");
        return Some(format!("Invalid string value: '{value}'. Allowed values: [{allowed}]"));
    }
    match (parameter.kind.as_str(), parameter.format.as_deref()) {
        ("boolean", _) if !["true", "false"].contains(&value) => Some(format!("Invalid boolean value: '{value}'.")),
        ("integer", _) => {
            let bound =
                |text: &Option<String>, other: i64| text.as_deref().and_then(|own| own.parse().ok()).unwrap_or(other);
            let (least, most) =
                (bound(&parameter.minimum, i64::from(i32::MIN)), bound(&parameter.maximum, i64::from(i32::MAX)));
            let inside = value.parse::<i64>().is_ok_and(|number| (least..=most).contains(&number));
            (!inside).then(|| format!("Invalid value '{value}'. Values must be within the range: [{least}, {most}]"))
        }
        ("string", Some("date-time")) if !is_instant(value) => Some(format!("'{value}' is no time with an offset.")),
        _ => None,
    }
}

fn beyond_limit(operation: &str, name: &str, value: &str) -> Option<String> {
    match name {
        "maxResults" => {
            let (_, most) = LARGEST_PAGES.iter().find(|(own, _)| *own == operation)?;
            value
                .parse::<i64>()
                .is_ok_and(|asked| asked > *most)
                .then(|| format!("no page has more than {most} items."))
        }
        "quotaUser" => (value.chars().count() > LONGEST_QUOTA_USER).then(|| "at most 40 characters.".to_owned()),
        _ => None,
    }
}

/// RFC 3339 with an offset; jiff also takes a bracketed zone, which is none.
fn is_instant(text: &str) -> bool {
    !text.contains('[') && text.parse::<Timestamp>().is_ok()
}

/// Breaches of the body: none expected, unknown members, wrong types, values that are not in the list.
pub(crate) fn of_body(operation: &str, body: &[u8]) -> Vec<Breach> {
    let Some(method) = contract::method(operation).filter(|_| !body.is_empty()) else {
        return Vec::new();
    };
    let Some(schema) = method.request.as_deref() else {
        return vec![Breach::new("sandboxUnknownField", "body", format!("{operation} takes no body."))];
    };
    match serde_json::from_slice(body) {
        Ok(Value::Object(body)) => {
            let mut found = Vec::new();
            walk(&body, contract::members(schema), "", &mut found);
            found
        }
        Ok(_) => vec![Breach::new("sandboxWrongValue", "body", "the body is no object.")],
        Err(error) => vec![Breach::new("sandboxWrongValue", "body", format!("the body is no JSON: {error}."))],
    }
}

fn walk(
    body: &Map<String, Value>,
    members: Option<&'static BTreeMap<String, Node>>,
    above: &str,
    found: &mut Vec<Breach>,
) {
    for (name, value) in body {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match members.and_then(|members| members.get(name)) {
            Some(node) => walk_value(value, node, &path, found),
            None => found.push(Breach::new("sandboxUnknownField", &path, format!("there is no member {path}."))),
        }
    }
}

/// A null clears a member and is of every type.
fn walk_value(value: &Value, node: &'static Node, path: &str, found: &mut Vec<Breach>) {
    let mut wrong = |what: String| found.push(Breach::new("sandboxWrongValue", path, format!("{path} {what}")));
    if value.is_null() {
        return;
    }
    if let Some(items) = &node.items {
        match value {
            Value::Array(list) if list.iter().any(Value::is_null) => wrong("has an item that is null.".to_owned()),
            Value::Array(list) => list.iter().for_each(|item| walk_value(item, items, path, found)),
            _ => wrong("is no list.".to_owned()),
        }
        return;
    }
    let members = node.schema.as_deref().map_or(node.members.as_ref(), contract::members);
    match (members, &node.each, value) {
        (Some(members), _, Value::Object(inner)) => walk(inner, Some(members), path, found),
        (None, Some(each), Value::Object(inner)) => {
            inner.iter().for_each(|(name, value)| walk_value(value, each, &format!("{path}.{name}"), found));
        }
        (Some(_), _, _) | (None, Some(_), _) => wrong("is no object.".to_owned()),
        (None, None, _) => {
            if let Some(what) = wrong_plain(value, node) {
                wrong(what);
            }
        }
    }
}

fn wrong_plain(value: &Value, node: &Node) -> Option<String> {
    let kind = node.kind.as_deref().unwrap_or("any");
    let fits = match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "number" => value.is_number(),
        _ => true,
    };
    if !fits {
        return Some(format!("is no {kind}."));
    }
    let text = value.as_str()?;
    if !text.is_empty() && !node.values.is_empty() && !node.values.iter().any(|own| own == text) {
        return Some(format!("is '{text}', not one of {}.", node.values.join(", ")));
    }
    let formed = match node.format.as_deref() {
        Some("date") => text.parse::<Date>().is_ok() && text.len() == 10,
        // a local time is legal where the zone stands beside it
        Some("date-time") => is_instant(text) || text.parse::<DateTime>().is_ok(),
        Some("int64") => text.parse::<i64>().is_ok(),
        _ => true,
    };
    (!formed).then(|| format!("is '{text}', no {}.", node.format.as_deref().unwrap_or_default()))
}

/// Breaches of the conditions: an ETag is sent with its quotes.
pub(crate) fn of_condition(header: &str, value: Option<&str>) -> Option<Breach> {
    let formed = |one: &str| one == "*" || one.trim_start_matches("W/").starts_with('"') && one.ends_with('"');
    let wrong = value?.split(',').map(str::trim).find(|one| !formed(one))?;
    Some(Breach::new("sandboxWrongValue", header, format!("{header}: {wrong} has no quotes.")))
}

/// A path that the API does not have.
pub(crate) fn no_such_route(method: &str, path: &str) -> Breach {
    Breach::new("sandboxWrongValue", "path", format!("the API has no {method} {path}."))
}

/// Reasons of 400 for requests that no client should send. A sync token may be stale without anybody's fault.
const CARELESS: [&str; 10] = [
    "badRequest",
    "invalid",
    "invalidParameter",
    "invalid_request",
    "invalid_scope",
    "parseError",
    "redirect_uri_mismatch",
    "required",
    "timeRangeEmpty",
    "unsupported_grant_type",
];

/// A request that follows the contract and is refused all the same for what it says.
pub(crate) fn of_answer(line: &Line, place: Option<&str>) -> Option<Breach> {
    let reason = line.reason.as_deref()?;
    let careless = line.status == Some(400) && CARELESS.contains(&reason) && place != Some("syncToken");
    let blamed = line.fault.is_none() && (careless || reason == "sandboxNotServed");
    blamed.then(|| Breach::new("sandboxWrongValue", place.unwrap_or("request"), format!("was refused as {reason}.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(text: &str) -> Vec<(String, String)> {
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    fn body(value: &Value) -> Vec<String> {
        of_body("events.insert", value.to_string().as_bytes()).into_iter().map(|breach| breach.place).collect()
    }

    #[test]
    fn members_are_checked_at_any_depth() {
        let fine = json!({
            "summary": "x", "kind": "calendar#event", "etag": "\"1\"", "colorId": null,
            "start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "UTC"},
            "attendees": [{"email": "a@example.com", "responseStatus": "accepted"}],
            "extendedProperties": {"private": {"anything": "goes"}},
        });
        assert_eq!(body(&fine), Vec::<String>::new());
        for (wrong, place) in [
            (json!({"title": "x"}), "title"),
            (json!({"start": {"datetime": "x"}}), "start.datetime"),
            (json!({"start": {"date": "2026-1-1"}}), "start.date"),
            (json!({"attendees": [{"mail": "x"}]}), "attendees.mail"),
            (json!({"attendees": [{"responseStatus": "yes"}]}), "attendees.responseStatus"),
            (json!({"attendees": {}}), "attendees"),
            (json!({"recurrence": "RRULE:FREQ=DAILY"}), "recurrence"),
            (json!({"recurrence": [null]}), "recurrence"),
            (json!({"summary": 1}), "summary"),
            (json!({"sequence": "1"}), "sequence"),
            (json!({"status": "maybe"}), "status"),
            (json!({"extendedProperties": {"private": {"a": 1}}}), "extendedProperties.private.a"),
        ] {
            assert_eq!(body(&wrong), [place], "{wrong}");
        }
        assert_eq!(of_body("events.move", b"{}").len(), 1);
        assert_eq!(of_body("events.insert", b"{").len(), 1);
    }

    #[test]
    fn parameters_are_checked_by_name_type_list_bounds_and_number() {
        let places = |text: &str| -> Vec<String> {
            of_query("events.list", &pairs(text)).into_iter().map(|breach| breach.place).collect()
        };
        let fine = "maxResults=2500&showDeleted=true&eventTypes=default&eventTypes=birthday&alt=json&timeMin=2026-01-01T00:00:00%2B01:00";
        assert_eq!(places(fine), Vec::<String>::new());
        for wrong in
            ["sortBy=x", "maxResults=0", "maxResults=2501", "showDeleted=1", "orderBy=name", "timeMin=2026-01-01"]
        {
            let name = wrong.split_once('=').unwrap().0;
            assert_eq!(places(wrong), [name], "{wrong}");
        }
        assert_eq!(places("q=a&q=b"), ["q"]);
        assert_eq!(of_query("events.move", &[])[0].reason, "sandboxMissing");
        assert_eq!(
            check_query("events.list", &pairs("timeMin=x&sortBy=x")),
            Ok(()),
            "the vendor answers those elsewhere"
        );
        assert_eq!(check_query("events.list", &pairs("orderBy=name")).map_err(|error| error.status), Err(400));
    }

    #[test]
    fn an_etag_without_its_quotes_is_a_breach() {
        assert_eq!(of_condition("If-Match", Some("\"1\", W/\"2\"")), None);
        assert_eq!(of_condition("If-Match", Some("*")), None);
        assert!(of_condition("If-Match", Some("123")).is_some());
    }
}
