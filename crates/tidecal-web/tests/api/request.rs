//! One request, and its answer.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::app::Person;

pub(crate) struct Request {
    router: Router,
    inner: axum::http::request::Builder,
    body: Vec<u8>,
    peer: &'static str,
    host: &'static str,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(router: Router, method: &str, path: &str) -> Self {
        let inner = axum::http::Request::builder().method(method).uri(path);
        Self { router, inner, body: Vec::new(), peer: "203.0.113.9:50000", host: "cal.example.com" }
    }

    pub(crate) fn by(self, person: &Person) -> Self {
        self.header("cookie", &person.cookie)
    }

    pub(crate) fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.inner = self.inner.header(name, value);
        self
    }

    /// From a program on the server's own machine.
    pub(crate) fn on_this_machine(mut self) -> Self {
        (self.peer, self.host) = ("127.0.0.1:50000", "localhost:3000");
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").text(&body.to_string())
    }

    pub(crate) fn text(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    /// The answer as it begins, its body unread.
    pub(crate) async fn begin(self) -> axum::response::Response {
        let peer: SocketAddr = self.peer.parse().unwrap();
        let inner = self.inner.header("host", self.host).extension(ConnectInfo(peer));
        self.router.oneshot(inner.body(Body::from(self.body)).unwrap()).await.unwrap()
    }

    pub(crate) async fn send(self) -> Answer {
        let (parts, body) = self.begin().await.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The JSON of an answer with that status.
    pub(crate) async fn expect(self, status: u16) -> Value {
        let answer = self.send().await;
        assert_eq!(answer.status.as_u16(), status, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// The code of a problem with that status.
    pub(crate) async fn refused(self, status: u16) -> String {
        let answer = self.send().await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        for member in ["type", "title", "status", "detail", "code", "requestId"] {
            assert!(!problem[member].is_null(), "{member} in {problem}");
        }
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
