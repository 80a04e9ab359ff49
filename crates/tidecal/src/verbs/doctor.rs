//! `tidecal doctor`: what is wrong with the set-up, and the exact step to take.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_store::{Store, StoreOptions, SystemScope};
use url::Url;

use crate::config::Config;
use crate::{compose, output};

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Warning,
    Wrong,
}

struct Check {
    what: &'static str,
    state: State,
    text: String,
}

impl Check {
    fn good(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, state: State::Good, text: text.into() }
    }

    fn warning(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, state: State::Warning, text: text.into() }
    }

    fn wrong(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, state: State::Wrong, text: text.into() }
    }
}

/// Checks everything, prints it, fails if something is wrong.
pub(crate) async fn run(config: &Config, json: bool) -> Result<()> {
    let mut checks = vec![key(config)];
    checks.extend(database(config).await);
    checks.extend(google(config).await);
    checks.extend(outlook(config).await);
    checks.push(addresses(config));
    checks.push(allowlists(config));
    report(&checks, json);
    let wrong = checks.iter().filter(|check| check.state == State::Wrong).count();
    if wrong > 0 {
        bail!("{wrong} of {} checks found something to mend", checks.len());
    }
    Ok(())
}

fn key(config: &Config) -> Check {
    match compose::key_ring(config) {
        Ok(ring) => Check::good("key", format!("credentials are sealed with key {}", ring.key_ids().join(", "))),
        Err(error) => Check::wrong("key", format!("{error:#}")),
    }
}

async fn database(config: &Config) -> Vec<Check> {
    let Ok(ring) = compose::key_ring_or_throwaway(config) else { return Vec::new() };
    let store = match Store::connect(&config.database_url, StoreOptions::new(ring)).await {
        Ok(store) => store,
        Err(error) => return vec![Check::wrong("database", error.to_string())],
    };
    let mut checks = Vec::new();
    match store.check_schema().await {
        Ok(()) => checks.push(Check::good("database", "reachable, schema up to date")),
        Err(error) => checks.push(Check::wrong("database", error.to_string())),
    }
    if checks[0].state == State::Good
        && config.key.is_some()
        && let Err(error) = store.system(SystemScope::for_workers()).check_keys().await
    {
        checks.push(Check::wrong("stored credentials", error.to_string()));
    }
    store.close().await;
    checks
}

async fn google(config: &Config) -> Vec<Check> {
    let Some(app) = &config.google else {
        let text = "not set up: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET to offer it";
        return vec![Check::warning("google", text)];
    };
    app_checks(config, Provider::Google, &app.redirect_uri, ["google", "google redirect", "google app"]).await
}

async fn outlook(config: &Config) -> Vec<Check> {
    let Some(app) = &config.outlook else {
        let text = "not set up: set OUTLOOK_CLIENT_ID and OUTLOOK_CLIENT_SECRET to offer it";
        return vec![Check::warning("outlook", text)];
    };
    app_checks(config, Provider::Outlook, &app.redirect_uri, ["outlook", "outlook redirect", "outlook app"]).await
}

/// Redirect URI and secret of an app. Both vendors take http for this machine alone.
async fn app_checks(config: &Config, provider: Provider, uri: &Url, names: [&'static str; 3]) -> Vec<Check> {
    let [name, redirect, app] = names;
    let mut checks = vec![Check::good(name, format!("register exactly this redirect URI: {uri}"))];
    if uri.scheme() != "https" && !matches!(uri.host_str(), Some("localhost" | "127.0.0.1")) {
        let vendor = provider.title();
        checks.push(Check::wrong(redirect, format!("{vendor} accepts http for localhost alone: use https")));
    }
    let Ok(registry) = compose::registry(config) else { return checks };
    let Some(oauth) = registry.oauth(provider) else { return checks };
    checks.push(match oauth.client.check_app(&oauth.app).await {
        Ok(()) => Check::good(app, "client id and secret are accepted"),
        Err(failure) => {
            let remedy = failure.remedy.as_deref().unwrap_or_default();
            Check::wrong(app, format!("{failure}. {remedy}"))
        }
    });
    checks
}

fn addresses(config: &Config) -> Check {
    let url = &config.public_url;
    if url.scheme() == "https" || config.listen.ip().is_loopback() {
        Check::good("address", format!("browsers use {url}"))
    } else {
        Check::warning(
            "address",
            format!("{url} is not encrypted: put a TLS proxy in front and set TIDECAL_PUBLIC_URL"),
        )
    }
}

fn allowlists(config: &Config) -> Check {
    match (&config.gates.people, &config.gates.connections) {
        (None, None) => Check::warning("allowlists", "not set: everyone may connect and sync"),
        (people, connections) => {
            let count = |list: &Option<std::collections::BTreeSet<String>>| list.as_ref().map_or(0, |list| list.len());
            Check::good("allowlists", format!("{} people, {} connections", count(people), count(connections)))
        }
    }
}

fn report(checks: &[Check], as_json: bool) {
    let word = |state: State| match state {
        State::Good => "ok",
        State::Warning => "look",
        State::Wrong => "wrong",
    };
    if as_json {
        let one = |check: &Check| json!({ "check": check.what, "state": word(check.state), "text": check.text });
        return output::json(&Value::Array(checks.iter().map(one).collect()));
    }
    let row = |check: &Check| vec![word(check.state).to_owned(), check.what.to_owned(), check.text.clone()];
    output::table(&["", "Check", ""], checks.iter().map(row).collect(), "");
}
