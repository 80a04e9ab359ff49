//! Errors of the identity platform: an OAuth `error`, the vendor's numbers, and a description that begins with the number.
//!
//! Source: Microsoft identity platform, "Authentication and authorization error codes".

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::google::errors::Refusal;
use crate::random::opaque_guid;

/// A refused sign-in or token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntraError {
    pub(crate) status: u16,
    /// OAuth's `error`.
    pub(crate) error: &'static str,
    /// The number behind `AADSTS`.
    pub(crate) code: u32,
    pub(crate) message: String,
    pub(crate) suberror: Option<&'static str>,
    /// A claims challenge that goes with the next authorization request.
    pub(crate) claims: Option<&'static str>,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u32>,
    /// When it happened; the sandbox's time.
    pub(crate) at: Timestamp,
}

const CLAIMS: &str =
    r#"{"access_token":{"capolids":{"essential":true,"values":["5b0f1c2e-0000-4000-8000-0123456789ab"]}}}"#;

impl EntraError {
    /// The vendor's usual answer for a number.
    pub(crate) fn new(code: u32) -> Self {
        let (status, error, message) = catalogue(code);
        let interaction = error == "interaction_required";
        Self {
            status,
            error,
            code,
            message: message.to_owned(),
            suberror: match code {
                65001 => Some("consent_required"),
                50173 | 700_082 | 70_043 => Some("bad_token"),
                50076 | 50079 | 50158 | 50078 => Some("basic_action"),
                _ => None,
            },
            claims: interaction.then_some(CLAIMS),
            retry_after: (status == 429).then_some(5),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        self.at = now;
        self
    }

    /// 900144: a parameter is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::new(900_144).saying(format!("The request body must contain the following parameter: '{name}'."))
    }

    fn trace(&self) -> String {
        opaque_guid(u64::from(self.code), &self.at.to_string())
    }

    /// `error_description`: number, message, and the ids that support asks for.
    pub(crate) fn description(&self) -> String {
        let trace = self.trace();
        let time = stamp(self.at);
        format!(
            "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {trace}\r\nTimestamp: {time}",
            self.code, self.message
        )
    }
}

fn stamp(at: Timestamp) -> String {
    strtime::format("%Y-%m-%d %H:%M:%SZ", TimeZone::UTC.to_datetime(at)).unwrap_or_default()
}

/// (status, error, message) by number.
fn catalogue(code: u32) -> (u16, &'static str, &'static str) {
    match code {
        70000 | 70008 => (400, "invalid_grant", "The provided authorization code or refresh token has expired."),
        700_082 => (400, "invalid_grant", "The refresh token has expired due to inactivity."),
        700_084 => (400, "invalid_grant", "The refresh token was issued to a single page app and has expired."),
        50173 => (
            400,
            "invalid_grant",
            "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        ),
        70_043 => (
            400,
            "invalid_grant",
            "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
        ),
        54005 => (
            400,
            "invalid_grant",
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code.",
        ),
        501_481 => (
            400,
            "invalid_grant",
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        ),
        9_002_313 => (400, "invalid_grant", "Invalid request. Request is malformed or invalid."),
        65001 => (400, "invalid_grant", "The user or administrator has not consented to use the application."),
        65004 => (400, "access_denied", "User declined to consent to access the app."),
        90094 => (400, "consent_required", "The grant requires administrator permission."),
        90093 => (400, "access_denied", "The application requires permissions that only an administrator can grant."),
        50076 | 50079 | 50158 | 50078 => (
            400,
            "interaction_required",
            "Due to a configuration change made by your administrator, you must use multi-factor authentication.",
        ),
        53000..=53004 | 50131 => (400, "invalid_grant", "Access has been blocked by Conditional Access policies."),
        50057 => (400, "invalid_grant", "The user account is disabled."),
        50034 => (400, "invalid_grant", "The user account does not exist in the directory."),
        50055 => (400, "invalid_grant", "The password is expired."),
        50020 => {
            (400, "invalid_grant", "The user account does not exist in this tenant and cannot access the application.")
        }
        50058 => (400, "login_required", "A silent sign-in request was sent but no user is signed in."),
        16000 => (400, "interaction_required", "More than one account is signed in."),
        7_000_215 => (401, "invalid_client", "Invalid client secret provided."),
        7_000_218 => (
            401,
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ),
        7_000_222 => (401, "invalid_client", "The provided client secret keys are expired."),
        70002 => (401, "invalid_client", "Error validating credentials."),
        700_016 | 700_011 => (400, "unauthorized_client", "The application was not found in the directory."),
        50011 => (
            400,
            "invalid_request",
            "The redirect URI specified in the request does not match the redirect URIs configured for the application.",
        ),
        70011 => (400, "invalid_scope", "The provided value for the input parameter 'scope' is not valid."),
        650_053 => (400, "invalid_client", "The application asked for a scope that doesn't exist on the resource."),
        28000 => (
            400,
            "invalid_scope",
            "Provided value for the input parameter scope is not valid because it contains more than one resource.",
        ),
        70003 => (400, "unsupported_grant_type", "The app returned an unsupported grant type."),
        90002 => (400, "invalid_request", "The tenant was not found."),
        900_144 => (400, "invalid_request", "The request body is missing a parameter."),
        50196 => {
            (400, "invalid_grant", "The server terminated an operation because it encountered a client request loop.")
        }
        90055 => (429, "temporarily_unavailable", "The tenant is throttled."),
        90033 | 90006 | 90012 | 90024 | 50033 => {
            (503, "temporarily_unavailable", "A transient error has occurred. Please try again.")
        }
        _ => (400, "invalid_request", "The request is not valid."),
    }
}

/// The usual answer for a fault's reason: `AADSTS50173`, or an OAuth error such as `temporarily_unavailable`.
pub(crate) fn of_reason(reason: &str, status: Option<u16>, at: Timestamp) -> EntraError {
    let numbered = reason.strip_prefix("AADSTS").unwrap_or(reason).parse().ok();
    let code = numbered.unwrap_or(match reason {
        "invalid_grant" => 70000,
        "invalid_client" => 7_000_215,
        "unauthorized_client" => 700_016,
        "interaction_required" => 50076,
        "consent_required" => 65001,
        "temporarily_unavailable" | "server_error" | "backendError" => 90033,
        _ => 9_002_313,
    });
    let mut error = EntraError::new(code).at(at);
    error.status = status.unwrap_or(error.status);
    error
}

impl IntoResponse for EntraError {
    fn into_response(self) -> Response {
        let trace = self.trace();
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(),
            "error_codes": [self.code],
            "timestamp": stamp(self.at),
            "trace_id": trace,
            "correlation_id": trace,
            "error_uri": format!("https://login.example.com/error?code={}", self.code),
        });
        if let Some(suberror) = self.suberror {
            body["suberror"] = json!(suberror);
        }
        if let Some(claims) = self.claims {
            body["claims"] = json!(claims);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, [(header::CACHE_CONTROL, "no-store, no-cache")], axum::Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Refusal(format!("AADSTS{}", self.code)));
        response
    }
}
