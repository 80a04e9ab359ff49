//! One calendar at Google, at Outlook and on a CalDAV server: what somebody does at one of them shows at the others,
//! nobody is mailed, and no request is one that a strict server would refuse.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_engine::{CaldavLogin, ConnectCalendar, SyncStatus};
use tidecal_sandbox::SandboxConfig;
use tidecal_store::{Account, Connection, ConnectionPatch, SyncDirection};

use crate::app::App;
use crate::harness::{Db, on_both};

on_both!(a_calendar_of_three_vendors_shows_the_same_at_each, a_password_that_changed_is_asked_for_and_nothing_is_lost);

const TEAM: &str = "team-atlas@group.calendar.example.com";
const OBJECTS: &str = "caldav/objects/ada@example.com/team";

struct Three {
    app: App,
    google: Connection,
    outlook: Connection,
    caldav: Connection,
}

fn login(app: &App, account: Option<&Account>, password: &str) -> CaldavLogin {
    CaldavLogin {
        url: app.sandbox.base_url.clone(),
        username: "ada@example.com".to_owned(),
        password: SecretString::from(password),
        account_id: account.map(|account| account.id.clone()),
    }
}

/// The calendar of that name, both ways, as part of the local one if that is given.
async fn connect(app: &App, account: &Account, name: &str, calendar_id: Option<String>) -> Connection {
    let offered = app.engine.offered_calendars(&app.ada, &account.id).await.unwrap();
    let offered = offered.into_iter().find(|it| it.calendar.name == name).unwrap();
    let request = ConnectCalendar {
        account_id: account.id.clone(),
        external_calendar_id: offered.calendar.id,
        name: None,
        calendar_id,
        enabled: true,
    };
    let made = app.engine.connect_calendar(&app.ada, request).await.unwrap();
    let patch = ConnectionPatch { sync_direction: Some(SyncDirection::Bidirectional), ..ConnectionPatch::default() };
    app.engine.update_connection(&app.ada, &made.id, &patch).await.unwrap()
}

impl Three {
    async fn open(db: Db) -> Self {
        let app = App::new(db).await;
        let account = app.consent_to(Provider::Google, None).await;
        let google = connect(&app, &account, "Team Atlas", None).await;
        let shared = Some(google.calendar_id.clone());
        let account = app.consent_to(Provider::Outlook, None).await;
        let outlook = connect(&app, &account, "Team", shared.clone()).await;
        let password = SandboxConfig::default().caldav_password;
        let account = app.engine.connect_caldav(&app.ada, login(&app, None, &password)).await.unwrap();
        let caldav = connect(&app, &account, "Team", shared).await;
        Self { app, google, outlook, caldav }
    }

    fn outlook_path(&self) -> String {
        let id = url::form_urlencoded::byte_serialize(self.outlook.external_calendar_id.as_bytes());
        format!("graph/events/{}", id.collect::<String>())
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        self.app.control("GET", path, Value::Null).await["items"].as_array().unwrap().clone()
    }

    /// One run of each connection; answers what they wrote.
    async fn pass(&self) -> Vec<Value> {
        self.app.advance(SignedDuration::from_mins(20)).await;
        self.app.control("DELETE", "ledger", Value::Null).await;
        for connection in [&self.google, &self.outlook, &self.caldav] {
            let result = self.app.sync(connection).await;
            assert_eq!((result.status, result.error), (SyncStatus::Success, None), "{:?}", connection.provider);
        }
        self.items("ledger?writes=true").await
    }

    /// Until two passes wrote nothing: what the last connection reads, the first writes in the pass after.
    /// Answers how many passes wrote.
    async fn settle(&self) -> usize {
        let (mut wrote, mut quiet) = (0, 0);
        for _ in 0..8 {
            if self.pass().await.is_empty() {
                quiet += 1;
            } else {
                (wrote, quiet) = (wrote + 1, 0);
            }
            if quiet == 2 {
                return wrote;
            }
        }
        panic!("no rest: {:#?}", self.items("ledger?writes=true").await);
    }

    /// Titles of single events and of series as each vendor has them.
    async fn titles(&self) -> [BTreeSet<String>; 3] {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let google = self.items(&format!("events/{TEAM}")).await;
        let masters = google.iter().filter(|it| it["status"] != "cancelled" && it["recurringEventId"].is_null());
        let google = masters.map(|it| text(&it["summary"])).collect();
        let outlook = self.items(&self.outlook_path()).await.iter().map(|it| text(&it["subject"])).collect();
        let caldav = self.items(OBJECTS).await.iter().map(|it| summary(&text(&it["text"]))).collect();
        [google, outlook, caldav]
    }

