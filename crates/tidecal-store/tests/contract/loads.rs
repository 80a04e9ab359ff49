//! What a decision is told.

use crate::fixture::{
    Part, advance, at, claim, commit_once, event, home, insert, later, mapping, mirrored, now, run_ref, single, system,
};
use crate::harness::{Db, on_both};
use tidecal_core::sync::{EventKind, MappingStatus, MappingWrite, Span, Verdict, Writes};
use tidecal_store::Advance;

on_both!(
    series_come_whole_and_in_the_order_asked_for,
    items_lead_to_their_series,
    stored_versions_are_those_of_the_master,
    what_a_comparison_has_not_seen_comes_in_pages,
    what_the_reading_could_not_see_is_not_missing,
    rows_enter_when_the_window_reaches_them,
    verdicts_are_counted_without_tombstones,
);

/// One resource with a master and an exception, as a CalDAV server has it, and a single event.
async fn filled(db: &Db) -> crate::fixture::Home {
    let home = home(&db.store, "ada").await;
    let mut daily = event("Daily", "2026-11-23T09:00:00Z");
    daily.recurrence = Some(tidecal_ical::Recurrence { rules: vec!["FREQ=DAILY".into()], ..Default::default() });
    let key = "20261124T090000Z".parse().unwrap();
    let master = Part { id: "m", series: "m", kind: EventKind::Master, recurrence_id: None };
    let exception = Part { id: "o", series: "m", kind: EventKind::Override, recurrence_id: Some(key) };
    let moved = event("Daily, late", "2026-11-24T11:00:00Z");
    let mut writes = mirrored(&[(master, daily), (exception, moved.clone()), (single("e"), moved)]);
    for (row, version) in writes.mappings.iter_mut().zip(["etag-m", "etag-o", "etag-e"]) {
        row.version = version.to_owned();
    }
    writes.mappings[1].external_event_id = "ext-m".into();
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    home
}

async fn series_come_whole_and_in_the_order_asked_for(db: Db) {
    let home = filled(&db).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let ids = ["ext-e", "unknown", "ext-m"].map(str::to_owned);
    let states = system(&db.store).load_series(&claimed.lease, &ids).await.unwrap();
    assert_eq!(states.iter().map(|state| state.id.as_str()).collect::<Vec<_>>(), ["ext-e", "unknown", "ext-m"]);
    assert_eq!((&states[1].series_id, states[1].components.len()), (&None, 0));
    let series = &states[2];
    assert_eq!((series.series_id.as_deref(), series.components.len()), (Some("m"), 2));
    let [master, exception] = series.components.as_slice() else { panic!() };
    assert_eq!((master.binding.recurrence_id, master.local.as_ref().unwrap().id.as_str()), (None, "m"));
    assert_eq!(exception.binding.recurrence_id.unwrap().to_string(), "20261124T090000Z");
    assert_eq!(exception.local.as_ref().unwrap().event.title, "Daily, late");
    assert!(!master.is_dirty());
    assert_eq!(master.base(), Some(&master.local.as_ref().unwrap().event));
    db.raw.execute("UPDATE calendar_events SET version = 2, deleted_at = updated_at WHERE id = 'e'").await;
    let states = system(&db.store).load_series(&claimed.lease, &ids[..1]).await.unwrap();
    let single = &states[0].components[0];
    assert!(single.is_dirty() && single.local.as_ref().unwrap().deleted && single.base().is_none());
    assert_eq!(system(&db.store).load_series(&claimed.lease, &[]).await.unwrap(), []);
}

async fn items_lead_to_their_series(db: Db) {
    let home = filled(&db).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let ids = ["ext-m", "ext-e", "unknown"].map(str::to_owned);
    let found = system(&db.store).load_items(&claimed.lease, &ids).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found["ext-m"].as_slice(), found["ext-e"].as_slice()),
        (&["ext-m".to_owned()][..], &["ext-e".to_owned()][..])
    );
}

async fn stored_versions_are_those_of_the_master(db: Db) {
    let home = filled(&db).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let ids = ["ext-m", "ext-e", "unknown"].map(str::to_owned);
    let known = system(&db.store).load_versions(&claimed.lease, &ids).await.unwrap();
    assert_eq!(known.len(), 2);
    assert_eq!(known["ext-m"].version, "etag-m");
    assert_eq!((known["ext-e"].verdict, known["ext-e"].status), (Verdict::Mirrored, MappingStatus::Synced));
}

async fn what_a_comparison_has_not_seen_comes_in_pages(db: Db) {
    let home = home(&db.store, "ada").await;
    let names: Vec<String> = (0..10).map(|number| format!("e{number}")).collect();
    let rows: Vec<_> = names.iter().map(|name| (single(name), event(name, "2026-11-23T09:00:00Z"))).collect();
    let mut writes = mirrored(&rows);
    writes.mappings[3].status = MappingStatus::Deleted;
    writes.mappings[4].event_id = None;
    writes.events.remove(4);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let mut claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let seen = Writes { seen: vec!["ext-e1".into(), "ext-e2".into(), "never-mapped".into()], ..Writes::default() };
    let step = Advance { reading_id: Some("r1".into()), ..Advance::default() };
    system(&db.store).commit(&mut claimed.lease, &seen, &step, later(20), &run_ref()).await.unwrap();
    let (mut after, mut missing) = (None, Vec::new());
    loop {
        let page = system(&db.store).unseen(&claimed.lease, "r1", None, after.as_deref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.external_event_id.clone());
        missing.extend(page.into_iter().map(|item| (item.external_event_id, item.has_event)));
    }
    let ids: Vec<&str> = missing.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["ext-e0", "ext-e4", "ext-e5", "ext-e6", "ext-e7", "ext-e8", "ext-e9"]);
    assert_eq!(missing.iter().filter(|(_, has_event)| !has_event).count(), 1);
    let other = system(&db.store).unseen(&claimed.lease, "r2", None, None, 100).await.unwrap();
    assert_eq!(other.len(), 9, "another reading saw nothing");
}

