//! Refusals: a status with the precondition that failed (RFC 4918 16).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::xml::{Name, Ns, escaped};
use crate::google::errors::Refusal;

pub(crate) type Result<T> = std::result::Result<T, DavError>;

/// A refused request.
#[derive(Debug, Clone)]
pub(crate) struct DavError {
    pub(crate) status: u16,
    condition: Option<Name>,
    /// For people.
    detail: String,
    /// Of the resource in the way.
    href: Option<String>,
}

impl DavError {
    fn new(status: u16, condition: Option<Name>, detail: impl Into<String>) -> Self {
        Self { status, condition, detail: detail.into(), href: None }
    }

    pub(crate) fn plain(status: u16, detail: impl Into<String>) -> Self {
        Self::new(status, None, detail)
    }

    /// A precondition of WebDAV.
    pub(crate) fn dav(status: u16, condition: &str, detail: impl Into<String>) -> Self {
        Self::new(status, Some(Name::new(Ns::DAV, condition)), detail)
    }

    /// A precondition of CalDAV.
    pub(crate) fn caldav(status: u16, condition: &str, detail: impl Into<String>) -> Self {
        Self::new(status, Some(Name::new(Ns::CALDAV, condition)), detail)
    }

    pub(crate) fn at(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::plain(400, detail)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::plain(401, "Sign in with the address and the app password.")
    }

    pub(crate) fn not_found() -> Self {
        Self::plain(404, "There is nothing here.")
    }

    /// RFC 3744 7.1.1.
    pub(crate) fn forbidden() -> Self {
        Self::dav(403, "need-privileges", "This login may not do that here.")
    }

    pub(crate) fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::plain(412, detail)
    }

    /// The answer of a fault that names a precondition.
    pub(crate) fn of_reason(reason: &str, status: Option<u16>) -> Self {
        let (ns, usual) = match reason {
            "valid-sync-token" | "need-privileges" | "supported-report" => (Ns::DAV, 403),
            "quota-not-exceeded" | "sufficient-disk-space" => (Ns::DAV, 507),
            "no-uid-conflict" => (Ns::CALDAV, 409),
            "valid-calendar-data" | "valid-calendar-object-resource" | "max-resource-size" => (Ns::CALDAV, 403),
            _ => return Self::plain(status.unwrap_or(500), "A fault struck."),
        };
        Self::new(status.unwrap_or(usual), Some(Name::new(ns, reason)), "A fault struck.")
    }

    /// What the ledger keeps.
    fn reason(&self) -> String {
        self.condition.as_ref().map_or_else(|| self.status.to_string(), |name| name.local.clone())
    }
}

impl IntoResponse for DavError {
    fn into_response(self) -> Response {
        let reason = self.reason();
        let href = self.href.map(|href| format!("<d:href>{}</d:href>", escaped(&href))).unwrap_or_default();
        let condition = self.condition.map(|name| name.element(&href)).unwrap_or_default();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:error {}>{condition}<s:message xmlns:s=\"http://sandbox.example.com/ns/\">{}</s:message></d:error>",
            Ns::DECLARED,
            escaped(&self.detail)
        );
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(header::CONTENT_TYPE, "application/xml; charset=utf-8")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"sandbox\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(Refusal(reason));
        response
    }
}
