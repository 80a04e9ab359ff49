//! The page at the end of a vendor's consent flow.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::html::{escape, page};
use crate::problem::Problem;

/// Tells the opener and closes; says the same to a person whose window has no opener.
pub(crate) fn oauth_result(result: &Result<String, Problem>) -> Response {
    let (message, status, title, words) = match result {
        Ok(account_id) => (
            json!({"type": "tidecal:oauth", "ok": true, "accountId": account_id}),
            StatusCode::OK,
            "Account connected",
            "The account is connected. Choose its calendars in Calendar Integrations.",
        ),
        Err(problem) => (
            json!({"type": "tidecal:oauth", "ok": false,
                "error": {"code": problem.code().as_str(), "detail": problem.detail()}}),
            problem.status(),
            "The account was not connected",
            problem.detail(),
        ),
    };
    let body = format!(
        "<body><main id=\"result\" data-message=\"{}\"><h1>{}</h1><p>{}</p>\
         <p><a href=\"/settings/calendars\">Back to Calendar Integrations</a></p>\
         <p class=\"quiet\">This window can be closed.</p></main><script src=\"/oauth-result.js\"></script></body>",
        escape(&message.to_string()),
        escape(title),
        escape(words)
    );
    page(status, title, "", &body)
}
