//! Error bodies of Microsoft Graph, and the sandbox's own refusals (codes that begin with `sandbox`).
//!
//! Source: Microsoft Graph "Error responses and resource types"; the codes are those of the Outlook workload.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::google::errors::Refusal;

/// A refused request, as the vendor words it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GraphError {
    pub(crate) status: u16,
    pub(crate) code: Box<str>,
    pub(crate) message: Box<str>,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u32>,
    /// For `Location`.
    pub(crate) location: Option<Box<str>>,
    /// A further member beside `code` and `message`.
    pub(crate) extra: Option<Box<(&'static str, Value)>>,
}

/// The result of everything here.
pub(crate) type Result<T> = std::result::Result<T, GraphError>;

impl GraphError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<Box<str>>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None, location: None, extra: None }
    }

    /// 400 for a body that does not fit the type.
    pub(crate) fn body(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "RequestBodyRead", message)
    }

    /// 400 for a value that the type allows and the vendor does not.
    pub(crate) fn property() -> Self {
        Self::new(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")
    }

    pub(crate) fn invalid(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "ErrorInvalidRequest", message)
    }

    pub(crate) fn parameter(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "ErrorInvalidParameter", message)
    }

    /// 400 for a query option.
    pub(crate) fn query(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    pub(crate) fn zone(name: &str) -> Self {
        let text = "A valid TimeZone value must be specified. The following TimeZone value is not supported";
        Self::new(400, "TimeZoneNotSupportedException", format!("{text}: '{name}'."))
    }

    pub(crate) fn midnight(which: &str) -> Self {
        let text = format!("The Event.{which} property for an all-day event needs to be set to midnight.");
        Self::new(400, "ErrorInvalidRequest", text)
    }

    pub(crate) fn crossing() -> Self {
        let text = "Modified occurrence is crossing or overlapping adjacent occurrence.";
        Self::new(400, "ErrorOccurrenceCrossingBoundary", text)
    }

    pub(crate) fn too_big() -> Self {
        let text = "Occurrence time span is too big: occurrences would overlap.";
        Self::new(400, "ErrorOccurrenceTimeSpanTooBig", text)
    }

    pub(crate) fn no_token() -> Self {
        Self::new(401, "InvalidAuthenticationToken", "Access token is empty.")
    }

    pub(crate) fn bad_token() -> Self {
        Self::new(401, "InvalidAuthenticationToken", "CompactToken parsing failed with error code: 80049217")
    }

    pub(crate) fn expired_token() -> Self {
        Self::new(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
    }

    pub(crate) fn denied() -> Self {
        Self::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    }

    pub(crate) fn precondition() -> Self {
        let text = "The change key passed in the request does not match the current change key for the item.";
        Self::new(412, "ErrorIrresolvableConflict", text)
    }

    pub(crate) fn throttled(message: &str) -> Self {
        let mut error = Self::new(429, "ApplicationThrottled", message);
        error.retry_after = Some(1);
        error
    }

    /// A refusal of the sandbox's own: the vendor has no such answer.
    pub(crate) fn own(status: u16, code: &str, message: impl Into<Box<str>>) -> Self {
        Self::new(status, code, message)
    }

    /// The vendor's usual answer for a code, at the status asked for or the usual one.
    pub(crate) fn of_code(code: &str, status: Option<u16>) -> Self {
        let (usual, message) = catalogue(code);
        let mut error = Self::new(status.unwrap_or(usual), code, message);
        if error.status == 429 {
            error.retry_after = Some(1);
        }
        error
    }

    /// The answer with the ids that support asks for.
    pub(crate) fn respond(self, now: Timestamp, request_id: &str) -> Response {
        let date = strtime::format("%Y-%m-%dT%H:%M:%S", TimeZone::UTC.to_datetime(now)).unwrap_or_default();
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {"date": date, "request-id": request_id, "client-request-id": request_id},
        });
        if let Some(extra) = self.extra {
            error[extra.0] = extra.1;
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(json!({"error": error}))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(location) = self.location.and_then(|url| HeaderValue::from_str(&url).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if self.status == 401 {
            let challenge =
                "Bearer realm=\"\", authorization_uri=\"https://login.example.com/common/oauth2/authorize\"";
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(Refusal(self.code.into()));
        response
    }
}

/// (usual status, message) of documented and observed codes.
fn catalogue(code: &str) -> (u16, &'static str) {
    match code {
        "InvalidAuthenticationToken" => (401, "Lifetime validation failed, the token is expired."),
        "ErrorAccessDenied" | "accessDenied" => (403, "Access is denied. Check credentials and try again."),
        "Authorization_RequestDenied" => (403, "Insufficient privileges to complete the operation."),
        "ErrorItemNotFound" | "ErrorFolderNotFound" | "ResourceNotFound" => {
            (404, "The specified object was not found in the store.")
        }
        "MailboxNotEnabledForRESTAPI" | "MailboxNotSupportedForRESTAPI" => {
            (404, "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
        }
        "ErrorNonExistentMailbox" => (404, "The SMTP address has no mailbox associated with it."),
        "ErrorIrresolvableConflict" => (
            409,
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
        ),
        "ErrorDuplicateTransactionId" => (409, DUPLICATE),
        "preconditionFailed" | "resourceModified" => (412, "The resource has changed."),
        "SyncStateNotFound" | "syncStateNotFound" | "resyncRequired" | "ResyncRequired" | "fullSyncRequired"
        | "SyncStateInvalid" => (410, "The sync state generation is not found; a full sync is required."),
        "ApplicationThrottled" => (429, "Application is over its MailboxConcurrency limit."),
        "TooManyRequests" | "activityLimitReached" => (429, "Too many requests."),
        "ErrorServerBusy" | "serviceNotAvailable" | "ErrorMailboxStoreUnavailable" | "ErrorMailboxMoveInProgress" => {
            (503, "The server is busy. Please try again later.")
        }
        "ErrorInvalidRequest"
        | "BadRequest"
        | "ErrorInvalidIdMalformed"
        | "RequestBodyRead"
        | "ErrorPropertyValidationFailure"
        | "ErrorOccurrenceCrossingBoundary" => (400, "The request is invalid."),
        _ => (500, "An internal server error occurred. The operation failed."),
    }
}

/// What a repeated `transactionId` is answered with.
pub(crate) const DUPLICATE: &str = "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.";
