//! The CalDAV adapter against a real Radicale.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/radicale.rs"]
mod radicale;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::OnceLock;

use jiff::Timestamp;
use radicale::Radicale;
use secrecy::SecretString;
use tidecal_core::model::{Event, Status};
use tidecal_core::policy::Window;
use tidecal_core::remote::{
    AccessRole, Content, Cursor, Failure, FailureClass, ItemRef, Next, PageQuery, PermanentScope, Reading,
    RemoteChange, RemoteSeries,
};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::caldav::{Caldav, discover};
use tidecal_providers::{Access, Adapter as _};
use url::Url;

const PEOPLE: [&str; 8] = ["ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana@example.com"];

/// One server for all tests of this file, a person each.
fn server() -> &'static Radicale {
    static SERVER: OnceLock<Radicale> = OnceLock::new();
    SERVER.get_or_init(|| Radicale::start(&PEOPLE))
}

fn transport(origin: &str) -> Transport {
    let guard = Guard { allow_private: false, allowed_origins: vec![origin.to_owned()] };
    Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap()
}

fn secret(user: &str) -> SecretString {
    SecretString::from(format!("pw-{user}"))
}

struct Client {
    adapter: Caldav,
    access: Access,
    calendar: String,
}

impl Client {
    fn new(user: &str, calendar: String) -> Self {
        let origin = &server().origin;
        let base = Url::parse(&format!("{origin}/{user}/")).unwrap();
        let access = Access::Password { base, username: user.to_owned(), password: secret(user) };
        Self { adapter: Caldav::new(transport(origin)), access, calendar }
    }

    async fn read(&self, reading: Reading) -> Result<(Vec<RemoteChange>, Cursor), Failure> {
        let query = PageQuery { reading, token: None, window: Window::EVERYTHING };
        let page = self.adapter.fetch_page(&self.access, &self.calendar, &query).await?;
        match page.next {
            Next::Done(cursor) => Ok((page.changes, cursor)),
            Next::Page(token) => panic!("{token:?}"),
        }
    }

    async fn full(&self) -> (Vec<ItemRef>, Cursor) {
        let (changes, cursor) = self.read(Reading::Full { lower: Timestamp::MIN }).await.unwrap();
        let listed = changes.into_iter().map(|change| match change {
            RemoteChange::Listed(item) => item,
            other => panic!("{other:?}"),
        });
        (listed.collect(), cursor)
    }

    async fn delta(&self, cursor: Cursor) -> (BTreeMap<String, Option<String>>, Cursor) {
        let (changes, cursor) = self.read(Reading::Delta { cursor }).await.unwrap();
        let by_id = changes.into_iter().map(|change| match change {
            RemoteChange::Listed(item) => (item.id, Some(item.version)),
            RemoteChange::Gone { id, proven: true } => (id, None),
            other => panic!("{other:?}"),
        });
        (by_id.collect(), cursor)
    }

    async fn items(&self, items: &[ItemRef]) -> Vec<RemoteChange> {
        self.adapter.fetch_items(&self.access, &self.calendar, items).await.unwrap()
    }
}

fn series(change: &RemoteChange) -> &RemoteSeries {
    match change {
        RemoteChange::Series(series) => series,
        other => panic!("{other:?}"),
    }
}

fn event(content: &Content) -> &Event {
    match content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn ics(components: &[String]) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{}END:VCALENDAR\r\n", components.concat())
}

fn vevent(uid: &str, start: &str, title: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{start}\r\nDURATION:PT30M\r\nSUMMARY:{title}\r\n{more}END:VEVENT\r\n"
    )
}

fn single(uid: &str, title: &str) -> String {
    ics(&[vevent(uid, "20261123T090000Z", title, "")])
}

#[tokio::test]
async fn an_account_is_found_from_a_bare_host_and_from_any_of_its_urls() {
    let server = server();
    let calendar = server.calendar("ada", "work");
    server.calendar("ada", "personal");
    let tasks = r#"<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"#;
    assert_eq!(server.request("ada", "MKCALENDAR", "/ada/tasks/", &[], tasks).status, 201);
    let transport = transport(&server.origin);
    for input in [
        server.origin.trim_start_matches("http://").to_owned(),
        server.origin.clone(),
        format!("{}/ada/", server.origin),
        format!("{}{calendar}", server.origin),
        format!("{}/.well-known/caldav", server.origin),
    ] {
        let found = discover(&transport, &input, "ada", &secret("ada")).await.unwrap();
        assert_eq!(found.base.as_str(), format!("{}/ada/", server.origin), "{input}");
        assert_eq!((found.account.email.as_str(), found.account.subject.as_str()), ("ada", found.base.as_str()));
    }
    let client = Client::new("ada", calendar);
    let calendars = client.adapter.fetch_calendars(&client.access).await.unwrap();
    let ids: Vec<_> = calendars.iter().map(|it| (it.id.as_str(), it.name.as_str(), it.primary)).collect();
    assert_eq!(ids, [("/ada/personal/", "personal", true), ("/ada/work/", "work", false)]);
    assert_eq!(calendars[1].color.as_deref(), Some("#3366cc"));
    assert_eq!(calendars[1].access, AccessRole::Writer);
    assert_eq!(client.adapter.fetch_account(&client.access).await.unwrap().subject, format!("{}/ada/", server.origin));
}

