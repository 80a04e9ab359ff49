//! Requests to the two servers on this machine: HTTP/1.0, one connection each, JSON both ways.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A manual sync answers after 25 seconds at the latest.
const PATIENCE: Duration = Duration::from_secs(45);

/// A server, and the session that it has given.
pub(super) struct Peer {
    address: SocketAddr,
    cookie: RefCell<Option<String>>,
}

/// What came back.
pub(super) struct Answer {
    /// Status code.
    pub(super) status: u16,
    /// The body; null where it is no JSON.
    pub(super) body: Value,
}

impl Peer {
    pub(super) fn at(address: SocketAddr) -> Self {
        Self { address, cookie: RefCell::new(None) }
    }

    /// One request, whatever the answer's status. An error: there was no answer.
    pub(super) fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let cookie = self.cookie.borrow().as_ref().map_or_else(String::new, |it| format!("Cookie: {it}\r\n"));
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\n{cookie}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            self.address,
            text.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        self.read(&String::from_utf8_lossy(&answer))
    }

    fn read(&self, answer: &str) -> Result<Answer> {
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer was cut off")?;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no HTTP answer")?;
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next().unwrap_or("").trim().to_owned())
        });
        if let Some(cookie) = cookie {
            *self.cookie.borrow_mut() = Some(cookie);
        }
        Ok(Answer { status, body: serde_json::from_str(body).unwrap_or(Value::Null) })
    }

    /// One request that has to succeed; its body.
    pub(super) fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let answer = self.ask(method, path, body).with_context(|| format!("{method} {path}"))?;
        if !(200..400).contains(&answer.status) {
            bail!("{method} {path}: {} {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }
}
