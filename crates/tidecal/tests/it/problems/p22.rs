//! Problem 22: a whole day becomes 02:00 to 02:00, or moves by one day.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk, object};
use crate::harness::{Db, on_both};

on_both!(p22_days_stay_days_from_the_far_east_to_the_far_west);

/// A birthday was the day before for everybody west of its calendar, and lasted from 2 to 2 elsewhere.
async fn p22_days_stay_days_from_the_far_east_to_the_far_west(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Outlook, At::Dav]).await;
    // Two more calendars of the same person, 25 hours apart, in the same local calendar.
    let accounts = desk.app.store().tenant(&desk.app.ada).list_accounts().await.unwrap();
    let google = accounts.iter().find(|it| it.id == desk.connection(At::Google).account_id).unwrap().clone();
    let mut more = Vec::new();
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let new = json!({ "summary": zone, "timeZone": zone, "account": ADA });
        let id = desk.app.control("POST", "calendars", new).await["id"].as_str().unwrap().to_owned();
        let connection = desk.connect_one(&google, &id, Some(desk.calendar_id().to_owned())).await;
        more.push((id, connection));
    }
    let settle = async || {
        let mut last = 1;
        for _ in 0..5 {
            last = 0;
            for (_, connection) in &more {
                desk.app.sync(connection).await;
                last += desk.writes().await.len();
            }
            last += desk.settle().await.len();
        }
        assert_eq!(last, 0, "comes to rest");
    };
    let days = |summary: &str, from: &str, to: &str| json!({ "summary": summary, "start": { "date": from }, "end": { "date": to } });
    // One of each place: a day, several days, a yearly day, a leap day.
    desk.app.control("POST", &format!("events/{}", more[0].0), days("East", "2026-12-24", "2026-12-25")).await;
    desk.app.control("POST", &format!("events/{}", more[1].0), days("West", "2026-12-26", "2026-12-29")).await;
    let outlook = json!({ "subject": "Outlook", "isAllDay": true,
        "start": { "dateTime": "2027-01-01T00:00:00", "timeZone": "UTC" },
        "end": { "dateTime": "2027-01-02T00:00:00", "timeZone": "UTC" } });
    desk.app.control("POST", &crate::seen::outlook_path(desk.connection(At::Outlook)), outlook).await;
    let yearly = ["UID:b@example.com", "SUMMARY:Birthday", "DTSTART;VALUE=DATE:20270228", "RRULE:FREQ=YEARLY;COUNT=3"];
    desk.put("b.ics", &object("", &yearly));
    desk.create(json!({ "title": "Here", "start": "2027-03-28", "end": "2027-03-30" })).await;
    settle().await;

    let expected = [
        ("Birthday", "2027-02-28", "2027-03-01"),
        ("East", "2026-12-24", "2026-12-25"),
        ("Here", "2027-03-28", "2027-03-30"),
        ("Outlook", "2027-01-01", "2027-01-02"),
        ("West", "2026-12-26", "2026-12-29"),
    ];
    let pick = |it: &Value, title: &str, from: &str, to: &str| {
        [title, from, to].map(|name| it.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    let expected: Vec<[String; 3]> = expected.iter().map(|(a, b, c)| [a, b, c].map(|it| (*it).to_owned())).collect();
    let calendars = [ADA, more[0].0.as_str(), more[1].0.as_str()];
    let check = async || {
        for calendar in calendars {
            let stored = desk.app.control("GET", &format!("events/{calendar}"), json!({})).await;
            let items = stored["items"].as_array().unwrap();
            let mut found: Vec<_> = items.iter().map(|it| pick(it, "/summary", "/start/date", "/end/date")).collect();
            found.sort();
            assert_eq!(found, expected, "{calendar}");
        }
        let outlook = desk.items(At::Outlook).await;
        assert!(outlook.iter().all(|it| it.stored["isAllDay"] == true));
        let midnight = |text: &String| text.split_once("T00:00:00").unwrap().0.to_owned();
        let found: Vec<[String; 3]> = outlook
            .iter()
            .map(|it| pick(&it.stored, "/subject", "/start/dateTime", "/end/dateTime"))
            .map(|[title, from, to]| [title, midnight(&from), midnight(&to)])
            .collect();
        assert_eq!(found, expected, "Outlook");
        for (item, [title, from, to]) in desk.items(At::Dav).await.iter().zip(&expected) {
            let text = item.text();
            assert!(text.contains(&format!("DTSTART;VALUE=DATE:{}", from.replace('-', ""))), "{title} {text}");
            let ends = text.contains(&format!("DTEND;VALUE=DATE:{}", to.replace('-', "")));
            assert!(ends || title == "Birthday" && !text.contains("DTEND"), "{title} {text}");
        }
        let shown = desk.instances().await;
        let mut found: Vec<_> = shown.iter().map(|it| pick(it, "/title", "/start", "/end")).collect();
        found.retain(|it| it[1].as_str() < "2027-12");
        found.sort();
        assert_eq!(found, expected, "here");
        assert!(shown.iter().all(|it| it["allDay"] == true && it["timeZone"].is_null()));
    };
    check().await;
    desk.rest().await;
    // An edit of something else moves no day, wherever it is made.
    let west = desk.item(At::Dav, "West").await.id;
    desk.there(At::Dav, Some(&west), crate::hands::Deed::Place("Beach".into())).await;
    let id = desk.id_of("East").await;
    desk.edit(&id, json!({ "description": "Presents" })).await;
    settle().await;
    check().await;
    desk.rest().await;
}
