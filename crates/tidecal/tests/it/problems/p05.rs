//! Problem 5: an edit arrives as a deletion and a new event, and everybody is told each time.

use serde_json::json;

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(p05_every_kind_of_edit_changes_the_item_in_place, p05_only_a_person_who_overrules_a_deletion_has_it_made_anew,);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

async fn ids(desk: &Desk) -> Vec<(At, Vec<String>)> {
    let mut ids = Vec::new();
    for at in PLACES {
        ids.push((at, desk.items(at).await.into_iter().map(|item| item.id).collect()));
    }
    ids
}

/// Members of a shared calendar were notified every few minutes of a deletion and a new event.
async fn p05_every_kind_of_edit_changes_the_item_in_place(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    let id =
        desk.create(json!({ "title": "Review", "start": "2026-12-01T09:00:00", "timeZone": "Europe/Vienna" })).await;
    desk.settle().await;
    let known = ids(&desk).await;
    for change in [
        json!({ "title": "Planning" }),
        json!({ "start": "2026-12-02T15:00:00", "timeZone": "America/New_York" }),
        json!({ "start": "2026-12-03", "end": "2026-12-05", "timeZone": null, "allDay": true }),
        json!({ "start": "2026-12-03T10:00:00", "end": "2026-12-03T11:00:00", "timeZone": "Europe/Vienna", "allDay": false }),
        json!({ "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=3"] } }),
        json!({ "status": "tentative", "visibility": "private", "transparency": "transparent" }),
    ] {
        let scope = if change["status"].is_null() { "" } else { "?scope=all" };
        desk.edit(&format!("{id}{scope}"), change.clone()).await;
        let writes = desk.settle().await;
        assert!(writes.iter().all(|it| it.contains("patch") || it.starts_with("PUT")), "{change}: {writes:?}");
        assert_eq!(writes.len(), 3, "{change}: {writes:?}");
        assert_eq!(ids(&desk).await, known, "{change}");
    }
    // And what is changed at a vendor is the same event here and in the others.
    for at in PLACES {
        let item = desk.items(at).await.remove(0).id;
        desk.there(at, Some(&item), Deed::Retitle(format!("From {at:?}"))).await;
        desk.settle().await;
        assert_eq!(desk.event(&id).await["title"], format!("From {at:?}"));
        assert_eq!(ids(&desk).await, known, "{at:?}");
    }
    desk.rest().await;
}

/// Nobody could say why an event had been made again.
async fn p05_only_a_person_who_overrules_a_deletion_has_it_made_anew(db: Db) {
    let desk = Desk::open(db, &[At::Google]).await;
    let id = desk.create(json!({ "title": "Review", "start": "2026-12-01T09:00:00" })).await;
    desk.settle().await;
    let first = desk.item(At::Google, "Review").await.id;
    desk.edit(&id, json!({ "title": "Planning" })).await;
    desk.there(At::Google, Some(&first), Deed::Delete).await;
    assert_eq!(desk.settle().await, Vec::<String>::new(), "a deletion against an edit waits");
    assert_eq!(desk.titles(At::Google).await, Vec::<String>::new());
    let conflict = desk.get("conflicts?status=open").await["items"][0]["id"].as_str().unwrap().to_owned();
    desk.api("POST", &format!("conflicts/{conflict}/resolve"), json!({ "choice": "local" })).await;
    let writes = desk.settle().await;
    assert_eq!(writes.len(), 1, "{writes:?}");
    let again = desk.item(At::Google, "Planning").await.id;
    assert_ne!(first, again);
    // The chain says who decided that, and the row counts it.
    let why = desk.why(&id).await;
    let told: Vec<&str> = why["steps"].as_array().unwrap().iter().filter_map(|step| step["text"].as_str()).collect();
    assert!(told.iter().any(|text| text.contains("a person chose the local side")), "{told:?}");
    let generation = "SELECT MAX(generation) FROM external_calendar_events WHERE sync_status = 'SYNCED'";
    assert_eq!(desk.app.value(generation).await.as_deref(), Some("1"));
    desk.rest().await;
}
