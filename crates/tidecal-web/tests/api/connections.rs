//! Accounts, connections and local calendars.

use serde_json::json;
use tidecal_core::model::Provider;

use crate::app::App;
use crate::database::on_both;
use crate::seed::{Row, failed};

on_both!(
    an_account_in_its_shape,
    a_connection_in_its_shape,
    the_status_word_and_the_hint_follow_the_trouble,
    a_patch_changes_what_it_names_and_nothing_else,
    settings_that_do_not_go_together_are_refused,
    a_circle_of_calendars_is_refused,
    a_connection_is_only_deleted_on_purpose,
    disconnecting_keeps_everything_but_the_credentials,
    deleting_an_account_takes_its_connections_along,
    quarantined_events_are_listed_with_their_reason,
    runs_are_listed_newest_first,
    connecting_refuses_what_cannot_be,
    vendors_are_offered_as_they_are_set_up,
    calendars_are_listed,
);

async fn an_account_in_its_shape(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let list = app.get("/api/calendar/accounts").by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("accounts", list, { ".items[].id" => "[id]" });
    let one = app.get(&format!("/api/calendar/accounts/{}", home.account.id)).by(&app.ada).expect(200).await;
    assert_eq!(one, list["items"][0]);
}

async fn a_connection_in_its_shape(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let list = app.get("/api/calendar/connections").by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("connections", list, {
        ".items[].id" => "[id]", ".items[].accountId" => "[id]", ".items[].calendarId" => "[id]",
    });
    let one = app.get(&format!("/api/calendar/connections/{}", home.connection.id)).by(&app.ada).expect(200).await;
    assert_eq!(one, list["items"][0]);
}

async fn the_status_word_and_the_hint_follow_the_trouble(app: App) {
    let account = app.account(&app.ada.scope, Provider::Google, "ada").await;
    let connection = app.connection(&app.ada.scope, &account, "Primary").await;
    let path = format!("/api/calendar/connections/{}", connection.id);
    let fresh = app.get(&path).by(&app.ada).expect(200).await;
    assert_eq!(
        (&fresh["status"], &fresh["lastError"], &fresh["lastSync"]),
        (&json!("Active"), &json!(null), &json!(null))
    );

    app.sync(&connection, &[], failed("transient", "google: 503 backendError", 1)).await;
    let failing = app.get(&path).by(&app.ada).expect(200).await;
    assert_eq!((&failing["status"], &failing["isActive"]), (&json!("Error"), &json!(true)));
    insta::assert_json_snapshot!("last_error", failing["lastError"]);

    app.sync(&connection, &[], failed("transient", "google: 503 backendError", 5)).await;
    let open = app.get(&path).by(&app.ada).expect(200).await;
    assert_eq!((&open["status"], &open["isActive"]), (&json!("Disabled"), &json!(false)));
    assert!(open["lastError"]["hint"].as_str().unwrap().contains("Resync"));
}

async fn a_patch_changes_what_it_names_and_nothing_else(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/connections/{}", home.connection.id);
    let before = app.get(&path).by(&app.ada).expect(200).await;
    let body = json!({"name": "Work", "windowPastDays": 30});
    let mut after = app.patch(&path).by(&app.ada).json(&body).expect(200).await;
    assert_eq!((&after["name"], &after["windowPastDays"]), (&json!("Work"), &json!(30)));
    assert_eq!(after["window"]["start"], json!("2026-10-22T10:00:00Z"), "thirty days before now");
    for follows in ["name", "windowPastDays", "window"] {
        after[follows] = before[follows].clone();
    }
    assert_eq!(after, before);
    let cleared = app.patch(&path).by(&app.ada).json(&json!({"windowPastDays": null})).expect(200).await;
    assert_eq!((&cleared["name"], &cleared["windowPastDays"]), (&json!("Work"), &json!(null)));
    let off = app.patch(&path).by(&app.ada).json(&json!({"enabled": false})).expect(200).await;
    assert_eq!((&off["enabled"], &off["status"]), (&json!(false), &json!("Disabled")));
    for body in
        [json!({"name": null}), json!({"enabled": "yes"}), json!({"syncDirection": "sideways"}), json!({"x": 1})]
    {
        assert_eq!(app.patch(&path).by(&app.ada).json(&body).refused(422).await, "invalid_input", "{body}");
    }
}

