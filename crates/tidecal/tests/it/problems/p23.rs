//! Problem 23: a series is an hour off after the clocks change, because only instants were kept.

use serde_json::{Value, json};

use super::desk::{ADA, At, Desk, object};
use crate::harness::{Db, on_both};
use crate::seen;

on_both!(
    p23_a_series_keeps_its_hour_over_both_changes_of_the_clock_everywhere,
    p23_the_hour_that_is_skipped_and_the_hour_that_comes_twice,
);

const PLACES: [At; 3] = [At::Google, At::Outlook, At::Dav];

/// The Monday meeting moved to ten o'clock in April, and back in November.
async fn p23_a_series_keeps_its_hour_over_both_changes_of_the_clock_everywhere(db: Db) {
    let desk = Desk::open(db, &PLACES).await;
    // Weekly from before Europe's change in spring; in New York and on Lord Howe Island, half an hour.
    for (title, zone, start) in [
        ("Vienna", "Europe/Vienna", "2027-03-08T09:00:00"),
        ("New York", "America/New_York", "2027-03-01T09:00:00"),
        ("Lord Howe", "Australia/Lord_Howe", "2027-03-15T09:00:00"),
    ] {
        let rule = json!({ "rules": ["FREQ=WEEKLY;COUNT=36"] });
        desk.create(json!({ "title": title, "start": start, "timeZone": zone, "recurrence": rule })).await;
    }
    // And one from each vendor.
    let at = |zone: &str| json!({ "dateTime": "2027-03-09T09:00:00", "timeZone": zone });
    let end = |zone: &str| json!({ "dateTime": "2027-03-09T10:00:00", "timeZone": zone });
    let zone = "Europe/London";
    let google = json!({ "summary": "From Google", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=36"], "start": at(zone), "end": end(zone) });
    desk.app.control("POST", &format!("events/{ADA}"), google).await;
    let zone = "Pacific Standard Time";
    let outlook = json!({ "subject": "From Outlook", "start": at(zone), "end": end(zone),
        "recurrence": { "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"] },
            "range": { "type": "numbered", "startDate": "2027-03-09", "numberOfOccurrences": 36,
                "recurrenceTimeZone": zone } } });
    desk.app.control("POST", &seen::outlook_path(desk.connection(At::Outlook)), outlook).await;
    let dav = [
        "UID:d@example.com",
        "SUMMARY:From CalDAV",
        "DTSTART;TZID=America/Sao_Paulo:20270309T090000",
        "DTEND;TZID=America/Sao_Paulo:20270309T100000",
        "RRULE:FREQ=WEEKLY;COUNT=36",
    ];
    desk.put("d.ics", &object("", &dav));
    desk.settle().await;

    let mut offsets = std::collections::BTreeMap::new();
    for it in desk.instances().await {
        let start = it["start"].as_str().unwrap();
        assert_eq!(&start[10..19], "T09:00:00", "{it}");
        let of: &mut std::collections::BTreeSet<String> =
            offsets.entry(it["title"].as_str().unwrap().to_owned()).or_default();
        of.insert(start[19..].to_owned());
    }
    let seen = |title: &str| offsets[title].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(seen("Vienna"), ["+01:00", "+02:00"]);
    assert_eq!(seen("New York"), ["-04:00", "-05:00"]);
    assert_eq!(seen("Lord Howe"), ["+10:30", "+11:00"]);
    assert_eq!((seen("From Google"), seen("From Outlook")), (vec!["+00:00", "+01:00"], vec!["-07:00", "-08:00"]));
    assert_eq!(seen("From CalDAV"), ["-03:00"]);

    // Everywhere the hour and its own zone are stored, not an instant.
    for (title, iana, windows) in [
        ("Vienna", "Europe/Vienna", "W. Europe Standard Time"),
        ("New York", "America/New_York", "Eastern Standard Time"),
        ("Lord Howe", "Australia/Lord_Howe", "Lord Howe Standard Time"),
        ("From Google", "Europe/London", "GMT Standard Time"),
        ("From Outlook", "America/Los_Angeles", "Pacific Standard Time"),
        ("From CalDAV", "America/Sao_Paulo", "E. South America Standard Time"),
    ] {
        assert_eq!(desk.item(At::Google, title).await.stored["start"]["timeZone"], iana, "{title}");
        let outlook = desk.item(At::Outlook, title).await.stored;
        let zones = [&outlook["originalStartTimeZone"], &outlook["recurrence"]["range"]["recurrenceTimeZone"]];
        assert!(zones.iter().all(|zone| **zone == windows || **zone == iana), "{title}: {outlook}");
        let dav = desk.item(At::Dav, title).await.text();
        let line = dav.lines().find(|line| line.starts_with("DTSTART;TZID")).unwrap_or_default().to_owned();
        assert!(line.starts_with(&format!("DTSTART;TZID={iana}:2027")) && line.ends_with("T090000"), "{line}");
    }
    desk.rest().await;

    // An occurrence in summer is moved there, and is the same occurrence here.
    let id = desk.id_of("Vienna").await;
    let moved = json!({ "start": "2027-04-05T10:30:00" });
    desk.edit(&format!("{id}?scope=this&occurrence=20270405T070000Z"), moved).await;
    desk.settle().await;
    let shown = desk.shown().await;
    assert_eq!(shown.iter().filter(|line| line.contains("2027-04-05") && line.contains("Vienna")).count(), 1);
    let moved = desk.google_items().await.into_iter().find(|it| it["start"]["dateTime"] == "2027-04-05T10:30:00+02:00");
    let slot = moved.map_or(Value::Null, |it| it["originalStartTime"]["dateTime"].clone());
    assert_eq!(slot, "2027-04-05T09:00:00+02:00");
    desk.rest().await;
}

