//! No URL that a stranger may write reaches this machine or its network.
#![allow(clippy::unwrap_used, missing_docs)]

use bytes::Bytes;
use futures::FutureExt as _;
use tidecal_http::{Guard, Transport, TransportConfig, TransportError};
use tokio::net::TcpListener;

/// `{}` is the port of a socket that listens on all addresses of this machine.
const HOSTILE: &[&str] = &[
    // loopback in all its spellings
    "https://127.0.0.1:{}/",
    "https://127.1:{}/",
    "https://127.0.1:{}/",
    "https://127.255.255.254:{}/",
    "https://2130706433:{}/",
    "https://0x7f000001:{}/",
    "https://0x7f.0.0.1:{}/",
    "https://0x7f.1:{}/",
    "https://0177.0.0.1:{}/",
    "https://017700000001:{}/",
    "https://0177.0x0.1:{}/",
    "https://127.0.0.1.:{}/",
    "https://%31%32%37.0.0.1:{}/",
    "https://127。0。0。1:{}/",
    "https://①②⑦.0.0.1:{}/",
    "https://localhost:{}/",
    "https://LOCALHOST:{}/",
    "https://localhost.:{}/",
    "https://api.localhost:{}/",
    "https://0:{}/",
    "https://0.0.0.0:{}/",
    "https://0x0:{}/",
    "https://[::1]:{}/",
    "https://[::]:{}/",
    "https://[0:0:0:0:0:0:0:1]:{}/",
    "https://[::ffff:127.0.0.1]:{}/",
    "https://[::ffff:7f00:1]:{}/",
    "https://[::ffff:0:127.0.0.1]:{}/",
    "https://[::127.0.0.1]:{}/",
    "https://[64:ff9b::127.0.0.1]:{}/",
    "https://[64:ff9b:1::1]:{}/",
    "https://[2002:7f00:1::]:{}/",
    // private networks
    "https://10.0.0.1:{}/",
    "https://10.255.255.255:{}/",
    "https://167772161:{}/",
    "https://172.16.0.1:{}/",
    "https://172.31.255.254:{}/",
    "https://192.168.0.1:{}/",
    "https://0xc0a80001:{}/",
    "https://[::ffff:192.168.0.1]:{}/",
    "https://[fc00::1]:{}/",
    "https://[fd12:3456::1]:{}/",
    "https://[fec0::1]:{}/",
    "https://100.64.0.1:{}/",
    "https://100.127.255.254:{}/",
    // link-local and metadata services
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://169.254.170.2/v2/credentials",
    "https://[fe80::1]:{}/",
    "https://[fd00:ec2::254]/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://metadata.google.internal/computeMetadata/v1/",
    // reserved, multicast, broadcast, documentation
    "https://192.0.0.1:{}/",
    "https://192.0.2.1:{}/",
    "https://198.18.0.1:{}/",
    "https://198.51.100.1:{}/",
    "https://203.0.113.1:{}/",
    "https://224.0.0.1:{}/",
    "https://[ff02::1]:{}/",
    "https://240.0.0.1:{}/",
    "https://255.255.255.255:{}/",
    "https://[2001:db8::1]:{}/",
    "https://[2001::1]:{}/",
    // schemes, userinfo, ports
    "http://example.com/",
    "http://127.0.0.1:{}/",
    "http://localhost:{}/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://127.0.0.1:{}/_GET",
    "ftp://127.0.0.1:{}/",
    "dict://127.0.0.1:{}/",
    "ws://127.0.0.1:{}/",
    "unix:/run/docker.sock",
    "data:text/calendar,BEGIN:VCALENDAR",
    "https://example.com@127.0.0.1:{}/",
    "https://ada:secret@example.com/",
    "https://127.0.0.1:{}\\@example.com/",
    "https://example.com:22/",
    "https://example.com:25/",
    "https://example.com:6379/",
    "https://example.com:0/",
    "https:///127.0.0.1:{}/",
    "//127.0.0.1:{}/",
    "https://",
    "",
];

async fn attempt(transport: &Transport, url: &str) -> Result<(), String> {
    // Two ways in: as a value that was parsed as a URL (hrefs, redirects), and as it stands.
    let parsed = url::Url::parse(url).map(|url| url.to_string()).unwrap_or_default();
    for text in [url, parsed.as_str()] {
        let Ok(request) = http::Request::get(text).body(Bytes::new()) else { continue };
        match transport.send(request).await {
            Err(TransportError::Guarded { .. } | TransportError::InvalidUrl { .. }) => {}
            other => return Err(format!("{text}: {other:?}")),
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_hostile_url_is_connected_to() {
    assert!(HOSTILE.len() >= 80);
    let v4 = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = v4.local_addr().unwrap().port();
    let v6 = TcpListener::bind(("::1", port)).await.ok();
    let transport = Transport::new(TransportConfig::default()).unwrap();
    let mut wrong = Vec::new();
    for url in HOSTILE {
        wrong.extend(attempt(&transport, &url.replace("{}", &port.to_string())).await.err());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(v4.accept().now_or_never().is_none(), "a connection reached 0.0.0.0");
    if let Some(v6) = v6 {
        assert!(v6.accept().now_or_never().is_none(), "a connection reached ::1");
    }
}

/// The test above would also pass if nothing ever connected.
#[tokio::test]
async fn the_socket_would_have_noticed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let guard = Guard { allow_private: false, allowed_origins: vec![origin.clone()] };
    let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
    let send = transport.send(http::Request::get(origin).body(Bytes::new()).unwrap());
    let accept = async { drop(listener.accept().await.unwrap()) };
    let (answer, ()) = tokio::join!(send, accept);
    assert!(matches!(answer, Err(TransportError::Interrupted { .. })), "{answer:?}");
}