#[tokio::test]
async fn a_mail_address_is_a_login_too() {
    let server = server();
    let user = "hana@example.com";
    server.calendar(user, "work");
    let transport = transport(&server.origin);
    let found = discover(&transport, &server.origin, user, &secret(user)).await.unwrap();
    let access = Access::Password { base: found.base, username: found.username, password: secret(user) };
    let adapter = Caldav::new(transport);
    let calendars = adapter.fetch_calendars(&access).await.unwrap();
    assert_eq!(calendars.len(), 1);
    let query = PageQuery { reading: Reading::Full { lower: Timestamp::MIN }, token: None, window: Window::EVERYTHING };
    assert!(adapter.fetch_page(&access, &calendars[0].id, &query).await.unwrap().changes.is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_told_from_a_wrong_address() {
    let server = server();
    let transport = transport(&server.origin);
    let wrong = discover(&transport, &server.origin, "ben", &SecretString::from("canary")).await.unwrap_err();
    assert_eq!((wrong.class, wrong.http_status), (FailureClass::Auth, Some(401)));
    assert!(wrong.detail.starts_with("caldav: 401 ") && !format!("{wrong:?}").contains("canary"), "{wrong:?}");
    assert!(wrong.remedy.unwrap().contains("password"));
    let mut client = Client::new("ben", "/ben/work/".into());
    client.access = Access::Password {
        base: Url::parse(&format!("{}/ben/", server.origin)).unwrap(),
        username: "ben".into(),
        password: SecretString::from("canary"),
    };
    let wrong = client.read(Reading::Full { lower: Timestamp::MIN }).await.unwrap_err();
    assert_eq!(wrong.class, FailureClass::Auth);
}

#[tokio::test]
async fn a_delta_names_what_was_created_changed_and_deleted() {
    let server = server();
    let path = server.calendar("ben", "work");
    let client = Client::new("ben", path.clone());
    for uid in ["a", "b", "c"] {
        server.put("ben", &format!("{path}{uid}.ics"), &single(uid, uid));
    }
    let (listed, cursor) = client.full().await;
    let ids: BTreeSet<_> = listed.iter().map(|item| item.id.clone()).collect();
    assert_eq!(ids, ["a", "b", "c"].map(|uid| format!("{path}{uid}.ics")).into());
    assert!(cursor.0.starts_with("1:sync:"), "{cursor:?}");

    let (nothing, cursor) = client.delta(cursor).await;
    assert!(nothing.is_empty());

    let changed = server.put("ben", &format!("{path}a.ics"), &single("a", "changed"));
    let created = server.put("ben", &format!("{path}d%20e.ics"), &single("d", "new"));
    server.delete("ben", &format!("{path}b.ics"));
    let (changes, cursor) = client.delta(cursor).await;
    let expected = [
        (format!("{path}a.ics"), Some(changed)),
        (format!("{path}b.ics"), None),
        (format!("{path}d%20e.ics"), Some(created)),
    ];
    assert_eq!(changes, expected.into());
    assert!(client.delta(cursor).await.0.is_empty());
}

#[tokio::test]
async fn a_token_that_the_server_forgot_means_compare_everything() {
    let path = server().calendar("cleo", "work");
    let client = Client::new("cleo", path);
    let (_, Cursor(cursor)) = client.full().await;
    let (head, hash) = cursor.split_at(cursor.len() - 6);
    let forgotten =
        Cursor(format!("{head}{}", hash.chars().map(|c| if c == '0' { '1' } else { '0' }).collect::<String>()));
    for cursor in [forgotten, Cursor("1:sync:http://example.com/other/1".into()), Cursor("of another version".into())] {
        let lost = client.read(Reading::Delta { cursor: cursor.clone() }).await.unwrap_err();
        assert_eq!(lost.class, FailureClass::CursorLost, "{cursor:?} {lost:?}");
    }
}

#[tokio::test]
async fn three_hundred_objects_arrive_as_stored() {
    let server = server();
    let path = server.calendar("dora", "work");
    let many: Vec<String> =
        (0..300).map(|n| vevent(&format!("many-{n}"), "20261123T090000Z", &format!("Event {n} ä&<>"), "")).collect();
    server.put("dora", &path, &ics(&many));
    let client = Client::new("dora", path.clone());
    let (listed, _) = client.full().await;
    assert_eq!(listed.len(), 300);
    let mut titles = BTreeSet::new();
    for batch in listed.chunks(client.adapter.capabilities().items_per_fetch) {
        let changes = client.items(batch).await;
        assert_eq!(changes.len(), batch.len(), "every item is answered");
        for change in &changes {
            let series = series(change);
            let asked = batch.iter().find(|item| item.id == series.id).unwrap();
            assert_eq!(series.components[0].version, asked.version);
            titles.insert(event(&series.components[0].content).title.clone());
        }
    }
    assert_eq!(titles, (0..300).map(|n| format!("Event {n} ä&<>")).collect());
    let all_at_once = client.items(&listed).await;
    assert_eq!(all_at_once.len(), 300);

    let mut asked = listed[..3].to_vec();
    server.delete("dora", &asked[1].id);
    asked.push(ItemRef { id: format!("{path}never.ics"), version: String::new() });
    let changes = client.items(&asked).await;
    let gone: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            RemoteChange::Gone { id, proven: true } => Some(id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(gone, [asked[1].id.clone(), asked[3].id.clone()]);
    assert_eq!(changes.len(), 4);
}

#[tokio::test]
async fn a_series_comes_with_its_exceptions() {
    let server = server();
    let path = server.calendar("emil", "work");
    let body = ics(&[
        vevent("daily", "20261123T090000Z", "Stand-up", "RRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20261127T090000Z\r\n"),
        vevent("daily", "20261124T110000Z", "Stand-up\\, later", "RECURRENCE-ID:20261124T090000Z\r\n"),
        vevent("daily", "20261125T090000Z", "Stand-up", "RECURRENCE-ID:20261125T090000Z\r\nSTATUS:CANCELLED\r\n"),
    ]);
    server.put("emil", &format!("{path}daily.ics"), &body);
    let client = Client::new("emil", path);
    let (listed, _) = client.full().await;
    let changes = client.items(&listed).await;
    let series = series(&changes[0]);
    let by_slot: BTreeMap<String, &Event> = series
        .components
        .iter()
        .map(|it| (it.recurrence_id.map(|slot| slot.to_string()).unwrap_or_default(), event(&it.content)))
        .collect();
    assert_eq!(by_slot.keys().collect::<Vec<_>>(), ["", "20261124T090000Z", "20261125T090000Z"]);
    let recurrence = by_slot[""].recurrence.as_ref().unwrap();
    assert_eq!((recurrence.rules.len(), recurrence.excluded.len()), (1, 1));
    assert_eq!(by_slot["20261124T090000Z"].title, "Stand-up, later");
    assert_eq!(by_slot["20261125T090000Z"].status, Status::Cancelled);
    assert!(series.components.iter().all(|it| it.version == listed[0].version && it.id == listed[0].id));
}

/// Radicale leaves out files that it cannot read itself; others it hands on as they are.
#[tokio::test]
async fn broken_and_odd_objects_cost_nobody_else() {
    let server = server();
    let path = server.calendar("fay", "work");
    for uid in ["good", "better"] {
        server.put("fay", &format!("{path}{uid}.ics"), &single(uid, uid));
    }
    let folder = server.files_of(&path);
    fs::write(folder.join("hopeless.ics"), ics(&["BEGIN:VEVENT\r\nUID:hopeless\r\nDTSTART:soon\r\n".into()])).unwrap();
    let odd = [
        vevent("odd", "20261123T090000Z", "Series", "RRULE:FREQ=DAILY;COUNT=3\r\n"),
        vevent("odd", "20261124T110000Z", "Moved for good", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261124T090000Z\r\n"),
    ];
    server.put("fay", &format!("{path}odd.ics"), &ics(&odd));
    let client = Client::new("fay", path.clone());
    let (listed, _) = client.full().await;
    let changes = client.items(&listed).await;
    let by_id: BTreeMap<&str, &RemoteSeries> =
        changes.iter().map(series).map(|series| (series.id.trim_start_matches(&path), series)).collect();
    assert_eq!(by_id.keys().collect::<Vec<_>>(), [&"better.ics", &"good.ics", &"odd.ics"], "{}", server.log());
    assert_eq!(event(&by_id["good.ics"].components[0].content).title, "good");
    let [master, exception] = by_id["odd.ics"].components.as_slice() else { panic!("{changes:?}") };
    assert_eq!(event(&master.content).title, "Series");
    let Content::Unreadable(reason) = &exception.content else { panic!("{exception:?}") };
    assert!(reason.contains("RECURRENCE-ID"), "{reason}");
    assert!(String::from_utf8_lossy(&exception.raw).contains("Moved for good"));
    let retried = ItemRef { id: format!("{path}odd.ics#2"), version: String::new() };
    assert_eq!(series(&client.items(&[retried]).await[0]).components.len(), 2, "asked again by its own id");
}

#[tokio::test]
async fn lost_access_and_a_deleted_calendar_are_no_deletions_of_events() {
    let server = server();
    let path = server.calendar("gus", "work");
    server.put("gus", &format!("{path}a.ics"), &single("a", "a"));
    let client = Client::new("gus", path.clone());
    let (_, cursor) = client.full().await;
    server.delete("gus", &path);
    for reading in [Reading::Delta { cursor }, Reading::Full { lower: Timestamp::MIN }] {
        let gone = client.read(reading).await.unwrap_err();
        assert_eq!(gone.class, FailureClass::Permanent(PermanentScope::Calendar), "{gone:?}");
    }
    let foreign = Client::new("gus", "/ada/work/".into());
    let denied = foreign.read(Reading::Full { lower: Timestamp::MIN }).await.unwrap_err();
    assert!(matches!(denied.class, FailureClass::Permanent(PermanentScope::Calendar)), "{denied:?}");
}
