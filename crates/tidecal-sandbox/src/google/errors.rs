//! The vendor's error bodies for the Calendar API, and the sandbox's own refusals.
//!
//! Every error carries the legacy list `error.errors[]`; authentication and permission errors of the newer frontend add
//! `status` and `details[]`. Refusals that the vendor does not know have the domain `sandbox`.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// A refused request, as the vendor words it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) domain: &'static str,
    pub(crate) reason: Box<str>,
    pub(crate) message: Box<str>,
    /// (locationType, location)
    pub(crate) location: Option<(&'static str, Box<str>)>,
    /// `status` of the newer error format.
    pub(crate) rpc_status: Option<&'static str>,
    /// `details[]` of the newer error format.
    pub(crate) details: Option<Box<Value>>,
}

/// The reason of a refused request, left in the response for the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) String);

/// The parameter or header that a refused request went wrong at, left in the response likewise.
#[derive(Debug, Clone)]
pub(crate) struct RefusedAt(pub(crate) String);

impl ApiError {
    pub(crate) fn new(status: u16, domain: &'static str, reason: &str, message: impl Into<Box<str>>) -> Self {
        Self {
            status,
            domain,
            reason: reason.into(),
            message: message.into(),
            location: None,
            rpc_status: None,
            details: None,
        }
    }

    pub(crate) fn at_parameter(mut self, name: &str) -> Self {
        self.location = Some(("parameter", name.into()));
        self
    }

    pub(crate) fn at_header(mut self, name: &str) -> Self {
        self.location = Some(("header", name.into()));
        self
    }

    /// 400 `invalid` for a body value.
    pub(crate) fn invalid(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "global", "invalid", message)
    }

    /// 400 `required`.
    pub(crate) fn required(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "global", "required", message)
    }

    /// 400 `invalidParameter` for a query value that does not parse.
    pub(crate) fn parameter(name: &str, message: impl Into<Box<str>>) -> Self {
        Self::new(400, "global", "invalidParameter", message).at_parameter(name)
    }

    pub(crate) fn bad_request(message: impl Into<Box<str>>) -> Self {
        Self::new(400, "global", "badRequest", message)
    }

    pub(crate) fn range_empty() -> Self {
        Self::new(400, "calendar", "timeRangeEmpty", "The specified time range is empty.").at_parameter("timeMax")
    }

    pub(crate) fn bad_sync_token() -> Self {
        Self::new(400, "global", "invalid", "Invalid sync token value.").at_parameter("syncToken")
    }

    pub(crate) fn full_sync_required() -> Self {
        Self::new(410, "calendar", "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
            .at_parameter("syncToken")
    }

    pub(crate) fn unauthenticated() -> Self {
        let mut error = Self::new(401, "global", "authError", "Invalid Credentials").at_header("Authorization");
        error.rpc_status = Some("UNAUTHENTICATED");
        error
    }

    pub(crate) fn login_required() -> Self {
        let mut error = Self::new(401, "global", "required", "Login Required.").at_header("Authorization");
        error.rpc_status = Some("UNAUTHENTICATED");
        error
    }

    /// 403 for a token without a scope that `operation` needs.
    pub(crate) fn scope(operation: &str) -> Self {
        let mut error =
            Self::new(403, "global", "insufficientPermissions", "Request had insufficient authentication scopes.");
        error.rpc_status = Some("PERMISSION_DENIED");
        error.details = Some(Box::new(json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
            "metadata": {
                "service": "calendar-json.googleapis.com",
                "method": format!("calendar.v3.{operation}"),
            },
        }])));
        error
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(403, "global", "forbidden", "Forbidden")
    }

    pub(crate) fn writer_needed() -> Self {
        Self::new(403, "calendar", "requiredAccessLevel", "You need to have writer access to this calendar.")
    }

    pub(crate) fn owner_needed() -> Self {
        Self::new(403, "calendar", "requiredAccessLevel", "You need to have owner access to this calendar.")
    }

    pub(crate) fn not_organizer() -> Self {
        Self::new(
            403,
            "calendar",
            "forbiddenForNonOrganizer",
            "Shared properties can only be changed by the organizer of the event.",
        )
    }

    pub(crate) fn low_sequence() -> Self {
        Self::invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence number of the resource.",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "global", "notFound", "Not Found")
    }

    pub(crate) fn duplicate() -> Self {
        Self::new(409, "global", "duplicate", "The requested identifier already exists.")
    }

    pub(crate) fn deleted() -> Self {
        Self::new(410, "global", "deleted", "Resource has been deleted")
    }

    pub(crate) fn precondition() -> Self {
        Self::new(412, "global", "conditionNotMet", "Precondition Failed").at_header("If-Match")
    }

    /// A refusal of the sandbox's own: the vendor has no such answer.
    pub(crate) fn own(status: u16, reason: &str, message: impl Into<Box<str>>) -> Self {
        Self::new(status, "sandbox", reason, message)
    }

    /// The vendor's standard answer for a reason of its catalogue, at the status asked for or the usual one.
    pub(crate) fn of_reason(reason: &str, status: Option<u16>) -> Self {
        let (usual, domain, message) = catalogue(reason);
        let mut error = match reason {
            "authError" => Self::unauthenticated(),
            "insufficientPermissions" => Self::scope("Any"),
            "fullSyncRequired" => Self::full_sync_required(),
            "conditionNotMet" => Self::precondition(),
            _ => Self::new(usual, domain, reason, message),
        };
        if let Some(status) = status {
            error.status = status;
        }
        error
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
        let mut item = json!({
            "domain": self.domain, "reason": self.reason, "message": self.message,
        });
        if let Some((kind, place)) = &self.location {
            item["locationType"] = json!(kind);
            item["location"] = json!(place);
        }
        let mut error = json!({"errors": [item], "code": self.status, "message": self.message});
        if let Some(status) = self.rpc_status {
            error["status"] = json!(status);
        }
        if let Some(details) = &self.details {
            error["details"] = details.as_ref().clone();
        }
        json!({ "error": error })
    }
}

