//! The program as an operator meets it: what it prints, how it ends, what it says when something
//! is wrong. Each run is the real binary in an environment of its own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tidecal_core::model::{Event, Provider};
use tidecal_core::remote::Cursor;
use tidecal_core::sync::{
    ConflictWrite, EventKind, EventOp, EventWrite, MappingStatus, MappingWrite, Verdict, Writes, span_of,
};
use tidecal_ical::{Moment, When, Zone};
use tidecal_store::{
    Advance, ClaimQuery, KeyRing, NewAccount, NewConnection, RunRef, Secrets, Store, StoreOptions, SyncDirection,
    SystemScope, TenantScope,
};

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
        if let Some(key) = self.key.filter(|_| more.iter().all(|(name, _)| *name != "CALENDAR_OAUTH_ENCRYPTION_KEY")) {
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
    let verbs = "serve demo sandbox migrate doctor config users connections events sync why held conflicts keys";
    for verb in verbs.split(' ') {
        let help = Cli::new().run(&[verb, "--help"], "");
        assert!(help.status.success() && help.stdout.len() > 100, "{verb}");
    }
}

#[test]
fn what_waits_is_listed_released_and_given_up() {
    let cli = Cli::new();
    assert!(text(&cli.run(&["held", "list"], "")).contains("Nothing waits"));
    let desk = cli.desk();
    let held = json(&cli.run(&["held", "list", "--json"], ""));
    assert_eq!((held[0]["kind"].as_str(), held[0]["connectionId"].as_str()), (Some("run"), Some(&*desk.connection)));
    assert_eq!((held[1]["kind"].as_str(), held[1]["title"].as_str()), (Some("write"), Some("Board")));
    assert_eq!(held[1]["reason"], "would mail 2 people");
    assert!(text(&cli.run(&["held", "list"], "")).contains("60 of 100 events would be deleted"));
    refused(&cli.run(&["held", "release", "nope"], ""), 1, &["tidecal held list"]);

    let write = held[1]["id"].as_str().unwrap();
    assert_eq!(json(&cli.run(&["held", "release", write, "--json"], ""))["released"], true);
    let run = cli.run(&["held", "discard", &desk.connection], "");
    assert!(text(&run).contains("Given up. 0 events"), "{}", said(&run));
    assert_eq!(json(&cli.run(&["held", "list", "--json"], "")), json!([]));
    assert_eq!(cli.value("SELECT consent_version = version FROM calendar_events WHERE title = 'Board'"), "1");
    let deeds = "SELECT group_concat(action, ' ') FROM (SELECT action FROM audit_log ORDER BY id)";
    assert_eq!(cli.value(deeds), "write.release run.discard");
}

#[test]
fn a_conflict_is_listed_shown_and_settled() {
    let cli = Cli::new();
    let desk = cli.desk();
    let listed = json(&cli.run(&["conflicts", "list", "--json"], ""));
    assert_eq!((listed[0]["id"].as_str(), &listed[0]["fields"]), (Some(&*desk.conflict), &json!(["title"])));
    let shown = json(&cli.run(&["conflicts", "show", &desk.conflict, "--json"], ""));
    assert_eq!((&shown["local"]["title"], &shown["remote"]["title"]), (&json!("Mine"), &json!("Theirs")));
    let table = cli.run(&["conflicts", "show", &desk.conflict], "");
    assert!(["Mine", "Theirs", "--keep local|remote"].iter().all(|word| text(&table).contains(word)));

    let resolve = |choice: &[&str]| {
        let mut arguments = vec!["conflicts", "resolve", desk.conflict.as_str()];
        arguments.extend(choice);
        cli.run(&arguments, "")
    };
    refused(&resolve(&[]), 2, &["--keep"]);
    refused(&resolve(&["--keep", "both"]), 2, &["local", "remote"]);
    refused(&resolve(&["--field", "titel=local"]), 1, &["is no field", "title"]);
    refused(&resolve(&["--field", "location=local"]), 1, &["choose a side for title"]);
    assert!(text(&resolve(&["--field", "title=remote"])).contains("tidecal sync"));
    assert_eq!(cli.value("SELECT title FROM calendar_events WHERE id = 'mine'"), "Theirs");
    assert!(text(&cli.run(&["conflicts", "list"], "")).contains("No conflicts"));
    let all = json(&cli.run(&["conflicts", "list", "--all", "--json"], ""));
    assert_eq!(all[0]["resolution"], "fields");
    refused(&cli.run(&["conflicts", "reset", &desk.conflict], ""), 1, &["not found"]);
}

