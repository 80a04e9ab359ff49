//! What becomes of slow, broken, oversized and redirecting answers.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use tidecal_http::{Guard, Patience, Transport, TransportConfig, TransportError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A server that answers every connection with `answer` and closes, or keeps silent.
async fn serve(answer: Option<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                match answer {
                    Some(answer) => drop(stream.write_all(&answer).await),
                    None => std::future::pending::<()>().await,
                }
            });
        }
    });
    origin
}

fn transport(origin: &str) -> Transport {
    let guard = Guard { allow_private: false, allowed_origins: vec![origin.to_owned()] };
    let config = TransportConfig {
        guard,
        max_body_bytes: 100_000,
        request_timeout: Duration::from_millis(300),
        ..TransportConfig::default()
    };
    Transport::new(config).unwrap()
}

async fn fetch(answer: Option<Vec<u8>>) -> Result<http::Response<Bytes>, TransportError> {
    let origin = serve(answer).await;
    let url = format!("{origin}/path?token=canary");
    let result = transport(&origin).send(http::Request::get(url).body(Bytes::new()).unwrap()).await;
    if let Err(error) = &result {
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("127.0.0.1") && !shown.contains("canary") && !shown.contains("/path"), "{shown}");
    }
    result
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn with_body(head: &str, body: &[u8]) -> Option<Vec<u8>> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{head}\r\n", body.len());
    Some([head.as_bytes(), body].concat())
}

#[tokio::test]
async fn an_answer_arrives_with_its_status_headers_and_decoded_body() {
    let answer =
        fetch(with_body("X-Test: yes\r\nContent-Encoding: gzip\r\n", &gzip(b"BEGIN:VCALENDAR"))).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-test"], "yes");
    assert_eq!(answer.body().as_ref(), b"BEGIN:VCALENDAR");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let head = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n";
    let answer = fetch(Some(head.into())).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "http://169.254.169.254/");
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_interrupted() {
    let answer = fetch(Some(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nBEGIN:VCALENDAR".to_vec())).await;
    assert!(matches!(answer, Err(TransportError::Interrupted { .. })), "{answer:?}");
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nBEGIN".to_vec();
    assert!(matches!(fetch(Some(chunked)).await, Err(TransportError::Interrupted { .. })));
    let cut = &gzip(&[b'x'; 5000])[..20];
    let answer = fetch(with_body("Content-Encoding: gzip\r\n", cut)).await;
    assert!(matches!(answer, Err(TransportError::Interrupted { .. })), "{answer:?}");
    assert!(matches!(fetch(Some(b"SSH-2.0-OpenSSH\r\n".to_vec())).await, Err(TransportError::Interrupted { .. })));
}

#[tokio::test]
async fn the_limit_holds_for_what_a_body_decodes_to() {
    let bomb = gzip(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 100_000, "small on the wire: {}", bomb.len());
    let answer = fetch(with_body("Content-Encoding: gzip\r\n", &bomb)).await;
    assert!(matches!(answer, Err(TransportError::TooLarge { limit: 100_000, .. })), "{answer:?}");
    let answer = fetch(with_body("", &vec![b'x'; 100_001])).await;
    assert!(matches!(answer, Err(TransportError::TooLarge { .. })), "{answer:?}");
    assert_eq!(fetch(with_body("", &vec![b'x'; 100_000])).await.unwrap().body().len(), 100_000);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    assert!(matches!(fetch(None).await, Err(TransportError::Timeout { .. })));
}

#[tokio::test]
async fn a_request_may_bring_its_own_patience() {
    let origin = serve(None).await;
    let mut request = http::Request::get(&origin).body(Bytes::new()).unwrap();
    request.extensions_mut().insert(Patience(Duration::from_millis(50)));
    let unlimited = TransportConfig {
        guard: Guard { allow_private: false, allowed_origins: vec![origin] },
        request_timeout: Duration::from_secs(86_400),
        ..TransportConfig::default()
    };
    let answer = Transport::new(unlimited).unwrap().send(request).await;
    assert!(matches!(answer, Err(TransportError::Timeout { .. })), "{answer:?}");
}

#[tokio::test]
async fn nobody_listening_is_no_connection() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let answer = transport(&origin).send(http::Request::get(&origin).body(Bytes::new()).unwrap()).await;
    let Err(error) = answer else { panic!("{answer:?}") };
    assert!(matches!(error, TransportError::Connect { .. }) && error.is_outage(), "{error:?}");
}

#[tokio::test]
async fn plain_text_where_tls_is_expected_is_named() {
    let origin = serve(Some(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await.replace("http:", "https:");
    let answer = transport(&origin).send(http::Request::get(&origin).body(Bytes::new()).unwrap()).await;
    assert!(matches!(answer, Err(TransportError::Tls { .. })), "{answer:?}");
}
