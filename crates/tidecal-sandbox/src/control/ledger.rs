//! What was asked, what of it broke the contract, and who would have been mailed.

use axum::Json;
use axum::extract::{Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ledger::{Line, Violation};
use crate::mails::Mail;
use crate::state::SandboxState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    /// A name, or the beginning of one with a star behind it.
    operation: Option<String>,
    /// Only requests that change calendars or events, whatever became of them.
    #[serde(default)]
    writes: bool,
    account: Option<String>,
    calendar_id: Option<String>,
    /// Only lines with a larger number.
    after: Option<u64>,
}

impl Filter {
    fn admits(&self, line: &Line) -> bool {
        let same =
            |wanted: &Option<String>, own: Option<&str>| wanted.as_deref().is_none_or(|wanted| Some(wanted) == own);
        let named = match self.operation.as_deref().map(|name| (name, name.strip_suffix('*'))) {
            Some((_, Some(beginning))) => line.operation.starts_with(beginning),
            Some((name, None)) => line.operation == name,
            None => true,
        };
        named
            && (!self.writes || writes(line))
            && same(&self.account, line.account.as_deref())
            && same(&self.calendar_id, line.calendar_id.as_deref())
            && self.after.is_none_or(|after| line.number > after)
    }
}

/// Whether a request changes calendars or events: no sign-in, no channels, no questions asked by POST.
fn writes(line: &Line) -> bool {
    let apart = ["oauth.", "entra.", "userinfo", "channels.", "freebusy.", "batch", "graph.batch", "graph.translate"];
    let questions = ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"];
    !questions.contains(&line.method.as_str())
        && !apart.iter().any(|beginning| line.operation.starts_with(beginning))
        && !line.operation.ends_with(".watch")
        && !line.operation.to_ascii_lowercase().contains("subscription")
        && !line.operation.to_ascii_lowercase().contains("getschedule")
}

pub(super) async fn list(State(state): State<SandboxState>, Query(filter): Query<Filter>) -> Json<Value> {
    let world = state.lock();
    let items: Vec<&Line> = world.ledger.lines().filter(|line| filter.admits(line)).collect();
    Json(json!({"items": items}))
}

pub(super) async fn clear(State(state): State<SandboxState>) -> StatusCode {
    state.lock().ledger.clear();
    StatusCode::NO_CONTENT
}

/// `GET /_sandbox/violations`: requests that broke the vendor's contract, with what they broke.
pub(super) async fn violations(State(state): State<SandboxState>) -> Json<Value> {
    let world = state.lock();
    let items: Vec<&Violation> = world.ledger.violations().collect();
    Json(json!({"items": items}))
}

pub(super) async fn clear_violations(State(state): State<SandboxState>) -> StatusCode {
    state.lock().ledger.clear_violations();
    StatusCode::NO_CONTENT
}

/// `GET /_sandbox/mails`: who would have been mailed.
pub(super) async fn mails(State(state): State<SandboxState>) -> Json<Value> {
    let world = state.lock();
    let items: Vec<&Mail> = world.mails.list().collect();
    Json(json!({"items": items}))
}

pub(super) async fn clear_mails(State(state): State<SandboxState>) -> StatusCode {
    state.lock().mails.clear();
    StatusCode::NO_CONTENT
}
