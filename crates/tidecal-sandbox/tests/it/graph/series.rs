use serde_json::{Value, json};

use super::{hour, user, weekly, with};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn a_series_has_occurrences_exceptions_and_gaps() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let made = ada.create(weekly(4)).await.ok();
    assert_eq!(made.body["type"], "seriesMaster");
    assert_eq!(made.body["recurrence"]["range"]["recurrenceTimeZone"], "W. Europe Standard Time");
    let id = made.id();
    let all = ada.instances(&id).await;
    let starts: Vec<&str> = all.iter().map(|one| &one["start"]["dateTime"].as_str().unwrap()[..10]).collect();
    assert_eq!(starts, ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22"]);
    assert!(all.iter().all(|one| one["type"] == "occurrence" && one["seriesMasterId"] == json!(id)));
    assert_ne!(all[0]["iCalUId"], all[1]["iCalUId"]);
    let second = all[1]["id"].as_str().unwrap();
    let changed = ada.patch(second, json!({"subject": "Special"})).await.ok();
    assert_eq!((&changed.body["type"], &changed.body["id"]), (&json!("exception"), &json!(second)));
    assert_eq!(changed.body["originalStart"], "2026-12-08T08:00:00.0000000Z");
    ada.delete(all[2]["id"].as_str().unwrap()).await.ok();
    let now = ada.instances(&id).await;
    assert_eq!(
        now.iter().map(|one| one["subject"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Weekly", "Special", "Weekly"]
    );
    let select = "$select=id,subject,cancelledOccurrences&$expand=exceptionOccurrences";
    let master = ada.get(&format!("me/events/{id}?{select}")).await.ok().body;
    assert_eq!(master["cancelledOccurrences"], json!([format!("OID.{id}.2026-12-15")]));
    assert_eq!(master["exceptionOccurrences"][0]["subject"], "Special");
    assert_eq!(ada.event(&id).await.ok().body.get("cancelledOccurrences"), None);
    // what the master changes, the exception takes over unless it has its own
    ada.patch(&id, json!({"subject": "New", "showAs": "free"})).await.ok();
    let exception = ada.event(second).await.ok().body;
    assert_eq!((&exception["subject"], &exception["showAs"]), (&json!("Special"), &json!("free")));
}

#[tokio::test]
async fn an_occurrence_stays_between_its_neighbours() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let id = ada.create(weekly(4)).await.ok().id();
    let all = ada.instances(&id).await;
    let second = all[1]["id"].as_str().unwrap();
    let moved = |day: u8| {
        let body = hour("", day, 9);
        json!({"start": body["start"], "end": body["end"]})
    };
    for day in [1, 15, 20] {
        assert_eq!(ada.patch(second, moved(day)).await.graph(), (400, "ErrorOccurrenceCrossingBoundary"), "{day}");
    }
    let answer = ada.patch(second, moved(14)).await.ok();
    assert_eq!(answer.body["start"]["dateTime"], "2026-12-14T08:00:00.0000000");
    assert_eq!(answer.body["originalStart"], "2026-12-08T08:00:00.0000000Z");
}

#[tokio::test]
async fn another_pattern_drops_exceptions_and_no_pattern_makes_a_single_event() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let made = ada.create(weekly(4)).await.ok();
    let id = made.id();
    let second = ada.instances(&id).await[1]["id"].as_str().unwrap().to_owned();
    ada.patch(&second, json!({"subject": "Special"})).await.ok();
    // the same recurrence again changes nothing
    ada.patch(&id, json!({"recurrence": made.body["recurrence"]})).await.ok();
    assert_eq!(ada.event(&second).await.ok().body["subject"], "Special");
    ada.patch(&id, json!({"recurrence": weekly(6)["recurrence"]})).await.ok();
    assert_eq!(ada.instances(&id).await.len(), 6);
    assert_eq!(ada.event(&second).await.ok().body["subject"], "Weekly");
    let single = ada.patch(&id, json!({"recurrence": null})).await.ok();
    assert_eq!((&single.body["type"], &single.body["recurrence"]), (&json!("singleInstance"), &Value::Null));
    assert_eq!(ada.event(&second).await.status, 404);
}

#[tokio::test]
async fn a_series_keeps_its_hour_over_the_change_of_clocks() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let mut body = weekly(3);
    for (name, time) in [("start", "09"), ("end", "10")] {
        body[name] = json!({"dateTime": format!("2027-03-23T{time}:00:00"), "timeZone": "Europe/Vienna"});
    }
    body["recurrence"]["range"]["startDate"] = json!("2027-03-23");
    let id = ada.create(body).await.ok().id();
    let window = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-05-01T00:00:00Z";
    let all = ada.get(&format!("me/events/{id}/instances?{window}")).await.ok();
    let hours: Vec<&str> = all.values().iter().map(|one| &one["start"]["dateTime"].as_str().unwrap()[11..13]).collect();
    assert_eq!(hours, ["08", "07", "07"]);
}

#[tokio::test]
async fn ranges_and_patterns_are_validated() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let change = |path: &str, value: Value| {
        let mut body = weekly(4);
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    for (body, code) in [
        (change("/recurrence/range/startDate", json!("2026-12-02")), "ErrorInvalidRequest"),
        (change("/recurrence/range/numberOfOccurrences", json!(0)), "ErrorPropertyValidationFailure"),
        (change("/recurrence/pattern/interval", json!(0)), "ErrorPropertyValidationFailure"),
        (change("/recurrence/pattern/daysOfWeek", json!([])), "ErrorPropertyValidationFailure"),
        (change("/recurrence/pattern/type", json!("hourly")), "RequestBodyRead"),
        (
            with(weekly(4), json!({"end": {"dateTime": "2026-12-10T09:00:00", "timeZone": "UTC"}})),
            "ErrorOccurrenceTimeSpanTooBig",
        ),
    ] {
        assert_eq!(ada.create(body.clone()).await.graph(), (400, code), "{body}");
    }
}

#[tokio::test]
async fn a_series_begins_with_its_first_match() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let mut body = weekly(3);
    body["recurrence"]["pattern"]["daysOfWeek"] = json!(["friday"]);
    let made = ada.create(body).await.ok();
    assert_eq!(made.body["start"]["dateTime"], "2026-12-04T08:00:00.0000000");
    assert_eq!(made.body["recurrence"]["range"]["startDate"], "2026-12-04");
    let all = ada.instances(&made.id()).await;
    assert_eq!(all.len(), 3);
    ada.patch(all[0]["id"].as_str().unwrap(), json!({"subject": "Special"})).await.ok();
    ada.patch(&made.id(), json!({"recurrence": made.body["recurrence"]})).await.ok();
    assert_eq!(ada.instances(&made.id()).await[0]["subject"], "Special");
}
