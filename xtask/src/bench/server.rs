//! A vendor that costs next to nothing: served from loopback, one thread a connection. What it says
//! is a [`Site`]'s matter; here is `/_bench/…` for whoever measures.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

/// What a vendor answers.
pub(super) trait Site: Send + Sync + 'static {
    /// `changed`: some events have changed since, until that is told.
    fn answer(&self, asked: &Asked, changed: &AtomicBool) -> Answer<'_>;
}

/// A request: method, path with query, and body.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
}

/// An answer's body.
pub(super) struct Answer<'a> {
    body: Cow<'a, [u8]>,
    compressed: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn packed(body: &'a [u8]) -> Self {
        Self { body: body.into(), compressed: true }
    }

    pub(super) fn plain(body: &Value) -> Self {
        Self { body: body.to_string().into_bytes().into(), compressed: false }
    }

    pub(super) fn text(body: String) -> Self {
        Self { body: body.into_bytes().into(), compressed: false }
    }
}

struct Server<S> {
    site: S,
    changed: AtomicBool,
    counts: Counts,
}

/// Requests and bytes of bodies.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) requests: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Counts {
    pub(super) fn add(&self, bytes: usize) {
        self.requests.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn as_json(&self) -> Value {
        json!({ "requests": self.requests.load(Relaxed), "bytes": self.bytes.load(Relaxed) })
    }
}

/// Serves until the process ends. The site learns its address first: some write it into their answers.
pub(super) fn serve<S: Site>(site: impl FnOnce(SocketAddr) -> Result<S>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = Arc::new(Server { site: site(address)?, changed: AtomicBool::new(false), counts: Counts::default() });
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&server);
            // A client that goes away ends its thread: nobody waits for the reason.
            std::thread::spawn(move || server.converse(stream).ok());
        }
    });
    Ok(address)
}

impl<S: Site> Server<S> {
    fn converse(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(asked) = request(&mut reader)? {
            let Answer { body, compressed } = match asked.path.strip_prefix("/_bench/") {
                Some(order) => Answer::plain(&self.obey(order)),
                None => {
                    let answer = self.site.answer(&asked, &self.changed);
                    self.counts.add(answer.body.len());
                    answer
                }
            };
            let mut head = String::from("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n");
            if compressed {
                head.push_str("Content-Encoding: gzip\r\n");
            }
            write!(head, "Content-Length: {}\r\n\r\n", body.len())?;
            let stream = reader.get_mut();
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)?;
        }
        Ok(())
    }

    fn obey(&self, order: &str) -> Value {
        match order {
            "change" => self.changed.store(true, Relaxed),
            "restore" => self.changed.store(false, Relaxed),
            _ => {}
        }
        self.counts.as_json()
    }
}

/// The next request; none at the end.
fn request(reader: &mut BufReader<TcpStream>) -> Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or("/").to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = Vec::new();
    reader.by_ref().take(length).read_to_end(&mut body)?;
    Ok(Some(Asked { method, path, body }))
}

pub(super) fn gzip(value: &Value) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, value)?;
    Ok(encoder.finish()?)
}
