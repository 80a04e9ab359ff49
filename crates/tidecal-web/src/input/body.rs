//! JSON bodies.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::words;
use crate::problem::{Code, Problem};

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

/// A JSON body that may be left out: then every field has its default.
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            let message = "is missing; send a JSON object";
            return Err(Problem::new(Code::InvalidInput, format!("The body {message}.")).with_error("body", message));
        }
        parse(&bytes).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read(request, state).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { parse(&bytes).map(Self) }
    }
}

/// Only what says that it is JSON: a form of another site cannot say so (beside the CSRF guard).
async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let json = is_json(request.headers());
    let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(Code::BodyTooLarge, "The body is larger than any request of this interface needs.")
        } else {
            Problem::new(Code::InvalidInput, "The body broke off. Send it again.").with_error("body", "broke off")
        }
    })?;
    if !bytes.is_empty() && !json {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "Send the body as JSON, with Content-Type: application/json.",
        ));
    }
    Ok(bytes)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        match inner.classify() {
            Category::Data => words::refused(&error.path().to_string(), &inner.to_string()),
            _ => words::no_json(inner.line(), inner.column()),
        }
    })?;
    reader.end().map_err(|error| words::no_json(error.line(), error.column()))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Login {
        #[expect(dead_code, reason = "read by serde alone")]
        user_name: String,
        #[expect(dead_code, reason = "read by serde alone")]
        window: Option<Window>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Window {
        #[expect(dead_code, reason = "read by serde alone")]
        days: u8,
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (body, detail) in [
            (r"{}", "userName: is missing"),
            (r#"{"userName":"a","x":1}"#, "x: is not known here; known: userName or window"),
            (r#"{"userName":5}"#, "userName: must be a string"),
            (r#"{"userName":"a","window":{"days":"secret"}}"#, "window.days: must be a whole number"),
            (r#"{"userName":"a""#, "The body is not valid JSON (line 1, column 15). Send one JSON object."),
            (r#"{"userName":"a"}]"#, "The body is not valid JSON (line 1, column 17). Send one JSON object."),
            ("\u{1}", "The body is not valid JSON (line 1, column 1). Send one JSON object."),
        ] {
            assert_eq!(parse::<Login>(body.as_bytes()).unwrap_err().detail(), detail);
        }
    }

    #[test]
    fn only_json_is_json() {
        for (mime, json) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=application/json", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, mime.parse().unwrap())]);
            assert_eq!(is_json(&headers), json, "{mime}");
        }
    }
}
