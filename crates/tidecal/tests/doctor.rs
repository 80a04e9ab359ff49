//! `tidecal doctor` as an operator meets it: the real binary, a set-up with one thing wrong, and the
//! step that mends it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

#[path = "../../tidecal-store/tests/contract/harness.rs"]
#[allow(dead_code, unused_imports, unused_macros)]
mod harness;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tidecal_core::model::Provider;
use tidecal_sandbox::{ClockStart, SandboxConfig};
use tidecal_store::{
    AccountStatus, Backend, NewAccount, NewMember, Role, Secrets, Store, StoreOptions, SystemScope, TenantScope,
};

use harness::{KEY, key_ring};

/// A deployment of its own: a database, and the variables that are set.
struct Deployment {
    _folder: TempDir,
    url: String,
    variables: Vec<(String, String)>,
}

/// What the doctor found.
struct Findings {
    all: Vec<Value>,
    success: bool,
}

impl Deployment {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("tidecal.db").display());
        let this = Self { _folder: folder, url, variables: Vec::new() }.set("CALENDAR_OAUTH_ENCRYPTION_KEY", KEY);
        this.store().await.migrate().await.unwrap();
        this
    }

    fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    fn google_at(self, base: &str) -> Self {
        let config = SandboxConfig::default();
        self.set("TIDECAL_GOOGLE_BASE_URL", base)
            .set("GOOGLE_CLIENT_ID", config.client_id)
            .set("GOOGLE_CLIENT_SECRET", config.client_secret)
    }

    async fn store(&self) -> Store {
        Store::connect(&self.url, StoreOptions::new(key_ring(KEY, &[]))).await.unwrap()
    }

    /// Runs the doctor; also checks that no secret is shown and that every fault has a step.
    async fn examine(&self) -> Findings {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidecal"));
        command.args(["doctor", "--json", "--database", &self.url]).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        command.stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let all: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {said}"));
        for secret in [KEY, &SandboxConfig::default().client_secret, "canary"] {
            assert!(!text.contains(secret) && !said.contains(secret), "{text} {said}");
        }
        for one in &all {
            assert_eq!(one["state"] == "ok", one["step"].is_null(), "{one}");
        }
        Findings { all, success: output.status.success() }
    }
}

impl Findings {
    #[track_caller]
    fn has(&self, check: &str, state: &str, words: &[&str]) {
        let found = self.all.iter().filter(|it| it["check"] == check).find(|it| {
            let text = format!("{} {}", it["text"].as_str().unwrap(), it["step"].as_str().unwrap_or_default());
            it["state"] == state && words.iter().all(|word| text.contains(word))
        });
        assert!(found.is_some(), "no {state} {check:?} with {words:?} in {:#?}", self.all);
        assert!(state != "wrong" || !self.success, "something wrong fails the command");
    }
}

async fn sandbox() -> tidecal_sandbox::Sandbox {
    let config =
        SandboxConfig { start: ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap()), ..SandboxConfig::default() };
    tidecal_sandbox::start(config).await.unwrap()
}

