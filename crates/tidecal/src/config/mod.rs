//! Configuration: environment and an optional TOML file with the same names; the environment wins.
//!
//! Values are checked here, once; an error names the variable and the remedy. Nothing else in
//! Tidecal reads the environment.

mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

use secrecy::SecretString;
use tidecal_engine::GateSettings;
use url::Url;

pub(crate) use variables::VARIABLES;

/// A value that does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// Which variable.
    pub(crate) variable: String,
    /// What is wrong and what to do.
    pub(crate) problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

fn wrong(variable: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError { variable: variable.to_owned(), problem: problem.into() }
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The environment.
    Environment,
    /// The configuration file.
    File,
    /// Nowhere: the default.
    Default,
}

/// Values by name, with their source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(BTreeMap<&'static str, (String, Source)>);

impl Values {
    /// Collects the known variables of the environment and of the file's text. A name in the file
    /// that is not known is an error: it would be ignored in silence.
    pub(crate) fn collect(
        environment: impl Iterator<Item = (String, String)>,
        file: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        if let Some(text) = file {
            let table: toml::Table = text.parse().map_err(|err| wrong("configuration file", format!("{err}")))?;
            for (name, value) in table {
                let known = VARIABLES.iter().find(|variable| variable.name == name);
                let variable =
                    known.ok_or_else(|| wrong(&name, "no such variable; `tidecal config check` lists them"))?;
                let text = match value {
                    toml::Value::String(text) => text,
                    toml::Value::Integer(number) => number.to_string(),
                    toml::Value::Boolean(flag) => flag.to_string(),
                    _ => return Err(wrong(&name, "expected a text, a whole number, true or false")),
                };
                values.insert(variable.name, (text, Source::File));
            }
        }
        for (name, value) in environment {
            if let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) {
                values.insert(variable.name, (value, Source::Environment));
            }
        }
        Ok(Self(values))
    }

    /// Reads the process's environment and the file, if one is given.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match file {
            None => None,
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|err| wrong("--config", format!("cannot read {}: {err}", path.display())))?,
            ),
        };
        Self::collect(std::env::vars(), text.as_deref())
    }

    /// Sets a value that was given on the command line or by a verb.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, (value.into(), Source::Environment));
    }

    /// The value and its source; the default if it is not set.
    pub(crate) fn get(&self, name: &str) -> Option<(&str, Source)> {
        if let Some((value, source)) = self.0.get(name) {
            return Some((value, *source));
        }
        let variable = VARIABLES.iter().find(|variable| variable.name == name)?;
        variable.default.map(|value| (value, Source::Default))
    }

    /// The value without surrounding space; an empty one counts as not set.
    fn text(&self, name: &str) -> Option<&str> {
        let set = self.0.get(name).map(|(value, _)| value.trim()).filter(|value| !value.is_empty());
        set.or_else(|| VARIABLES.iter().find(|variable| variable.name == name)?.default)
    }

    fn parsed<T: FromStr>(&self, name: &'static str, expected: &str) -> Result<Option<T>, ConfigError> {
        let parse = |text: &str| text.parse().map_err(|_| wrong(name, format!("{text:?} is not {expected}")));
        self.text(name).map(parse).transpose()
    }

    fn number(&self, name: &'static str, least: u64, most: u64) -> Result<u64, ConfigError> {
        let number: u64 = self.parsed(name, "a whole number")?.unwrap_or(least);
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(wrong(name, format!("{number} is out of range: {least} to {most}")))
    }

    fn flag(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.text(name).map(str::to_lowercase).as_deref() {
            Some("true" | "1" | "on" | "yes") => Ok(true),
            Some("false" | "0" | "off" | "no") | None => Ok(false),
            Some(other) => Err(wrong(name, format!("{other:?} is neither true nor false"))),
        }
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// `None` if unset; a set but empty list is empty.
    fn list(&self, name: &str) -> Option<BTreeSet<String>> {
        let (text, _) = self.get(name)?;
        Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
    }
}

/// Google's OAuth app.
#[derive(Clone, Debug)]
pub(crate) struct GoogleApp {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) redirect_uri: Url,
    pub(crate) sandbox: Option<Url>,
}

