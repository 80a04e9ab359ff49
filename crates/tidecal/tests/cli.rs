//! The program as an operator meets it: what it prints, how it ends, what it says when something
//! is wrong. Each run is the real binary in an environment of its own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = "a key for tests that is long enough to be used";

struct Cli {
    folder: TempDir,
    key: Option<&'static str>,
}

impl Cli {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), key: Some(KEY) }
    }

    fn database(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("tidecal.db").display())
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        self.run_with(arguments, input, &[])
    }

    fn run_with(&self, arguments: &[&str], input: &str, more: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidecal"));
        command.args(arguments).env_clear().env("DATABASE_URL", self.database()).current_dir(self.folder.path());
        command.envs(more.iter().copied());
        if let Some(key) = self.key {
            command.env("CALENDAR_OAUTH_ENCRYPTION_KEY", key);
        }
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        // A program that refuses its arguments may be gone before it reads.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn add_ada(&self) {
        let added = self.run(&["users", "add", "ada@example.com", "--password-stdin"], "four words in a row\n");
        assert!(added.status.success(), "{}", said(&added));
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// It failed, in the words that name problem and remedy, and without a panic.
#[track_caller]
fn refused(output: &Output, code: i32, words: &[&str]) {
    let text = said(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn without_a_key_nothing_starts_and_the_command_that_makes_one_is_shown() {
    let cli = Cli { key: None, ..Cli::new() };
    refused(&cli.run(&["serve"], ""), 1, &["CALENDAR_OAUTH_ENCRYPTION_KEY", "openssl rand -base64 32"]);
}

#[test]
fn a_short_key_is_refused() {
    let cli = Cli { key: Some("short"), ..Cli::new() };
    refused(&cli.run(&["serve"], ""), 1, &["CALENDAR_OAUTH_ENCRYPTION_KEY", "32"]);
}

#[test]
fn a_port_in_use_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for verb in ["serve", "demo"] {
        refused(&Cli::new().run(&[verb, "--listen", &address], ""), 1, &[&address, "--listen"]);
    }
}

#[test]
fn a_database_from_a_newer_version_is_left_alone() {
    let cli = Cli::new();
    cli.add_ada();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99990101000000, 'from the future', 1, x'00', 0)";
    sql(&cli, newer);
    refused(&cli.run(&["migrate"], ""), 1, &["99990101000000", "newer version"]);
    refused(&cli.run(&["serve", "--listen", "127.0.0.1:0"], ""), 1, &["newer version"]);
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let cli = Cli::new();
    let url = format!("sqlite:{}/no/such/folder/tidecal.db", cli.folder.path().display());
    refused(&cli.run(&["migrate", "--database", &url], ""), 1, &["no/such/folder", "folder"]);
    refused(&cli.run(&["migrate", "--database", "mysql://localhost/x"], ""), 1, &["sqlite:", "postgres://"]);
}

#[test]
fn a_wrong_setting_is_named_before_anything_starts() {
    let wrong = Cli::new().run_with(&["serve"], "", &[("CALENDAR_SYNC_INTERVAL_MINUTES", "soon")]);
    refused(&wrong, 2, &["CALENDAR_SYNC_INTERVAL_MINUTES", "soon"]);
}

#[test]
fn no_caldav_server_and_no_connection_at_all_are_told_apart() {
    let cli = Cli::new();
    cli.add_ada();
    // Something listens there that speaks no CalDAV.
    let page = web_page();
    let add = |origin: &str| {
        let arguments =
            ["connections", "add-caldav", origin, "--username", "ada", "--user", "ada@example.com", "--password-stdin"];
        cli.run_with(&arguments, "secret-canary\n", &[("TIDECAL_ALLOWED_ORIGINS", origin)])
    };
    let no_caldav = add(&page);
    refused(&no_caldav, 1, &["there is no CalDAV server at 127.0.0.1", "Check the address"]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = add(&format!("http://{free}"));
    refused(&nobody, 1, &["127.0.0.1"]);
    for output in [&no_caldav, &nobody] {
        assert!(!said(output).contains("secret-canary"));
    }
}

#[test]
fn a_private_address_is_refused_unless_it_is_allowed() {
    let cli = Cli::new();
    cli.add_ada();
    let arguments = [
        "connections",
        "add-caldav",
        "http://127.0.0.1:1",
        "--username",
        "ada",
        "--user",
        "ada@example.com",
        "--password-stdin",
    ];
    refused(&cli.run(&arguments, "secret\n"), 1, &["127.0.0.1"]);
}

#[test]
fn an_unknown_connection_and_an_empty_list_say_what_to_do_next() {
    let cli = Cli::new();
    refused(&cli.run(&["connections", "show", "nope"], ""), 1, &["tidecal connections list"]);
    let list = cli.run(&["connections", "list"], "");
    assert!(String::from_utf8_lossy(&list.stdout).contains("add-caldav"));
    assert_eq!(json(&cli.run(&["connections", "list", "--json"], "")), Value::Array(vec![]));
}

#[test]
fn a_weak_password_is_refused_with_better_advice() {
    let weak = Cli::new().run(&["users", "add", "ada@example.com", "--password-stdin"], "short\n");
    refused(&weak, 1, &["too short"]);
}

#[test]
fn config_check_shows_every_variable_and_no_secret() {
    let shown = json(&Cli::new().run(&["config", "check", "--json"], ""));
    let key = shown.as_array().unwrap().iter().find(|it| it["name"] == "CALENDAR_OAUTH_ENCRYPTION_KEY").unwrap();
    assert_eq!((key["value"].as_str(), key["source"].as_str()), (Some("(secret)"), Some("environment")));
    assert!(!shown.to_string().contains(KEY));
}

#[test]
fn the_doctor_names_what_is_wrong_and_the_step_to_take() {
    let cli = Cli::new();
    let sick = cli.run(&["doctor", "--json"], "");
    assert_eq!(sick.status.code(), Some(1), "no schema yet");
    let checks: Value = serde_json::from_slice(&sick.stdout).unwrap();
    let database = checks.as_array().unwrap().iter().find(|it| it["check"] == "database").unwrap();
    assert!(database["text"].as_str().unwrap().contains("tidecal migrate"), "{database}");
    assert!(cli.run(&["migrate"], "").status.success());
    assert!(cli.run(&["doctor"], "").status.success());
}

#[test]
fn every_verb_explains_itself() {
    for verb in ["serve", "demo", "sandbox", "migrate", "doctor", "config", "users", "connections", "events"] {
        let help = Cli::new().run(&[verb, "--help"], "");
        assert!(help.status.success() && help.stdout.len() > 100, "{verb}");
    }
}

/// A server that answers everything with a web page.
fn web_page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The whole request first: an answer that comes before it breaks the connection off.
            let mut request = [0; 64 * 1024];
            let _ = stream.read(&mut request);
            let page = "<!doctype html><title>Welcome</title>";
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    origin
}

fn sql(cli: &Cli, statement: &str) {
    use sqlx::Connection as _;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(&cli.database()).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}