#[test]
fn a_conflict_is_decided_anew() {
    let cli = Cli::new();
    let desk = cli.desk();
    assert_eq!(json(&cli.run(&["conflicts", "reset", &desk.conflict, "--json"], ""))["resolution"], "reset");
    let state = "SELECT sync_status FROM external_calendar_events WHERE external_event_id = 'ext-mine'";
    assert_eq!(cli.value(state), "CREATED");
}

#[test]
fn an_event_is_explained_by_a_part_of_its_title() {
    let cli = Cli::new();
    cli.desk();
    let why = json(&cli.run(&["why", "boa", "--json"], ""));
    assert!(why["verdict"].as_str().unwrap().contains("would mail 2 people"), "{why}");
    assert_eq!(why, json(&cli.run(&["events", "why", "boa", "--json"], "")));
    refused(&cli.run(&["why", "no such thing"], ""), 1, &["neither an id nor a part of a title"]);
}

#[test]
fn a_sync_is_asked_for_in_either_way_and_says_what_is_wrong() {
    let cli = Cli::new();
    let desk = cli.desk();
    for verb in [vec!["sync"], vec!["connections", "sync"], vec!["sync", "--dry-run"]] {
        let arguments: Vec<&str> = verb.into_iter().chain([desk.connection.as_str()]).collect();
        refused(&cli.run(&arguments, ""), 1, &[]);
    }
    refused(&cli.run(&["sync", "nope"], ""), 1, &["tidecal connections list"]);
}

#[test]
fn a_restored_database_is_said_to_be_one() {
    let cli = Cli::new();
    let desk = cli.desk();
    let plain = json(&cli.run(&["migrate", "--json"], ""));
    assert_eq!(plain["comparing"], Value::Null);
    let restored = json(&cli.run(&["migrate", "--restored", "--json"], ""));
    assert_eq!(restored["comparing"], 1);
    let row = "SELECT restored_at IS NOT NULL AND sync_cursor IS NULL AND sync_needed FROM external_calendar_connections \
        WHERE id = ";
    assert_eq!(cli.value(&format!("{row}'{}'", desk.connection)), "1");
    assert_eq!(cli.value("SELECT COUNT(*) FROM audit_log WHERE action = 'database.restored'"), "1");
}

#[test]
fn credentials_are_sealed_anew_and_the_old_key_may_go() {
    let cli = Cli::new();
    cli.desk();
    let new = "another key for tests that is long enough";
    let keys = [("CALENDAR_OAUTH_ENCRYPTION_KEY", new), ("CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD", KEY)];
    assert_eq!(json(&cli.run_with(&["keys", "rotate", "--json"], "", &keys))["rotated"], true);
    let head = |cli: &Cli| cli.value("SELECT hex(SUBSTR(access_token, 1, 5)) FROM calendar_accounts");
    let sealed = head(&cli);
    assert_eq!(json(&cli.run_with(&["keys", "rotate", "--json"], "", &keys[..1]))["rotated"], true);
    assert_eq!(head(&cli), sealed);
    refused(&cli.run(&["keys", "rotate"], ""), 1, &["CALENDAR_OAUTH_ENCRYPTION_KEY"]);
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

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Ada's connected calendar: a conflict, a held write, and a held run.
struct Desk {
    connection: String,
    conflict: String,
}

impl Cli {
    fn desk(&self) -> Desk {
        self.add_ada();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ring = KeyRing::from_secrets(&SecretString::from(KEY), &[]).unwrap();
            let store = Store::connect(&self.database(), StoreOptions::new(ring)).await.unwrap();
            let ada = store.sign_in().find_user_by_email("ada@example.com").await.unwrap().unwrap();
            let desk = fill(&store, &ada.identities[0].scope).await;
            self.hold(&desk.connection).await;
            store.close().await;
            desk
        })
    }

    async fn hold(&self, connection: &str) {
        use sqlx::Connection as _;
        let hold = format!(
            "UPDATE external_calendar_connections SET held_reason = '60 of 100 events would be deleted within 24 h', \
             lease_owner = NULL, lease_until = NULL WHERE id = '{connection}'"
        );
        let mut raw = sqlx::SqliteConnection::connect(&self.database()).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(hold)).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
    }

    fn value(&self, statement: &str) -> String {
        use sqlx::{Connection as _, Row as _};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&self.database()).await.unwrap();
            let statement = sqlx::AssertSqlSafe(format!("SELECT CAST(({statement}) AS TEXT)"));
            let row = sqlx::raw_sql(statement).fetch_one(&mut connection).await.unwrap();
            row.get::<String, _>(0)
        })
    }
}

