//! Sending one request.

use std::error::Error as StdError;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use reqwest::{Client, ClientBuilder, Proxy, redirect};
use url::Url;

use crate::guard::{Lane, Rules};
use crate::resolve::{Lookup, Resolver, system_lookup};
use crate::{Patience, TransportConfig, TransportError};

/// Sends requests under the guard and the limits of its configuration. Cheap to clone; clones share
/// their connections.
#[derive(Clone)]
pub struct Transport {
    inner: Arc<Inner>,
}

struct Inner {
    guarded: Client,
    allowed: Client,
    rules: Arc<Rules>,
    /// Present if a proxy resolves names: they are looked at before it is asked.
    before_proxy: Option<Resolver>,
    max_body_bytes: usize,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("rules", &self.inner.rules).finish_non_exhaustive()
    }
}

impl Transport {
    /// A transport of that configuration.
    ///
    /// # Errors
    /// [`TransportError::Setup`] names the setting that is wrong.
    pub fn new(config: TransportConfig) -> Result<Self, TransportError> {
        Self::with_lookup(config, system_lookup())
    }

    #[expect(clippy::needless_pass_by_value, reason = "a transport takes its configuration over")]
    fn with_lookup(config: TransportConfig, lookup: Lookup) -> Result<Self, TransportError> {
        let rules = Arc::new(Rules::new(&config.guard)?);
        let open = Resolver { lookup: lookup.clone(), rules: None };
        let closed = Resolver { lookup, rules: Some(Arc::clone(&rules)) };
        let allowed = build(client(&config)?.dns_resolver(open.clone()))?;
        let (guarded, before_proxy) = match &config.proxy {
            None => (build(client(&config)?.dns_resolver(closed))?, None),
            Some(proxy) => {
                let proxy = Proxy::all(proxy.clone()).map_err(|_| TransportError::Setup {
                    detail: "the proxy is no address; write http://host:port".to_owned(),
                })?;
                (build(client(&config)?.dns_resolver(open).proxy(proxy))?, Some(closed))
            }
        };
        let inner = Inner { guarded, allowed, rules, before_proxy, max_body_bytes: config.max_body_bytes };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether the guard would let a request to `url` out, as far as its text tells; what a name
    /// resolves to is seen when the request is sent.
    ///
    /// # Errors
    /// [`TransportError::Guarded`] or [`TransportError::InvalidUrl`].
    pub fn check(&self, url: &Url) -> Result<(), TransportError> {
        self.inner.rules.check(url).map(drop)
    }

    /// Sends `request` once and reads the whole answer, decoded. Any status is an answer, also a
    /// redirect. A [`Patience`] among its extensions replaces the usual time limit.
    ///
    /// # Errors
    /// Whatever kept a whole answer from arriving.
    pub async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|error| TransportError::InvalidUrl { reason: error.to_string() })?;
        let lane = self.inner.rules.check(&url)?;
        let host = host_and_port(&url);
        let client = match lane {
            Lane::Allowed => &self.inner.allowed,
            Lane::Guarded => {
                self.look_before_proxy(&url).await?;
                &self.inner.guarded
            }
        };
        let (parts, body) = request.into_parts();
        let mut request = client.request(parts.method, url).headers(parts.headers).body(body);
        if let Some(Patience(limit)) = parts.extensions.get() {
            request = request.timeout(*limit);
        }
        let answer = request.send().await.map_err(|error| classify(&error, &host))?;
        read(answer, &host, self.inner.max_body_bytes).await
    }

    /// A proxy resolves names out of our sight; a name that is closed from here is closed there. A
    /// name that only the proxy knows is its operator's choice.
    async fn look_before_proxy(&self, url: &Url) -> Result<(), TransportError> {
        let (Some(resolver), Some(name)) = (&self.inner.before_proxy, url.domain()) else { return Ok(()) };
        match resolver.addresses(name.to_owned()).await {
            Ok(_) | Err(TransportError::Dns { .. }) => Ok(()),
            Err(refused) => Err(refused),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the transport that all requests go through")]
fn client(config: &TransportConfig) -> Result<ClientBuilder, TransportError> {
    let agent = http::HeaderValue::from_str(&config.user_agent)
        .map_err(|_| TransportError::Setup { detail: "the user agent must be one line of ASCII".to_owned() })?;
    Ok(Client::builder()
        .user_agent(agent)
        .connect_timeout(config.connect_timeout)
        .timeout(config.request_timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy())
}

fn build(client: ClientBuilder) -> Result<Client, TransportError> {
    client.build().map_err(|error| TransportError::Setup {
        detail: format!("no TLS client can be made ({}); install the system's CA certificates", innermost(&error)),
    })
}

/// Reads the body up to `limit` decoded bytes.
async fn read(
    mut answer: reqwest::Response,
    host: &str,
    limit: usize,
) -> Result<http::Response<Bytes>, TransportError> {
    let too_large = || TransportError::TooLarge { host: host.to_owned(), limit };
    let announced = answer.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(too_large());
    }
    // Pieces are joined once, at the end: a buffer that grows by doubling takes three times the limit.
    let (mut pieces, mut length) = (Vec::new(), 0);
    while let Some(piece) = answer.chunk().await.map_err(|error| classify(&error, host))? {
        length += piece.len();
        if length > limit {
            return Err(too_large());
        }
        pieces.push(piece);
    }
    let mut response = http::Response::new(joined(pieces, length));
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

fn joined(mut pieces: Vec<Bytes>, length: usize) -> Bytes {
    if pieces.len() < 2 {
        return pieces.pop().unwrap_or_default();
    }
    let mut body = BytesMut::with_capacity(length);
    for piece in pieces {
        body.extend_from_slice(&piece);
    }
    body.freeze()
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What an error of the HTTP library means. Its own texts quote whole URLs, so only the innermost
/// cause is repeated.
fn classify(error: &reqwest::Error, host: &str) -> TransportError {
    let host = host.to_owned();
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(ours) = this.downcast_ref::<TransportError>() {
            return ours.clone();
        }
        cause = this.source();
    }
    if error.is_timeout() {
        return TransportError::Timeout { host };
    }
    if error.is_builder() {
        return TransportError::InvalidUrl { reason: "no request can be made of it".to_owned() };
    }
    let detail = innermost(error);
    if is_tls(&detail) {
        TransportError::Tls { host, detail }
    } else if error.is_connect() {
        TransportError::Connect { host, detail }
    } else {
        TransportError::Interrupted { host, detail }
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    if last.is::<reqwest::Error>() { "no detail".to_owned() } else { last.to_string() }
}

/// rustls reports through `io::Error`, so its words are all there is to go by.
fn is_tls(detail: &str) -> bool {
    ["certificate", "tls", "handshake", "corrupt message", "received fatal alert", "peer is incompatible"]
        .iter()
        .any(|word| detail.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A name that means a public address when it is looked at and loopback when it is used.
    #[tokio::test]
    async fn a_name_that_changes_its_meaning_is_refused() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let lookup: Lookup = Arc::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            async { Ok(vec!["127.0.0.1".parse().unwrap()]) }.boxed()
        });
        let transport = Transport::with_lookup(TransportConfig::default(), lookup).unwrap();
        let url = format!("https://rebinding.example.com:{port}/");
        transport.check(&Url::parse(&url).unwrap()).unwrap();
        let answer = transport.send(http::Request::get(&url).body(Bytes::new()).unwrap()).await;
        assert!(matches!(answer, Err(TransportError::Guarded { .. })), "{answer:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(listener.accept().now_or_never().is_none(), "nothing was connected");
    }

    #[tokio::test]
    async fn a_closed_name_does_not_reach_the_proxy() {
        let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}", proxy.local_addr().unwrap())).unwrap();
        let lookup: Lookup = Arc::new(|_| async { Ok(vec!["10.0.0.7".parse().unwrap()]) }.boxed());
        let config = TransportConfig { proxy: Some(address), ..TransportConfig::default() };
        let transport = Transport::with_lookup(config, lookup).unwrap();
        let answer =
            transport.send(http::Request::get("https://inside.example.com/").body(Bytes::new()).unwrap()).await;
        assert!(matches!(answer, Err(TransportError::Guarded { .. })), "{answer:?}");
        assert!(proxy.accept().now_or_never().is_none(), "the proxy was not asked");
    }
}
