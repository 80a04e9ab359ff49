//! People's edits of the local calendar: calendars, events, series, answers; versions and keys.

use serde_json::{Value, json};
use tidecal_core::model::{Provider, Rights};
use tidecal_core::sync::SyncDirection;
use tidecal_store::{Connection, ConnectionPatch};

use crate::app::{App, Person, now};
use crate::database::on_both;
use crate::request::Request;
use crate::seed::{Row, timed};

on_both!(
    a_person_keeps_calendars,
    a_bad_calendar_is_refused_by_name,
    a_connected_calendar_is_not_deleted,
    an_event_is_written_read_changed_and_deleted,
    absent_null_and_value_are_three_things,
    bad_fields_are_named,
    bad_questions_are_named,
    only_the_version_that_was_seen_is_changed,
    the_same_request_is_carried_out_once,
    two_of_the_same_at_once_are_one,
    a_refused_request_keeps_no_key,
    a_key_has_a_form,
    one_occurrence_is_changed_moved_and_cancelled,
    a_series_is_split,
    a_series_moves_with_its_exceptions,
    an_event_that_nothing_can_reach_is_refused,
    a_meeting_of_somebody_else_keeps_what_is_theirs,
    an_edit_makes_writing_connections_due_and_mails_nobody,
    an_invitation_is_answered,
    what_cannot_be_answered_is_refused,
);

