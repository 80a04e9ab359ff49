//! Posts to receivers of notifications, on this machine only.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::Request;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

use crate::push::is_loopback;

/// The receiver has so long to answer the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// And so long to take a notification.
const PATIENCE: Duration = Duration::from_secs(3);
const LONGEST_ANSWER: usize = 64 * 1024;

/// Whether the receiver answers the validation token, decoded and as plain text.
pub(super) async fn shakes_hands(url: &str, token: &str) -> bool {
    let Ok(mut target) = Url::parse(url) else {
        return false;
    };
    target.query_pairs_mut().append_pair("validationToken", token);
    let answer = tokio::time::timeout(HANDSHAKE, send(&target, "text/plain; charset=utf-8", String::new())).await;
    matches!(answer, Ok(Some((200, kind, body))) if kind.starts_with("text/plain") && body == token)
}

/// Whether the receiver took a notification.
pub(super) async fn deliver(url: &str, body: &str) -> bool {
    let Ok(target) = Url::parse(url) else {
        return false;
    };
    let answer = tokio::time::timeout(PATIENCE, send(&target, "application/json", body.to_owned())).await;
    matches!(answer, Ok(Some((status, _, _))) if (200..300).contains(&status))
}

/// (status, content type, body)
async fn send(url: &Url, kind: &str, body: String) -> Option<(u16, String, String)> {
    if !is_loopback(url.as_str()) {
        return None;
    }
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((host, url.port_or_known_default()?)).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let driving = tokio::spawn(connection);
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request = Request::post(target)
        .header("Host", url.authority())
        .header("Content-Type", kind)
        .header("Content-Length", body.len())
        .header("Connection", "close")
        .body(Body::from(body))
        .ok()?;
    let answered = async {
        let response = sender.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.to_owned();
        let bytes = to_bytes(Body::new(response.into_body()), LONGEST_ANSWER).await.ok()?;
        Some((status, kind, String::from_utf8_lossy(&bytes).into_owned()))
    }
    .await;
    driving.abort();
    answered
}
