//! Error bodies of the token and revocation endpoints (RFC 6749 section 5.2, with the vendor's descriptions).

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

use crate::google::errors::Refusal;

/// `{"error": …, "error_description": …}` with its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) description: String,
    pub(crate) subtype: Option<&'static str>,
}

impl OAuthError {
    pub(crate) fn new(status: u16, error: &str, description: &str) -> Self {
        Self { status, error: error.to_owned(), description: description.to_owned(), subtype: None }
    }

    pub(crate) fn invalid_request(description: &str) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: &str) -> Self {
        Self::new(400, "invalid_grant", description)
    }

    pub(crate) fn revoked() -> Self {
        Self::invalid_grant("Token has been expired or revoked.")
    }
}

/// The usual answer for an error named by a fault.
pub(crate) fn of_reason(reason: &str, status: Option<u16>) -> OAuthError {
    let (usual, description) = match reason {
        "invalid_grant" => (400, "Token has been expired or revoked."),
        "invalid_client" => (401, "The OAuth client was not found."),
        "rate_limit_exceeded" => (429, "Rate limit exceeded."),
        "internal_failure" | "backendError" => (500, "Internal Error"),
        "temporarily_unavailable" => (503, "The service is temporarily unavailable."),
        _ => (400, "Bad Request"),
    };
    let (error, subtype) = match reason {
        "invalid_rapt" => ("invalid_grant", Some("invalid_rapt")),
        "backendError" => ("internal_failure", None),
        other => (other, None),
    };
    let mut answer = OAuthError::new(status.unwrap_or(usual), error, description);
    answer.subtype = subtype;
    answer
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.error, "error_description": self.description});
        if let Some(subtype) = self.subtype {
            body["error_subtype"] = json!(subtype);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response();
        response.extensions_mut().insert(Refusal(self.error));
        response
    }
}
