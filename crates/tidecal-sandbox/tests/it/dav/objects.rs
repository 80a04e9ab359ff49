use serde_json::{Value, json};

use super::{Client, NEW, PERSONAL, event, inside, refusal, violations};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn writes_rest_on_versions() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    let made = ada.put("a.ics", NEW, &event("1", "First")).await;
    assert_eq!(made.status, 201);
    let first = made.header("etag").to_owned();
    assert!(first.starts_with('"') && first.ends_with('"'), "{first}");
    assert_eq!(ada.put("a.ics", NEW, &event("1", "Again")).await.status, 412);
    let second = ada.put("a.ics", ("if-match", &first), &event("1", "Second")).await;
    assert_eq!(second.status, 204);
    assert_eq!(ada.put("a.ics", ("if-match", &first), &event("1", "Stale")).await.status, 412);
    assert_eq!(ada.put("b.ics", ("if-match", "*"), &event("2", "Nothing there")).await.status, 412);
    let got = ada.send("GET", &format!("{PERSONAL}a.ics"), &[], "").await;
    assert_eq!((got.text.as_str(), got.header("etag")), (event("1", "Second").as_str(), second.header("etag")));
    let known = ada.send("GET", &format!("{PERSONAL}a.ics"), &[("if-none-match", got.header("etag"))], "").await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let path = format!("{PERSONAL}a.ics");
    assert_eq!(ada.send("DELETE", &path, &[("if-match", &first)], "").await.status, 412);
    assert_eq!(ada.send("DELETE", &path, &[("if-match", got.header("etag"))], "").await.status, 204);
    assert_eq!(ada.send("DELETE", &path, &[("if-match", "*")], "").await.status, 404);
    assert_eq!(violations(&desk).await, Vec::<String>::new());
    ada.send("PUT", &path, &[], &event("1", "Blind")).await.ok();
    ada.send("DELETE", &path, &[], "").await.ok();
    assert_eq!(violations(&desk).await.len(), 2, "blind writes are carried out, and noted");
}

#[tokio::test]
async fn a_uid_is_in_a_calendar_once() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    ada.put("a.ics", NEW, &event("1", "First")).await.ok();
    let taken = ada.put("b.ics", NEW, &event("1", "Copy")).await;
    assert_eq!(refusal(&taken), (409, "no-uid-conflict"));
    assert_eq!(inside(&taken, "d:href"), [format!("{PERSONAL}a.ics")]);
    let other = ada.put("a.ics", ("if-match", "*"), &event("2", "Another")).await;
    assert_eq!(refusal(&other), (409, "no-uid-conflict"), "an object does not become another");
    desk.control("POST", "caldav/calendars", json!({"account": ADA, "segment": "work", "name": "Work"})).await.ok();
    let work = "/dav/calendars/ada@example.com/work/a.ics";
    ada.send("PUT", work, &[NEW], &event("1", "Elsewhere")).await.ok();
    desk.switch(json!({"caldav": {"uidsUniquePerPerson": true}})).await;
    let elsewhere = ada.send("PUT", &work.replace("a.ics", "b.ics"), &[NEW], &event("1", "x")).await;
    assert_eq!(refusal(&elsewhere), (409, "no-uid-conflict"));
}

#[tokio::test]
async fn what_is_no_object_of_the_calendar_is_refused_with_the_precondition() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = Client::ada(&desk);
    let good = event("1", "Good");
    let task = good.replace("VEVENT", "VTODO").replace("DTEND", "DUE");
    for (text, expected) in [
        ("BEGIN:VCALENDAR".to_owned(), (403, "valid-calendar-data")),
        (good.replace("\r\n", "\n"), (403, "valid-calendar-data")),
        (good.replace("VERSION", "METHOD:PUBLISH\r\nVERSION"), (403, "valid-calendar-object-resource")),
        (task, (403, "supported-calendar-component")),
        (good.replace("Good", &"long".repeat(300_000)), (403, "max-resource-size")),
    ] {
        assert_eq!(refusal(&ada.put("x.ics", NEW, &text).await), expected);
    }
    let plain = [NEW, ("content-type", "text/plain")];
    let path = format!("{PERSONAL}x.ics");
    assert_eq!(refusal(&ada.send("PUT", &path, &plain, &good).await), (415, "supported-calendar-data"));
    let nowhere = "/dav/calendars/ada@example.com/nowhere/x.ics";
    assert_eq!(ada.send("PUT", nowhere, &[NEW], &good).await.status, 409);
    let school = "/dav/calendars/ada@example.com/school/x.ics";
    assert_eq!(refusal(&ada.send("PUT", school, &[NEW], &good).await), (403, "need-privileges"));
    let noted = violations(&desk).await;
    assert_eq!(noted.len(), 5, "carelessness is noted: {noted:?}");
    desk.control("DELETE", "ledger", Value::Null).await.ok();
    ada.put("x.ics", NEW, &good).await.ok();
    let line = desk.control("GET", "ledger?writes=true", Value::Null).await.items()[0].clone();
    assert_eq!((&line["operation"], &line["account"]), (&json!("caldav.put"), &json!(ADA)));
    assert_eq!(
        (&line["calendarId"], &line["body"], &line["ifNoneMatch"]),
        (&json!(PERSONAL), &json!(good), &json!("*"))
    );
    ada.put("y.ics", NEW, &event("2", &"x".repeat(80))).await.ok();
    assert_eq!(violations(&desk).await, ["\"A line has 88 octets.\""]);
}

#[tokio::test]
async fn another_hand_edits_by_the_same_rules() {
    let desk = Desk::new().await;
    let ada = Client::ada(&desk);
    let file = "caldav/objects/ada@example.com/personal/a.ics";
    let url = desk.url(&format!("/_sandbox/{file}"));
    assert_eq!(desk.http.put(&url).body("BEGIN:").send().await.unwrap().status().as_u16(), 403);
    assert_eq!(desk.http.put(&url).body(event("1", "By hand")).send().await.unwrap().status().as_u16(), 200);
    desk.control("PATCH", file, json!({"SUMMARY": "Changed\\, really", "LOCATION": "Room 3"})).await.ok();
    let got = ada.send("GET", &format!("{PERSONAL}a.ics"), &[], "").await;
    assert!(
        got.text.contains("SUMMARY:Changed\\, really\r\n") && got.text.contains("LOCATION:Room 3\r\n"),
        "{}",
        got.text
    );
    let edit = json!({"calendarId": PERSONAL, "eventId": format!("{PERSONAL}a.ics"), "patch": {"SUMMARY": "Faster"}});
    desk.fault(json!({"operation": "caldav.put", "editFirst": edit})).await;
    let late = ada.put("a.ics", ("if-match", got.header("etag")), &event("1", "Slower")).await;
    assert_eq!(late.status, 412);
    desk.control("DELETE", file, Value::Null).await.ok();
    assert_eq!(ada.send("GET", &format!("{PERSONAL}a.ics"), &[], "").await.status, 404);
}