/// (usual status, domain, message) of the vendor's documented and observed reasons.
fn catalogue(reason: &str) -> (u16, &'static str, &'static str) {
    match reason {
        "userRateLimitExceeded" => (403, "usageLimits", "User Rate Limit Exceeded"),
        "rateLimitExceeded" => (403, "usageLimits", "Rate Limit Exceeded"),
        "quotaExceeded" => (403, "usageLimits", "Calendar usage limits exceeded."),
        "dailyLimitExceeded" => (403, "usageLimits", "Daily Limit Exceeded"),
        "accessNotConfigured" => {
            (403, "usageLimits", "Google Calendar API has not been used in project 0 before or it is disabled.")
        }
        "forbidden" => (403, "global", "Forbidden"),
        "forbiddenForNonOrganizer" => {
            (403, "calendar", "Shared properties can only be changed by the organizer of the event.")
        }
        "requiredAccessLevel" => (403, "calendar", "You need to have writer access to this calendar."),
        "notFound" => (404, "global", "Not Found"),
        "duplicate" => (409, "global", "The requested identifier already exists."),
        "conflict" => (409, "global", "Conflict"),
        "deleted" => (410, "global", "Resource has been deleted"),
        "updatedMinTooLongAgo" => {
            (410, "calendar", "The requested minimum modification time lies too far in the past.")
        }
        "calendarUsageLimitsExceeded" => (403, "usageLimits", "Calendar usage limits exceeded."),
        "domainPolicy" => (403, "global", "The domain administrators have disabled Calendar apps."),
        "channelIdNotUnique" => (400, "global", "Channel id not unique"),
        "pushNotSupportedForRequestedResource" => {
            (400, "calendar", "Push notifications are not supported by this resource.")
        }
        "push.webhookUrlNotHttps" | "push.webhookUrlUnauthorized" | "push.channelTypeNotSupported" => {
            (400, "global", "The channel cannot be opened.")
        }
        "timeRangeEmpty" => (400, "calendar", "The specified time range is empty."),
        "badRequest" | "invalid" | "invalidParameter" | "required" => (400, "global", "Bad Request"),
        _ => (500, "global", "Backend Error"),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self.body())).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
        if self.status == 401 {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""),
            );
        }
        if let Some((_, place)) = self.location {
            response.extensions_mut().insert(RefusedAt(place.into()));
        }
        response.extensions_mut().insert(Refusal(self.reason.into()));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_the_legacy_list_and_for_scopes_the_newer_details() {
        let body = ApiError::scope("Events.List").body();
        assert_eq!(body["error"]["errors"][0]["reason"], "insufficientPermissions");
        assert_eq!(body["error"]["status"], "PERMISSION_DENIED");
        assert_eq!(body["error"]["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
        let body = ApiError::full_sync_required().body();
        assert_eq!(body["error"]["errors"][0]["location"], "syncToken");
        assert_eq!(body["error"]["code"], 410);
    }

    #[test]
    fn a_reason_keeps_its_domain_when_the_status_is_another() {
        let error = ApiError::of_reason("rateLimitExceeded", Some(429));
        assert_eq!((error.status, error.domain), (429, "usageLimits"));
    }
}
