//! A server that says what a test tells it to, and remembers what it was asked.

#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use tidecal_http::{Guard, Transport, TransportConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub authorization: Option<String>,
    pub depth: Option<String>,
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

pub fn reply(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply { status, headers: Vec::new(), body: body.into() }
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A server that runs as long as the test's runtime.
pub struct Scripted {
    /// `http://127.0.0.1:port`, without a slash.
    pub origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    pub async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, script) = (Arc::clone(&asked), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen), Arc::clone(&script)));
            }
        });
        Self { origin, asked }
    }

    /// Everything asked since the last time this was called.
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn serve<F>(mut stream: TcpStream, seen: Arc<Mutex<Vec<Asked>>>, script: Arc<F>)
where
    F: Fn(&Asked) -> Reply + Send + Sync + 'static,
{
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    let asked = loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
        if let Some(asked) = parse(&bytes) {
            break asked;
        }
    };
    let reply = script(&asked);
    seen.lock().unwrap().push(asked);
    let mut head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all(&[head.as_bytes(), b"\r\n", &reply.body].concat()).await;
}

/// The request, once it is whole.
fn parse(bytes: &[u8]) -> Option<Asked> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let field = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = field("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut words = head.lines().next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    (body.len() >= length).then(|| Asked {
        method,
        path,
        authorization: field("authorization"),
        depth: field("depth"),
        body: body.to_owned(),
    })
}

/// A 207 with that inside; the prefixes are d, c and cs.
pub fn multistatus(inner: &str) -> Reply {
    let body = format!(
        r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/">{inner}</d:multistatus>"#
    );
    reply(207, body).with("Content-Type", "application/xml; charset=utf-8")
}

/// One `response` with properties that were found.
pub fn found(href: &str, props: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

pub fn is_multiget(asked: &Asked) -> bool {
    asked.body.contains("calendar-multiget")
}

/// A transport that reaches these origins alone, with little room for answers.
pub fn transport(origins: &[&str]) -> Transport {
    let guard = Guard { allow_private: false, allowed_origins: origins.iter().map(|it| (*it).to_owned()).collect() };
    Transport::new(TransportConfig { guard, max_body_bytes: 200_000, ..TransportConfig::default() }).unwrap()
}