async fn calendar(app: &App, person: &Person) -> String {
    let body = json!({"name": "Mine", "timeZone": "Europe/Vienna"});
    let made = app.post("/api/calendar/calendars").by(person).json(&body).expect(201).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn make(app: &App, calendar: &str, body: Value) -> Value {
    let mut body = body;
    body["calendarId"] = json!(calendar);
    app.post("/api/calendar/events").by(&app.ada).json(&body).expect(201).await
}

fn event(app: &App, method: &str, made: &Value, query: &str) -> Request {
    let path = format!("/api/calendar/events/{}{query}", made["id"].as_str().unwrap());
    Request::new(app.router.clone(), method, &path).by(&app.ada)
}

/// What takes place in December 2026: start and title.
async fn december(app: &App) -> Vec<String> {
    let query = "/api/calendar/events?start=2026-12-01T00:00:00Z&end=2027-01-01T00:00:00Z";
    let page = app.get(query).by(&app.ada).expect(200).await;
    let items = page["items"].as_array().unwrap().iter();
    items.map(|it| format!("{} {}", it["start"].as_str().unwrap(), it["title"].as_str().unwrap())).collect()
}

async fn a_person_keeps_calendars(app: App) {
    let body = json!({"name": " Mine ", "color": "#2F6FED", "timeZone": "europe/vienna"});
    let made = app.post("/api/calendar/calendars").by(&app.ada).json(&body).expect(201).await;
    let expected = json!({"id": made["id"], "name": "Mine", "color": "#2f6fed", "timeZone": "Europe/Vienna"});
    assert_eq!(made, expected);
    let path = format!("/api/calendar/calendars/{}", made["id"].as_str().unwrap());
    let changed = app.patch(&path).by(&app.ada).json(&json!({"color": null})).expect(200).await;
    assert_eq!(changed, json!({"id": made["id"], "name": "Mine", "color": null, "timeZone": "Europe/Vienna"}));
    let listed = app.get("/api/calendar/calendars").by(&app.ada).expect(200).await;
    assert_eq!(listed["items"], json!([changed]));
    assert_eq!(app.delete(&path).by(&app.ada).refused(409).await, "confirmation_required");
    app.delete(&format!("{path}?confirm=true")).by(&app.ada).expect(204).await;
    assert_eq!(app.delete(&format!("{path}?confirm=true")).by(&app.ada).refused(404).await, "not_found");
}

async fn a_bad_calendar_is_refused_by_name(app: App) {
    let id = calendar(&app, &app.ada).await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"name": "x", "color": "blue"}), "color"),
        (json!({"name": "x", "timeZone": "Mars/Base"}), "timeZone"),
        (json!({"name": "x", "colour": "#112233"}), "colour"),
    ] {
        let problem = app.post("/api/calendar/calendars").by(&app.ada).json(&body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    let path = format!("/api/calendar/calendars/{id}");
    for (body, field) in [(json!({"name": null}), "name"), (json!({"timeZone": 5}), "timeZone")] {
        let problem = app.patch(&path).by(&app.ada).json(&body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    let problem = app.delete(&format!("{path}?confirm=yes")).by(&app.ada).expect(422).await;
    assert_eq!(problem["errors"][0]["field"], "confirm");
}

async fn a_connected_calendar_is_not_deleted(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/calendars/{}?confirm=true", home.connection.calendar_id);
    assert_eq!(app.delete(&path).by(&app.ada).refused(409).await, "in_use");
}

async fn an_event_is_written_read_changed_and_deleted(app: App) {
    let id = calendar(&app, &app.ada).await;
    let body = json!({"title": "Review", "start": "2026-12-07T09:00:00", "location": "Room 1",
        "attendees": [{"email": "Ben@Example.com", "name": "Ben"}],
        "reminders": [{"minutesBefore": 10}], "categories": ["b", "a"]});
    let mut body = body;
    body["calendarId"] = json!(id);
    let answer = app.post("/api/calendar/events").by(&app.ada).json(&body).send().await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let made = answer.json();
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("location"), format!("/api/calendar/events/{}", made["id"].as_str().unwrap()));
    assert_eq!(made["start"], "2026-12-07T09:00:00+01:00");
    assert_eq!(made["end"], "2026-12-07T10:00:00+01:00");
    assert_eq!((&made["timeZone"], &made["rights"]), (&json!("Europe/Vienna"), &json!("full")));
    assert_eq!(made["attendees"][0]["email"], "ben@example.com");
    assert_eq!(made["categories"], json!(["a", "b"]));
    assert_eq!(event(&app, "GET", &made, "").expect(200).await, made);

    let moved = json!({"start": "2026-12-08T10:00:00+00:00"});
    let changed = event(&app, "PATCH", &made, "").json(&moved).expect(200).await;
    assert_eq!(changed["start"], "2026-12-08T11:00:00+01:00");
    assert_eq!((&changed["end"], &changed["version"]), (&json!("2026-12-08T12:00:00+01:00"), &json!(2)));
    assert_eq!(december(&app).await, ["2026-12-08T11:00:00+01:00 Review"]);
    event(&app, "DELETE", &made, "").expect(204).await;
    assert_eq!(event(&app, "GET", &made, "").refused(404).await, "not_found");
    assert_eq!(event(&app, "DELETE", &made, "").refused(404).await, "not_found");
}

async fn absent_null_and_value_are_three_things(app: App) {
    let id = calendar(&app, &app.ada).await;
    let body = json!({"title": "Trip", "start": "2026-12-07", "end": "2026-12-09", "description": "x", "location": "y",
        "visibility": "private", "reminders": [], "conference": {"url": "https://meet.example.com/1"}});
    let made = make(&app, &id, body).await;
    assert_eq!((&made["allDay"], &made["end"], &made["timeZone"]), (&json!(true), &json!("2026-12-09"), &Value::Null));
    let change = json!({"description": null, "title": "Travel", "visibility": null, "reminders": null,
        "conference": null, "start": "2026-12-10"});
    let changed = event(&app, "PATCH", &made, "").json(&change).expect(200).await;
    let mut expected = made.clone();
    expected["description"] = json!("");
    expected["title"] = json!("Travel");
    expected["visibility"] = json!("default");
    expected["reminders"] = Value::Null;
    expected["conference"] = Value::Null;
    expected["conferenceUrl"] = Value::Null;
    expected["start"] = json!("2026-12-10");
    expected["end"] = json!("2026-12-12");
    expected["version"] = json!(2);
    for name in ["updatedAt", "eventType"] {
        expected[name] = changed[name].clone();
    }
    assert_eq!(changed, expected);
    let nothing = event(&app, "PATCH", &made, "").json(&json!({})).expect(200).await;
    assert_eq!(nothing["version"], 2, "a change of nothing is no change");
}

async fn bad_fields_are_named(app: App) {
    let id = calendar(&app, &app.ada).await;
    let at = "2026-12-07T09:00:00";
    for (body, field) in [
        (json!({}), "start"),
        (json!({"start": null}), "start"),
        (json!({"start": "tomorrow"}), "start"),
        (json!({"start": "2026-02-30T09:00:00"}), "start"),
        (json!({"start": at, "end": "2026-12-07T08:00:00"}), "end"),
        (json!({"start": at, "end": "2036-12-07T08:00:00"}), "end"),
        (json!({"start": at, "end": "2026-12-08"}), "end"),
        (json!({"start": "2026-12-07", "end": "2026-12-07"}), "end"),
        (json!({"start": "0001-01-01T00:00:00"}), "start"),
        (json!({"start": at, "allDay": true}), "start"),
        (json!({"start": "2026-12-07", "timeZone": "Europe/Vienna"}), "timeZone"),
        (json!({"start": at, "timeZone": "Nowhere"}), "timeZone"),
        (json!({"start": "2026-12-07T09:00:00Z", "timeZone": null}), "start"),
        (json!({"start": at, "title": "x".repeat(1001)}), "title"),
        (json!({"start": at, "title": "a\nb"}), "title"),
        (json!({"start": at, "description": "a\u{0}b"}), "description"),
        (json!({"start": at, "status": "cancelled"}), "status"),
        (json!({"start": at, "visibility": "secret"}), "visibility"),
        (json!({"start": at, "transparency": null}), "transparency"),
        (json!({"start": at, "eventType": "party"}), "eventType"),
        (json!({"start": at, "attendees": [{"email": "nobody"}]}), "attendees[0].email"),
        (json!({"start": at, "attendees": [{"email": "a@b.test"}, {"email": "A@b.test"}]}), "attendees[1].email"),
        (json!({"start": at, "attendees": [{"email": "a@b.test", "role": "boss"}]}), "attendees[0].role"),
        (json!({"start": at, "reminders": [{"minutesBefore": -1}]}), "reminders[0].minutesBefore"),
        (json!({"start": at, "reminders": [{"minutesBefore": 5, "method": "fax"}]}), "reminders[0].method"),
        (json!({"start": at, "conference": {"url": "javascript:1"}}), "conference.url"),
        (json!({"start": at, "categories": [""]}), "categories[0]"),
        (json!({"start": at, "recurrence": {}}), "recurrence.rules"),
        (json!({"start": at, "recurrence": {"rules": ["FREQ=NEVER"]}}), "recurrence.rules[0]"),
        (json!({"start": at, "recurrence": {"rules": ["FREQ=HOURLY"]}}), "recurrence.rules[0]"),
        (json!({"start": at, "recurrence": {"rules": ["FREQ=DAILY;UNTIL=20261201T000000Z"]}}), "recurrence.rules[0]"),
        (json!({"start": at, "recurrence": {"rules": ["FREQ=DAILY"], "excluded": ["soon"]}}), "recurrence.excluded[0]"),
        (json!({"start": at, "recurrence": {"rules": ["FREQ=DAILY"], "dates": ["20261208"]}}), "recurrence.dates[0]"),
        (json!({"start": at, "notify": "yes"}), "notify"),
        (json!({"start": at, "titel": "x"}), "titel"),
    ] {
        let mut body = body;
        body["calendarId"] = json!(id);
        let problem = app.post("/api/calendar/events").by(&app.ada).json(&body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    }
    let missing = app.post("/api/calendar/events").by(&app.ada).json(&json!({"start": at})).expect(422).await;
    assert_eq!(missing["errors"][0]["field"], "calendarId");
    let elsewhere = json!({"start": at, "calendarId": "0193f3a0-0000-7000-8000-000000000000"});
    assert_eq!(app.post("/api/calendar/events").by(&app.ada).json(&elsewhere).refused(404).await, "not_found");
    assert!(december(&app).await.is_empty(), "nothing of it was written");
}

async fn bad_questions_are_named(app: App) {
    let id = calendar(&app, &app.ada).await;
    let single = make(&app, &id, json!({"start": "2026-12-07T09:00:00"})).await;
    let daily = json!({"start": "2026-12-07T09:00:00", "recurrence": {"rules": ["FREQ=DAILY;COUNT=5"]}});
    let series = make(&app, &id, daily).await;
    let title = json!({"title": "x"});
    for (of, query, body, field) in [
        (&single, "?scope=some", &title, "scope"),
        (&single, "?occurrence=20261207T080000Z", &title, "occurrence"),
        (&single, "", &json!({"calendarId": id}), "calendarId"),
        (&series, "", &title, "scope"),
        (&series, "?scope=this", &title, "occurrence"),
        (&series, "?scope=following", &title, "occurrence"),
        (&series, "?scope=this&occurrence=later", &title, "occurrence"),
        (&series, "?scope=this&occurrence=20261207T090000Z", &title, "occurrence"),
        (&series, "?scope=this&occurrence=20261212T080000Z", &title, "occurrence"),
        (&series, "?scope=this&occurrence=20261208", &title, "occurrence"),
        (&series, "?scope=this&occurrence=20261208T080000Z", &json!({"recurrence": null}), "recurrence"),
        (&series, "?scope=all&scope=this", &title, "scope"),
        (&series, "?scope=all", &json!({"end": "2026-12-07T08:00:00"}), "end"),
    ] {
        let problem = event(&app, "PATCH", of, query).json(body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{query} {body}: {problem}");
    }
    for (query, field) in [("", "scope"), ("?scope=this", "occurrence"), ("?scope=all&notify=maybe", "notify")] {
        let problem = event(&app, "DELETE", &series, query).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
    assert_eq!(december(&app).await.len(), 6);
}

async fn only_the_version_that_was_seen_is_changed(app: App) {
    let id = calendar(&app, &app.ada).await;
    let made = make(&app, &id, json!({"start": "2026-12-07T09:00:00", "title": "A"})).await;
    let change =
        |tag: &str, title: &str| event(&app, "PATCH", &made, "").header("if-match", tag).json(&json!({"title": title}));
    change("\"1\"", "B").expect(200).await;
    let late = change("\"1\"", "C").send().await;
    assert_eq!((late.status.as_u16(), late.header("etag")), (412, "\"2\""));
    let problem = late.json();
    assert_eq!((&problem["code"], &problem["version"]), (&json!("version_moved"), &json!(2)));
    assert!(problem["detail"].as_str().unwrap().contains("If-Match: \"2\""), "{problem}");
    let late = event(&app, "DELETE", &made, "").header("if-match", "\"1\"");
    assert_eq!(late.refused(412).await, "version_moved");
    change("*", "D").expect(200).await;
    assert_eq!(change("three", "E").expect(422).await["errors"][0]["field"], "If-Match");
    event(&app, "DELETE", &made, "").header("if-match", "\"3\"").expect(204).await;
}

async fn the_same_request_is_carried_out_once(app: App) {
    let id = calendar(&app, &app.ada).await;
    let body = json!({"calendarId": id, "start": "2026-12-07T09:00:00", "title": "Once"});
    let send =
        |body: &Value| app.post("/api/calendar/events").by(&app.ada).header("idempotency-key", "k-1").json(body).send();
    let (first, second) = (send(&body).await, send(&body).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("idempotency-replayed"), "true");
    for name in ["etag", "location", "content-type"] {
        assert_eq!(first.header(name), second.header(name), "{name}");
    }
    assert_eq!(december(&app).await, ["2026-12-07T09:00:00+01:00 Once"]);
    let other = send(&json!({"calendarId": id, "start": "2026-12-08T09:00:00"})).await;
    assert_eq!((other.status.as_u16(), other.json()["code"].clone()), (422, json!("idempotency_key_reused")));
    assert_eq!(december(&app).await.len(), 1);
    // Another person's key is another key.
    let theirs = calendar(&app, &app.ben).await;
    let body = json!({"calendarId": theirs, "start": "2026-12-07T09:00:00"});
    let theirs = app.post("/api/calendar/events").by(&app.ben).header("idempotency-key", "k-1").json(&body);
    theirs.expect(201).await;
}

async fn two_of_the_same_at_once_are_one(app: App) {
    let id = calendar(&app, &app.ada).await;
    let send = || {
        let body = json!({"calendarId": id, "start": "2026-12-07T09:00:00", "title": "Once"});
        app.post("/api/calendar/events").by(&app.ada).header("idempotency-key", "k-4").json(&body).send()
    };
    let (one, two) = tokio::join!(send(), send());
    let statuses = [one.status.as_u16(), two.status.as_u16()];
    assert!(statuses.contains(&201), "{statuses:?}");
    for answer in [one, two].iter().filter(|answer| answer.status.as_u16() != 201) {
        assert_eq!((answer.status.as_u16(), answer.json()["code"].clone()), (409, json!("request_running")));
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(december(&app).await.len(), 1);
}

async fn a_refused_request_keeps_no_key(app: App) {
    let id = calendar(&app, &app.ada).await;
    let send = |start: &str| {
        let body = json!({"calendarId": id, "start": start});
        app.post("/api/calendar/events").by(&app.ada).header("idempotency-key", "k-2").json(&body)
    };
    assert_eq!(send("soon").refused(422).await, "invalid_input");
    send("2026-12-07T09:00:00").expect(201).await;
    // A request that is being carried out, or was cut off.
    let made = make(&app, &id, json!({"start": "2026-12-08T09:00:00"})).await;
    let delete = || event(&app, "DELETE", &made, "").header("idempotency-key", "k-3");
    let tenant = app.store.tenant(&app.ada.scope);
    let claimed = tenant.begin_request("k-3", "another request", now()).await;
    assert!(claimed.is_ok());
    assert_eq!(delete().refused(422).await, "idempotency_key_reused");
    tenant.abandon_request("k-3").await.unwrap();
    delete().expect(204).await;
    delete().expect(204).await;
}

async fn a_key_has_a_form(app: App) {
    for key in ["", "two words", &"k".repeat(201)] {
        let body = json!({"name": "Mine"});
        let request = app.post("/api/calendar/calendars").by(&app.ada).header("idempotency-key", key).json(&body);
        assert_eq!(request.expect(422).await["errors"][0]["field"], "Idempotency-Key", "{key:?}");
    }
    let nobody = app.post("/api/calendar/calendars").header("idempotency-key", "k").json(&json!({"name": "x"}));
    assert_eq!(nobody.refused(401).await, "unauthenticated");
}

async fn daily(app: &App, id: &str) -> Value {
    let body =
        json!({"title": "Daily", "start": "2026-12-07T09:00:00", "recurrence": {"rules": ["FREQ=DAILY;COUNT=4"]}});
    make(app, id, body).await
}

async fn one_occurrence_is_changed_moved_and_cancelled(app: App) {
    let id = calendar(&app, &app.ada).await;
    let series = daily(&app, &id).await;
    let query = "?scope=this&occurrence=20261208T080000Z";
    let changed = event(&app, "PATCH", &series, query).json(&json!({"title": "Other"})).expect(200).await;
    assert_eq!((&changed["kind"], &changed["recurrenceId"]), (&json!("override"), &json!("20261208T080000Z")));
    // The changed occurrence is an event that can be aimed at itself.
    let moved = json!({"start": "2026-12-08T15:00:00"});
    let moved = event(&app, "PATCH", &changed, "?scope=this").json(&moved).expect(200).await;
    assert_eq!((&moved["id"], &moved["end"]), (&changed["id"], &json!("2026-12-08T16:00:00+01:00")));
    event(&app, "DELETE", &series, "?scope=this&occurrence=20261209T080000Z").expect(204).await;
    let expected =
        ["2026-12-07T09:00:00+01:00 Daily", "2026-12-08T15:00:00+01:00 Other", "2026-12-10T09:00:00+01:00 Daily"];
    assert_eq!(december(&app).await, expected);
    let again = event(&app, "DELETE", &series, "?scope=this&occurrence=20261209T080000Z").expect(422).await;
    assert_eq!(again["errors"][0]["field"], "occurrence");
    let back = json!({"status": "confirmed"});
    event(&app, "PATCH", &series, "?scope=this&occurrence=20261209T080000Z").json(&back).expect(200).await;
    assert_eq!(december(&app).await.len(), 4);
}

async fn a_series_is_split(app: App) {
    let id = calendar(&app, &app.ada).await;
    let series = daily(&app, &id).await;
    let other = json!({"title": "Exception"});
    event(&app, "PATCH", &series, "?scope=this&occurrence=20261210T080000Z").json(&other).expect(200).await;
    let change = json!({"title": "Later", "start": "2026-12-09T11:00:00"});
    let query = "?scope=following&occurrence=20261209T080000Z";
    let tail = event(&app, "PATCH", &series, query).json(&change).expect(200).await;
    assert_ne!(tail["id"], series["id"]);
    assert_eq!(tail["recurrence"]["rules"], json!(["FREQ=DAILY;COUNT=2"]));
    let expected = [
        "2026-12-07T09:00:00+01:00 Daily",
        "2026-12-08T09:00:00+01:00 Daily",
        "2026-12-09T11:00:00+01:00 Later",
        "2026-12-10T11:00:00+01:00 Exception",
    ];
    assert_eq!(december(&app).await, expected);
    event(&app, "DELETE", &tail, "?scope=following&occurrence=20261210T100000Z").expect(204).await;
    assert_eq!(december(&app).await, expected[..3]);
    event(&app, "DELETE", &series, "?scope=all").expect(204).await;
    assert_eq!(december(&app).await, expected[2..3]);
}

async fn a_series_moves_with_its_exceptions(app: App) {
    let id = calendar(&app, &app.ada).await;
    let series = daily(&app, &id).await;
    let other = json!({"title": "Exception"});
    event(&app, "PATCH", &series, "?scope=this&occurrence=20261208T080000Z").json(&other).expect(200).await;
    event(&app, "DELETE", &series, "?scope=this&occurrence=20261209T080000Z").expect(204).await;
    // As seen on the third day: all of it an hour later.
    let change = json!({"start": "2026-12-10T10:00:00", "location": "Room 2"});
    let query = "?scope=all&occurrence=20261210T080000Z";
    let moved = event(&app, "PATCH", &series, query).json(&change).expect(200).await;
    assert_eq!(moved["start"], "2026-12-07T10:00:00+01:00");
    let expected =
        ["2026-12-07T10:00:00+01:00 Daily", "2026-12-08T10:00:00+01:00 Exception", "2026-12-10T10:00:00+01:00 Daily"];
    assert_eq!(december(&app).await, expected);
    let once = event(&app, "PATCH", &series, "?scope=all").json(&json!({"recurrence": null})).expect(200).await;
    assert_eq!((&once["kind"], &once["recurrence"]), (&json!("single"), &Value::Null));
    assert_eq!(december(&app).await, expected[..1]);
}

/// A connected calendar that holds this event.
async fn mirrored(app: &App, direction: SyncDirection, row: Row) -> (Connection, Value) {
    let account = app.account(&app.ada.scope, Provider::Google, "ada").await;
    let connection = app.connection(&app.ada.scope, &account, "Primary").await;
    app.sync(&connection, std::slice::from_ref(&row), |_| {}).await;
    let patch = ConnectionPatch { sync_direction: Some(direction), ..ConnectionPatch::default() };
    let connection = app.store.tenant(&app.ada.scope).update_connection(&connection.id, &patch, now()).await.unwrap();
    (connection, json!({"id": row.id}))
}

async fn an_event_that_nothing_can_reach_is_refused(app: App) {
    let row = Row::single("review", timed(23, 9, "Europe/Vienna"), "Review");
    let (_, review) = mirrored(&app, SyncDirection::Inbound, row).await;
    let shown = event(&app, "GET", &review, "").expect(200).await;
    assert_eq!(shown["rights"], "read");
    assert!(shown["rightsReason"].as_str().unwrap().contains("Primary, which is only read"), "{shown}");
    assert_eq!(
        (&shown["mappings"][0]["verdict"], &shown["mappings"][0]["role"]),
        (&json!("mirrored"), &json!("origin"))
    );
    let change = event(&app, "PATCH", &review, "").json(&json!({"title": "x"}));
    assert_eq!(change.refused(409).await, "change_refused");
    assert_eq!(event(&app, "DELETE", &review, "").refused(409).await, "change_refused");
    let nothing = event(&app, "PATCH", &review, "").json(&json!({"title": "Review"})).expect(200).await;
    assert_eq!(nothing["version"], 1);
}

async fn a_meeting_of_somebody_else_keeps_what_is_theirs(app: App) {
    let mut row = Row::single("review", timed(23, 9, "Europe/Vienna"), "Review").with_guests();
    row.event.rights = Rights::Own;
    let (_, review) = mirrored(&app, SyncDirection::Bidirectional, row).await;
    let problem = event(&app, "PATCH", &review, "").json(&json!({"title": "x", "location": "y"})).expect(409).await;
    assert_eq!(problem["code"], "change_refused");
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["title", "location"]);
    assert!(problem["detail"].as_str().unwrap().contains("Only the organiser"), "{problem}");
    let own = json!({"reminders": [{"minutesBefore": 5}], "transparency": "transparent"});
    assert_eq!(event(&app, "PATCH", &review, "").json(&own).expect(200).await["rights"], "own");
    event(&app, "DELETE", &review, "").expect(204).await;
    assert_eq!(event(&app, "GET", &review, "").refused(404).await, "not_found");
}

async fn an_edit_makes_writing_connections_due_and_mails_nobody(app: App) {
    let row = Row::single("review", timed(23, 9, "Europe/Vienna"), "Review").with_guests();
    let (connection, review) = mirrored(&app, SyncDirection::Bidirectional, row).await;
    let tenant = app.store.tenant(&app.ada.scope);
    let before = tenant.get_connection(&connection.id).await.unwrap();
    event(&app, "PATCH", &review, "").json(&json!({"title": "Moved"})).expect(200).await;
    let after = tenant.get_connection(&connection.id).await.unwrap();
    assert!(after.sync_needed && after.poke_seq > before.poke_seq);
    assert_eq!(tenant.get_series("review").await.unwrap().rows[0].consent, None);
    event(&app, "PATCH", &review, "").json(&json!({"title": "Again", "notify": true})).expect(200).await;
    assert_eq!(tenant.get_series("review").await.unwrap().rows[0].consent, Some(3));
    event(&app, "DELETE", &review, "?notify=true").expect(204).await;
    let row = tenant.get_series("review").await.unwrap().rows.remove(0);
    assert_eq!((row.deleted, row.consent), (true, Some(row.row.version)));
}

/// A meeting to which Ada is invited.
fn invitation() -> Row {
    let mut row = Row::single("review", timed(23, 9, "Europe/Vienna"), "Review").with_guests();
    row.event.rights = Rights::Own;
    row.event.attendees[0].is_self = true;
    row.event.organizer =
        Some(tidecal_core::model::Person { email: "ben@example.com".to_owned(), ..Default::default() });
    row
}

async fn an_invitation_is_answered(app: App) {
    let (_, review) = mirrored(&app, SyncDirection::Bidirectional, invitation()).await;
    let body = json!({"response": "accepted", "comment": "I come by train", "notify": true});
    let answered = event(&app, "POST", &review, "/answer").json(&body).expect(200).await;
    let own = answered["attendees"].as_array().unwrap().iter().find(|guest| guest["self"] == true).unwrap();
    assert_eq!((&own["response"], &answered["version"]), (&json!("accepted"), &json!(2)));
    let row = app.store.tenant(&app.ada.scope).get_series("review").await.unwrap().rows.remove(0);
    let waiting = row.answer.unwrap();
    assert_eq!((waiting.comment.as_str(), waiting.notify), ("I come by train", true));
    let late = event(&app, "POST", &review, "/answer").header("if-match", "\"1\"").json(&body);
    assert_eq!(late.refused(412).await, "version_moved");
}

async fn what_cannot_be_answered_is_refused(app: App) {
    let id = calendar(&app, &app.ada).await;
    let mine = make(&app, &id, json!({"start": "2026-12-07T09:00:00"})).await;
    let series = daily(&app, &id).await;
    let accept = json!({"response": "accepted"});
    assert_eq!(event(&app, "POST", &mine, "/answer").json(&accept).refused(409).await, "change_refused");
    for (body, query, field) in [
        (json!({}), "", "response"),
        (json!({"response": "perhaps"}), "", "response"),
        (json!({"response": "accepted", "comment": "x".repeat(1001)}), "", "comment"),
        (accept.clone(), "", "scope"),
        (accept.clone(), "?scope=following", "scope"),
        (accept.clone(), "?scope=this", "occurrence"),
        (accept, "?scope=this&occurrence=20261208T080000Z", "occurrence"),
    ] {
        let problem = event(&app, "POST", &series, &format!("/answer{query}")).json(&body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{body} {query}");
    }
}
