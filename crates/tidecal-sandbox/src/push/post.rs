//! One post to a channel's address: the vendor's headers, no body, and its rule of which answers are tried again.

use std::time::Duration;

use http::Request;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use tokio::net::TcpStream;
use url::Url;

use super::Channel;
use crate::clock;

/// Attempts of one message.
pub(super) const MOST_ATTEMPTS: u32 = 5;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statuses that the vendor tries again.
const TRIED_AGAIN: [u16; 4] = [500, 502, 503, 504];
const AGENT: &str = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)";

/// Address and headers of a message.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) address: String,
    headers: Vec<(&'static str, String)>,
}

impl Letter {
    pub(super) fn of(channel: &Channel, number: u64, state: &str) -> Self {
        let mut headers = vec![
            ("X-Goog-Channel-ID", channel.id.clone()),
            ("X-Goog-Message-Number", number.to_string()),
            ("X-Goog-Resource-ID", channel.resource_id.clone()),
            ("X-Goog-Resource-State", state.to_owned()),
            ("X-Goog-Resource-URI", channel.resource_uri.clone()),
            ("X-Goog-Channel-Expiration", readable(channel.expires_ms)),
        ];
        headers.extend(channel.token.iter().map(|token| ("X-Goog-Channel-Token", token.clone())));
        Self { address: channel.address.clone(), headers }
    }
}

/// RFC 1123, as this one header of the vendor has it; the watch answer says milliseconds.
fn readable(ms: i64) -> String {
    let instant = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    strtime::format("%a, %d %b %Y %H:%M:%S GMT", &instant.to_zoned(TimeZone::UTC)).unwrap_or_default()
}

/// Sends until an answer counts or the attempts are used up; answers the last status and the number of attempts.
pub(super) async fn send(letter: &Letter, pause_ms: u64, most: u32) -> (Option<u16>, u32) {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let status = tokio::time::timeout(PATIENCE, once(letter)).await.ok().flatten();
        let again = status.is_none_or(|status| TRIED_AGAIN.contains(&status));
        if !again || attempts >= most {
            return (status, attempts);
        }
        clock::wait(pause_ms << (attempts - 1)).await;
    }
}

async fn once(letter: &Letter) -> Option<u16> {
    let url = Url::parse(&letter.address).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = url.port_or_known_default()?;
    let stream = TcpStream::connect((host, port)).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let ending = tokio::spawn(connection);
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut request = Request::post(target)
        .header("Host", url.authority())
        .header("User-Agent", AGENT)
        .header("Content-Length", "0")
        .header("Connection", "close");
    for (name, value) in &letter.headers {
        request = request.header(*name, value);
    }
    let request = request.body(axum::body::Body::empty()).ok()?;
    let status = sender.send_request(request).await.ok().map(|response| response.status().as_u16());
    ending.abort();
    status
}
