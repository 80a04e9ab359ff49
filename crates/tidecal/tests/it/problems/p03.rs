//! Problem 3: a copy is copied back, and that copy is copied again, without end.

use serde_json::json;

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p03_a_copy_is_never_a_source,
    p03_a_calendar_of_copies_feeds_no_second_hub,
    p03_one_calendar_is_not_connected_twice,
);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

/// Three calendars were kept in step with each other, and each copy was taken for a new event.
async fn p03_a_copy_is_never_a_source(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    let body = json!({ "summary": "Review", "start": { "dateTime": "2026-12-01T10:00:00Z" },
        "end": { "dateTime": "2026-12-01T11:00:00Z" }, "attendees": [{ "email": "cleo@example.com" }, { "email": ADA }] });
    let made = desk.app.control("POST", &format!("events/{ADA}"), body).await;
    assert_eq!(desk.settle().await.len(), 2, "one copy in each of the others");
    for at in PLACES {
        assert_eq!(desk.titles(at).await, ["Review"], "{at:?}");
    }
    assert!(desk.item(At::Dav, "Review").await.text().contains("X-TIDECAL-ID:"), "each copy says whose it is");
    assert!(desk.item(At::Outlook, "Review").await.stored["singleValueExtendedProperties"].is_array());
    desk.rest().await;

    // An edit of a copy is an edit of the one event, wherever it is made.
    let copy = desk.item(At::Dav, "Review").await.id;
    desk.there(At::Dav, Some(&copy), Deed::Retitle("Planning".into())).await;
    assert_eq!(desk.settle().await.len(), 2, "one change in each of the others");
    for at in PLACES {
        assert_eq!(desk.titles(at).await, ["Planning"], "{at:?}");
    }
    let own = desk.item(At::Google, "Planning").await;
    assert_eq!((&json!(own.id), own.stored["attendees"].as_array().unwrap().len()), (&made["id"], 2));
    assert_eq!(desk.shown().await, ["2026-12-01T11:00:00+01:00 Planning"]);
    desk.rest().await;
}

/// Two set-ups met in one calendar, and each carried on what the other had put there.
async fn p03_a_calendar_of_copies_feeds_no_second_hub(db: Db) {
    let mut desk = Desk::bare(db, true).await;
    desk.connect(At::Google).await;
    let team = json!({ "summary": "Team", "timeZone": "Europe/Vienna", "account": ADA });
    let team = desk.app.control("POST", "calendars", team).await["id"].as_str().unwrap().to_owned();
    let accounts = desk.app.store().tenant(&desk.app.ada).list_accounts().await.unwrap();
    let first = desk.connect_one(&accounts[0], &team, Some(desk.calendar_id().to_owned())).await;
    // Ben sees the same calendar with his own account, and it is the source of another hub.
    let access = json!({ "calendarId": team, "account": "ben@example.com", "role": "writer" });
    desk.app.control("POST", "access", access).await;
    let url =
        desk.app.engine.begin_oauth(&desk.app.ada, "s", tidecal_core::model::Provider::Google, None).await.unwrap();
    let consent = json!({ "authorizeUrl": url.as_str(), "account": "ben@example.com" });
    let answer = desk.app.control("POST", "oauth/approve", consent).await;
    let back = answer["redirectUrl"].as_str().unwrap().parse().unwrap();
    let provider = tidecal_core::model::Provider::Google;
    let other = desk.app.engine.complete_oauth("s", provider, crate::app::oauth_answer(&back)).await.unwrap();
    let second = desk.connect_one(&other, &team, None).await;
    let back_home = desk.connect_one(&other, "ben@example.com", Some(second.calendar_id.clone())).await;

    desk.make_there(At::Google, "Review", "2026-12-01T09:00:00Z").await;
    desk.writes().await;
    let mut rounds = Vec::new();
    for _ in 0..4 {
        for connection in [desk.connection(At::Google), &first, &second, &back_home] {
            desk.app.sync(connection).await;
        }
        rounds.push(desk.writes().await.len());
    }
    assert_eq!(rounds, [1, 0, 0, 0], "one copy, and that is that");
    for (calendar, count) in [(ADA, 1), (team.as_str(), 1), ("ben@example.com", 0)] {
        let stored = desk.app.control("GET", &format!("events/{calendar}"), json!({})).await;
        assert_eq!(stored["items"].as_array().unwrap().len(), count, "{calendar}");
    }
    let left_out = desk.get(&format!("connections/{}/events?verdict=filtered", second.id)).await;
    assert_eq!(left_out["items"][0]["reason"], "a copy that was made here of another event");
    desk.rest().await;
}

/// The same calendar was set up twice, each set-up fed the other, and nobody was warned.
async fn p03_one_calendar_is_not_connected_twice(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    for at in [At::Google, At::Dav] {
        let known = desk.connection(at).clone();
        let again = json!({ "accountId": known.account_id, "externalCalendarId": known.external_calendar_id });
        let problem = desk.refused(409, "POST", "connections", again).await;
        assert_eq!(problem["code"], "already_connected", "{at:?}");
    }
    desk.rest().await;
}