async fn fill(store: &Store, ada: &TenantScope) -> Desk {
    let now = Timestamp::now();
    let (tenant, system) = (store.tenant(ada), store.system(SystemScope::for_workers()));
    let secrets = Secrets { access_token: Some(SecretString::from("access-canary")), ..Secrets::default() };
    let account = NewAccount {
        provider: Provider::Google,
        subject: "ada".into(),
        email: "ada@example.com".into(),
        name: "Ada".into(),
        base_url: None,
        server_info: None,
        scopes: String::new(),
        secrets,
        token_expiry: Some(now + SignedDuration::from_hours(1)),
        reconnect: None,
    };
    let (account, _) = tenant.insert_or_reconnect_account(&account, now).await.unwrap();
    let connection = NewConnection {
        account_id: account.id,
        external_calendar_id: "primary".into(),
        name: "Work".into(),
        calendar_color: None,
        time_zone: None,
        read_only: false,
        calendar_id: None,
        sync_direction: SyncDirection::Bidirectional,
        sync_enabled: true,
    };
    let connection = tenant.insert_connection(&connection, now).await.unwrap();
    let only = [connection.id.clone()];
    let query = ClaimQuery {
        now,
        due_by: Timestamp::MAX,
        owner: "test",
        lease_for: SignedDuration::from_secs(1),
        limit: 1,
        only: Some(&only),
        tenant_id: None,
        listed: None,
    };
    let mut claim = system.claim_due(query).await.unwrap().pop().unwrap();
    let advance = Advance { cursor: Some(Cursor("c1".into())), ..Advance::default() };
    let run = RunRef { id: "run-1".into(), trigger: "manual".into() };
    system.commit(&mut claim.lease, &trouble(), &advance, now, &run).await.unwrap();
    let conflict = tenant.list_conflicts(true, None, None, 9).await.unwrap().remove(0).id;
    Desk { connection: connection.id, conflict }
}

fn trouble() -> Writes {
    let (mine, board) = (event("Mine"), event("Board"));
    let insert = |id: &str, event: &Event| EventWrite {
        id: id.into(),
        series_id: id.into(),
        recurrence_id: None,
        external_event_id: format!("ext-{id}"),
        op: EventOp::Insert {
            kind: EventKind::Single,
            event: Box::new(event.clone()),
            span: span_of(event, &Zone::utc()),
        },
    };
    let row = |id: &str, verdict, status, reason: &str| MappingWrite {
        external_event_id: format!("ext-{id}"),
        external_series_id: format!("ext-{id}"),
        event_id: Some(id.into()),
        series_id: id.into(),
        version: "etag".into(),
        base_version: 1,
        verdict,
        status,
        reason: reason.into(),
        ..MappingWrite::default()
    };
    let conflict = ConflictWrite {
        external_event_id: "ext-mine".into(),
        recurrence_id: None,
        event_id: Some("mine".into()),
        fields: vec!["title".into()],
        base: Some(Box::new(event("Agreed"))),
        local: Some(Box::new(mine.clone())),
        remote: Some(Box::new(event("Theirs"))),
    };
    Writes {
        events: vec![insert("board", &board), insert("mine", &mine)],
        mappings: vec![
            row("board", Verdict::Held, MappingStatus::Updated, "would mail 2 people"),
            row("mine", Verdict::Conflicted, MappingStatus::Conflict, "changed on both sides"),
        ],
        conflicts: vec![conflict],
        ..Writes::default()
    }
}

fn event(title: &str) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2027, 1, 4).at(hour, 0, 0, 0), Zone::utc());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
}