/// What began in the hour that the clock skips or shows twice came to stand at another time.
async fn p23_the_hour_that_is_skipped_and_the_hour_that_comes_twice(db: Db) {
    let desk = Desk::open(db, &[At::Google, At::Dav]).await;
    let event = |title: &str, from: &str, to: &str| {
        json!({ "summary": title, "start": { "dateTime": from, "timeZone": "Europe/Vienna" },
            "end": { "dateTime": to, "timeZone": "Europe/Vienna" } })
    };
    for (title, from, to) in [
        ("first", "2027-10-31T02:30:00+02:00", "2027-10-31T02:45:00+02:00"),
        ("second", "2027-10-31T02:30:00+01:00", "2027-10-31T02:45:00+01:00"),
        ("over", "2027-10-31T02:45:00+02:00", "2027-10-31T02:15:00+01:00"),
    ] {
        desk.app.control("POST", &format!("events/{ADA}"), event(title, from, to)).await;
    }
    let nightly = [
        "UID:n@example.com",
        "SUMMARY:nightly",
        "DTSTART;TZID=Europe/Vienna:20270327T023000",
        "DTEND;TZID=Europe/Vienna:20270327T024500",
        "RRULE:FREQ=DAILY;COUNT=3",
    ];
    desk.put("n.ics", &object("", &nightly));
    desk.settle().await;
    let utc = |text: &Value| text.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().to_string();
    let here: Vec<(String, String, String)> = desk
        .instances()
        .await
        .iter()
        .map(|it| (it["title"].as_str().unwrap().to_owned(), utc(&it["start"]), utc(&it["end"])))
        .collect();
    let of = |title: &str| {
        here.iter().filter(|it| it.0 == title).map(|it| (it.1.as_str(), it.2.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(of("first"), [("2027-10-31T00:30:00Z", "2027-10-31T00:45:00Z")]);
    assert_eq!(of("second"), [("2027-10-31T01:30:00Z", "2027-10-31T01:45:00Z")]);
    assert_eq!(of("over"), [("2027-10-31T00:45:00Z", "2027-10-31T01:15:00Z")]);
    // RFC 5545 3.3.10: a time that a rule names and the clock skips is no occurrence, and is not counted.
    let nights: Vec<&str> = of("nightly").iter().map(|it| it.0).collect();
    assert_eq!(nights, ["2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]);
    for title in ["first", "second", "over"] {
        let dav = seen::dav(&desk.server().files_of(&desk.path()));
        let piece = dav.into_iter().find(|(_, piece)| piece.title == title).unwrap().1;
        let expected = (of(title)[0].0.to_owned(), of(title)[0].1.to_owned());
        assert_eq!((piece.start.unwrap().to_string(), piece.end.unwrap().to_string()), expected, "{title}");
    }
    desk.rest().await;
}
