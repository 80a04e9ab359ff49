use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Desk, hour, weekly};

#[tokio::test]
async fn a_chosen_id_is_checked_and_stays_taken_for_ever() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let with_id = |id: &str| {
        let mut event = hour("x", 1, "09:00");
        event["id"] = json!(id);
        event
    };
    for id in ["abcd", "has-dash", "UPPER", "wxyz1", &"a".repeat(1025)] {
        let answer = ada.insert(with_id(id)).await;
        assert_eq!(answer.refusal(), (400, "invalid"), "{id}");
        assert_eq!(answer.body["error"]["message"], "Invalid resource id value.");
    }
    let mut both = with_id("abcdefgh");
    both["iCalUID"] = json!("x@example.com");
    assert_eq!(ada.insert(both).await.status, 400);
    ada.insert(with_id("abcdefgh")).await.ok();
    assert_eq!(ada.insert(with_id("abcdefgh")).await.refusal(), (409, "duplicate"));
    ada.delete("abcdefgh").await.ok();
    assert_eq!(ada.insert(with_id("abcdefgh")).await.refusal(), (409, "duplicate"));
    let ben = desk.caller(BEN).await;
    ben.insert(with_id("abcdefgh")).await.ok();
}

#[tokio::test]
async fn impossible_events_are_refused() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let day = |start: &str, end: &str| json!({"start": {"date": start}, "end": {"date": end}});
    let timed = |start: &str, end: &str| {
        json!({"start": {"dateTime": start, "timeZone": "Europe/Vienna"},
               "end": {"dateTime": end, "timeZone": "Europe/Vienna"}})
    };
    let mut series_without_zone = hour("x", 1, "09:00");
    series_without_zone["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=2"]);
    let with = |name: &str, value: Value| {
        let mut event = weekly(2);
        event[name] = value;
        event
    };
    for (event, reason, message) in [
        (json!({"start": {"date": "2026-12-01"}}), "required", "Missing end time."),
        (json!({"end": {"date": "2026-12-01"}}), "required", "Missing start time."),
        (
            json!({"start": {"date": "2026-12-01"}, "end": {"dateTime": "2026-12-01T10:00:00Z"}}),
            "invalid",
            "The start and end must either both be date or dateTime.",
        ),
        (
            json!({"start": {"date": "2026-12-01", "dateTime": "2026-12-01T10:00:00Z"}, "end": {"date": "2026-12-02"}}),
            "invalid",
            "Invalid start time.",
        ),
        (
            json!({"start": {"dateTime": "2026-12-01T10:00:00"}, "end": {"dateTime": "2026-12-01T11:00:00"}}),
            "invalid",
            "Invalid end time.",
        ),
        (day("2026-12-02", "2026-12-01"), "timeRangeEmpty", "The specified time range is empty."),
        (day("2026-12-01", "2026-12-01"), "timeRangeEmpty", "The specified time range is empty."),
        (day("2026-02-30", "2026-03-01"), "invalid", "Invalid start time."),
        (timed("2026-12-01T10:00:00", "2026-12-01T09:00:00"), "timeRangeEmpty", "The specified time range is empty."),
        (series_without_zone, "required", "Missing time zone definition for start time."),
        (with("recurrence", json!(["RRULE:FREQ=SOMETIMES"])), "invalid", "Invalid recurrence rule."),
        (with("recurrence", json!(["DTSTART:20261201T080000Z"])), "invalid", "Invalid recurrence rule."),
        (with("recurrence", json!(["RRULE:FREQ=DAILY;UNTIL=20261205"])), "invalid", "Invalid recurrence rule."),
        (with("recurrence", json!([])), "invalid", "Invalid recurrence rule."),
        (with("attendees", json!([{"displayName": "x"}])), "required", "Missing attendee email."),
        (with("attendees", json!([{"email": "nobody"}])), "invalid", "Invalid attendee email."),
        (with("colorId", json!("12")), "invalid", "Invalid value for: colorId: 12"),
        (with("visibility", json!("secret")), "invalid", "Invalid value for: visibility: secret"),
        (with("summary", json!(7)), "invalid", "Invalid value at 'summary' (TYPE_STRING)."),
        (with("eventType", json!("party")), "invalid", "Invalid event type: party."),
        (
            with("eventType", json!("birthday")),
            "invalid",
            "An event of type birthday must be all-day and recur every year.",
        ),
        (with("eventType", json!("fromGmail")), "invalid", "An event of type fromGmail cannot be created."),
        (with("eventType", json!("focusTime")), "invalid", "An event of type focusTime needs its properties."),
        (
            with("reminders", json!({"useDefault": true, "overrides": [{"method": "popup", "minutes": 5}]})),
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        ),
        (
            with("reminders", json!({"useDefault": false, "overrides": [{"method": "popup", "minutes": 40_321}]})),
            "invalid",
            "Invalid reminder minutes.",
        ),
    ] {
        let answer = ada.insert(event.clone()).await;
        assert_eq!((answer.status, answer.refusal().1), (400, reason), "{event}: {}", answer.text);
        assert_eq!(answer.body["error"]["message"], message, "{event}");
    }
    let zero = timed("2026-12-01T10:00:00", "2026-12-01T10:00:00");
    ada.insert(zero).await.ok();
    let broken = desk.http.post(desk.url("/calendar/v3/calendars/primary/events")).bearer_auth(&ada.token).body("{");
    assert_eq!(broken.send().await.unwrap().status().as_u16(), 400);
    assert_eq!(ada.list("").await.items().len(), 1, "nothing refused was kept");
}

