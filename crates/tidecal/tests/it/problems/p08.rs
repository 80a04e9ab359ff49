//! Problem 8: the cursor has expired, the run says "completed", and what was deleted meanwhile stays.

use serde_json::json;

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(p08_a_lost_cursor_brings_all_that_happened_meanwhile_and_writes_nothing_else);

/// After two weeks' absence the deletions of those weeks were never heard of.
async fn p08_a_lost_cursor_brings_all_that_happened_meanwhile_and_writes_nothing_else(db: Db) {
    let places = [At::Google, At::Outlook, At::Dav];
    let desk = Desk::open(db, &places).await;
    for (round, at) in places.into_iter().enumerate() {
        let name = |what: &str| format!("{what} {round}");
        for (day, what) in ["goes", "stays", "changes", "here"].into_iter().enumerate() {
            desk.make_there(at, &name(what), &format!("2026-12-0{}T0{}:00:00Z", day + 1, round + 1)).await;
        }
        desk.settle().await;
        let stays = desk.event(&desk.id_of(&name("stays")).await).await["version"].clone();

        let goes = desk.item(at, &name("goes")).await.id;
        desk.there(at, Some(&goes), Deed::Delete).await;
        let changes = desk.item(at, &name("changes")).await.id;
        desk.there(at, Some(&changes), Deed::Place("Room 2".into())).await;
        desk.make_there(at, &name("new"), "2026-12-09T09:00:00Z").await;
        desk.edit(&desk.id_of(&name("here")).await, json!({ "location": "Room 3" })).await;
        desk.lose_cursor(at).await;
        let writes = desk.settle().await;
        // The deletion, the change and the new one in both others, the edit of here in all three.
        assert_eq!(writes.len(), 9, "{at:?}: {writes:#?}");
        let runs = desk.get(&format!("connections/{}/runs", desk.connection(at).id)).await;
        let kinds: Vec<_> =
            runs["items"].as_array().unwrap().iter().map(|run| (&run["kind"], &run["outcome"])).collect();
        assert!(kinds.contains(&(&json!("comparison"), &json!("success"))), "{at:?}: {kinds:?}");

        for place in places {
            let mut titles = desk.titles(place).await;
            titles.retain(|title| title.ends_with(&round.to_string()));
            let expected: Vec<String> = ["changes", "here", "new", "stays"].into_iter().map(name).collect();
            assert_eq!(titles, expected, "lost at {at:?}, seen at {place:?}");
        }
        let event = |what: &'static str| {
            let (desk, title) = (&desk, name(what));
            async move { desk.event(&desk.id_of(&title).await).await }
        };
        assert_eq!(event("changes").await["location"], "Room 2");
        assert_eq!(event("stays").await["version"], stays, "what did not change is not written here either");
        desk.quiet_day().await;
    }
    desk.rest().await;
}