async fn settings_that_do_not_go_together_are_refused(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/connections/{}", home.connection.id);
    let filters = json!({"eventTypes": ["birthday"], "declined": true, "words": [" lunch ", ""]});
    let body = json!({"syncDirection": "bidirectional", "conflictPolicy": "newest", "filters": filters});
    let set = app.patch(&path).by(&app.ada).json(&body).expect(200).await;
    assert_eq!((&set["syncDirection"], &set["conflictPolicy"]), (&json!("bidirectional"), &json!("newest")));
    assert_eq!((&set["filters"]["words"], &set["filters"]["allDay"]), (&json!(["lunch"]), &json!(false)));
    let cleared = app.patch(&path).by(&app.ada).json(&json!({"filters": null})).expect(200).await;
    assert_eq!((&cleared["filters"]["declined"], &cleared["privacy"]), (&json!(false), &json!("full")));

    let refused = app.patch(&path).by(&app.ada).json(&json!({"privacy": "busy"})).expect(422).await;
    assert!(refused["detail"].as_str().unwrap().starts_with("privacy: "), "{refused}");
    let busy = json!({"privacy": "busy", "syncDirection": "inbound"});
    assert_eq!(app.patch(&path).by(&app.ada).json(&busy).expect(200).await["privacy"], "busy");
    let out = app.patch(&path).by(&app.ada).json(&json!({"syncDirection": "outbound"})).expect(422).await;
    assert!(out["detail"].as_str().unwrap().starts_with("syncDirection: "), "{out}");
    for body in [json!({"filters": {"x": 1}}), json!({"filters": {"eventTypes": ["party"]}}), json!({"privacy": null})]
    {
        assert_eq!(app.patch(&path).by(&app.ada).json(&body).refused(422).await, "invalid_input", "{body}");
    }
}

async fn a_circle_of_calendars_is_refused(app: App) {
    let scope = &app.ada.scope;
    let (one, two) =
        (app.account(scope, Provider::Google, "one").await, app.account(scope, Provider::Google, "two").await);
    let (work, bens_work) = (app.connection(scope, &one, "Work").await, app.connection(scope, &two, "Work").await);
    let beside = async |account, first: &tidecal_store::Connection, external: &str| {
        let new = tidecal_store::NewConnection {
            account_id: account,
            external_calendar_id: external.to_owned(),
            name: external.to_owned(),
            calendar_color: None,
            time_zone: None,
            read_only: false,
            calendar_id: Some(first.calendar_id.clone()),
            sync_direction: tidecal_store::SyncDirection::Inbound,
            sync_enabled: true,
        };
        app.store.tenant(scope).insert_connection(&new, app.tick()).await.unwrap()
    };
    let (club, _) = (beside(one.id.clone(), &work, "club").await, beside(two.id.clone(), &bens_work, "club").await);
    let set = |id: &str, direction: &str| {
        let body = json!({ "syncDirection": direction });
        app.patch(&format!("/api/calendar/connections/{id}")).by(&app.ada).json(&body)
    };
    // One calendar here writes into the club's, which the other reads: fine, as long as nothing leads back.
    set(&club.id, "bidirectional").expect(200).await;
    let refused = set(&bens_work.id, "bidirectional").expect(422).await;
    assert!(refused["detail"].as_str().unwrap().starts_with("syncDirection: two of your calendars"), "{refused}");
    set(&bens_work.id, "inbound").expect(200).await;
    set(&work.id, "outbound").expect(200).await;
    set(&bens_work.id, "bidirectional").expect(200).await;
}

async fn a_connection_is_only_deleted_on_purpose(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/connections/{}", home.connection.id);
    let asked = app.delete(&path).by(&app.ada).expect(409).await;
    assert_eq!((&asked["code"], &asked["mappings"]), (&json!("confirmation_required"), &json!(1)));
    assert!(asked["detail"].as_str().unwrap().contains("Primary"));
    assert_eq!(app.delete(&format!("{path}?confirm=yes")).by(&app.ada).refused(422).await, "invalid_input");
    app.delete(&format!("{path}?confirm=true")).by(&app.ada).expect(204).await;
    assert_eq!(app.get(&path).by(&app.ada).refused(404).await, "not_found");
    let event = format!("/api/calendar/events/{}", home.event_id);
    assert_eq!(app.get(&event).by(&app.ada).refused(404).await, "not_found");
}

async fn disconnecting_keeps_everything_but_the_credentials(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/accounts/{}/disconnect", home.account.id);
    let account = app.post(&path).by(&app.ada).expect(200).await;
    assert_eq!((&account["status"], &account["tokenExpiry"]), (&json!("disconnected"), &json!(null)));
    let connection =
        app.get(&format!("/api/calendar/connections/{}", home.connection.id)).by(&app.ada).expect(200).await;
    assert_eq!((&connection["status"], &connection["reauthRequired"]), (&json!("Disabled"), &json!(true)));
    assert_eq!(connection["counts"]["mirrored"], 1);
    app.get(&format!("/api/calendar/events/{}", home.event_id)).by(&app.ada).expect(200).await;
}