async fn what_the_reading_could_not_see_is_not_missing(db: Db) {
    let home = home(&db.store, "ada").await;
    let old = event("old", "2026-08-01T09:00:00Z");
    let recent = event("recent", "2026-11-01T09:00:00Z");
    let mut endless = event("endless", "2020-01-01T09:00:00Z");
    endless.recurrence = Some(tidecal_ical::Recurrence { rules: vec!["FREQ=WEEKLY".into()], ..Default::default() });
    let writes = mirrored(&[(single("a"), old), (single("b"), recent), (single("c"), endless)]);
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let lower = Some(at("2026-08-21T10:00:00Z"));
    let missing = system(&db.store).unseen(&claimed.lease, "r1", lower, None, 10).await.unwrap();
    let ids: Vec<&str> = missing.iter().map(|item| item.external_event_id.as_str()).collect();
    assert_eq!(ids, ["ext-b", "ext-c"], "what ended before the bound was not asked for");
}

fn waiting(id: &str, start: &str, end: Option<&str>) -> MappingWrite {
    let content = event(id, start);
    let span = Span { start: at(start), end: at(start), series_end: end.map(at) };
    MappingWrite {
        event_id: None,
        base_version: 0,
        base: Some(Box::new(content.clone())),
        verdict: Verdict::OutOfWindow,
        reason: "outside the window".into(),
        span: Some(span),
        ..mapping(single(id), 0, &content)
    }
}

async fn rows_enter_when_the_window_reaches_them(db: Db) {
    let home = home(&db.store, "ada").await;
    let writes = Writes {
        mappings: vec![
            waiting("far", "2028-01-01T09:00:00Z", Some("2028-01-01T10:00:00Z")),
            waiting("near", "2027-11-22T09:00:00Z", Some("2027-11-22T10:00:00Z")),
            waiting("nearer", "2027-11-21T09:00:00Z", None),
            waiting("past", "2026-01-01T09:00:00Z", Some("2026-01-01T10:00:00Z")),
        ],
        ..Writes::default()
    };
    commit_once(&db.store, &home.connection.id, &writes, "c1", now()).await;
    let claimed = claim(&db.store, &home.connection.id, later(20)).await.unwrap();
    let entering = |upper: &'static str, limit| {
        let lease = claimed.lease.clone();
        let store = db.store.clone();
        async move { system(&store).list_entering(&lease, at("2026-08-21T10:00:00Z"), at(upper), limit).await.unwrap() }
    };
    assert_eq!(entering("2027-11-21T00:00:00Z", 10).await, Vec::<String>::new());
    assert_eq!(entering("2027-11-23T00:00:00Z", 10).await, ["ext-nearer", "ext-near"]);
    assert_eq!(entering("2027-11-23T00:00:00Z", 1).await, ["ext-nearer"]);
    let state = system(&db.store).load_series(&claimed.lease, &["ext-near".into()]).await.unwrap();
    assert_eq!(state[0].components[0].binding.base.as_ref().unwrap().title, "near", "its content waits with it");
}

async fn verdicts_are_counted_without_tombstones(db: Db) {
    let home = home(&db.store, "ada").await;
    let content = event("x", "2026-11-23T09:00:00Z");
    let with = |id: &str, verdict, status| MappingWrite {
        event_id: None,
        verdict,
        status,
        ..mapping(single(id), 0, &content)
    };
    let mut claimed = claim(&db.store, &home.connection.id, now()).await.unwrap();
    let writes = Writes {
        events: vec![insert(single("a"), &content), insert(single("b"), &content)],
        mappings: vec![
            mapping(single("a"), 1, &content),
            mapping(single("b"), 1, &content),
            with("c", Verdict::Quarantined, MappingStatus::Failed),
            with("d", Verdict::Filtered, MappingStatus::Synced),
            with("e", Verdict::OutOfWindow, MappingStatus::Synced),
            with("f", Verdict::Mirrored, MappingStatus::Deleted),
            with("g", Verdict::Mirrored, MappingStatus::Updated),
        ],
        ..Writes::default()
    };
    system(&db.store).commit(&mut claimed.lease, &writes, &advance("c1"), now(), &run_ref()).await.unwrap();
    let tenant = db.store.tenant(&home.scope);
    let counts = tenant.verdict_counts(&home.connection.id).await.unwrap();
    let of = |verdict| counts.of(verdict);
    assert_eq!((of(Verdict::Mirrored), of(Verdict::Quarantined), of(Verdict::Filtered)), (3, 1, 1));
    assert_eq!((of(Verdict::OutOfWindow), of(Verdict::Held), counts.total()), (1, 0, 6));
    let all = tenant.list_mappings(&home.connection.id, None, None, 4).await.unwrap();
    let rest = tenant.list_mappings(&home.connection.id, None, Some(&all[3].id), 10).await.unwrap();
    let ids: Vec<&str> = all.iter().chain(&rest).map(|row| row.external_event_id.as_str()).collect();
    assert_eq!(ids, ["ext-a", "ext-b", "ext-c", "ext-d", "ext-e", "ext-g"]);
    assert_eq!(all[0].title.as_deref(), Some("x"));
    let bad = tenant.list_mappings(&home.connection.id, Some(Verdict::Quarantined), None, 10).await.unwrap();
    assert_eq!((bad.len(), bad[0].status), (1, MappingStatus::Failed));
    assert_eq!(tenant.count_mappings(&home.connection.id).await.unwrap(), 7);
}
