//! Problem 6: an account that is connected again loses what was known: a second calendar, a wrong one,
//! vanished events.

use secrecy::SecretString;
use serde_json::json;
use tidecal_engine::CaldavLogin;

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p06_a_reconnect_is_a_swap_of_tokens_and_edits_of_the_time_between_arrive,
    p06_calendars_are_known_by_id_whatever_they_are_called,
);

const PLACES: [At; 2] = [At::Google, At::Dav];

/// Signing in again made a second set of everything, and edits made meanwhile were lost.
async fn p06_a_reconnect_is_a_swap_of_tokens_and_edits_of_the_time_between_arrive(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    for (at, title, day) in [(At::Google, "At Google", 1), (At::Dav, "At home", 2)] {
        desk.make_there(at, title, &format!("2026-12-0{day}T09:00:00Z")).await;
    }
    let id = desk.create(json!({ "title": "Here", "start": "2026-12-03T09:00:00" })).await;
    desk.settle().await;
    let known = "SELECT COUNT(*) || '/' || MIN(id) || '/' || MAX(id) FROM external_calendar_events";
    let before = desk.app.value(known).await;
    let connections: Vec<_> = PLACES.iter().map(|at| desk.connection(*at).clone()).collect();
    for connection in &connections {
        desk.api("POST", &format!("accounts/{}/disconnect", connection.account_id), json!({})).await;
    }
    // People go on working.
    desk.edit(&id, json!({ "title": "Here, edited" })).await;
    let google = desk.item(At::Google, "At Google").await.id;
    desk.there(At::Google, Some(&google), Deed::Place("Room 2".into())).await;
    let dav = desk.item(At::Dav, "At home").await.id;
    desk.there(At::Dav, Some(&dav), Deed::Delete).await;

    let again = desk.app.consent(Some(&connections[0].account_id)).await;
    assert_eq!(again.id, connections[0].account_id, "the vendor's own id of the person decides");
    let login = CaldavLogin {
        url: String::new(),
        username: "ada".into(),
        password: SecretString::from("pw-ada"),
        account_id: Some(connections[1].account_id.clone()),
    };
    desk.app.engine.connect_caldav(&desk.app.ada, login).await.unwrap();
    for connection in &connections {
        let after = desk.app.connection(connection).await;
        assert_eq!((&after.id, after.sync_cursor.is_some()), (&connection.id, true), "cursor and row are kept");
    }
    let writes = desk.settle().await;
    assert!(writes.iter().all(|it| !it.contains("insert")), "{writes:?}");
    assert_eq!(desk.titles(At::Google).await, ["At Google", "Here, edited"]);
    assert_eq!(desk.titles(At::Dav).await, ["At Google", "Here, edited"]);
    let shown = desk.instances().await;
    assert_eq!((shown.len(), &shown[0]["location"]), (2, &json!("Room 2")));
    assert_eq!(desk.app.value(known).await, before, "the same rows as before");
    desk.rest().await;
}

/// A calendar was looked for by its name, so a renamed one was emptied and another one filled.
async fn p06_calendars_are_known_by_id_whatever_they_are_called(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    desk.create(json!({ "title": "Here", "start": "2026-12-03T09:00:00" })).await;
    desk.settle().await;
    // The calendar gets another name, and a new one takes the old name.
    let body = r#"<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:displayname>Renamed</d:displayname></d:prop></d:set></d:propertyupdate>"#;
    let renamed = desk.server().request("ada", "PROPPATCH", &desk.path(), &[], body);
    assert_eq!(renamed.status, 207, "{}", renamed.body);
    desk.server().calendar("ada", "another");
    let other = "<d:propertyupdate xmlns:d=\"DAV:\"><d:set><d:prop><d:displayname>work</d:displayname></d:prop></d:set></d:propertyupdate>";
    desk.server().request("ada", "PROPPATCH", "/ada/another/", &[], other);
    let entry = json!({ "calendarId": ADA, "account": ADA, "role": "owner", "summaryOverride": "Another name" });
    desk.app.control("POST", "access", entry).await;

    let id = desk.id_of("Here").await;
    desk.edit(&id, json!({ "title": "Here, edited" })).await;
    let writes = desk.settle().await;
    assert_eq!(writes.len(), 2, "{writes:?}");
    for at in PLACES {
        assert_eq!(desk.titles(at).await, ["Here, edited"], "{at:?}");
    }
    let strange = std::fs::read_dir(desk.server().files_of("/ada/another/")).unwrap().flatten();
    assert_eq!(strange.filter(|it| it.path().extension().is_some_and(|it| it == "ics")).count(), 0);
    desk.rest().await;
}
