//! What waits for a person, by HTTP: conflicts and held writes, and what is told of them afterwards.

use serde_json::json;

use crate::app::App;
use crate::database::on_both;

on_both!(
    a_conflict_is_listed_shown_and_settled,
    a_conflict_is_refused_what_does_not_settle_it,
    a_conflict_is_decided_anew,
    a_held_write_is_listed_and_released,
    a_held_write_is_given_up,
    a_run_that_is_not_held_is_neither_released_nor_given_up,
    a_plan_of_settings_names_the_field_that_does_not_do,
    why_is_answered_for_an_event_and_for_an_item,
);

async fn a_conflict_is_listed_shown_and_settled(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Primary").await;
    let list = app.get("/api/calendar/conflicts").by(&app.ada).expect(200).await;
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["open"]), (&json!(home.conflict_id), &json!(true)));
    assert_eq!((&list["items"][0]["fields"], &list["items"][0]["title"]), (&json!(["title"]), &json!("Review")));
    let path = format!("/api/calendar/conflicts/{}", home.conflict_id);
    let sides = app.get(&path).by(&app.ada).expect(200).await;
    assert_eq!((&sides["local"]["title"], &sides["remote"]["title"]), (&json!("Review"), &json!("Canary")));
    assert_eq!((&sides["base"], &sides["localVersion"]), (&json!(null), &json!(1)));

    // Its owner was told, and has nothing to read any more once it is over.
    let told = app.get("/api/notifications?unread=true").by(&app.ada).expect(200).await;
    assert_eq!((&told["items"][0]["kind"], &told["unread"]), (&json!("conflict"), &json!(1)));
    let body = json!({"choice": "remote", "localVersion": 1});
    let settled = app.post(&format!("{path}/resolve")).by(&app.ada).json(&body).expect(200).await;
    assert_eq!((&settled["open"], &settled["resolution"]), (&json!(false), &json!("remote")));
    let event = app.get(&format!("/api/calendar/events/{}", home.event_id)).by(&app.ada).expect(200).await;
    assert_eq!(event["title"], "Canary");
    let told = app.get("/api/notifications").by(&app.ada).expect(200).await;
    assert_eq!(told["unread"], 0);
    let open = app.get("/api/calendar/conflicts").by(&app.ada).expect(200).await;
    assert_eq!(open["items"], json!([]));
    let all = app.get("/api/calendar/conflicts?status=all").by(&app.ada).expect(200).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    let audit = app.get("/api/audit").by(&app.ada).expect(200).await;
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["details"]["choice"]),
        (&json!("conflict.resolve"), &json!("remote"))
    );
}

async fn a_conflict_is_refused_what_does_not_settle_it(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/conflicts/{}/resolve", home.conflict_id);
    for (body, words) in [
        (json!({"choice": "both"}), "choice: "),
        (json!({"choice": "local", "fields": {"title": "local"}}), "fields: "),
        (json!({"choice": "fields", "fields": {"titel": "local"}}), "fields: has an unknown name"),
        (json!({"choice": "fields", "fields": {"title": "mine"}}), "fields.title: "),
        (json!({"choice": "fields", "fields": {"location": "local"}}), "fields: choose a side for title"),
    ] {
        let refused = app.post(&path).by(&app.ada).json(&body).expect(422).await;
        assert!(refused["detail"].as_str().unwrap().starts_with(words), "{body}: {refused}");
    }
    let stale = json!({"choice": "local", "localVersion": 7});
    let refused = app.post(&path).by(&app.ada).json(&stale).send().await;
    assert_eq!(refused.json()["code"], "version_moved");
    let open = app.get("/api/calendar/conflicts").by(&app.ada).expect(200).await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "it waits on");
}

async fn a_conflict_is_decided_anew(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/conflicts/{}/reset", home.conflict_id);
    assert_eq!(app.post(&path).by(&app.ada).expect(200).await["resolution"], "reset");
    app.post(&path).by(&app.ada).expect(404).await;
}

async fn a_held_write_is_listed_and_released(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Primary").await;
    let held = app.get("/api/calendar/held").by(&app.ada).expect(200).await;
    assert_eq!((&held["runs"], &held["events"][0]["id"]), (&json!([]), &json!(home.held_id)));
    app.post(&format!("/api/calendar/held/{}/release", home.held_id)).by(&app.ada).expect(204).await;
    let held = app.get("/api/calendar/held").by(&app.ada).expect(200).await;
    assert_eq!(held["events"], json!([]));
    app.post(&format!("/api/calendar/held/{}/release", home.held_id)).by(&app.ada).expect(404).await;
    let audit = app.get("/api/audit").by(&app.ada).expect(200).await;
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["targetId"]),
        (&json!("write.release"), &json!(home.held_id))
    );
}

async fn a_held_write_is_given_up(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Primary").await;
    app.post(&format!("/api/calendar/held/{}/discard", home.held_id)).by(&app.ada).expect(204).await;
    let path = format!("/api/calendar/connections/{}/events?verdict=quarantined", home.connection.id);
    let rows = app.get(&path).by(&app.ada).expect(200).await;
    assert_eq!(rows["items"][0]["reason"], "a person decided not to send it");
}

async fn a_run_that_is_not_held_is_neither_released_nor_given_up(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    for deed in ["release", "discard"] {
        let path = format!("/api/calendar/connections/{}/{deed}", home.connection.id);
        app.post(&path).by(&app.ada).expect(404).await;
    }
}

async fn a_plan_of_settings_names_the_field_that_does_not_do(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/connections/{}/plan", home.connection.id);
    for (body, words) in [
        (json!({"syncDirection": "sideways"}), "syncDirection: "),
        (json!({"windowPastDays": -1}), "windowPastDays: "),
        (json!({"privacy": "busy", "syncDirection": "bidirectional"}), "syncDirection: "),
    ] {
        let refused = app.post(&path).by(&app.ada).json(&body).expect(422).await;
        assert!(refused["detail"].as_str().unwrap().starts_with(words), "{body}: {refused}");
    }
    let unchanged =
        app.get(&format!("/api/calendar/connections/{}", home.connection.id)).by(&app.ada).expect(200).await;
    assert_eq!(unchanged["syncDirection"], "inbound");
}

async fn why_is_answered_for_an_event_and_for_an_item(app: App) {
    let home = app.troubled_home(&app.ada.scope, "Primary").await;
    let why = app.get(&format!("/api/calendar/events/{}/why", home.event_id)).by(&app.ada).expect(200).await;
    let texts: Vec<&str> = why["steps"].as_array().unwrap().iter().map(|step| step["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"\"Review\" came into the local calendar"), "{texts:?}");
    assert!(texts.contains(&"both sides changed title"), "{texts:?}");
    assert!(why["verdict"].as_str().unwrap().starts_with("It is in the local calendar"), "{why}");
    app.get("/api/calendar/events/nothing/why").by(&app.ada).expect(404).await;
}
