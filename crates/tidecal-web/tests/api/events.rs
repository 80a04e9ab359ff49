//! Events in a window, page by page, and one in full.

use serde_json::{Value, json};
use tidecal_core::model::Provider;
use tidecal_store::Connection;

use crate::app::App;
use crate::database::on_both;
use crate::seed::{Row, days, timed};

on_both!(
    instances_in_their_shape,
    a_window_holds_what_takes_place_in_it,
    pages_follow_each_other_without_gaps,
    a_page_goes_on_where_it_was_when_events_come_and_go,
    a_window_of_many_months_shows_everything_once,
    a_change_shows_at_once_in_a_window_that_was_looked_at,
    a_calendar_can_be_chosen,
    a_senseless_window_is_refused_by_name,
    one_event_in_full,
    an_exception_shows_how_its_series_repeats,
);

async fn calendar(app: &App, rows: &[Row]) -> Connection {
    let account = app.account(&app.ada.scope, Provider::Google, "ada").await;
    let connection = app.connection(&app.ada.scope, &account, "Primary").await;
    app.sync(&connection, rows, |_| {}).await;
    connection
}

async fn window(app: &App, query: &str) -> Value {
    app.get(&format!("/api/calendar/events?{query}")).by(&app.ada).expect(200).await
}

fn summary(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| format!("{} {}", item["start"].as_str().unwrap(), item["title"].as_str().unwrap())).collect()
}

async fn instances_in_their_shape(app: App) {
    let rows = [
        Row::master("weekly", timed(23, 9, "Europe/Vienna"), "Weekly", "FREQ=WEEKLY").with_guests(),
        Row::single("trip", days(24, 27), "Trip"),
    ];
    calendar(&app, &rows).await;
    let page = window(&app, "start=2026-11-23T00:00:00Z&end=2026-11-30T00:00:00Z").await;
    insta::assert_json_snapshot!("instances", page, {
        ".items[].calendarId" => "[id]", ".items[].connectionIds[]" => "[id]",
    });
}

async fn a_window_holds_what_takes_place_in_it(app: App) {
    let rows = [
        Row::master("daily", timed(20, 9, "Europe/Vienna"), "Daily", "FREQ=DAILY;COUNT=10"),
        Row::exception("moved", "daily", "20261124T080000Z", timed(24, 15, "Europe/Vienna"), "Daily, moved"),
        Row::exception("away", "daily", "20261125T080000Z", timed(29, 20, "UTC"), "Daily, far away"),
        Row::single("new-york", timed(24, 9, "America/New_York"), "Call"),
        Row::single("before", timed(22, 9, "UTC"), "Before"),
        Row::single("birthday", days(25, 26), "Birthday"),
    ];
    calendar(&app, &rows).await;
    let page = window(&app, "start=2026-11-24T00:00:00Z&end=2026-11-26T00:00:00Z").await;
    let expected = ["2026-11-24T09:00:00-05:00 Call", "2026-11-24T15:00:00+01:00 Daily, moved", "2026-11-25 Birthday"];
    let mut found = summary(&page);
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(page["nextCursor"], Value::Null);
}

async fn pages_follow_each_other_without_gaps(app: App) {
    let rows = [
        Row::master("daily", timed(2, 9, "Europe/Vienna"), "Daily", "FREQ=DAILY"),
        Row::master("also", timed(2, 9, "Europe/Vienna"), "Also", "FREQ=DAILY"),
        Row::single("long", days(1, 30), "Long"),
    ];
    calendar(&app, &rows).await;
    let query = "start=2026-11-10T00:00:00Z&end=2026-11-15T00:00:00Z";
    let whole = summary(&window(&app, query).await);
    assert_eq!(whole.len(), 11);
    for limit in [1, 2, 3, 10, 11] {
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = window(&app, &format!("{query}&limit={limit}{cursor}")).await;
            assert!(page["items"].as_array().unwrap().len() <= limit);
            pages.extend(summary(&page));
            assert!(pages.len() <= whole.len(), "{limit}: {pages:?}");
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(pages, whole, "{limit}");
    }
}

async fn a_page_goes_on_where_it_was_when_events_come_and_go(app: App) {
    let rows = [23, 24, 25].map(|day| Row::single(&format!("e{day}"), timed(day, 9, "UTC"), &format!("Day {day}")));
    let connection = calendar(&app, &rows).await;
    let query = "start=2026-11-20T00:00:00Z&end=2026-11-30T00:00:00Z&limit=2";
    let first = window(&app, query).await;
    app.sync(&connection, &[Row::single("e21", timed(21, 9, "UTC"), "Day 21")], |_| {}).await;
    let cursor = first["nextCursor"].as_str().unwrap();
    assert_eq!(summary(&window(&app, &format!("{query}&cursor={cursor}")).await), ["2026-11-25T09:00:00Z Day 25"]);
}

