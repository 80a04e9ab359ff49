//! Problem 12: the vendor gives an item another id, and it is taken for a deletion and a new event.

use serde_json::json;

use super::desk::{At, Desk};
use crate::harness::{Db, on_both};

on_both!(p12_an_event_that_moves_between_outlook_calendars_is_the_same_event,);

/// A meeting that was dragged to another calendar stood there twice, or not at all.
async fn p12_an_event_that_moves_between_outlook_calendars_is_the_same_event(db: Db) {
    let desk = Desk::open(db, &[At::Outlook]).await;
    let new = json!({ "account": super::desk::ADA, "name": "Projects" });
    let other = desk.app.control("POST", "graph/calendars", new).await["id"].as_str().unwrap().to_owned();
    let accounts = desk.app.store().tenant(&desk.app.ada).list_accounts().await.unwrap();
    let second = desk.connect_one(&accounts[0], &other, None).await;
    desk.make_there(At::Outlook, "Review", "2026-12-01T09:00:00Z").await;
    desk.settle().await;
    desk.app.sync(&second).await;

    let item = desk.item(At::Outlook, "Review").await.id;
    let path = crate::seen::outlook_path(desk.connection(At::Outlook));
    let moved = format!("{path}/{}/move", crate::seen::encoded(&item));
    desk.app.control("POST", &moved, json!({ "to": second.external_calendar_id })).await;
    for _ in 0..3 {
        desk.run(At::Outlook).await;
        desk.app.sync(&second).await;
    }
    assert_eq!(desk.writes().await, Vec::<String>::new(), "nothing is written at the vendor");
    assert_eq!(desk.titles(At::Outlook).await, Vec::<String>::new());
    let rows = "SELECT COUNT(*) FROM calendar_events WHERE title = 'Review' AND deleted_at IS NULL";
    assert_eq!(desk.app.value(rows).await.as_deref(), Some("1"), "once");
    assert_eq!(desk.app.titles(&second).await, ["Review"]);

    // It is the same item there, under its new address: an edit here reaches it.
    let sql = "SELECT id FROM calendar_events WHERE title = 'Review'";
    let id = desk.app.value(sql).await.unwrap();
    desk.edit(&id, json!({ "title": "Planning" })).await;
    desk.app.sync(&second).await;
    let stored = desk.app.control("GET", &crate::seen::outlook_path(&second), json!({})).await;
    let items = stored["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["subject"]), (1, &json!("Planning")));
    assert_eq!(desk.mails().await.len(), 0);
}