/// Microsoft's OAuth app.
#[derive(Clone, Debug)]
pub(crate) struct OutlookApp {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) tenant: String,
    pub(crate) redirect_uri: Url,
    pub(crate) sandbox: Option<Url>,
}

/// Everything, checked.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) database_url: String,
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Url,
    pub(crate) key: Option<SecretString>,
    pub(crate) old_keys: Vec<SecretString>,
    pub(crate) google: Option<GoogleApp>,
    pub(crate) outlook: Option<OutlookApp>,
    pub(crate) gates: GateSettings,
    pub(crate) interval_minutes: u64,
    pub(crate) interval_least_minutes: u64,
    pub(crate) interval_most_minutes: u64,
    pub(crate) months_back: u16,
    pub(crate) months_ahead: u16,
    pub(crate) manual_wait_seconds: u64,
    pub(crate) mass_delete_most: u64,
    pub(crate) mass_delete_percent: u64,
    pub(crate) journal_days: u64,
    pub(crate) cron_secret: Option<SecretString>,
    pub(crate) metrics_public: bool,
    pub(crate) workers: usize,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) allow_private: bool,
    pub(crate) proxy: Option<Url>,
    pub(crate) log: String,
    pub(crate) log_json: bool,
}

impl Config {
    /// Checks the values.
    pub(crate) fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let listen: SocketAddr = values
            .parsed("TIDECAL_LISTEN", "an address and port such as 127.0.0.1:3000")?
            .ok_or_else(|| wrong("TIDECAL_LISTEN", "is empty; for example 127.0.0.1:3000"))?;
        let public_url = match values.parsed::<Url>("TIDECAL_PUBLIC_URL", "a URL such as https://cal.example.com")? {
            Some(url) => url,
            None => default_public_url(listen)?,
        };
        let (key, old_keys) = keys(values);
        Ok(Self {
            database_url: values.text("DATABASE_URL").unwrap_or("sqlite:tidecal.db").to_owned(),
            listen,
            google: google(values, &public_url)?,
            outlook: outlook(values, &public_url)?,
            public_url,
            key,
            old_keys,
            gates: gates(values)?,
            interval_minutes: values.number("CALENDAR_SYNC_INTERVAL_MINUTES", 1, 1440)?,
            interval_least_minutes: values.number("CALENDAR_SYNC_INTERVAL_LEAST_MINUTES", 1, 1440)?,
            interval_most_minutes: values.number("CALENDAR_SYNC_INTERVAL_MOST_MINUTES", 1, 1440)?,
            months_back: small(values.number("CALENDAR_SYNC_MONTHS_BACK", 0, 120)?),
            months_ahead: small(values.number("CALENDAR_SYNC_MONTHS_AHEAD", 1, 120)?),
            manual_wait_seconds: values.number("CALENDAR_MANUAL_SYNC_WAIT_SECONDS", 0, 300)?,
            mass_delete_most: values.number("CALENDAR_MASS_DELETE_MOST", 0, 1_000_000)?,
            mass_delete_percent: values.number("CALENDAR_MASS_DELETE_PERCENT", 0, 100)?,
            journal_days: values.number("CALENDAR_JOURNAL_DAYS", 2, 3_650)?,
            cron_secret: values.secret("CRON_SECRET"),
            metrics_public: values.flag("TIDECAL_METRICS_PUBLIC")?,
            workers: usize::from(small(values.number("TIDECAL_WORKERS", 1, 256)?)),
            allowed_origins: values.list("TIDECAL_ALLOWED_ORIGINS").unwrap_or_default().into_iter().collect(),
            allow_private: values.flag("TIDECAL_ALLOW_PRIVATE_NETWORKS")?,
            proxy: values.parsed("TIDECAL_PROXY", "a URL such as http://proxy.example.com:3128")?,
            log: values.text("TIDECAL_LOG").unwrap_or("info").to_owned(),
            log_json: log_json(values)?,
        })
    }
}