#[tokio::test]
async fn readonly_and_unknown_members_are_ignored() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    event["etag"] = json!("\"1\"");
    event["created"] = json!("1999-01-01T00:00:00.000Z");
    event["organizer"] = json!({"email": "other@example.org"});
    event["hangoutLink"] = json!("https://example.org");
    event["conferenceData"] = json!({"conferenceId": "x"});
    let written = ada.insert(event).await.ok();
    assert_eq!(written.body["organizer"]["email"], ADA);
    assert_eq!(written.body["created"], "2026-11-21T10:00:00.000Z");
    assert_eq!(written.body.get("hangoutLink"), None);
    assert_eq!(written.body.get("conferenceData"), None, "without conferenceDataVersion=1");
}

#[tokio::test]
async fn a_room_is_made_on_request_and_kept_by_patches_that_do_not_speak_of_it() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    let solution = json!({"type": "hangoutsMeet"});
    event["conferenceData"] = json!({"createRequest": {"requestId": "r1", "conferenceSolutionKey": solution}});
    let path = "calendars/primary/events?conferenceDataVersion=1";
    let written = ada.send("POST", path, &[], Some(event)).await.ok();
    let data = &written.body["conferenceData"];
    assert_eq!(data["createRequest"]["status"]["statusCode"], "success");
    assert_eq!(data["entryPoints"][0]["entryPointType"], "video");
    assert_eq!(data["entryPoints"][0]["uri"], written.body["hangoutLink"]);
    let patched = ada.patch(&written.id(), json!({"conferenceData": null, "summary": "y"})).await.ok();
    assert_eq!(&patched.body["conferenceData"], data);
    assert_eq!(
        ada.send("POST", "calendars/primary/events?conferenceDataVersion=2", &[], Some(json!({}))).await.status,
        400
    );
}

