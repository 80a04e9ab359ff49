//! What must be so on a good day.

use jiff::civil::DateTime;
use tidecal_core::remote::{AccessRole, Cursor, FailureClass};

use crate::bench::Bench;
use crate::mirror::{Done, Mirror};
use crate::peer::Draft;

pub(crate) async fn all(bench: &Bench) {
    account(bench).await;
    calendars(bench).await;
    story(bench, "plain").await;
    pages(bench).await;
    foreign_cursor(bench).await;
    other_abilities(bench).await;
    gone_items(bench).await;
    unknown_zone(bench).await;
    poison(bench).await;
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

async fn account(bench: &Bench) {
    let account = bench.adapter.fetch_account(&bench.access).await.unwrap();
    assert_eq!(account.email, bench.peer.person());
    assert!(!account.subject.is_empty());
    let again = bench.adapter.fetch_account(&bench.access).await.unwrap();
    assert_eq!(again.subject, account.subject, "the subject is stable");
}

async fn calendars(bench: &Bench) {
    let id = bench.peer.calendar("listed").await;
    let calendars = bench.adapter.fetch_calendars(&bench.access).await.unwrap();
    let found: Vec<_> = calendars.iter().filter(|calendar| calendar.id == id).collect();
    let [calendar] = found.as_slice() else { panic!("{id} once in {calendars:?}") };
    assert_eq!((calendar.name.as_str(), calendar.access), ("listed", AccessRole::Writer));
    assert!(calendars.iter().filter(|calendar| calendar.primary).count() <= 1);
    assert!(calendars.iter().skip(1).all(|calendar| !calendar.primary), "the main one comes first");
}

/// The life of a calendar: each step is somebody's edit, then what a synchronisation must bring.
pub(crate) async fn story(bench: &Bench, name: &str) {
    let hand = &bench.peer;
    let id = hand.calendar(&format!("story-{name}")).await;
    let cal = id.as_str();
    let mut mirror = Mirror::of(bench, cal);
    mirror.patient = true;

    let empty = step(&mut mirror, name, "an empty calendar", &[]).await;
    assert!(empty.changed.is_empty());

    hand.put(cal, &Draft::new("solo", "2026-11-24T09:00")).await;
    hand.put(cal, &Draft::new("other", "2026-11-25T15:30")).await;
    hand.put(cal, &Draft::new("daily", "2026-12-01T11:00").repeating("FREQ=DAILY;COUNT=4")).await;
    let mut expected = vec![
        "2026-11-24 09:00 SOLO",
        "2026-11-25 15:30 OTHER",
        "2026-12-01 11:00 DAILY",
        "2026-12-02 11:00 DAILY",
        "2026-12-03 11:00 DAILY",
        "2026-12-04 11:00 DAILY",
    ];
    let first = step(&mut mirror, name, "three new events", &expected).await;
    assert_eq!(first.changed.len(), 3, "{name}");

    for round in ["once", "twice"] {
        let quiet = step(&mut mirror, name, &format!("nothing changed, {round}"), &expected).await;
        assert!(quiet.changed.is_empty(), "{name}: {quiet:?}");
    }

    hand.put(cal, &Draft::new("solo", "2026-11-24T10:00").titled("Ärger & <Fortschritt>")).await;
    hand.delete(cal, "other").await;
    expected.splice(0..2, ["2026-11-24 10:00 Ärger & <Fortschritt>"]);
    let edited = step(&mut mirror, name, "one changed, one removed", &expected).await;
    assert_eq!(edited.changed.len(), 2, "{name}: {edited:?}");

    hand.move_occurrence(cal, "daily", at("2026-12-02T11:00"), at("2026-12-02T16:00"), "LATER").await;
    hand.cancel_occurrence(cal, "daily", at("2026-12-03T11:00")).await;
    expected.splice(2..4, ["2026-12-02 16:00 LATER"]);
    step(&mut mirror, name, "an occurrence moved, one cancelled", &expected).await;

    hand.put(cal, &Draft::new("weekly", "2026-12-07T08:00").repeating("FREQ=WEEKLY;COUNT=4")).await;
    expected.extend([
        "2026-12-07 08:00 WEEKLY",
        "2026-12-14 08:00 WEEKLY",
        "2026-12-21 08:00 WEEKLY",
        "2026-12-28 08:00 WEEKLY",
    ]);
    step(&mut mirror, name, "another series", &expected).await;
    hand.split(cal, "weekly", at("2026-12-21T08:00"), "SPLIT").await;
    expected.truncate(expected.len() - 2);
    expected.extend(["2026-12-21 08:00 SPLIT", "2026-12-28 08:00 SPLIT"]);
    step(&mut mirror, name, "a series split", &expected).await;

    lost_cursor(bench, &mut mirror, name, &mut expected).await;

    hand.delete(cal, "daily").await;
    expected.drain(1..4);
    step(&mut mirror, name, "a series removed", &expected).await;
    let compared = mirror.compare().await.unwrap();
    assert!(compared.changed.is_empty(), "{name}: a comparison finds nothing new: {compared:?}");
    assert!(mirror.quarantined().is_empty(), "{name}: {:?}", mirror.quarantined());
}

/// While the cursor is gone, things change and go.
async fn lost_cursor(bench: &Bench, mirror: &mut Mirror<'_>, name: &str, expected: &mut Vec<&'static str>) {
    // So many that a full list in place of a delta is told from a delta.
    let cal = mirror.calendar.clone();
    for day in 10..22 {
        bench.peer.put(&cal, &Draft::new(&format!("fill{day}"), &format!("2027-01-{day}T12:00"))).await;
    }
    let fill: Vec<String> = (10..22).map(|day| format!("2027-01-{day} 12:00 FILL{day}")).collect();
    let mut all: Vec<&str> = expected.clone();
    all.extend(fill.iter().map(String::as_str));
    step(mirror, name, "many events", &all).await;

    bench.peer.forget_cursors(bench).await;
    let unchanged = step(mirror, name, "a lost cursor, nothing changed", &all).await;
    assert!(unchanged.changed.is_empty(), "{name}: {unchanged:?}");

    bench.peer.forget_cursors(bench).await;
    bench.peer.delete(&cal, "fill10").await;
    bench.peer.put(&cal, &Draft::new("fill11", "2027-01-11T12:00").titled("FILLED")).await;
    all.retain(|line| !line.ends_with("FILL10"));
    all.iter_mut().filter(|line| line.ends_with("FILL11")).for_each(|line| *line = "2027-01-11 12:00 FILLED");
    step(mirror, name, "a lost cursor, one changed, one removed", &all).await;
    for day in 11..22 {
        bench.peer.delete(&cal, &format!("fill{day}")).await;
    }
    step(mirror, name, "many removed", expected).await;
}

async fn step(mirror: &mut Mirror<'_>, name: &str, what: &str, expected: &[&str]) -> Done {
    let done = mirror.sync().await.unwrap_or_else(|failure| panic!("{name}: {what}: {failure:?}"));
    assert_eq!(mirror.occurrences(), expected, "{name}: {what}");
    done
}

async fn pages(bench: &Bench) {
    let cal = bench.peer.calendar("paged").await;
    for day in 10..17 {
        bench.peer.put(&cal, &Draft::new(&format!("p{day}"), &format!("2026-12-{day}T12:00"))).await;
    }
    let mut whole = Mirror::of(bench, &cal);
    whole.sync().await.unwrap();
    bench.peer.page_by(bench, 2).await;
    let mut paged = Mirror::of(bench, &cal);
    paged.sync().await.unwrap();
    assert!(paged.pages >= 3, "{} pages", paged.pages);
    assert_eq!((paged.occurrences().len(), paged.occurrences()), (7, whole.occurrences()));
    for day in 10..15 {
        bench.peer.put(&cal, &Draft::new(&format!("p{day}"), &format!("2026-12-{day}T13:00"))).await;
    }
    paged.sync().await.unwrap();
    assert!(paged.pages >= 2, "a delta has pages, too");
    assert_eq!(paged.occurrences().iter().filter(|line| line.contains("13:00")).count(), 5);
    bench.peer.page_by(bench, 0).await;
}

/// A cursor of another version, or of another calendar, is lost and nothing worse.
async fn foreign_cursor(bench: &Bench) {
    let cal = bench.peer.calendar("cursor").await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    let good = mirror.cursor().unwrap().0.clone();
    for bad in ["", "nonsense", &format!("9:{good}")] {
        let reading = tidecal_core::remote::Reading::Delta { cursor: Cursor(bad.to_owned()) };
        let query = tidecal_core::remote::PageQuery { reading, token: None, window: crate::mirror::window() };
        let lost = bench.adapter.fetch_page(&bench.access, &cal, &query).await.unwrap_err();
        assert_eq!(lost.class, FailureClass::CursorLost, "{bad:?}: {lost:?}");
    }
}

/// A server that is set up anew serves less than before, or more: a comparison bridges both.
async fn other_abilities(bench: &Bench) {
    let cal = bench.peer.calendar("abilities").await;
    let mut mirror = Mirror::of(bench, &cal);
    let mut expected = Vec::new();
    for (day, tempers) in [
        (10, serde_json::json!({})),
        (11, serde_json::json!({"noSyncCollection": true})),
        (12, serde_json::json!({"noSyncCollection": true, "noCtag": true})),
        (13, serde_json::json!({})),
        (14, serde_json::json!({"refuseSyncCollection": 501})),
        (15, serde_json::json!({"dropEtags": true})),
    ] {
        bench.calm().await;
        bench.temper(tempers).await;
        bench.peer.put(&cal, &Draft::new(&format!("day{day}"), &format!("2026-12-{day}T12:00"))).await;
        expected.push(format!("2026-12-{day} 12:00 DAY{day}"));
        mirror.sync().await.unwrap();
        assert_eq!(mirror.occurrences(), expected);
    }
    bench.calm().await;
}

/// Items that do not exist are proven gone, beside items that do.
async fn gone_items(bench: &Bench) {
    use tidecal_core::remote::{ItemRef, RemoteChange};
    let cal = bench.peer.calendar("gone").await;
    bench.peer.put(&cal, &Draft::new("here", "2026-12-10T12:00")).await;
    bench.peer.put(&cal, &Draft::new("removed", "2026-12-11T12:00")).await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    let ids = mirror.ids();
    bench.peer.delete(&cal, "removed").await;
    let items: Vec<_> = ids.iter().map(|(id, _)| ItemRef { id: id.clone(), version: String::new() }).collect();
    let answers = bench.adapter.fetch_items(&bench.access, &cal, &items).await.unwrap();
    assert_eq!(answers.len(), 2);
    for ((id, title), answer) in ids.iter().zip(&answers) {
        match (title.as_str(), answer) {
            ("HERE", RemoteChange::Series(series)) => assert_eq!(series.id, *id),
            ("REMOVED", RemoteChange::Gone { id: gone, proven: true }) => assert_eq!(gone, id),
            _ => panic!("{title}: {answer:?}"),
        }
    }
}

/// A zone that nobody knows costs its own event at most, and never goes unnoticed.
async fn unknown_zone(bench: &Bench) {
    let cal = bench.peer.calendar("zones").await;
    bench.peer.put(&cal, &Draft::new("known", "2026-12-10T12:00")).await;
    bench.peer.put(&cal, &Draft::new("odd", "2026-12-11T12:00").in_zone("Pacific/Chatham")).await;
    bench.temper(serde_json::json!({"replace": [["Pacific/Chatham", "Nowhere/Atlantis"]]})).await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    assert!(mirror.occurrences().contains(&"2026-12-10 12:00 KNOWN".to_owned()));
    let guessed = mirror.events().iter().any(|event| event.title == "ODD" && event.zone_guessed);
    let quarantined = mirror.quarantined().iter().any(|reason| reason.contains("Nowhere/Atlantis"));
    assert!(guessed || quarantined, "{:?} {:?}", mirror.events(), mirror.quarantined());
    bench.calm().await;
}

/// One event that cannot be read: the rest goes on, and it comes back when it is mended.
async fn poison(bench: &Bench) {
    let cal = bench.peer.calendar("poison").await;
    bench.peer.put(&cal, &Draft::new("good", "2026-12-10T12:00")).await;
    bench.peer.put(&cal, &Draft::new("bad", "2026-12-24T10:00")).await;
    bench.peer.put(&cal, &Draft::new("better", "2026-12-26T12:00")).await;
    let spelling = bench.peer.spelling().christmas_at_ten;
    bench.temper(serde_json::json!({"replace": [[spelling, "soon"]]})).await;
    let mut mirror = Mirror::of(bench, &cal);
    mirror.sync().await.unwrap();
    assert_eq!(mirror.occurrences(), ["2026-12-10 12:00 GOOD", "2026-12-26 12:00 BETTER"]);
    assert_eq!(mirror.quarantined().len(), 1, "{:?}", mirror.quarantined());
    bench.calm().await;
    bench.peer.put(&cal, &Draft::new("bad", "2026-12-24T10:00").titled("MENDED")).await;
    mirror.sync().await.unwrap();
    assert_eq!(mirror.occurrences()[1], "2026-12-24 10:00 MENDED");
    assert!(mirror.quarantined().is_empty());
}
