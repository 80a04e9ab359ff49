//! The running server: HTTP, scheduler and jobs, until it is told to stop.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::SignedDuration;
use tidecal_core::model::Provider;
use tidecal_engine::Engine;
use tidecal_web::{Asset, Assets, WebConfig, WebState};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Values};

/// Takes the port, so that a port in use is found before anything else starts.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program uses it: stop that, or choose another with --listen",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need more rights: choose another with --listen",
            _ => "choose another with --listen",
        };
        anyhow::anyhow!("cannot listen on {address}: {error}; {remedy}")
    })
}

/// Serves until `shutdown`; running syncs commit before it returns.
pub(crate) async fn serve(
    config: &Config,
    engine: Engine,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<()> {
    let state = WebState::new(engine.clone(), web_config(config), Arc::new(Files), shutdown.clone());
    let router = tidecal_web::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let working = tokio::spawn(engine.run(shutdown.clone()));
    let stop = shutdown.clone();
    let served = axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await;
    shutdown.cancel();
    working.await.context("the scheduler was cut short")?;
    served.context("the HTTP server stopped")
}

fn web_config(config: &Config) -> WebConfig {
    let google = config.google.iter().map(|app| (Provider::Google, app.redirect_uri.path().to_owned()));
    let outlook = config.outlook.iter().map(|app| (Provider::Outlook, app.redirect_uri.path().to_owned()));
    let wait = i64::try_from(config.manual_wait_seconds).unwrap_or(25);
    WebConfig {
        cron_secret: config.cron_secret.clone(),
        manual_wait: SignedDuration::from_secs(wait),
        oauth_callback_paths: google.chain(outlook).collect(),
        metrics: metrics(),
        metrics_public: config.metrics_public,
        ..WebConfig::new(config.public_url.clone())
    }
}

/// One recorder per process; a second server in one process (tests) has no page of its own.
fn metrics() -> Option<metrics_exporter_prometheus::PrometheusHandle> {
    metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().ok()
}

/// The web interface and the guides that its hints link, all in the binary.
struct Files;

const GUIDES: &[(&str, &str)] = &[
    ("calendar-sync-troubleshooting.md", include_str!("../../../docs/calendar-sync-troubleshooting.md")),
    ("configuration.md", include_str!("../../../docs/configuration.md")),
    ("deployment.md", include_str!("../../../docs/deployment.md")),
    ("event-types.md", include_str!("../../../docs/event-types.md")),
    ("operations-runbook.md", include_str!("../../../docs/operations-runbook.md")),
];

impl Assets for Files {
    fn find(&self, path: &str) -> Option<Asset> {
        let asset = tidecal_ui::asset(path)?;
        Some(Asset { bytes: asset.bytes, mime: asset.mime, etag: asset.etag, immutable: asset.immutable })
    }

    fn document(&self, name: &str) -> Option<Cow<'static, str>> {
        GUIDES.iter().find(|(guide, _)| *guide == name).map(|(_, text)| Cow::Borrowed(*text))
    }
}

/// A token that is cancelled by Ctrl-C or SIGTERM; SIGHUP reads the kill switches again.
pub(crate) fn signals(engine: &Engine, config_file: Option<std::path::PathBuf>) -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let shutdown = CancellationToken::new();
    let (mut terminate, mut hangup) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    let (stop, engine) = (shutdown.clone(), engine.clone());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => break,
                _ = terminate.recv() => break,
                Some(()) = hangup.recv() => reload_gates(&engine, config_file.as_deref()),
            }
        }
        tracing::info!("stopping: running syncs commit first");
        stop.cancel();
    });
    Ok(shutdown)
}

/// The environment of a running process does not change: what SIGHUP can bring is the file's news.
fn reload_gates(engine: &Engine, file: Option<&std::path::Path>) {
    match Values::read(file).and_then(|values| Config::from_values(&values)) {
        Ok(config) => {
            tracing::info!(gates = ?config.gates, "kill switches and allowlists read again");
            engine.gates().set(config.gates);
        }
        Err(error) => tracing::error!(%error, "kill switches stay as they are: the configuration does not do"),
    }
}
