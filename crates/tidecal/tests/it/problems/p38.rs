//! Problem 38: conflicts overwrite somebody's edit in silence, and a decision about one runs in circles.

use serde_json::{Value, json};

use super::desk::{At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(
    p38_a_conflict_shows_all_sides_and_is_settled_once_at_google,
    p38_a_conflict_shows_all_sides_and_is_settled_once_on_a_caldav_server,
    p38_edits_of_different_fields_are_no_conflict_anywhere,
);

/// One of the edits was gone without a word; "the local side wins" ended in 412 again and again.
async fn settled(db: Db, at: At) {
    let other = if at == At::Google { At::Dav } else { At::Google };
    let desk = Desk::open(db, &[at, other]).await;
    let id = desk.create(json!({ "title": "Review", "location": "Room 1", "start": "2026-12-01T09:00:00" })).await;
    desk.settle().await;
    let item = desk.item(at, "Review").await.id;
    for (round, choice) in ["local", "remote", "fields"].into_iter().enumerate() {
        let (mine, theirs) = (format!("Mine {round}"), format!("Theirs {round}"));
        let before = desk.event(&id).await["title"].as_str().unwrap().to_owned();
        desk.edit(&id, json!({ "title": mine, "description": format!("by me {round}") })).await;
        desk.there(at, Some(&item), Deed::Retitle(theirs.clone())).await;
        desk.there(at, Some(&item), Deed::Place(format!("Room {}", 7 + round))).await;
        desk.settle().await;
        // Nothing is overwritten while a person decides, and both versions are there to be seen.
        assert_eq!(
            (desk.event(&id).await["title"].clone(), desk.titles(at).await),
            (json!(mine), vec![theirs.clone()])
        );
        let open = desk.get("conflicts?status=open").await["items"].as_array().unwrap().clone();
        assert_eq!((open.len(), &open[0]["fields"]), (1, &json!(["title"])), "{open:?}");
        let conflict = open[0]["id"].as_str().unwrap();
        let sides = desk.get(&format!("conflicts/{conflict}")).await;
        let titles = ["base", "local", "remote"].map(|side| sides[side]["title"].as_str().unwrap().to_owned());
        assert_eq!(titles, [before, mine.clone(), theirs.clone()]);
        desk.quiet_day().await;

        // Before the decision goes out, somebody changes the event there once more.
        let fields = if choice == "fields" { json!({ "title": "local" }) } else { Value::Null };
        let mut decision = json!({ "choice": choice, "localVersion": sides["localVersion"] });
        if !fields.is_null() {
            decision["fields"] = fields;
        }
        desk.api("POST", &format!("conflicts/{conflict}/resolve"), decision).await;
        let later = format!("2026-12-0{}T15:00:00Z", round + 2);
        desk.there(at, Some(&item), Deed::Move(later.parse().unwrap())).await;
        let writes = desk.settle().await;
        assert!(writes.len() <= 4, "no circles: {writes:?}");
        let title = if choice == "remote" { theirs } else { mine };
        for place in [at, other] {
            assert_eq!(desk.titles(place).await, std::slice::from_ref(&title), "{choice}, {place:?}");
        }
        let event = desk.event(&id).await;
        assert_eq!(event["title"], title);
        let start: jiff::Timestamp = event["start"].as_str().unwrap().parse().unwrap();
        assert_eq!(start.to_string(), later, "what changed meanwhile is not lost either");
        let trail = desk.get(&format!("/api/audit?targetId={conflict}")).await;
        assert_eq!(trail["items"][0]["action"], "conflict.resolve");
        assert_eq!(desk.get("conflicts?status=open").await["items"], json!([]));
        desk.rest().await;
    }
    // Whatever was overruled can be read in the journal.
    let journal = desk.get(&format!("journal?eventId={id}")).await.to_string();
    assert!(journal.contains("Theirs 0") && journal.contains("Mine 1"), "{journal}");
}

async fn p38_a_conflict_shows_all_sides_and_is_settled_once_at_google(db: Db) {
    settled(db, At::Google).await;
}

async fn p38_a_conflict_shows_all_sides_and_is_settled_once_on_a_caldav_server(db: Db) {
    settled(db, At::Dav).await;
}

/// Two people changed two things about one meeting, and one of them lost.
async fn p38_edits_of_different_fields_are_no_conflict_anywhere(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Outlook, At::Dav]).await;
    let id = desk.create(json!({ "title": "m Review", "start": "2026-12-01T09:00:00", "timeZone": "UTC" })).await;
    desk.settle().await;
    let google = desk.item(At::Google, "m Review").await.id;
    desk.there(At::Google, Some(&google), Deed::Retitle("m Planning".into())).await;
    let outlook = desk.item(At::Outlook, "m Review").await.id;
    desk.there(At::Outlook, Some(&outlook), Deed::Place("Room 2".into())).await;
    let dav = desk.item(At::Dav, "m Review").await.id;
    desk.there(At::Dav, Some(&dav), Deed::Move("2026-12-02T10:00:00Z".parse().unwrap())).await;
    desk.edit(&id, json!({ "description": "Bring the plan" })).await;
    desk.settle().await;
    let shown = desk.agreed().await;
    let line = "m Planning | Room 2 | 2026-12-02T10:00:00Z - 2026-12-02T11:00:00Z";
    assert_eq!(shown.values().flatten().map(String::as_str).collect::<Vec<_>>(), [line]);
    assert_eq!(desk.item(At::Google, "m Planning").await.stored["description"], "Bring the plan");
    assert_eq!(desk.get("conflicts?status=open").await["items"], json!([]));
    desk.rest().await;
}
