//! Local events for views.

use crate::fixture::{Part, at, commit_once, connect, event, home, mirrored, now, single};
use crate::harness::{Db, on_both};
use tidecal_core::model::Event;
use tidecal_core::sync::EventKind;
use tidecal_ical::{Recurrence, When};
use tidecal_store::CalendarChoice;

on_both!(
    a_window_has_what_overlaps_it,
    a_series_comes_with_all_its_overrides,
    calendars_can_be_chosen,
    a_window_that_is_too_wide_says_so,
    a_deleted_connection_takes_its_events_along,
    a_shared_event_outlives_one_of_its_connections,
);

async fn titles(db: &Db, home: &crate::fixture::Home, start: &str, end: &str) -> Vec<String> {
    let tenant = db.store.tenant(&home.scope);
    let found = tenant.find_events_in_window(CalendarChoice::All, at(start), at(end), 100).await.unwrap();
    assert!(!found.truncated);
    found.rows.into_iter().map(|row| row.event.title).collect()
}

fn all_day(title: &str, start: &str, end: &str) -> Event {
    Event {
        title: title.into(),
        ..Event::at(When::AllDay { start: start.parse().unwrap(), end: end.parse().unwrap() })
    }
}

async fn a_window_has_what_overlaps_it(db: Db) {
    let home = home(&db.store, "ada").await;
    let point = |title: &str, start: &str| {
        let mut point = event(title, start);
        if let When::Timed { start, end } = &mut point.when {
            end.clone_from(start);
        }
        point
    };
    let writes = mirrored(&[
        (single("1"), event("before", "2026-11-22T22:00:00Z")),
        (single("2"), event("ends as it begins", "2026-11-22T23:00:00Z")),
        (single("3"), event("into it", "2026-11-22T23:30:00Z")),
        (single("4"), point("point at the start", "2026-11-23T00:00:00Z")),
        (single("5"), event("inside", "2026-11-23T09:00:00Z")),
        (single("6"), all_day("trip", "2026-11-20", "2026-11-30")),
        (single("7"), event("out of it", "2026-11-23T23:30:00Z")),
        (single("8"), event("begins as it ends", "2026-11-24T00:00:00Z")),
        (single("9"), point("point at the end", "2026-11-24T00:00:00Z")),
    ]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let found = titles(&db, &home, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await;
    assert_eq!(found, ["trip", "into it", "point at the start", "inside", "out of it"]);
    db.raw.execute("UPDATE calendar_events SET deleted_at = updated_at WHERE title = 'inside'").await;
    let found = titles(&db, &home, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await;
    assert_eq!(found.len(), 4, "what was deleted here is gone");
}

fn series(title: &str, start: &str, rule: &str) -> Event {
    let recurrence = Recurrence { rules: vec![rule.into()], ..Recurrence::default() };
    Event { recurrence: Some(recurrence), ..event(title, start) }
}

async fn a_series_comes_with_all_its_overrides(db: Db) {
    let home = home(&db.store, "ada").await;
    let key = |text: &str| Some(text.parse().unwrap());
    let master = |id: &'static str| Part { id, series: id, kind: EventKind::Master, recurrence_id: None };
    let over = |id: &'static str, series: &'static str, at: &str| Part {
        id,
        series,
        kind: EventKind::Override,
        recurrence_id: key(at),
    };
    let writes = mirrored(&[
        (master("weekly"), series("weekly", "2026-01-05T09:00:00Z", "FREQ=WEEKLY")),
        (over("moved", "weekly", "20261123T090000Z"), event("moved away", "2026-12-24T09:00:00Z")),
        (over("into", "weekly", "20261221T090000Z"), event("moved in", "2026-11-24T15:00:00Z")),
        (master("later"), series("later", "2027-01-05T09:00:00Z", "FREQ=WEEKLY")),
        (over("lone", "gone", "20261124T090000Z"), event("masterless", "2026-11-24T09:00:00Z")),
        (over("lone2", "gone", "20270124T090000Z"), event("masterless elsewhere", "2027-01-24T09:00:00Z")),
    ]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let mut found = titles(&db, &home, "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z").await;
    found.sort();
    assert_eq!(found, ["masterless", "moved away", "moved in", "weekly"]);
}

async fn calendars_can_be_chosen(db: Db) {
    let home = home(&db.store, "ada").await;
    let team = connect(&db.store, &home.scope, &home.account.id, "team").await;
    let one = mirrored(&[(single("1"), event("mine", "2026-11-23T09:00:00Z"))]);
    let two = mirrored(&[(single("2"), event("team's", "2026-11-23T10:00:00Z"))]);
    commit_once(&db.store, &home.connection.id, &one, "c1", now()).await;
    commit_once(&db.store, &team.id, &two, "d1", now()).await;
    let tenant = db.store.tenant(&home.scope);
    let names: Vec<String> = tenant.list_calendars().await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["Calendar primary", "Calendar team"]);
    let window = (at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z"));
    let only = [team.calendar_id.clone(), "unknown".to_owned()];
    for (choice, expected) in
        [(CalendarChoice::All, 2), (CalendarChoice::Only(&only), 1), (CalendarChoice::Only(&[]), 0)]
    {
        let found = tenant.find_events_in_window(choice, window.0, window.1, 100).await.unwrap();
        assert_eq!(found.rows.len(), expected, "{choice:?}");
    }
    let shown = tenant.connections_of_events(&["1".into(), "2".into(), "3".into()]).await.unwrap();
    assert_eq!((shown.len(), shown["2"].as_slice()), (2, &[team.id][..]));
}

async fn a_window_that_is_too_wide_says_so(db: Db) {
    let home = home(&db.store, "ada").await;
    let names: Vec<String> = (0..5).map(|number| number.to_string()).collect();
    let rows: Vec<_> = names.iter().map(|name| (single(name), event(name, "2026-11-23T09:00:00Z"))).collect();
    commit_once(&db.store, &home.connection.id, &mirrored(&rows), "c1", now()).await;
    let tenant = db.store.tenant(&home.scope);
    let window = (at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z"));
    for (limit, truncated) in [(4, true), (5, false)] {
        let found = tenant.find_events_in_window(CalendarChoice::All, window.0, window.1, limit).await.unwrap();
        assert_eq!(found.truncated, truncated, "{limit}");
    }
}

async fn a_deleted_connection_takes_its_events_along(db: Db) {
    let home = home(&db.store, "ada").await;
    let rows = [(single("1"), event("a", "2026-11-23T09:00:00Z")), (single("2"), event("b", "2026-11-23T09:00:00Z"))];
    commit_once(&db.store, &home.connection.id, &mirrored(&rows), "c1", now()).await;
    let tenant = db.store.tenant(&home.scope);
    let deleted = tenant.delete_connection(&home.connection.id, now()).await.unwrap();
    assert_eq!((deleted.mappings, deleted.events), (2, 2));
    for table in ["calendar_events", "external_calendar_events", "external_calendar_connections"] {
        assert_eq!(db.raw.count(table).await, 0, "{table}");
    }
    assert_eq!(tenant.list_calendars().await.unwrap().len(), 1, "the local calendar stays");
    assert_eq!(db.raw.count("change_feed WHERE action = 'delete'").await, 2);
}

async fn a_shared_event_outlives_one_of_its_connections(db: Db) {
    let home = home(&db.store, "ada").await;
    let team = connect(&db.store, &home.scope, &home.account.id, "team").await;
    db.raw
        .execute(&format!("UPDATE external_calendar_connections SET calendar_id = '{}'", home.connection.calendar_id))
        .await;
    let content = event("a", "2026-11-23T09:00:00Z");
    commit_once(&db.store, &home.connection.id, &mirrored(&[(single("1"), content.clone())]), "c1", now()).await;
    let shared = tidecal_core::sync::Writes {
        mappings: vec![crate::fixture::mapping(single("1"), 1, &content)],
        ..Default::default()
    };
    commit_once(&db.store, &team.id, &shared, "d1", now()).await;
    let deleted = db.store.tenant(&home.scope).delete_connection(&home.connection.id, now()).await.unwrap();
    assert_eq!((deleted.mappings, deleted.events), (1, 0));
    let detail = db.store.tenant(&home.scope).get_event("1").await.unwrap();
    assert_eq!(detail.connection_ids, [team.id]);
}