    async fn same_everywhere(&self) -> BTreeSet<String> {
        let [google, outlook, caldav] = self.titles().await;
        assert_eq!(google, outlook);
        assert_eq!(google, caldav);
        google
    }

    async fn file_of(&self, title: &str) -> String {
        let items = self.items(OBJECTS).await;
        let found = items.iter().find(|it| summary(it["text"].as_str().unwrap()) == title);
        found.unwrap_or_else(|| panic!("no {title}"))["file"].as_str().unwrap().to_owned()
    }
}

/// SUMMARY of the first component, plain.
fn summary(text: &str) -> String {
    let unfolded = text.replace("\r\n ", "");
    let line = unfolded.lines().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap_or_default();
    line.replace("\\,", ",").replace("\\;", ";")
}

async fn a_calendar_of_three_vendors_shows_the_same_at_each(db: Db) {
    let three = Three::open(db).await;
    let [google, outlook, caldav] = three.titles().await;
    three.settle().await;
    let all = three.same_everywhere().await;
    assert_eq!(
        all,
        google.iter().chain(&outlook).chain(&caldav).cloned().collect(),
        "nothing is lost, nothing doubled"
    );
    let counts = [three.items(OBJECTS).await.len(), three.items(&three.outlook_path()).await.len()];
    assert_eq!(counts, [counts[0]; 2]);

    let made = json!({ "summary": "Made at Google", "start": { "dateTime": "2026-12-01T10:00:00Z" },
        "end": { "dateTime": "2026-12-01T11:00:00Z" }, "location": "Room 1; left, then right" });
    three.app.control("POST", &format!("events/{TEAM}"), made).await;
    three.settle().await;
    assert!(three.same_everywhere().await.contains("Made at Google"));

    let file = three.file_of("Made at Google").await;
    let edit = json!({ "SUMMARY": "Edited by CalDAV", "DTEND": "20261201T120000Z" });
    three.app.control("PATCH", &format!("{OBJECTS}/{file}"), edit).await;
    three.settle().await;
    let titles = three.same_everywhere().await;
    assert!(titles.contains("Edited by CalDAV") && !titles.contains("Made at Google"), "{titles:?}");
    let outlook = three.items(&three.outlook_path()).await;
    let edited = outlook.iter().find(|it| it["subject"] == "Edited by CalDAV").unwrap();
    assert_eq!(edited["end"]["dateTime"], "2026-12-01T12:00:00.0000000");
    assert_eq!(edited["location"]["displayName"], "Room 1; left, then right");

    let id: String = url::form_urlencoded::byte_serialize(edited["id"].as_str().unwrap().as_bytes()).collect();
    let path = format!("{}/{id}", three.outlook_path());
    three.app.control("PATCH", &path, json!({ "subject": "Edited in Outlook" })).await;
    three.settle().await;
    assert!(three.same_everywhere().await.contains("Edited in Outlook"));

    three.app.control("DELETE", &path, Value::Null).await;
    three.settle().await;
    assert_eq!(three.same_everywhere().await, all, "what one deletes is gone at each");

    assert_eq!(three.settle().await, 0, "a quiet day writes nothing");
    assert_eq!(three.items("mails").await, Vec::<Value>::new());
}

async fn a_password_that_changed_is_asked_for_and_nothing_is_lost(db: Db) {
    let three = Three::open(db).await;
    three.settle().await;
    let all = three.same_everywhere().await;
    let new = json!({ "account": "ada@example.com", "password": "another" });
    three.app.control("POST", "caldav/password", new).await;
    three.app.advance(SignedDuration::from_mins(20)).await;
    let refused = three.app.sync(&three.caldav).await;
    assert!(refused.error.as_deref().is_some_and(|it| it.starts_with("Authentication failed")), "{refused:?}");
    for connection in [&three.google, &three.outlook] {
        assert_eq!(three.app.sync(connection).await.status, SyncStatus::Success, "the others go on");
    }
    let account = three.app.store().tenant(&three.app.ada).get_account(&three.caldav.account_id).await.unwrap();
    let again = login(&three.app, Some(&account), "another");
    three.app.engine.connect_caldav(&three.app.ada, again).await.unwrap();
    assert_eq!(three.settle().await, 0, "and nothing has to be written");
    assert_eq!(three.same_everywhere().await, all);
}