#[tokio::test]
async fn patch_merges_objects_replaces_arrays_and_clears_with_null() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    event["location"] = json!("Room 1");
    event["attendees"] = json!([{"email": "a@example.org"}, {"email": "b@example.org"}]);
    event["extendedProperties"] = json!({"private": {"a": "1", "b": "2"}});
    let id = ada.insert(event).await.ok().id();
    let patch = json!({
        "location": null,
        "attendees": [{"email": "c@example.org"}],
        "extendedProperties": {"private": {"a": null, "c": "3"}},
    });
    let patched = ada.patch(&id, patch).await.ok();
    assert_eq!(patched.body["summary"], "x");
    assert_eq!(patched.body.get("location"), None);
    assert_eq!(patched.body["attendees"], json!([{"email": "c@example.org", "responseStatus": "needsAction"}]));
    assert_eq!(patched.body["extendedProperties"], json!({"private": {"b": "2", "c": "3"}}));
    let cleared = ada.patch(&id, json!({"attendees": []})).await.ok();
    assert_eq!(cleared.body.get("attendees"), None);
}

#[tokio::test]
async fn timed_becomes_all_day_only_when_the_other_form_is_nulled() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    let day = json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}});
    assert_eq!(ada.patch(&id, day).await.refusal(), (400, "invalid"));
    let day = json!({
        "start": {"date": "2026-12-01", "dateTime": null, "timeZone": null},
        "end": {"date": "2026-12-02", "dateTime": null, "timeZone": null},
    });
    let patched = ada.patch(&id, day).await.ok();
    assert_eq!(patched.body["start"], json!({"date": "2026-12-01"}));
}

#[tokio::test]
async fn every_write_changes_the_etag_and_if_match_guards_it() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let first = ada.insert(hour("x", 1, "09:00")).await.ok();
    let id = first.id();
    let path = format!("calendars/primary/events/{id}");
    let old = first.body["etag"].as_str().unwrap().to_owned();
    let second = ada.send("PATCH", &path, &[("If-Match", &old)], Some(json!({"summary": "y"}))).await.ok();
    let new = second.body["etag"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    for (method, body) in [("PATCH", Some(json!({"summary": "z"}))), ("DELETE", None)] {
        let stale = ada.send(method, &path, &[("If-Match", &old)], body).await;
        assert_eq!(stale.refusal(), (412, "conditionNotMet"), "{method}");
        assert_eq!(stale.body["error"]["errors"][0]["location"], "If-Match");
    }
    assert_eq!(ada.event(&id).await.body["summary"], "y");
    ada.send("PATCH", &path, &[("If-Match", "*")], Some(json!({"summary": "w"}))).await.ok();
    let now = ada.event(&id).await.body["etag"].as_str().unwrap().to_owned();
    assert_eq!(ada.send("DELETE", &path, &[("If-Match", &now)], None).await.status, 204);
}

#[tokio::test]
async fn the_sequence_never_falls_and_rises_when_times_change() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    assert_eq!(ada.patch(&id, json!({"summary": "y"})).await.body["sequence"], 0);
    let later = json!({"start": hour("", 2, "09:00")["start"], "end": hour("", 2, "09:00")["end"]});
    assert_eq!(ada.patch(&id, later).await.ok().body["sequence"], 1);
    assert_eq!(ada.patch(&id, json!({"sequence": 5})).await.ok().body["sequence"], 5);
    let below = ada.patch(&id, json!({"sequence": 4})).await;
    assert_eq!(below.refusal(), (400, "invalid"));
    assert!(below.body["error"]["message"].as_str().unwrap().starts_with("Invalid sequence value."));
}

#[tokio::test]
async fn changing_reminders_alone_leaves_updated_alone() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let first = ada.insert(hour("x", 1, "09:00")).await.ok();
    desk.advance(60).await;
    let reminders = json!({"useDefault": false, "overrides": [{"method": "popup", "minutes": 5}]});
    let second = ada.patch(&first.id(), json!({"reminders": reminders})).await.ok();
    assert_eq!(second.body["updated"], first.body["updated"]);
    assert_ne!(second.body["etag"], first.body["etag"]);
    let third = ada.patch(&first.id(), json!({"summary": "y"})).await.ok();
    assert_eq!(third.body["updated"], "2026-11-21T10:01:00.000Z");
}

