//! A misbehaving proxy in front of a real CalDAV or feed server: what servers of other makes do wrong, done to the
//! answers of one that does it right.
//!
//! Requests pass to the upstream with their `Host`, so that addresses in its answers lead back here. Lasting habits are
//! **tempers** ([`tempers`]), single failures are **faults** ([`faults`]); both are switched under `/_proxy`:
//!
//! | request | what |
//! |---|---|
//! | `GET`, `PATCH`, `DELETE /_proxy/tempers` | show, change, forget the habits |
//! | `GET`, `POST`, `DELETE /_proxy/faults` | single failures |
//! | `POST /_proxy/expire-tokens` | every sync token that passed so far is refused from now on |
//! | `GET`, `DELETE /_proxy/ledger` | what was asked and how it was answered |
//!
//! Deliberately not here: TLS on either side, proxying by `CONNECT`, rules about who may ask. XML is edited as text:
//! what is not touched stays as the server wrote it.

mod answer;
mod control;
mod dav;
mod digest;
mod faults;
mod forward;
mod tempers;
mod tokens;
mod xml;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use serde::Serialize;

use self::faults::Faults;
use self::tempers::Tempers;
use self::tokens::Tokens;
use crate::Sandbox;

/// Settings of one proxy.
#[derive(Debug, Clone)]
pub struct ProxyConfig {
    /// Address to listen on; port 0 takes a free one.
    pub addr: SocketAddr,
    /// `host:port` of the server behind it, which speaks plain HTTP.
    pub upstream: String,
}

impl ProxyConfig {
    /// A proxy on a free loopback port before the server at `upstream`: `host:port`, or `http://host:port`.
    #[must_use]
    pub fn before(upstream: &str) -> Self {
        let upstream = upstream.strip_prefix("http://").unwrap_or(upstream).trim_end_matches('/').to_owned();
        Self { addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), upstream }
    }
}

/// Starts a proxy; it ends like a sandbox does.
///
/// # Errors
/// The address cannot be listened on.
pub async fn start_proxy(config: ProxyConfig) -> io::Result<Sandbox> {
    let ProxyConfig { addr, upstream } = config;
    let proxy = Proxy { upstream: upstream.into(), state: Arc::default() };
    let app = Router::new()
        .route("/_proxy/tempers", get(control::tempers).patch(control::change).delete(control::calm))
        .route("/_proxy/faults", get(control::faults).post(control::add).delete(control::clear))
        .route("/_proxy/expire-tokens", post(control::expire_tokens))
        .route("/_proxy/ledger", get(control::ledger).delete(control::clear_ledger))
        .fallback(answer::answer)
        .with_state(proxy);
    crate::serve::listen(addr, app).await
}

/// Shared by all requests.
#[derive(Debug, Clone)]
struct Proxy {
    upstream: Arc<str>,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct State {
    tempers: Tempers,
    faults: Faults,
    tokens: Tokens,
    /// Requests so far, for habits that strike every n-th time.
    count: u32,
    ledger: Vec<Line>,
}

/// One request as the ledger shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    method: String,
    path: String,
    depth: Option<String>,
    /// Name of the report, if it is one.
    report: Option<&'static str>,
    /// None: the connection was dropped.
    status: Option<u16>,
}
