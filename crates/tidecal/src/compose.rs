//! Puts the parts together: configuration in, an engine out.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::SignedDuration;
use secrecy::SecretString;
use tidecal_core::policy::{Guard as MassDeletionGuard, Polling};
use tidecal_engine::{Engine, EngineConfig, EngineParts, Gates, OsRandom, Random, SystemClock};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::oauth::OAuthApp;
use tidecal_providers::{GoogleConfig, OutlookConfig, Registry, RegistryConfig, google, microsoft};
use tidecal_store::{KeyRing, Store, StoreOptions};
use url::Url;

use crate::config::{Config, GoogleApp, OutlookApp};

/// The key ring; without a key there is no safe place for credentials, so nothing starts.
pub(crate) fn key_ring(config: &Config) -> Result<KeyRing> {
    let Some(key) = &config.key else {
        bail!(
            "CALENDAR_OAUTH_ENCRYPTION_KEY is not set: credentials would be stored unsealed.\n\
             Make a key once and keep it safe, for example:\n\n    \
             export CALENDAR_OAUTH_ENCRYPTION_KEY=\"$(openssl rand -base64 32)\""
        );
    };
    KeyRing::from_secrets(key, &config.old_keys).context("CALENDAR_OAUTH_ENCRYPTION_KEY")
}

/// For verbs that touch no credential: a ring of their own that seals nothing worth keeping.
pub(crate) fn key_ring_or_throwaway(config: &Config) -> Result<KeyRing> {
    match &config.key {
        Some(_) => key_ring(config),
        None => Ok(KeyRing::from_secrets(&SecretString::from(random_hex(32)), &[])?),
    }
}

/// Opens the database without touching its schema.
pub(crate) async fn open_store(config: &Config, ring: KeyRing) -> Result<Store> {
    let mut options = StoreOptions::new(ring);
    options.max_connections = u32::try_from(config.workers + 8).unwrap_or(64);
    Ok(Store::connect(&config.database_url, options).await?)
}

/// Opens the database and brings it up to date.
pub(crate) async fn open_migrated(config: &Config, ring: KeyRing) -> Result<Store> {
    let store = open_store(config, ring).await?;
    store.migrate().await?;
    Ok(store)
}

/// Carries all outbound requests, under the guard that the configuration asks for.
pub(crate) fn transport(config: &Config) -> Result<Transport> {
    let mut allowed_origins = config.allowed_origins.clone();
    // The operator named the sandboxes: they may stand on private addresses.
    allowed_origins.extend(sandboxes(config).map(|url| url.origin().ascii_serialization()));
    let guard = Guard { allow_private: config.allow_private, allowed_origins };
    let transport = TransportConfig { guard, proxy: config.proxy.clone(), ..TransportConfig::default() };
    Transport::new(transport).context("TIDECAL_ALLOWED_ORIGINS or TIDECAL_PROXY")
}

fn sandboxes(config: &Config) -> impl Iterator<Item = &Url> {
    let google = config.google.as_ref().and_then(|google| google.sandbox.as_ref());
    let outlook = config.outlook.as_ref().and_then(|outlook| outlook.sandbox.as_ref());
    google.into_iter().chain(outlook)
}

fn google_config(app: &GoogleApp) -> Result<GoogleConfig> {
    let endpoints = match &app.sandbox {
        None => google::endpoints(),
        Some(base) => google::endpoints_at(base).context("TIDECAL_GOOGLE_BASE_URL")?,
    };
    let app = OAuthApp {
        client_id: app.client_id.clone(),
        client_secret: app.client_secret.clone(),
        redirect_uri: app.redirect_uri.clone(),
    };
    Ok(GoogleConfig { endpoints, app })
}

fn outlook_config(app: &OutlookApp) -> Result<OutlookConfig> {
    let endpoints = match &app.sandbox {
        None => microsoft::endpoints(&app.tenant).context("OUTLOOK_TENANT_ID")?,
        Some(base) => microsoft::endpoints_at(base, &app.tenant).context("TIDECAL_OUTLOOK_BASE_URL")?,
    };
    let app = OAuthApp {
        client_id: app.client_id.clone(),
        client_secret: app.client_secret.clone(),
        redirect_uri: app.redirect_uri.clone(),
    };
    Ok(OutlookConfig { endpoints, app })
}

/// The vendors that are set up.
pub(crate) fn registry(config: &Config) -> Result<Registry> {
    let google = config.google.as_ref().map(google_config).transpose()?;
    let outlook = config.outlook.as_ref().map(outlook_config).transpose()?;
    Ok(Registry::new(RegistryConfig { transport: transport(config)?, google, outlook }))
}

/// Name of a process that only passes by: a verb, a demo.
pub(crate) fn passing_node() -> String {
    format!("node-{}", random_hex(8))
}

/// Name of the server, the same after a restart, so that it finds at once what it held when it was
/// killed. A file has one server; a database may have one at each port of each machine.
pub(crate) fn serving_node(config: &Config, address: SocketAddr) -> String {
    if config.database_url.starts_with("sqlite:") {
        return "server".to_owned();
    }
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(host) if !host.trim().is_empty() => format!("{}:{}", host.trim(), address.port()),
        _ => passing_node(),
    }
}

/// An engine over that store; `node` is its name in leases.
pub(crate) fn engine(config: &Config, store: Store, node: String) -> Result<Engine> {
    let registry = registry(config)?;
    let minutes = |minutes: u64| SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(15));
    let engine_config = EngineConfig {
        node,
        workers: config.workers,
        polling: Polling {
            interval: minutes(config.interval_minutes),
            least: minutes(config.interval_least_minutes),
            most: minutes(config.interval_most_minutes),
        },
        months_back: config.months_back,
        months_ahead: config.months_ahead,
        guard: MassDeletionGuard {
            most: config.mass_delete_most,
            share_percent: config.mass_delete_percent,
            ..MassDeletionGuard::default()
        },
        journal_kept: SignedDuration::from_hours(24 * i64::try_from(config.journal_days).unwrap_or(30)),
        ..EngineConfig::default()
    };
    Ok(Engine::new(EngineParts {
        store,
        registry,
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        gates: Arc::new(Gates::new(config.gates.clone())),
        config: engine_config,
    }))
}

/// Random bytes as hex digits, fit for names and keys.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    OsRandom.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
