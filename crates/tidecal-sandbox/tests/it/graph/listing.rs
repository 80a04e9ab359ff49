use serde_json::json;

use super::{WINDOW, hour, user, weekly, with};
use crate::desk::{ADA, Desk};

#[tokio::test]
async fn calendars_are_listed_made_renamed_and_deleted() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let only = ada.get("me/calendars").await.ok();
    assert_eq!(only.values().len(), 1);
    assert_eq!(only.values()[0]["isDefaultCalendar"], true);
    let made = ada.post("me/calendars", json!({"name": "Side"})).await;
    assert_eq!(made.status, 201);
    assert_eq!(ada.post("me/calendars", json!({"name": "side"})).await.graph(), (409, "ErrorFolderExists"));
    assert_eq!(ada.post("me/calendars", json!({})).await.status, 400);
    let id: String = url::form_urlencoded::byte_serialize(made.id().as_bytes()).collect();
    let named = ada
        .send("PATCH", &format!("me/calendars/{id}"), &[], Some(json!({"name": "Aside", "color": "lightTeal"})))
        .await;
    assert_eq!(named.ok().body["name"], "Aside");
    ada.post(&format!("me/calendars/{id}/events"), hour("There", 1, 9)).await.ok();
    assert_eq!(ada.get(&format!("me/calendars/{id}/events")).await.ok().values().len(), 1);
    assert!(ada.get("me/events").await.ok().values().is_empty());
    assert_eq!(ada.send("DELETE", &format!("me/calendars/{id}"), &[], None).await.status, 204);
    assert_eq!(ada.get(&format!("me/calendars/{id}")).await.graph(), (404, "ErrorItemNotFound"));
    assert_eq!(ada.get("me/calendars/made-up").await.graph(), (400, "ErrorInvalidIdMalformed"));
}

#[tokio::test]
async fn a_calendar_without_the_right_cannot_be_written() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let body = json!({"account": ADA, "name": "Holidays", "canEdit": false});
    let made = desk.control("POST", "graph/calendars", body).await.ok();
    let id: String = url::form_urlencoded::byte_serialize(made.id().as_bytes()).collect();
    let answer = ada.post(&format!("me/calendars/{id}/events"), hour("x", 1, 9)).await;
    assert_eq!(answer.graph(), (403, "ErrorAccessDenied"));
    assert_eq!(ada.get(&format!("me/calendars/{id}")).await.ok().body["canEdit"], false);
}

#[tokio::test]
async fn lists_filter_order_select_and_page() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    for (subject, day) in [("C", 3), ("A", 1), ("B", 2)] {
        ada.create(with(hour(subject, day, 9), json!({"categories": [subject]}))).await.ok();
    }
    ada.create(weekly(3)).await.ok();
    let subjects = |answer: &crate::desk::Answer| -> Vec<String> {
        answer.values().iter().map(|one| one["subject"].as_str().unwrap().to_owned()).collect()
    };
    let all = ada.get("me/events?$orderby=subject desc&$count=true").await.ok();
    assert_eq!(subjects(&all), ["Weekly", "C", "B", "A"]);
    assert_eq!(all.body["@odata.count"], 4);
    let page = ada.get("me/events?$orderby=subject&$top=3").await.ok();
    assert_eq!(subjects(&page), ["A", "B", "C"]);
    let next = page.body["@odata.nextLink"].as_str().unwrap();
    assert_eq!(subjects(&ada.get(next).await.ok()), ["Weekly"]);
    let red = ada.get("me/events?$filter=categories/any(c:c eq 'b')&$select=subject").await.ok();
    assert_eq!(subjects(&red), ["B"]);
    assert_eq!(red.values()[0].get("start"), None);
    let view = ada.get(&format!("me/calendarView?{WINDOW}&$orderby=start/dateTime")).await.ok();
    assert_eq!(subjects(&view), ["A", "Weekly", "B", "C", "Weekly", "Weekly"]);
    assert_eq!(ada.get("me/calendarView").await.graph(), (400, "ErrorInvalidParameter"));
    assert_eq!(ada.get("me/events?$top=1001").await.graph(), (400, "BadRequest"));
    assert_eq!(ada.get("me/events?$filter=title eq 'x'").await.graph(), (400, "BadRequest"));
    desk.control("POST", "reset", json!({"filled": false, "strict": true})).await.ok();
    let ada = user(&desk, ADA).await;
    assert_eq!(ada.get("me/events?singleEvents=true").await.graph(), (400, "sandboxUnknownParameter"));
}

#[tokio::test]
async fn ids_change_with_the_folder_unless_immutable() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let id = ada.create(hour("Wanderer", 1, 9)).await.ok().id();
    let default = ada.send("GET", &format!("me/events/{id}"), &[], None).await.ok().id();
    assert_ne!(id, default);
    let coded = |id: &str| -> String { url::form_urlencoded::byte_serialize(id.as_bytes()).collect() };
    let target = desk.control("POST", "graph/calendars", json!({"account": ADA, "name": "Side"})).await.ok().id();
    let path = format!("graph/events/{ADA}/{}/move", coded(&id));
    desk.control("POST", &path, json!({"to": target})).await.ok();
    assert_eq!(ada.event(&coded(&default)).await.graph(), (404, "ErrorItemNotFound"));
    ada.event(&id).await.ok();
    let now = ada.send("GET", &format!("me/events/{id}"), &[], None).await.ok().id();
    assert_ne!(now, default);
    let body = json!({"inputIds": [now], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"});
    let answer = ada.post("me/translateExchangeIds", body).await.ok();
    assert_eq!(answer.values()[0]["targetId"], json!(id));
}

#[tokio::test]
async fn seed_data_is_lifelike_and_mails_nobody() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = user(&desk, ADA).await;
    assert!(super::mails(&desk).await.is_empty());
    let names: Vec<String> = ada
        .get("me/calendars")
        .await
        .ok()
        .values()
        .iter()
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["Calendar", "Team", "Birthdays", "Holidays"]);
    let all = ada.get("me/events?$top=500").await.ok();
    let has = |test: &dyn Fn(&serde_json::Value) -> bool| all.values().iter().any(test);
    assert!(all.values().len() > 60, "{}", all.values().len());
    assert!(has(&|one| one["isOrganizer"] == false));
    assert!(has(&|one| one["onlineMeeting"]["joinUrl"].is_string()));
    assert!(has(&|one| one["isAllDay"] == true));
    assert!(has(&|one| one["originalEndTimeZone"] == "GMT Standard Time"));
    assert!(all.values().iter().filter(|one| one["type"] == "seriesMaster").count() >= 6);
    let added = desk.control("POST", "graph/populate", json!({"calendar": ADA, "count": 200})).await.ok();
    assert_eq!(added.body["added"], 200);
}