async fn deleting_an_account_takes_its_connections_along(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    app.delete(&format!("/api/calendar/accounts/{}", home.account.id)).by(&app.ada).expect(204).await;
    for list in ["/api/calendar/accounts", "/api/calendar/connections"] {
        assert_eq!(app.get(list).by(&app.ada).expect(200).await["items"], json!([]), "{list}");
    }
}

async fn quarantined_events_are_listed_with_their_reason(app: App) {
    let account = app.account(&app.ada.scope, Provider::Google, "ada").await;
    let connection = app.connection(&app.ada.scope, &account, "Primary").await;
    let review = Row::single("e1", crate::seed::timed(23, 9, "UTC"), "Review");
    app.sync(&connection, &[review, Row::quarantined("q1"), Row::quarantined("q2")], |_| {}).await;
    let path = format!("/api/calendar/connections/{}", connection.id);
    let counts = &app.get(&path).by(&app.ada).expect(200).await["counts"];
    assert_eq!((&counts["mirrored"], &counts["quarantined"]), (&json!(1), &json!(2)));
    let first = app.get(&format!("{path}/events?verdict=quarantined&limit=1")).by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("quarantined", first, { ".items[].id" => "[id]", ".nextCursor" => "[cursor]" });
    let cursor = first["nextCursor"].as_str().unwrap();
    let next = format!("{path}/events?verdict=quarantined&limit=1&cursor={cursor}");
    let second = app.get(&next).by(&app.ada).expect(200).await;
    assert_eq!((&second["items"][0]["externalEventId"], &second["nextCursor"]), (&json!("ext-q2"), &json!(null)));
    let all = app.get(&format!("{path}/events")).by(&app.ada).expect(200).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    for query in ["verdict=lost", "limit=0", "cursor=%00", "limit=x", "order=asc"] {
        assert_eq!(
            app.get(&format!("{path}/events?{query}")).by(&app.ada).refused(422).await,
            "invalid_input",
            "{query}"
        );
    }
}

async fn runs_are_listed_newest_first(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let path = format!("/api/calendar/connections/{}/runs", home.connection.id);
    let runs = app.get(&path).by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("runs", runs, { ".items[].id" => "[id]" });
}

async fn connecting_refuses_what_cannot_be(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let account = &home.account.id;
    for (body, field) in [
        (json!({"externalCalendarId": "x"}), "accountId"),
        (json!({"accountId": account}), "externalCalendarId"),
        (json!({"accountId": account, "externalCalendarId": " "}), "externalCalendarId"),
        (json!({"accountId": account, "externalCalendarId": "x", "name": ""}), "name"),
        (json!({"accountId": account, "externalCalendarId": "x", "syncDirection": "sideways"}), "syncDirection"),
        (json!({"accountId": account, "externalCalendarId": "x", "enabled": 1}), "enabled"),
    ] {
        let problem = app.post("/api/calendar/connections").by(&app.ada).json(&body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    for (body, field) in [
        (json!({"url": "", "username": "ada", "password": "x"}), "url"),
        (json!({"url": "example.com", "username": " ", "password": "x"}), "username"),
        (json!({"url": "example.com", "username": "ada", "password": ""}), "password"),
        (json!({"url": "example.com", "username": "ada"}), "password"),
        (json!({"url": "example.com", "username": "ada", "password": 4711}), "password"),
    ] {
        let problem = app.post("/api/calendar/accounts/caldav").by(&app.ada).json(&body).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        assert!(!problem.to_string().contains("4711"), "a value never comes back");
    }
}

async fn vendors_are_offered_as_they_are_set_up(app: App) {
    let list = app.get("/api/calendar/providers").by(&app.ada).expect(200).await;
    let offers = list["items"].as_array().unwrap();
    let known: Vec<&str> = offers.iter().map(|offer| offer["provider"].as_str().unwrap()).collect();
    assert_eq!(known, ["google", "outlook", "caldav", "ics"]);
    for offer in offers {
        let members: Vec<&String> = offer.as_object().unwrap().keys().collect();
        assert_eq!(members, ["available", "connect", "name", "provider", "reason"]);
        assert_eq!(offer["available"] == json!(true), offer["reason"].is_null(), "{offer}");
    }
}

async fn calendars_are_listed(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let list = app.get("/api/calendar/calendars").by(&app.ada).expect(200).await;
    let expected = json!({"items": [{"id": home.connection.calendar_id, "name": "Primary", "color": "#3366cc", "timeZone": "Europe/Vienna"}]});
    assert_eq!(list, expected);
}