#[tokio::test]
async fn deleting_twice_is_410_and_the_deleted_cannot_be_changed() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    let gone = ada.delete(&id).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(ada.delete(&id).await.refusal(), (410, "deleted"));
    assert_eq!(ada.delete("unknownunknown").await.refusal(), (404, "notFound"));
    assert_eq!(ada.patch("unknownunknown", json!({})).await.refusal(), (404, "notFound"));
    assert_eq!(ada.patch(&id, json!({"summary": "y"})).await.refusal(), (403, "forbidden"));
    assert_eq!(ada.patch(&id, json!({"status": "confirmed"})).await.refusal(), (403, "forbidden"));
    desk.switch(json!({"reviveDeleted": true})).await;
    assert_eq!(ada.patch(&id, json!({"status": "confirmed"})).await.ok().body["status"], "confirmed");
    let cancelled = ada.patch(&id, json!({"status": "cancelled"})).await.ok();
    assert_eq!(cancelled.body["status"], "cancelled");
    assert_eq!(ada.delete(&id).await.status, 410, "patching to cancelled deletes");
}

#[tokio::test]
async fn readers_cannot_write_and_limited_writers_not_what_is_private() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut secret = hour("Secret", 1, "09:00");
    secret["visibility"] = json!("private");
    let secret = ada.insert(secret).await.ok().id();
    let open = ada.insert(hour("Open", 2, "09:00")).await.ok().id();
    let ben = desk.caller(BEN).await;
    let path = |id: &str| format!("calendars/ada%40example.com/events/{id}");
    let access = |role: &str| json!({"calendarId": ADA, "account": BEN, "role": role});
    desk.control("POST", "access", access("reader")).await.ok();
    for (method, path, body) in [
        ("POST", "calendars/ada%40example.com/events".to_owned(), Some(hour("x", 3, "09:00"))),
        ("PATCH", path(&open), Some(json!({"summary": "y"}))),
        ("DELETE", path(&open), None),
    ] {
        assert_eq!(ben.send(method, &path, &[], body).await.refusal(), (403, "requiredAccessLevel"), "{method}");
    }
    desk.control("POST", "access", access("writerWithoutPrivateAccess")).await.ok();
    ben.send("PATCH", &path(&open), &[], Some(json!({"summary": "y"}))).await.ok();
    let refused = ben.send("PATCH", &path(&secret), &[], Some(json!({"summary": "y"}))).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
    assert_eq!(ben.send("DELETE", &path(&secret), &[], None).await.status, 403);
}

#[tokio::test]
async fn extended_properties_have_their_limits() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut event = hour("x", 1, "09:00");
    let (long_key, long_value) = ("k".repeat(45), "v".repeat(1025));
    event["extendedProperties"] = json!({"private": {long_key: "gone", "cut": long_value, "kept": "1"}});
    let written = ada.insert(event).await.ok();
    let private = written.body["extendedProperties"]["private"].as_object().unwrap();
    assert_eq!(private.len(), 2);
    assert_eq!(private["cut"].as_str().unwrap().len(), 1024);
    let mut event = hour("x", 1, "09:00");
    let many: serde_json::Map<String, Value> = (0..301).map(|n| (format!("k{n}"), json!("v"))).collect();
    event["extendedProperties"] = json!({"shared": many});
    assert_eq!(ada.insert(event).await.status, 400);
}

#[tokio::test]
async fn send_updates_takes_its_three_words() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    for word in ["all", "externalOnly", "none"] {
        let path = format!("calendars/primary/events?sendUpdates={word}");
        ada.send("POST", &path, &[], Some(hour("x", 1, "09:00"))).await.ok();
    }
    let path = "calendars/primary/events?sendUpdates=some";
    assert_eq!(ada.send("POST", path, &[], Some(hour("x", 1, "09:00"))).await.refusal(), (400, "invalidParameter"));
}
