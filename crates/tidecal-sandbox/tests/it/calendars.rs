//! Calendars, subscriptions, rights, settings, colours and free/busy.

use serde_json::{Value, json};

use crate::desk::{ADA, BEN, Desk, hour, weekly};

#[tokio::test]
async fn a_secondary_calendar_is_made_changed_and_ended() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let token = ada.get("users/me/calendarList").await.ok().body["nextSyncToken"].as_str().unwrap().to_owned();
    assert_eq!(ada.send("POST", "calendars", &[], Some(json!({}))).await.refusal(), (400, "required"));
    let body = json!({"summary": "Team", "timeZone": "Asia/Tokyo", "description": "d"});
    let made = ada.send("POST", "calendars", &[], Some(body)).await.ok();
    let path = format!("calendars/{}", made.id());
    assert_eq!((&made.body["timeZone"], &made.body["dataOwner"]), (&json!("Asia/Tokyo"), &json!(ADA)));
    let stale = ada.send("PATCH", &path, &[("If-Match", "\"1\"")], Some(json!({"summary": "x"}))).await;
    assert_eq!(stale.refusal(), (412, "conditionNotMet"));
    let changed = ada.send("PATCH", &path, &[], Some(json!({"summary": "Crew"}))).await.ok();
    assert_eq!((&changed.body["summary"], &changed.body["description"]), (&json!("Crew"), &json!("d")));
    assert_ne!(changed.body["etag"], made.body["etag"]);
    let updated = ada.send("PUT", &path, &[], Some(json!({"summary": "Crew"}))).await.ok();
    assert_eq!(updated.body.get("description"), None);
    let delta = ada.get(&format!("users/me/calendarList?syncToken={token}")).await.ok();
    assert_eq!(delta.ids(), [made.id()]);
    let token = delta.body["nextSyncToken"].as_str().unwrap();
    assert_eq!(ada.send("DELETE", &path, &[], None).await.status, 204);
    let delta = ada.get(&format!("users/me/calendarList?syncToken={token}")).await.ok();
    assert_eq!((delta.ids(), &delta.items()[0]["deleted"]), (vec![made.body["id"].as_str().unwrap()], &json!(true)));
    assert_eq!(ada.get(&format!("{path}/events")).await.status, 404);
    assert_eq!(ada.send("DELETE", "calendars/primary", &[], None).await.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn clearing_empties_a_primary_calendar_alone() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    ada.insert(hour("x", 1, "09:00")).await.ok();
    assert_eq!(ada.send("POST", "calendars/primary/clear", &[], None).await.status, 204);
    assert_eq!(ada.list("").await.items().len(), 0);
    let made = ada.send("POST", "calendars", &[], Some(json!({"summary": "Team"}))).await.ok().id();
    assert_eq!(ada.send("POST", &format!("calendars/{made}/clear"), &[], None).await.status, 400);
}

#[tokio::test]
async fn a_person_arranges_their_own_list() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let team = ada.send("POST", "calendars", &[], Some(json!({"summary": "Team"}))).await.ok().id();
    let list = "users/me/calendarList";
    let insert = Some(json!({"id": team}));
    assert_eq!(ben.send("POST", list, &[], insert.clone()).await.status, 404, "no right to it yet");
    let rule = json!({"role": "reader", "scope": {"type": "user", "value": BEN}});
    let made = ada.send("POST", &format!("calendars/{team}/acl"), &[], Some(rule)).await.ok();
    assert_eq!(made.id(), format!("user:{BEN}"));
    let own = format!("{list}/{team}");
    let patch =
        json!({"summaryOverride": "Hers", "colorId": "3", "defaultReminders": [{"method": "popup", "minutes": 5}]});
    let patched = ben.send("PATCH", &own, &[], Some(patch)).await.ok();
    assert_eq!((&patched.body["summaryOverride"], &patched.body["accessRole"]), (&json!("Hers"), &json!("reader")));
    let colors = ben.get("colors").await.ok();
    assert_eq!(patched.body["backgroundColor"], colors.body["calendar"]["3"]["background"]);
    let (path, shade) = (format!("{own}?colorRgbFormat=true"), json!({"backgroundColor": "#102030"}));
    assert_eq!(ben.send("PATCH", &path, &[], Some(shade)).await.ok().body["backgroundColor"], "#102030");
    assert_eq!(ben.send("PATCH", &own, &[], Some(json!({"colorId": "99"}))).await.status, 400);
    assert_eq!(ben.send("PUT", &own, &[], Some(json!({}))).await.ok().body.get("summaryOverride"), None);
    assert_eq!(ben.send("DELETE", &own, &[], None).await.status, 204);
    assert_eq!(ben.get(&own).await.status, 404);
    ben.get(&format!("calendars/{team}/events")).await.ok();
    ben.send("POST", list, &[], insert).await.ok();
    ben.get(&own).await.ok();
    assert_eq!(ben.send("DELETE", &format!("{list}/{BEN}"), &[], None).await.status, 403);
}

