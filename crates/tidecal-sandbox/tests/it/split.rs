//! "This and following" as another person does it on the vendor's page.

use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Caller, Desk, weekly};

async fn shown(caller: &Caller<'_>) -> Vec<(String, String)> {
    let answer = caller.list("singleEvents=true&orderBy=startTime").await.ok();
    let row = |item: &Value| {
        (item["summary"].as_str().unwrap().to_owned(), item["start"]["dateTime"].as_str().unwrap()[..16].to_owned())
    };
    answer.items().iter().map(row).collect()
}

#[tokio::test]
async fn one_series_becomes_two_with_the_vendors_ids() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let mut series = weekly(6);
    series["attendees"] = json!([{"email": BEN}]);
    let old = ada.insert(series).await.ok().id();
    let (plain, moved) = (format!("{old}_20261221T080000Z"), format!("{old}_20261228T080000Z"));
    ada.patch(&plain, json!({"location": "Elsewhere"})).await.ok();
    let times = json!({
        "start": {"dateTime": "2026-12-28T12:00:00", "timeZone": "Europe/Vienna"},
        "end": {"dateTime": "2026-12-28T13:00:00", "timeZone": "Europe/Vienna"},
    });
    ada.patch(&moved, times).await.ok();
    let token = ada.token().await;

    let path = format!("events/{ADA}/{old}_20261214T080000Z/split");
    let new = desk.control("POST", &path, json!({"summary": "Later"})).await.ok();
    assert_eq!(new.id(), format!("{old}_R20261214T080000"));
    assert_eq!(new.body["recurrence"], json!(["RRULE:FREQ=WEEKLY;COUNT=4"]));
    assert_ne!(new.body["iCalUID"], format!("{old}@google.com"));
    let master = ada.event(&old).await.ok();
    assert_eq!(master.body["recurrence"], json!(["RRULE:FREQ=WEEKLY;UNTIL=20261214T075959Z"]));
    let rows = [
        ("Weekly", "2026-11-30T09:00"),
        ("Weekly", "2026-12-07T09:00"),
        ("Later", "2026-12-14T09:00"),
        ("Later", "2026-12-21T09:00"),
        ("Later", "2026-12-28T12:00"),
        ("Later", "2027-01-04T09:00"),
    ];
    let rows: Vec<_> = rows.iter().map(|(title, start)| ((*title).to_owned(), (*start).to_owned())).collect();
    assert_eq!(shown(&ada).await, rows);
    let his: Vec<_> = shown(&ben).await.into_iter().map(|(title, _)| title).collect();
    assert_eq!(his, rows.iter().map(|(title, _)| title.clone()).collect::<Vec<_>>(), "the guest sees the same");

    let delta = ada.delta(&token).await.ok();
    let state = |id: &str| delta.items().iter().find(|item| item["id"] == id).cloned().unwrap_or_default();
    assert_eq!(state(&plain)["status"], "cancelled");
    assert_eq!(state(&format!("{}_20261221T080000Z", new.id()))["location"], "Elsewhere");
    assert_eq!(state(&moved)["recurringEventId"], new.id(), "a moved occurrence keeps the id of the old series");
}

#[tokio::test]
async fn a_split_series_can_be_split_again_and_not_at_its_start() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let old = ada.insert(weekly(6)).await.ok().id();
    let split = async |id: String| desk.control("POST", &format!("events/{ADA}/{id}/split"), json!({})).await;
    assert_eq!(split(format!("{old}_20261130T080000Z")).await.status, 400);
    assert_eq!(split(format!("{old}_20261201T080000Z")).await.status, 404);
    let second = split(format!("{old}_20261214T080000Z")).await.ok().id();
    let third = split(format!("{second}_20261228T080000Z")).await.ok().id();
    assert_eq!(third, format!("{old}_R20261228T080000"));
    assert_eq!(shown(&ada).await.len(), 6);
    let days = json!({"summary": "days", "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"},
                      "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261210"]});
    let days = ada.insert(days).await.ok().id();
    let later = split(format!("{days}_20261205")).await.ok();
    assert_eq!(later.id(), format!("{days}_R20261205"));
    assert_eq!(ada.event(&days).await.body["recurrence"], json!(["RRULE:FREQ=DAILY;UNTIL=20261204"]));
    assert_eq!(later.body["recurrence"], json!(["RRULE:FREQ=DAILY;UNTIL=20261210"]));
}
