//! Problem 15: copies go on as new invitations, from the wrong person.

use serde_json::json;

use super::desk::{ADA, At, Desk};
use crate::hands::Deed;
use crate::harness::{Db, on_both};

on_both!(p15_a_copy_of_somebody_elses_meeting_invites_nobody, p15_ones_own_meeting_has_its_guests_at_one_home_alone,);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

/// No guests at Outlook, no guests in the object, and none that Tidecal would mail.
async fn is_bare(desk: &Desk, title: &str) {
    let outlook = desk.item(At::Outlook, title).await.stored;
    assert_eq!(outlook["attendees"], json!([]));
    let dav = desk.item(At::Dav, title).await.text();
    assert!(!dav.contains("ATTENDEE") && !dav.contains("ORGANIZER"), "{dav}");
}

/// The copy in the second calendar invited everybody again, in the name of its owner.
async fn p15_a_copy_of_somebody_elses_meeting_invites_nobody(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    let body = json!({ "summary": "Board", "start": { "dateTime": "2026-12-01T09:00:00Z" },
        "end": { "dateTime": "2026-12-01T10:00:00Z" }, "attendees": [{ "email": ADA }, { "email": "cleo@example.com" }] });
    desk.app.control("POST", "events/ben@example.com", body).await;
    assert_eq!(desk.settle().await.len(), 2);
    is_bare(&desk, "Board").await;
    let id = desk.id_of("Board").await;
    let here = desk.event(&id).await;
    let guests: Vec<&str> =
        here["attendees"].as_array().unwrap().iter().filter_map(|guest| guest["email"].as_str()).collect();
    assert_eq!(
        (here["organizer"]["email"].as_str(), guests.contains(&"cleo@example.com")),
        (Some("ben@example.com"), true)
    );
    desk.rest().await;

    // What somebody changes of the copy is said not to reach Ben's meeting, and nobody hears of it.
    let copy = desk.item(At::Dav, "Board").await.id;
    desk.there(At::Dav, Some(&copy), Deed::Retitle("Board mine".into())).await;
    desk.settle().await;
    assert_eq!(desk.titles(At::Google).await, ["Board"]);
    let row = &desk.rows(At::Google, "quarantined").await[0];
    assert!(row["reason"].as_str().unwrap().starts_with("only the organiser can change title"), "{row}");
    assert_eq!(desk.event(&id).await["attendees"].as_array().unwrap().len(), guests.len());
    desk.rest().await;
}

/// One meeting stood in three calendars, and its guests got three invitations.
async fn p15_ones_own_meeting_has_its_guests_at_one_home_alone(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    let id = desk
        .create(json!({ "title": "Review", "start": "2026-12-01T09:00:00",
            "attendees": [{ "email": "cleo@example.com" }, { "email": "dan@example.com" }] }))
        .await;
    assert_eq!(desk.settle().await.len(), 3);
    is_bare(&desk, "Review").await;
    assert_eq!(desk.item(At::Google, "Review").await.stored["attendees"].as_array().unwrap().len(), 2);
    // An edit of a copy reaches the one with the guests and leaves them alone.
    let copy = desk.item(At::Outlook, "Review").await.id;
    desk.there(At::Outlook, Some(&copy), Deed::Place("Room 2".into())).await;
    assert_eq!(desk.settle().await.len(), 2);
    let google = desk.item(At::Google, "Review").await.stored;
    assert_eq!((&google["location"], google["attendees"].as_array().unwrap().len()), (&json!("Room 2"), 2));
    is_bare(&desk, "Review").await;
    assert_eq!(desk.event(&id).await["attendees"].as_array().unwrap().len(), 2);
    desk.rest().await;
}