#[tokio::test]
async fn rights_are_given_changed_and_taken() {
    let desk = Desk::new().await;
    let (ada, ben) = (desk.caller(ADA).await, desk.caller(BEN).await);
    let acl = format!("calendars/{ADA}/acl");
    assert_eq!(ada.get(&acl).await.ok().items().len(), 1);
    let rule = |role: &str| json!({"role": role, "scope": {"type": "user", "value": BEN}});
    ada.send("POST", &acl, &[], Some(rule("reader"))).await.ok();
    assert_eq!(ben.get(&acl).await.refusal(), (403, "requiredAccessLevel"));
    let path = format!("calendars/{ADA}/events");
    assert_eq!(ben.send("POST", &path, &[], Some(hour("x", 1, "09:00"))).await.refusal(), (403, "requiredAccessLevel"));
    let token = ben.get(&format!("{path}?showDeleted=true")).await.ok().body["nextSyncToken"].clone();
    ada.send("PATCH", &format!("{acl}/user:{BEN}"), &[], Some(rule("writer"))).await.ok();
    let delta = ben.get(&format!("{path}?showDeleted=true&syncToken={}", token.as_str().unwrap())).await;
    assert_eq!(delta.refusal(), (410, "fullSyncRequired"), "a change of rights ends sync tokens");
    ben.send("POST", &path, &[], Some(hour("x", 1, "09:00"))).await.ok();
    assert_eq!(ada.get(&format!("{acl}/user:{BEN}")).await.ok().body["role"], "writer");
    assert_eq!(ada.send("DELETE", &format!("{acl}/user:{BEN}"), &[], None).await.status, 204);
    assert_eq!(ben.get(&path).await.status, 404);
    assert_eq!(ada.send("DELETE", &format!("{acl}/user:{ADA}"), &[], None).await.status, 403);
}

#[tokio::test]
async fn busy_times_are_merged_and_free_events_left_out() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    ada.insert(hour("a", 7, "09:30")).await.ok();
    let mut free = hour("free", 8, "09:00");
    free["transparency"] = json!("transparent");
    ada.insert(free).await.ok();
    let series = ada.insert(weekly(3)).await.ok().id();
    ada.delete(&format!("{series}_20261214T080000Z")).await.ok();
    let ask = |min: &str, max: &str| json!({"timeMin": min, "timeMax": max, "items": [{"id": "primary"}, {"id": BEN}]});
    let body = ask("2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z");
    let answer = ada.send("POST", "freeBusy", &[], Some(body)).await.ok();
    let own = &answer.body["calendars"]["primary"]["busy"];
    assert_eq!(*own, json!([{"start": "2026-12-07T08:00:00Z", "end": "2026-12-07T09:30:00Z"}]));
    assert_eq!(answer.body["calendars"][BEN]["errors"][0]["reason"], "notFound");
    for (min, max, reason) in [
        ("2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z", "timeRangeEmpty"),
        ("2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z", "timeRangeTooLong"),
        ("2026-01-01", "2026-12-01T00:00:00Z", "badRequest"),
    ] {
        assert_eq!(ada.send("POST", "freeBusy", &[], Some(ask(min, max))).await.refusal(), (400, reason));
    }
}

#[tokio::test]
async fn settings_are_the_persons() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let all = ada.get("users/me/settings").await.ok();
    assert!(all.ids().contains(&"timezone"));
    assert_eq!(ada.get("users/me/settings/timezone").await.ok().body["value"], "Europe/Vienna");
    assert_eq!(ada.get("users/me/settings/unknown").await.status, 404);
    let token = all.body["nextSyncToken"].as_str().unwrap();
    let delta = ada.get(&format!("users/me/settings?syncToken={token}")).await.ok();
    assert_eq!((delta.items().len(), delta.body.get("items")), (0, Some(&Value::Array(Vec::new()))));
}