/// A server that answers every request alike.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 64 * 1024];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_set_up_passes_and_says_what_to_register() {
    let sandbox = sandbox().await;
    let found = Deployment::new().await.google_at(&sandbox.base_url).examine().await;
    assert!(found.success, "{:#?}", found.all);
    let host = sandbox.base_url.trim_start_matches("http://");
    found.has("google", "ok", &["http://127.0.0.1:3000/api/calendar/oauth/google/callback", "exactly"]);
    found.has("google app", "ok", &[]);
    found.has("google consent page", "ok", &[]);
    found.has(&format!("network: {host}"), "ok", &[]);
    found.has("clock", "ok", &["agrees"]);
    found.has("key", "ok", &[]);
    found.has("database", "ok", &["up to date"]);
    found.has("database program", "ok", &["SQLite"]);
    found.has("stored credentials", "ok", &[]);
    found.has("allowlists", "look", &["everyone", "CALENDAR_ALLOWLIST_PROVIDER_IDS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_secret_is_named_with_its_setting() {
    let sandbox = sandbox().await;
    let wrong = Deployment::new().await.google_at(&sandbox.base_url).set("GOOGLE_CLIENT_SECRET", "canary-secret");
    wrong.examine().await.has("google app", "wrong", &["invalid_client", "GOOGLE_CLIENT_SECRET", "GOOGLE_CLIENT_ID"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_uri_that_the_vendor_does_not_know_is_named_letter_by_letter() {
    let sandbox = sandbox().await;
    let uri = "https://cal.example.com/api/calendar/oauth/google/callback";
    let found = Deployment::new().await.google_at(&sandbox.base_url).set("GOOGLE_REDIRECT_URI", uri).examine().await;
    found.has("google consent page", "wrong", &["redirect_uri_mismatch", uri]);
    found.has("google redirect", "look", &["https://cal.example.com", "http://127.0.0.1:3000", "TIDECAL_PUBLIC_URL"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unencrypted_redirect_uri_is_refused() {
    let sandbox = sandbox().await;
    let uri = "http://cal.example.com/api/calendar/oauth/google/callback";
    let found = Deployment::new().await.google_at(&sandbox.base_url).set("GOOGLE_REDIRECT_URI", uri).examine().await;
    found.has("google redirect", "wrong", &["https", "GOOGLE_REDIRECT_URI"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_measured_against_the_vendors() {
    let answer = "HTTP/1.1 400 Bad Request\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n\
                  Content-Length: 25\r\nConnection: close\r\n\r\n{\"error\":\"invalid_grant\"}";
    let address = server(answer);
    let found = Deployment::new().await.google_at(&format!("http://{address}")).examine().await;
    found.has("clock", "wrong", &["ahead of the clock of", &address, "timedatectl set-ntp true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn dns_tls_and_a_closed_port_are_told_apart() {
    let plain = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (base, host, words) in [
        ("http://vendor.test".to_owned(), "vendor.test", ["DNS", "getent hosts vendor.test"]),
        (format!("https://{plain}"), plain.as_str(), ["TLS", "openssl s_client -connect"]),
        (format!("http://{closed}"), closed.as_str(), ["no connection", "TIDECAL_PROXY"]),
    ] {
        let found = Deployment::new().await.google_at(&base).examine().await;
        found.has(&format!("network: {host}"), "wrong", &words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_and_a_database_that_cannot_be_used_are_named() {
    let mut keyless = Deployment::new().await;
    keyless.variables.clear();
    keyless.examine().await.has("key", "wrong", &["CALENDAR_OAUTH_ENCRYPTION_KEY", "openssl rand -base64 32"]);

    let mut nowhere = Deployment::new().await;
    nowhere.url = "sqlite:/no/such/folder/tidecal.db".to_owned();
    nowhere.examine().await.has("database", "wrong", &["/no/such/folder", "DATABASE_URL"]);

    let mut empty = Deployment::new().await;
    empty.url = format!("{}.empty", empty.url);
    empty.examine().await.has("database", "wrong", &["schema version 0", "tidecal migrate"]);
}

/// A person with a Google account that was granted these scopes.
async fn account(store: &Store, scopes: &str) -> (TenantScope, String) {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let member =
        NewMember { email: "ada@example.com".into(), name: "Ada".into(), password_hash: None, role: Role::Owner };
    let system = store.system(SystemScope::for_workers());
    let scope = system.create_tenant_with_owner("Acme", &member, now).await.unwrap();
    let secrets = Secrets {
        access_token: Some(SecretString::from("access-canary")),
        refresh_token: Some(SecretString::from("refresh-canary")),
        password: None,
    };
    let new = NewAccount {
        provider: Provider::Google,
        subject: "1".into(),
        email: "ada@example.com".into(),
        name: "Ada".into(),
        base_url: None,
        server_info: None,
        scopes: scopes.into(),
        token_expiry: Some(now),
        secrets,
        reconnect: None,
    };
    let (account, _) = store.tenant(&scope).insert_or_reconnect_account(&new, now).await.unwrap();
    (scope, account.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_no_configured_key_opens_are_noticed() {
    let deployment = Deployment::new().await;
    account(&deployment.store().await, "calendar").await;
    let found =
        deployment.set("CALENDAR_OAUTH_ENCRYPTION_KEY", "another key that is long enough to be used").examine().await;
    found.has("stored credentials", "wrong", &["CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_scopes_testing_mode_and_dead_grants_are_told_by_the_accounts() {
    let sandbox = sandbox().await;
    let deployment = Deployment::new().await.google_at(&sandbox.base_url);
    let store = deployment.store().await;
    let (scope, id) = account(&store, "openid https://www.googleapis.com/auth/calendar.events").await;
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let system = store.system(SystemScope::for_workers());
    let week = Some(SignedDuration::from_hours(7 * 24));
    system.set_grant_lifetime(&scope.tenant_id, &id, week, now).await.unwrap();
    let found = deployment.examine().await;
    found.has("google scopes", "wrong", &["1 accounts", "calendar.calendarlist.readonly", "reconnect"]);
    found.has("google testing mode", "wrong", &["7 days", "publish the app at https://console.cloud.google.com"]);

    let status = AccountStatus::ReauthRequired;
    assert!(system.mark_account(&scope.tenant_id, &id, 1, status, None, now).await.unwrap());
    deployment.examine().await.has("accounts", "look", &["1 of 1", "Reconnect"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_and_lists_that_keep_people_out_are_named() {
    let deployment = Deployment::new().await;
    let (scope, _) = account(&deployment.store().await, "calendar").await;
    let found = deployment
        .set("CALENDAR_SYNC_ENABLED", "false")
        .set("CALENDAR_ALLOWLIST_PROVIDER_IDS", format!("{},nobody-known", scope.user_id))
        .set("CALENDAR_ALLOWLIST_CONNECTION_IDS", "gone")
        .examine()
        .await;
    found.has("switches", "look", &["CALENDAR_SYNC_ENABLED", "SIGHUP"]);
    found.has("allowlists", "ok", &["2 people, 1 connections"]);
    found.has("allowlists", "look", &["CALENDAR_ALLOWLIST_PROVIDER_IDS", "nobody-known", "profiles"]);
    found.has("allowlists", "look", &["CALENDAR_ALLOWLIST_CONNECTION_IDS", "gone", "tidecal connections list"]);

    let nobody = Deployment::new().await.set("CALENDAR_ALLOWLIST_PROVIDER_IDS", "").examine().await;
    nobody.has("allowlists", "look", &["nobody may connect"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_examined_for_its_version_pooling_and_row_security() {
    harness::run(Backend::Postgres, |db| async move {
        let mut deployment = Deployment::new().await;
        deployment.url = db.url.clone();
        let found = deployment.examine().await;
        found.has("database program", "ok", &["PostgreSQL"]);
        found.has("database pooling", "ok", &[]);
        found.has("row-level security", "ok", &["not switched on"]);
        db.raw.execute("ALTER TABLE calendars ENABLE ROW LEVEL SECURITY").await;
        let found = deployment.examine().await;
        found.has("row-level security", "look", &["on for 1 tables", "ENABLE ROW LEVEL SECURITY", "calendar_events"]);
    })
    .await;
}
