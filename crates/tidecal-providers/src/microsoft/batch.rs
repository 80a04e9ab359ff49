//! `POST /$batch`: several requests in one. At most [`IN_FLIGHT`](super::mailbox::IN_FLIGHT) of
//! them, for Exchange carries members out side by side and counts each.

use std::collections::HashMap;

use bytes::Bytes;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::calls::prefer;

/// Where batches go.
pub(super) const PATH: &str = "$batch";

/// The body of a batch that reads these paths.
pub(super) fn body(paths: &[String]) -> Bytes {
    let member = |(index, path): (usize, &String)| json!({"id": index.to_string(), "method": "GET", "url": format!("/{path}"), "headers": {"Prefer": prefer()}});
    let requests: Vec<_> = paths.iter().enumerate().map(member).collect();
    Bytes::from(json!({ "requests": requests }).to_string())
}

/// The answer to one member.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) status: u16,
    pub(super) retry_after: Option<SignedDuration>,
    pub(super) body: Bytes,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    responses: Vec<WireMember<'a>>,
}

#[derive(Deserialize)]
struct WireMember<'a> {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<HashMap<String, String>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// The answers in the order of the requests; they arrive in any.
///
/// # Errors
/// The body is no answer to that many requests.
pub(super) fn parse(body: &[u8], count: usize) -> Result<Vec<Member>, String> {
    let text = String::from_utf8_lossy(body);
    let answer: Answer<'_> = serde_json::from_str(&text).map_err(|wrong| wrong.to_string())?;
    let mut members: HashMap<String, Member> = HashMap::new();
    for member in answer.responses {
        let read = Member {
            status: member.status,
            retry_after: member.headers.as_ref().and_then(wait),
            body: Bytes::copy_from_slice(member.body.map_or("", RawValue::get).as_bytes()),
        };
        members.insert(member.id, read);
    }
    let find = |index: usize| members.remove(&index.to_string()).ok_or_else(|| format!("no answer to request {index}"));
    (0..count).map(find).collect()
}

fn wait(headers: &HashMap<String, String>) -> Option<SignedDuration> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    value.trim().parse::<u32>().ok().map(|seconds| SignedDuration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_by_their_ids() {
        let answer = br#"{"responses":[
            {"id":"1","status":429,"headers":{"retry-after":"7"},"body":{"error":{"code":"ApplicationThrottled"}}},
            {"id":"0","status":200,"headers":{"Content-Type":"application/json"},"body":{"id":"a"}}]}"#;
        let members = parse(answer, 2).unwrap();
        assert_eq!((members[0].status, &members[0].body[..]), (200, &br#"{"id":"a"}"#[..]));
        assert_eq!((members[1].status, members[1].retry_after), (429, Some(SignedDuration::from_secs(7))));
        assert!(parse(answer, 3).unwrap_err().contains("request 2"));
        assert!(parse(b"<html>", 1).is_err());
    }

    #[test]
    fn members_ask_for_the_same_as_any_request() {
        let body: serde_json::Value = serde_json::from_slice(&body(&["me/events/a".into(), "me".into()])).unwrap();
        assert_eq!(body["requests"][0]["url"], "/me/events/a");
        assert_eq!(body["requests"][1]["id"], "1");
        assert!(body["requests"][1]["headers"]["Prefer"].as_str().unwrap().contains("ImmutableId"));
    }
}
