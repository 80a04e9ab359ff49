//! Refusals and failures as JSON (RFC 9457): a stable `code` for programs, a `detail` that says
//! what to do for people. What went wrong inside is logged, never sent.

mod code;
mod refusals;

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

pub(crate) use code::Code;

/// One field of the request that does not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Name as the request spells it; `body` for the body as a whole.
    pub(crate) field: String,
    /// What is wrong and what to write instead.
    pub(crate) message: String,
}

/// A refusal or failure on its way to becoming an answer.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Members>);

/// The body of every answer that is not a success (`application/problem+json`, RFC 9457). Further
/// members may stand beside these.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
struct Members {
    /// `urn:tidecal:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The same words for every problem of this code.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// What happened and what to do about it.
    detail: String,
    /// Stable word for programs.
    #[schema(value_type = String)]
    code: Code,
    /// Id of the request: the log of the server says more under it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The fields that do not do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
    #[serde(skip)]
    #[schema(ignore)]
    headers: HeaderMap,
    #[serde(skip)]
    #[schema(ignore)]
    cause: Option<String>,
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Members::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Members::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Members::schemas(schemas);
    }
}

impl Problem {
    /// A problem of that code.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Members {
            kind: format!("urn:tidecal:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code,
            request_id: None,
            errors: Vec::new(),
            more: Map::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// A field that does not do (422).
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self::new(Code::InvalidInput, format!("{field}: {message}")).with_error(field, message)
    }

    /// What nobody may learn more about: it is not there, or not the caller's. Always the same body.
    pub(crate) fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "There is no such thing here, or it is not yours. Check the id, and who is signed in.",
        )
    }

    /// Something that should not happen; `cause` goes into the log alone.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(
            Code::Internal,
            "The server failed. Try again; if it stays, look for the request id in the server's log.",
        );
        problem.0.cause = Some(cause.into());
        problem
    }

    /// With a field.
    pub(crate) fn with_error(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// With a further member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(name.to_owned(), value.into());
        self
    }

    /// With a header.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// With `Retry-After` in seconds (at least 1).
    pub(crate) fn retry_after(self, seconds: i64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// With what only the log says.
    pub(crate) fn caused_by(mut self, cause: &impl ToString) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Its code.
    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    /// The words that all problems of its code share.
    pub(crate) fn title(&self) -> &'static str {
        self.0.title
    }

    /// Its words for people.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.code.status()
    }

    /// What the log is to say beside the code.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer of a request with that id.
    pub(crate) fn render(mut self, request_id: &str) -> Response {
        self.0.request_id = Some(request_id.to_owned());
        self.rendered()
    }

    fn rendered(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        *response.headers_mut() = self.0.headers;
        let mime = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
        response
    }
}

/// Travels in the extensions up to the outermost layer, which knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.clone().rendered();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457_and_ours() {
        let mut problem = Problem::field("start", "is no time").with("mappings", 3);
        problem.0.request_id = Some("r1".to_owned());
        let problem = serde_json::to_value(&problem).unwrap();
        insta::assert_json_snapshot!(problem);
    }

    #[test]
    fn what_happened_inside_is_not_sent() {
        let body = serde_json::to_string(&Problem::internal("relation calendars does not exist")).unwrap();
        assert!(!body.contains("relation"), "{body}");
    }

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
