//! What the writing operations share: the query, `If-Match`, refusals, the answer.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tidecal_engine::{Edit, EditError, Scope};
use tidecal_ical::RecurrenceId;
use tidecal_store::TenantScope;
use utoipa::IntoParams;

use super::get::read_event;
use crate::changes::Change;
use crate::input::instant;
use crate::problem::{Code, Problem};
use crate::state::WebState;

/// Which part of a series is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EditQuery {
    /// `this`, `following` or `all`; needed if the event repeats.
    scope: Option<String>,
    /// Original start of the occurrence, as `recurrenceId` of an instance says it; needed for `this`
    /// and `following` unless the event is a changed occurrence itself. With `all`, `start` and `end`
    /// are those of this occurrence.
    #[param(example = "20261208T080000Z")]
    occurrence: Option<String>,
}

/// The same for a deletion.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteQuery {
    /// `this`, `following` or `all`; needed if the event repeats.
    scope: Option<String>,
    /// Original start of the occurrence; needed for `this` and `following`.
    #[param(example = "20261208T080000Z")]
    occurrence: Option<String>,
    /// `true`: the guests may be mailed that it is cancelled; nobody is otherwise.
    notify: Option<String>,
}

impl EditQuery {
    pub(super) fn edit(self, event_id: String, expected: IfMatch, notify: bool) -> Result<Edit, Problem> {
        Ok(Edit {
            event_id,
            scope: self.scope.as_deref().map(scope).transpose()?,
            occurrence: self.occurrence.as_deref().map(occurrence).transpose()?,
            expected: expected.0,
            notify,
        })
    }
}

impl DeleteQuery {
    pub(super) fn edit(self, event_id: String, expected: IfMatch) -> Result<Edit, Problem> {
        let notify = match self.notify.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Problem::field("notify", "must be true or false")),
        };
        EditQuery { scope: self.scope, occurrence: self.occurrence }.edit(event_id, expected, notify)
    }
}

fn scope(word: &str) -> Result<Scope, Problem> {
    let known = Scope::ALL.into_iter().find(|scope| scope.as_str() == word);
    known.ok_or_else(|| Problem::field("scope", "is unknown; write this, following or all"))
}

/// As instances say it, or as people write instants.
fn occurrence(text: &str) -> Result<RecurrenceId, Problem> {
    if let Ok(id) = text.trim().parse() {
        return Ok(id);
    }
    instant("occurrence", text).map(RecurrenceId::Utc).map_err(|_| {
        Problem::field("occurrence", "is no start; write recurrenceId of the instance, such as 20261208T080000Z")
    })
}

/// Versions that `If-Match` names; `None`: any (there is no such header, or it is `*`).
pub(crate) struct IfMatch(pub(super) Option<Vec<i64>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let wrong =
            || Problem::field("If-Match", "is no ETag of an event; write it as it was sent, such as \"3\", or *");
        let text = value.to_str().map_err(|_| wrong())?.trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let version = |tag: &str| {
            let tag = tag.trim().trim_start_matches("W/");
            tag.strip_prefix('"')?.strip_suffix('"')?.parse::<i64>().ok()
        };
        let versions: Option<Vec<i64>> = text.split(',').map(version).collect();
        versions.map(|versions| Self(Some(versions))).ok_or_else(wrong)
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Invalid { field, message } => Self::field(field, message),
            EditError::Refused { fields, reason } => {
                let problem = Self::new(Code::ChangeRefused, sentence(&reason));
                fields.into_iter().fold(problem, |problem, field| problem.with_error(field, reason.clone()))
            }
            EditError::Moved { version } => {
                let detail = format!(
                    "Somebody else has changed this meanwhile: it has version {version} now. Read it again, see what \
                     changed, and send your change with If-Match: \"{version}\"."
                );
                let problem = Self::new(Code::VersionMoved, detail).with("version", version);
                problem.with_header(header::ETAG, etag(version))
            }
            EditError::Service(error) => error.into(),
        }
    }
}

fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The version as a tag.
pub(super) fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// The event as it is now, with its tag.
pub(super) async fn shown(state: &WebState, scope: &TenantScope, id: &str) -> Result<Response, Problem> {
    let event = read_event(state, scope, id).await?;
    let tag = etag(event.version());
    Ok(([(header::ETAG, tag)], Json(event)).into_response())
}

/// The same for one that was made just now.
pub(super) async fn made(state: &WebState, scope: &TenantScope, id: &str) -> Result<Response, Problem> {
    let mut response = shown(state, scope, id).await?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(place) = HeaderValue::from_str(&format!("/api/calendar/events/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Tells the live streams: connections are due.
pub(super) fn tell(state: &WebState, scope: &TenantScope) {
    let (tenant_id, owner_id) = (scope.tenant_id.clone(), scope.user_id.clone());
    state.changes.tell(Change::Connection { tenant_id, owner_id, connection_id: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(value: &str) -> Option<Option<Vec<i64>>> {
        let request = axum::http::Request::builder().header("if-match", value).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await.ok().map(|it| it.0)
    }

    #[tokio::test]
    async fn tags_are_read_as_they_were_sent() {
        assert_eq!(read("\"3\"").await, Some(Some(vec![3])));
        assert_eq!(read("W/\"3\", \"4\"").await, Some(Some(vec![3, 4])));
        assert_eq!(read("*").await, Some(None));
        for wrong in ["3", "\"x\"", "\"3", ""] {
            assert_eq!(read(wrong).await, None, "{wrong}");
        }
    }
}
