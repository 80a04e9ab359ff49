//! A peer behind the misbehaving proxy, and an adapter in front of both.

use std::time::Duration;

use serde_json::{Value, json};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::{Access, Adapter};
use tidecal_sandbox::{ProxyConfig, Sandbox, start_proxy};

use crate::peer::Peer;

pub(crate) struct Bench {
    pub(crate) peer: Box<dyn Peer>,
    pub(crate) adapter: Box<dyn Adapter>,
    pub(crate) access: Access,
    proxy: Sandbox,
    control: Transport,
}

impl Bench {
    pub(crate) async fn before(peer: Box<dyn Peer>) -> Self {
        let proxy = start_proxy(ProxyConfig::before(&peer.upstream())).await.unwrap();
        // Patient enough for a slow machine, impatient enough for a test of impatience.
        let transport = transport(&proxy.base_url, Duration::from_secs(5));
        let (adapter, access) = peer.connect(&proxy.base_url, transport).await;
        let control = transport_of_tests(&proxy.base_url);
        Self { peer, adapter, access, proxy, control }
    }

    /// Changes habits of the proxy.
    pub(crate) async fn temper(&self, tempers: Value) {
        self.call("PATCH", "tempers", tempers).await;
    }

    /// Ends all habits and pending failures.
    pub(crate) async fn calm(&self) {
        self.call("DELETE", "tempers", Value::Null).await;
        self.call("DELETE", "faults", Value::Null).await;
        self.peer.page_by(self, 0).await;
    }

    /// The next request meets this.
    pub(crate) async fn strike(&self, fault: Value) {
        self.call("POST", "faults", fault).await;
    }

    pub(crate) async fn expire_tokens(&self) {
        self.call("POST", "expire-tokens", Value::Null).await;
    }

    /// The proxy asks for Digest with the account's password.
    pub(crate) async fn digest(&self, sha256: bool) {
        use secrecy::ExposeSecret as _;
        let Access::Password { username, password, .. } = &self.access else { panic!("a login without password") };
        let login = json!({"username": username, "password": password.expose_secret(), "sha256": sha256});
        self.temper(json!({"digest": login})).await;
    }

    /// Requests since the last time this was called.
    pub(crate) async fn asked(&self) -> Vec<Value> {
        let ledger = self.call("GET", "ledger", Value::Null).await;
        self.call("DELETE", "ledger", Value::Null).await;
        ledger.as_array().unwrap().clone()
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_proxy/{path}", self.proxy.base_url);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder().method(method).uri(url).body(body.into()).unwrap();
        let answer = self.control.send(request).await.unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap_or(Value::Null)
    }
}

fn transport(origin: &str, limit: Duration) -> Transport {
    let guard = Guard { allow_private: false, allowed_origins: vec![origin.to_owned()] };
    Transport::new(TransportConfig { guard, request_timeout: limit, ..TransportConfig::default() }).unwrap()
}

/// A transport for the hand behind Tidecal's back.
pub(crate) fn transport_of_tests(origin: &str) -> Transport {
    transport(origin, Duration::from_secs(30))
}