fn small(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn default_public_url(listen: SocketAddr) -> Result<Url, ConfigError> {
    let host = if listen.ip().is_unspecified() { "127.0.0.1".to_owned() } else { listen.ip().to_string() };
    let host = if listen.is_ipv6() && !listen.ip().is_unspecified() { format!("[{host}]") } else { host };
    format!("http://{host}:{}", listen.port()).parse().map_err(|_| wrong("TIDECAL_LISTEN", "makes no URL"))
}

/// The first variable that is set seals; everything else only opens.
fn keys(values: &Values) -> (Option<SecretString>, Vec<SecretString>) {
    let mut present = ["CALENDAR_OAUTH_ENCRYPTION_KEY", "ENCRYPTION_KEY", "NEXTAUTH_SECRET"]
        .into_iter()
        .filter_map(|name| values.secret(name));
    let first = present.next();
    let mut older: Vec<SecretString> = present.collect();
    let old = values.text("CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD").unwrap_or_default();
    older.extend(old.split(',').map(str::trim).filter(|key| !key.is_empty()).map(SecretString::from));
    (first, older)
}

fn google(values: &Values, public_url: &Url) -> Result<Option<GoogleApp>, ConfigError> {
    let Some((client_id, client_secret)) = app(values, "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")? else {
        return Ok(None);
    };
    let redirect_uri = redirect(values, public_url, "GOOGLE_REDIRECT_URI", "/api/calendar/oauth/google/callback")?;
    let sandbox = values.parsed("TIDECAL_GOOGLE_BASE_URL", "a URL")?;
    Ok(Some(GoogleApp { client_id, client_secret, redirect_uri, sandbox }))
}

fn outlook(values: &Values, public_url: &Url) -> Result<Option<OutlookApp>, ConfigError> {
    let Some((client_id, client_secret)) = app(values, "OUTLOOK_CLIENT_ID", "OUTLOOK_CLIENT_SECRET")? else {
        return Ok(None);
    };
    let tenant = values.text("OUTLOOK_TENANT_ID").unwrap_or("common").to_owned();
    if !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') {
        return Err(wrong("OUTLOOK_TENANT_ID", format!("{tenant:?} is neither an id, nor a domain, nor common")));
    }
    let redirect_uri = redirect(values, public_url, "OUTLOOK_REDIRECT_URI", "/api/calendar/oauth/outlook/callback")?;
    let sandbox = values.parsed("TIDECAL_OUTLOOK_BASE_URL", "a URL")?;
    Ok(Some(OutlookApp { client_id, client_secret, tenant, redirect_uri, sandbox }))
}

/// Id and secret of an app: both or neither.
fn app(
    values: &Values,
    id_name: &'static str,
    secret_name: &'static str,
) -> Result<Option<(String, SecretString)>, ConfigError> {
    match (values.text(id_name), values.secret(secret_name)) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => Ok(Some((id.to_owned(), secret))),
        (Some(_), None) => Err(wrong(secret_name, format!("is missing beside {id_name}"))),
        (None, Some(_)) => Err(wrong(id_name, format!("is missing beside {secret_name}"))),
    }
}

fn redirect(values: &Values, public_url: &Url, name: &'static str, path: &str) -> Result<Url, ConfigError> {
    match values.parsed(name, "a URL")? {
        Some(url) => Ok(url),
        None => public_url.join(path).map_err(|_| wrong("TIDECAL_PUBLIC_URL", "cannot carry paths")),
    }
}

fn gates(values: &Values) -> Result<GateSettings, ConfigError> {
    Ok(GateSettings {
        sync: values.flag("CALENDAR_SYNC_ENABLED")?,
        oauth: values.flag("CALENDAR_OAUTH_ENABLED")?,
        jobs: values.flag("CALENDAR_JOBS_ENABLED")?,
        webhook: values.flag("CALENDAR_WEBHOOK_ENABLED")?,
        people: values.list("CALENDAR_ALLOWLIST_PROVIDER_IDS"),
        connections: values.list("CALENDAR_ALLOWLIST_CONNECTION_IDS"),
    })
}

fn log_json(values: &Values) -> Result<bool, ConfigError> {
    match values.text("TIDECAL_LOG_FORMAT") {
        Some("text") | None => Ok(false),
        Some("json") => Ok(true),
        Some(other) => Err(wrong("TIDECAL_LOG_FORMAT", format!("{other:?} is neither text nor json"))),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
