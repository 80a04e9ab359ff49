//! Problem 13: a first run, or a second person's, mails every guest of every event, even of past ones.

use serde_json::{Value, json};

use super::desk::{At, Desk};
use crate::harness::{Db, on_both};

on_both!(
    p13_a_first_run_to_google_invites_everybody_in_silence,
    p13_where_the_vendor_must_mail_the_write_waits_and_says_whom,
);

fn meeting(title: &str, start: &str) -> Value {
    json!({ "title": title, "start": start, "timeZone": "Europe/Vienna",
        "attendees": [{ "email": "cleo@example.com" }, { "email": "dan@example.com" }] })
}

/// The first sync mailed an invitation to everybody who had ever been in the calendar.
async fn p13_a_first_run_to_google_invites_everybody_in_silence(db: Db) {
    let mut desk = Desk::bare(db, false).await;
    desk.connect(At::Google).await;
    desk.run(At::Google).await;
    desk.create(meeting("Past", "2026-10-01T09:00:00")).await;
    desk.create(meeting("Today", "2026-11-21T15:00:00")).await;
    let weekly = desk.create(meeting("Weekly", "2026-12-01T09:00:00")).await;
    desk.edit(&weekly, json!({ "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=4"] } })).await;
    let plan = desk.plan(At::Google, "").await;
    assert_eq!((&plan["mails"], &plan["counts"]["createdThere"]), (&json!([]), &json!(3)), "said before");
    let lines = {
        desk.settle().await;
        desk.items(At::Google).await
    };
    assert_eq!(lines.len(), 3);
    for item in &lines {
        assert_eq!(item.stored["attendees"].as_array().unwrap().len(), 2, "{}", item.title);
    }
    assert_eq!(desk.mails().await, Vec::<Value>::new());
    // Every later change is as quiet, and a deletion, too.
    desk.edit(&format!("{weekly}?scope=all"), json!({ "title": "Weekly, moved" })).await;
    let past = desk.id_of("Past").await;
    desk.api("DELETE", &format!("events/{past}"), Value::Null).await;
    assert_eq!(desk.settle().await.len(), 2);
    desk.rest().await;

    // With a person's word for this very change, these two are told, once.
    let today = desk.id_of("Today").await;
    desk.edit(&today, json!({ "title": "Today, later", "start": "2026-11-21T17:00:00", "notify": true })).await;
    let plan = desk.plan(At::Google, "").await;
    assert_eq!(plan["mails"], json!(["cleo@example.com", "dan@example.com"]));
    desk.settle().await;
    let mut told: Vec<String> = desk.mails().await.iter().map(|mail| mail["to"].as_str().unwrap().into()).collect();
    told.sort();
    assert_eq!(told, ["cleo@example.com", "dan@example.com"]);
    desk.quiet_day().await;
    assert_eq!(desk.mails().await.len(), 2);
}

/// The vendor cannot be told to be quiet, and nobody was asked.
async fn p13_where_the_vendor_must_mail_the_write_waits_and_says_whom(db: Db) {
    let desk = Desk::open(db, &[At::Outlook]).await;
    let past = desk.create(meeting("Past", "2026-10-01T09:00:00")).await;
    let review = desk.create(meeting("Review", "2026-12-01T09:00:00")).await;
    desk.create(json!({ "title": "Alone", "start": "2026-12-02T09:00:00" })).await;
    let plan = desk.plan(At::Outlook, "").await;
    let stops = plan["stops"].as_array().unwrap();
    assert_eq!((stops.len(), &stops[0]["verdict"]), (2, &json!("held")), "{plan}");
    assert!(stops.iter().all(|stop| stop["reason"] == "would mail 2 people"), "{plan}");
    assert_eq!((&plan["mails"], &plan["counts"]["createdThere"]), (&json!([]), &json!(1)));

    desk.settle().await;
    assert_eq!(desk.titles(At::Outlook).await, ["Alone"], "what nobody hears of goes out");
    let held = desk.get("held").await["events"].as_array().unwrap().clone();
    assert_eq!(held.len(), 2);
    let why = desk.why(&review).await["verdict"].as_str().unwrap().to_owned();
    assert!(why.contains("waits for you: would mail 2 people"), "{why}");
    desk.rest().await;

    // One is let go, the other given up.
    let id_of = |event: &str| held.iter().find(|it| it["eventId"] == event).unwrap()["id"].as_str().unwrap().to_owned();
    desk.api("POST", &format!("held/{}/release", id_of(&review)), json!({})).await;
    desk.api("POST", &format!("held/{}/discard", id_of(&past)), json!({})).await;
    let plan = desk.plan(At::Outlook, "").await;
    assert_eq!(plan["mails"], json!(["cleo@example.com", "dan@example.com"]), "the click says whom it mails");
    desk.settle().await;
    assert_eq!(desk.titles(At::Outlook).await, ["Alone", "Review"]);
    assert_eq!(desk.mails().await.len(), 2, "{:?}", desk.mails().await);
    desk.quiet_day().await;

    // The consent was for that one change alone.
    desk.edit(&review, json!({ "title": "Review, again" })).await;
    desk.settle().await;
    assert_eq!((desk.mails().await.len(), desk.titles(At::Outlook).await[1].as_str()), (2, "Review"));
    desk.quiet_day().await;
}
