//! Problem 2: one meeting appears once for each guest, and multiplies with each cycle.

use jiff::SignedDuration;
use serde_json::json;
use tidecal_core::model::Provider;
use tidecal_engine::{Clock as _, ConnectCalendar, SyncNow, SyncStatus};
use tidecal_store::{NewMember, Role, SystemScope};
use url::Url;

use super::desk::{ADA, At, Desk, object};
use crate::app::oauth_answer;
use crate::harness::{Db, on_both};

on_both!(
    p02_a_meeting_that_two_of_ones_accounts_are_invited_to_is_one_meeting,
    p02_colleagues_at_one_meeting_see_it_once_each_however_often_they_sync,
);

/// Both of a person's accounts were invited, so the meeting stood there twice and both were copied on.
async fn p02_a_meeting_that_two_of_ones_accounts_are_invited_to_is_one_meeting(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let planted = json!({ "id": "board0", "iCalUID": "board@example.com", "summary": "Board",
        "start": { "dateTime": "2026-12-01T09:00:00Z" }, "end": { "dateTime": "2026-12-01T10:00:00Z" },
        "organizer": { "email": "cleo@example.com" },
        "attendees": [{ "email": "cleo@example.com", "organizer": true }, { "email": ADA, "self": true }] });
    desk.app.control("POST", &format!("plant/{ADA}"), planted).await;
    let lines = ["UID:board@example.com", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "SUMMARY:Board"];
    desk.put("board.ics", &object("", &lines));
    assert_eq!(desk.settle().await, Vec::<String>::new());
    for at in [At::Google, At::Dav] {
        assert_eq!(desk.titles(at).await, ["Board"], "{at:?}");
    }
    let here = desk.instances().await;
    assert_eq!(here.len(), 1, "{here:?}");
    let twin = &desk.rows(At::Dav, "filtered").await[0];
    assert_eq!(twin["reason"], "the same meeting is here from ada@example.com");
    desk.rest().await;

    // When the shown one goes, the other is there to be seen.
    desk.app.control("DELETE", &format!("events/{ADA}/board0"), json!({})).await;
    desk.settle().await;
    assert_eq!(desk.shown().await.len(), 1);
    assert_eq!(desk.titles(At::Dav).await, ["Board"]);
    desk.rest().await;
}

/// Two colleagues connected their calendars, and every sync added their common meeting once more.
async fn p02_colleagues_at_one_meeting_see_it_once_each_however_often_they_sync(db: Db) {
    let desk = Desk::open(db, &[At::Google]).await;
    let (app, now) = (&desk.app, desk.app.clock.now());
    let member = NewMember {
        email: "ben@example.com".into(),
        name: "Ben Okafor".into(),
        password_hash: None,
        role: Role::Member,
    };
    let ben =
        app.store().system(SystemScope::for_workers()).add_member(&app.ada.tenant_id, &member, now).await.unwrap();
    let url = app.engine.begin_oauth(&ben, "session-of-ben", Provider::Google, None).await.unwrap();
    let consent = json!({ "authorizeUrl": url.as_str(), "account": "ben@example.com" });
    let answer = app.control("POST", "oauth/approve", consent).await;
    let back: Url = answer["redirectUrl"].as_str().unwrap().parse().unwrap();
    let account = app.engine.complete_oauth("session-of-ben", Provider::Google, oauth_answer(&back)).await.unwrap();
    let request = ConnectCalendar {
        account_id: account.id.clone(),
        external_calendar_id: "ben@example.com".to_owned(),
        name: None,
        calendar_id: None,
        enabled: true,
    };
    let of_ben = app.engine.connect_calendar(&ben, request).await.unwrap();
    let both = "UPDATE external_calendar_connections SET sync_direction = 'bidirectional'";
    app.db.raw.execute(both).await;

    let body = json!({ "summary": "Board", "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" }, "attendees": [{ "email": ADA }, { "email": "ben@example.com" }] });
    app.control("POST", &format!("events/{ADA}"), body).await;
    desk.writes().await;
    for _ in 0..4 {
        app.advance(SignedDuration::from_mins(20)).await;
        assert_eq!(desk.run(At::Google).await, Vec::<String>::new());
        let asked = SyncNow { connection_ids: Some(vec![of_ben.id.clone()]), range: None, wait: None };
        let result = app.engine.sync_now(&ben, asked).await.unwrap().remove(0);
        assert_eq!((result.status, result.error), (SyncStatus::Success, None));
        assert_eq!(desk.writes().await, Vec::<String>::new());
    }
    let per_calendar = "SELECT COUNT(*) || ' of ' || COUNT(DISTINCT calendar_id) || ' for ' || COUNT(DISTINCT uid) \
                        FROM calendar_events WHERE title = 'Board'";
    assert_eq!(app.value(per_calendar).await.as_deref(), Some("2 of 2 for 1"), "one meeting, a copy for each person");
    for calendar in [ADA, "ben@example.com"] {
        let stored = app.control("GET", &format!("events/{calendar}"), json!({})).await;
        assert_eq!(stored["items"].as_array().unwrap().len(), 1, "{calendar}");
    }
    assert_eq!(desk.shown().await, ["2026-12-01T10:00:00+01:00 Board"]);
    desk.rest().await;
}
