//! Problem 24: names of zones that are Windows', somebody's own or nonsense break or move events.

use serde_json::{Value, json};

use super::desk::{At, Desk, object};
use crate::harness::{Db, on_both};
use crate::seen;

on_both!(
    p24_a_caldav_servers_strange_zones_are_understood_or_said_to_be_guessed,
    p24_outlooks_custom_zones_are_understood_or_said_to_be_guessed,
);

const OURS: &str = "BEGIN:VTIMEZONE\r\nTZID:Our Zone\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
    TZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// A meeting came from Outlook by way of another server, and stood an hour off, or nowhere.
async fn p24_a_caldav_servers_strange_zones_are_understood_or_said_to_be_guessed(db: Db) {
    let desk = Desk::open(db, &[At::Dav, At::Google]).await;
    let strange = [
        ("windows", "W. Europe Standard Time", "", "2026-12-01T08:00:00Z", false),
        ("quoted", "\"Central European Standard Time\"", "", "2026-12-01T08:00:00Z", false),
        ("path", "/freeassociation.sourceforge.net/Europe/Vienna", "", "2026-12-01T08:00:00Z", false),
        ("former", "Asia/Calcutta", "", "2026-12-01T03:30:00Z", false),
        ("own", "Our Zone", OURS, "2026-12-01T03:30:00Z", true),
    ];
    for (name, zone, before, ..) in strange {
        let lines = [
            format!("UID:{name}@example.com"),
            format!("SUMMARY:{name}"),
            format!("DTSTART;TZID={zone}:20261201T090000"),
            format!("DTEND;TZID={zone}:20261201T100000"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let file = desk.server().files_of(&desk.path()).join(format!("{name}.ics"));
        std::fs::write(file, object(before, &lines)).unwrap();
    }
    let nonsense = [
        "UID:nonsense@example.com",
        "SUMMARY:nonsense",
        "DTSTART;TZID=Customized Time Zone 1:20261201T090000",
        "DTEND;TZID=Customized Time Zone 1:20261201T100000",
    ];
    std::fs::write(desk.server().files_of(&desk.path()).join("nonsense.ics"), object("", &nonsense)).unwrap();
    desk.resync(At::Dav).await;
    desk.settle().await;
    let utc =
        |text: &Value| text.as_str().unwrap().parse::<jiff::Timestamp>().map(|at| at.to_string()).unwrap_or_default();
    let shown = desk.instances().await;
    for (name, _, _, instant, guessed) in strange {
        let it = shown.iter().find(|it| it["title"] == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!((utc(&it["start"]), &it["zoneGuessed"]), (instant.to_owned(), &json!(guessed)), "{name}: {it}");
        let google = desk.item(At::Google, name).await.stored;
        assert_eq!(utc(&google["start"]["dateTime"]), instant, "{name}: {google}");
    }
    // What nobody can know is never silently UTC: it is marked.
    let it = shown.iter().find(|it| it["title"] == "nonsense").unwrap();
    assert_eq!(it["zoneGuessed"], true, "{it}");
    desk.rest().await;

    // An edit of the title leaves the time there as it was written.
    for name in ["windows", "own", "nonsense"] {
        let before = desk.item(At::Dav, name).await.text();
        let id = desk.id_of(name).await;
        desk.edit(&id, json!({ "title": format!("{name}, renamed") })).await;
        desk.settle().await;
        let after = desk.item(At::Dav, &format!("{name}, renamed")).await.text();
        let times = |text: &str| {
            text.lines()
                .filter(|it| it.starts_with("DT") && !it.starts_with("DTSTAMP"))
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(times(&after), times(&before), "{name}");
    }
    desk.rest().await;
}

/// Outlook named a zone `tzone://Microsoft/Custom`, and the meeting became one in UTC without a word.
async fn p24_outlooks_custom_zones_are_understood_or_said_to_be_guessed(db: Db) {
    let desk = Desk::open(db, &[At::Outlook, At::Dav]).await;
    let event = |subject: &str, zone: &str| {
        json!({ "subject": subject, "start": { "dateTime": "2026-12-01T09:00:00", "timeZone": zone },
            "end": { "dateTime": "2026-12-01T10:00:00", "timeZone": zone } })
    };
    let path = seen::outlook_path(desk.connection(At::Outlook));
    desk.app.control("POST", &path, event("Windows", "India Standard Time")).await;
    desk.app.control("PATCH", "switches", json!({ "graph": { "customZoneNames": true } })).await;
    desk.app.control("POST", &path, event("Custom", "W. Europe Standard Time")).await;
    desk.settle().await;
    let shown = desk.instances().await;
    let of = |title: &str| shown.iter().find(|it| it["title"] == title).unwrap().clone();
    let (windows, custom) = (of("Windows"), of("Custom"));
    assert_eq!((&windows["start"], &windows["zoneGuessed"]), (&json!("2026-12-01T09:00:00+05:30"), &json!(false)));
    let instant: jiff::Timestamp = custom["start"].as_str().unwrap().parse().unwrap();
    assert_eq!((instant.to_string().as_str(), &custom["zoneGuessed"]), ("2026-12-01T08:00:00Z", &json!(true)));
    let pieces = seen::dav(&desk.server().files_of(&desk.path()));
    let piece = &pieces.iter().find(|(_, it)| it.title == "Custom").unwrap().1;
    assert_eq!(piece.start.unwrap().to_string(), "2026-12-01T08:00:00Z");
    // An edit of another field does not write the time.
    let id = desk.id_of("Custom").await;
    desk.edit(&id, json!({ "title": "Custom, renamed" })).await;
    desk.app.sync(desk.connection(At::Outlook)).await;
    let lines = desk.write_lines().await;
    assert_eq!((lines.len(), &lines[0]["body"]), (1, &json!({ "subject": "Custom, renamed" })), "{lines:?}");
    desk.settle().await;
    desk.rest().await;
}
