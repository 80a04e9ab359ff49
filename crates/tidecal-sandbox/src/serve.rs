//! Listening, and ending connections without an answer when a fault asks for it.
//!
//! The accept loop is our own because a dropped connection needs a service that may fail: hyper then closes the socket
//! without writing a response.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

use crate::intercept::DropConnection;
use crate::{SandboxConfig, SandboxState, router};

/// A running sandbox; dropping it stops the server and its connections.
#[derive(Debug)]
pub struct Sandbox {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base_url: String,
    /// The address it listens on.
    pub addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Starts a sandbox.
///
/// # Errors
/// The address cannot be listened on.
pub async fn start(config: SandboxConfig) -> io::Result<Sandbox> {
    listen(config.addr, router(SandboxState::new(config))).await
}

/// Serves `app` there.
pub(crate) async fn listen(addr: SocketAddr, app: Router) -> io::Result<Sandbox> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(accept(listener, app, stopped));
    Ok(Sandbox { base_url: format!("http://{addr}"), addr, stop: Some(stop), task })
}

impl Sandbox {
    /// Stops listening, ends all connections and waits for both.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // the receiver is gone only when the task has ended already
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, app: Router, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                // a failed accept concerns one client; the next may succeed
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, app.clone()));
                }
            }
        }
    }
    connections.shutdown().await;
}

/// The answer that is none.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn connection(stream: TcpStream, app: Router) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move {
            let Ok(response) = app.oneshot(request.map(Body::new)).await;
            match response.extensions().get::<DropConnection>() {
                Some(_) => Err(Dropped),
                None => Ok(response),
            }
        }
    });
    let _ = stream.set_nodelay(true);
    // errors here are clients that went away and connections dropped on purpose
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