/// Long windows are expanded in pieces of 42 days.
async fn a_window_of_many_months_shows_everything_once(app: App) {
    let rows = [
        Row::master("weekly", timed(2, 9, "UTC"), "Weekly", "FREQ=WEEKLY;COUNT=25"),
        Row::single("over", days(21, 26), "Over the edge"),
        Row::single("before", timed(22, 22, "UTC"), "Before the edge"),
        Row::single("edge", timed(23, 0, "UTC"), "On the edge"),
    ];
    calendar(&app, &rows).await;
    // The second piece begins on 23 November.
    let query = "start=2026-10-12T00:00:00Z&end=2027-10-12T00:00:00Z";
    let whole = summary(&window(&app, query).await);
    assert_eq!(whole.len(), 28, "{whole:?}");
    for title in ["Over the edge", "Before the edge", "On the edge"] {
        assert_eq!(whole.iter().filter(|line| line.ends_with(title)).count(), 1, "{title}");
    }
    assert_eq!(whole.last().unwrap(), "2027-04-19T09:00:00Z Weekly");
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = window(&app, &format!("{query}&limit=5{cursor}")).await;
        pages.extend(summary(&page));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        assert!(pages.len() < whole.len(), "{pages:?}");
    }
    assert_eq!(pages, whole);
}

async fn a_change_shows_at_once_in_a_window_that_was_looked_at(app: App) {
    let rows = [
        Row::master("daily", timed(23, 9, "UTC"), "Daily", "FREQ=DAILY;COUNT=2"),
        Row::single("still", timed(23, 8, "UTC"), "Still"),
    ];
    let connection = calendar(&app, &rows).await;
    let query = "start=2026-11-23&end=2026-11-25";
    let before = ["2026-11-23T08:00:00Z Still", "2026-11-23T09:00:00Z Daily", "2026-11-24T09:00:00Z Daily"];
    for _ in 0..2 {
        assert_eq!(summary(&window(&app, query).await), before);
    }
    app.sync(&connection, &[Row::single("new", timed(24, 7, "UTC"), "New")], |_| {}).await;
    assert_eq!(summary(&window(&app, query).await)[2], "2026-11-24T07:00:00Z New");
}

async fn a_calendar_can_be_chosen(app: App) {
    let connection = calendar(&app, &[Row::single("e1", timed(23, 9, "UTC"), "Here")]).await;
    let account = app.account(&app.ada.scope, Provider::Caldav, "cloud").await;
    let other = app.connection(&app.ada.scope, &account, "Other").await;
    app.sync(&other, &[Row::single("e2", timed(23, 10, "UTC"), "There")], |_| {}).await;
    let query = "start=2026-11-23&end=2026-11-24";
    assert_eq!(summary(&window(&app, query).await).len(), 2);
    let chosen = window(&app, &format!("{query}&calendarId={}", connection.calendar_id)).await;
    assert_eq!(summary(&chosen), ["2026-11-23T09:00:00Z Here"]);
    let none = app.get(&format!("/api/calendar/events?{query}&calendarId=%00")).by(&app.ada);
    assert_eq!(none.refused(404).await, "not_found");
}

async fn a_senseless_window_is_refused_by_name(app: App) {
    for (query, field) in [
        ("", "start"),
        ("start=2026-11-23", "end"),
        ("start=monday&end=2026-11-24", "start"),
        ("start=2026-11-23&end=2026-13-24", "end"),
        ("start=2026-11-24&end=2026-11-23", "end"),
        ("start=2026-11-24&end=2026-11-24", "end"),
        ("start=2026-01-01&end=2029-01-01", "end"),
        ("start=2026-11-23&end=2026-11-24&limit=1001", "limit"),
        ("start=2026-11-23&end=2026-11-24&cursor=x", "cursor"),
        ("start=2026-11-23&end=2026-11-24&calenderId=x", "calenderId"),
        ("start=2026-11-23&start=2026-11-23&end=2026-11-24", "start"),
    ] {
        let problem = app.get(&format!("/api/calendar/events?{query}")).by(&app.ada).expect(422).await;
        assert_eq!(problem["errors"][0]["field"], json!(field), "{query}: {problem}");
    }
}

async fn one_event_in_full(app: App) {
    calendar(&app, &[Row::master("weekly", timed(23, 9, "Europe/Vienna"), "Weekly", "FREQ=WEEKLY").with_guests()])
        .await;
    let event = app.get("/api/calendar/events/weekly").by(&app.ada).expect(200).await;
    insta::assert_json_snapshot!("event", event, {
        ".calendarId" => "[id]", ".connectionIds[]" => "[id]", ".mappings[].connectionId" => "[id]",
    });
}

async fn an_exception_shows_how_its_series_repeats(app: App) {
    let rows = [
        Row::master("daily", timed(20, 9, "UTC"), "Daily", "FREQ=DAILY"),
        Row::exception("moved", "daily", "20261124T090000Z", timed(24, 15, "UTC"), "Moved"),
    ];
    calendar(&app, &rows).await;
    let event = app.get("/api/calendar/events/moved").by(&app.ada).expect(200).await;
    assert_eq!((&event["title"], &event["kind"]), (&json!("Moved"), &json!("override")));
    assert_eq!(event["recurrence"]["rules"], json!(["FREQ=DAILY"]));
}
