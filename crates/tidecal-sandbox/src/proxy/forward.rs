//! One request to the server behind the proxy.

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Largest answer taken, in bytes.
const LARGEST_ANSWER: usize = 64 << 20;

/// Headers that belong to one connection (RFC 9110 7.6.1), and those that no longer fit an edited body.
const OF_THE_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::ALT_SVC,
];

/// What the upstream answered, its body whole.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Asks the upstream; the text says why there is no answer.
pub(super) async fn forward(upstream: &str, parts: &Parts, body: Bytes) -> Result<Answered, String> {
    let mut request = Request::builder().method(parts.method.clone());
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    request = request.uri(path);
    for (name, value) in &parts.headers {
        // Plain answers can be edited.
        if !OF_THE_CONNECTION.contains(name) && name != header::ACCEPT_ENCODING && name != header::EXPECT {
            request = request.header(name, value);
        }
    }
    let request = request.header(header::CONTENT_LENGTH, body.len()).body(Body::from(body));
    let request = request.map_err(|error| error.to_string())?;
    let answered = ask(upstream, request).await.map_err(|error| error.to_string())?;
    let (parts, body) = answered.into_parts();
    let body = to_bytes(Body::new(body), LARGEST_ANSWER).await.map_err(|error| error.to_string())?;
    let mut headers = parts.headers;
    OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    Ok(Answered { status: parts.status.as_u16(), headers, body })
}

async fn ask(
    upstream: &str,
    request: Request<Body>,
) -> Result<http::Response<hyper::body::Incoming>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(upstream).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the answer, or with the upstream.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender.send_request(request).await?)
}
