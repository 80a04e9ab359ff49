//! Calendars and events as the sandbox keeps them.

use serde_json::json;
use tidecal_core::remote::{AccessRole, Content, FailureClass, ItemRef, Reading, RemoteChange};

use crate::mirror::Mirror;
use crate::peer::{ADA, Peer, daily, timed};

fn item(id: &str) -> ItemRef {
    ItemRef { id: id.to_owned(), version: String::new() }
}

#[tokio::test]
async fn calendars_are_listed_the_main_one_first() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendars = peer.adapter().fetch_calendars(&access).await.unwrap();
    assert!(calendars[0].primary && calendars.len() > 1);
    assert_eq!(calendars[0].access, AccessRole::Writer);
    assert!(calendars.iter().any(|calendar| calendar.access == AccessRole::Reader));
}

#[tokio::test]
async fn a_first_reading_brings_whole_series_and_a_second_one_costs_one_call() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    assert_eq!(mirror.unreadable, Vec::<String>::new());
    let components: Vec<_> = mirror.series.values().flatten().collect();
    assert!(components.len() > 15, "{}", components.len());
    let (mut masters, mut exceptions, mut cancelled) = (0, 0, 0);
    for component in &components {
        match &component.content {
            Content::Event(event) => {
                assert!(!event.zone_guessed && !component.version.is_empty(), "{event:?}");
                masters += usize::from(event.recurrence.is_some());
                exceptions += usize::from(component.recurrence_id.is_some());
            }
            Content::Cancelled => cancelled += 1,
            Content::Unreadable(reason) => panic!("{}: {reason}", component.id),
        }
    }
    assert!(masters > 0 && exceptions > 0 && cancelled > 0, "{masters} {exceptions} {cancelled}");
    let before = peer.calls("graph.delta").await.len();
    let others = peer.calls("graph.events.get").await.len();
    mirror.sync().await.unwrap();
    assert_eq!((mirror.pages, mirror.news), (1, 0));
    assert_eq!(peer.calls("graph.delta").await.len(), before + 1);
    assert_eq!(peer.calls("graph.events.get").await.len(), others);
}

#[tokio::test]
async fn edits_and_removals_arrive_by_the_cursor() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    let single = peer.add(&calendar, timed("Single", "2026-11-24T09:00", "2026-11-24T10:00")).await;
    let series = peer.add(&calendar, daily("Daily", "2026-12-01", 4)).await;
    mirror.sync().await.unwrap();
    let all = [
        "2026-11-24 09:00 Single",
        "2026-12-01 11:00 Daily",
        "2026-12-02 11:00 Daily",
        "2026-12-03 11:00 Daily",
        "2026-12-04 11:00 Daily",
    ];
    assert_eq!(mirror.lines(), all);

    let second = peer.occurrence(&access, &series, "2026-12-02").await;
    peer.edit(&calendar, &second, timed("Moved", "2026-12-02T16:00", "2026-12-02T17:00")).await;
    let third = peer.occurrence(&access, &series, "2026-12-03").await;
    peer.remove(&calendar, &third).await;
    mirror.sync().await.unwrap();
    let changed =
        ["2026-11-24 09:00 Single", "2026-12-01 11:00 Daily", "2026-12-02 16:00 Moved", "2026-12-04 11:00 Daily"];
    assert_eq!(mirror.lines(), changed, "a cancelled occurrence is not told of by itself");

    peer.remove(&calendar, &single).await;
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines(), changed[1..]);
    peer.remove(&calendar, &series).await;
    mirror.sync().await.unwrap();
    assert!(mirror.lines().is_empty() && mirror.series.is_empty());
}

#[tokio::test]
async fn an_event_that_leaves_the_stretch_is_not_taken_for_deleted() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let event = peer.add(&calendar, timed("Far", "2026-11-24T09:00", "2026-11-24T10:00")).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    peer.edit(&calendar, &event, timed("Far", "2031-03-03T09:00", "2031-03-03T10:00")).await;
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines(), ["2031-03-03 09:00 Far"]);
    peer.edit(&calendar, &event, timed("Near", "2026-11-25T09:00", "2026-11-25T10:00")).await;
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines(), ["2026-11-25 09:00 Near"]);
}

#[tokio::test]
async fn what_graph_does_to_its_clients_changes_nothing() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let mut plain = Mirror::of(&peer, &access, &calendar);
    plain.sync().await.unwrap();
    for habits in [
        json!({"fullOccurrences": true}),
        json!({"tellCancelledOccurrences": true}),
        json!({"replayChanges": 5}),
        json!({"keepHtml": true}),
        json!({"noDeltaPerCalendar": true}),
    ] {
        peer.switch(habits.clone()).await;
        let mut other = Mirror::of(&peer, &access, &calendar);
        other.sync().await.unwrap();
        assert_eq!(other.lines(), plain.lines(), "{habits}");
        other.sync().await.unwrap();
        assert_eq!(other.lines(), plain.lines(), "{habits}, again");
        peer.switch(json!({"fullOccurrences": false, "tellCancelledOccurrences": false, "replayChanges": 0,
            "keepHtml": false, "noDeltaPerCalendar": false}))
            .await;
    }
    for cut in [json!({"shortPages": 3}), json!({"shortPages": 7, "emptyPages": 2, "repeatLastItem": true})] {
        peer.control("PATCH", "switches", cut.clone()).await;
        let mut other = Mirror::of(&peer, &access, &calendar);
        other.sync().await.unwrap();
        assert!(other.pages > 3, "{cut}: {} pages", other.pages);
        assert_eq!(other.lines(), plain.lines(), "{cut}");
    }
}

#[tokio::test]
async fn where_delta_is_refused_a_listing_is_compared() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.new_calendar("Second").await;
    peer.switch(json!({"noDeltaPerCalendar": true})).await;
    let event = peer.add(&calendar, timed("One", "2026-11-24T09:00", "2026-11-24T10:00")).await;
    peer.add(&calendar, daily("Daily", "2026-12-01", 3)).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines().len(), 4);
    mirror.sync().await.unwrap();
    assert_eq!((mirror.pages, mirror.news), (1, 0));
    peer.edit(&calendar, &event, json!({"subject": "Two"})).await;
    let lost = mirror.sync().await.unwrap_err();
    assert_eq!((lost.class, lost.http_status), (FailureClass::CursorLost, None), "{lost:?}");
    mirror.cursor = None;
    mirror.sync().await.unwrap();
    assert_eq!(mirror.lines()[0], "2026-11-24 09:00 Two");
    peer.remove(&calendar, &event).await;
    assert_eq!(mirror.sync().await.unwrap_err().class, FailureClass::CursorLost);
}

#[tokio::test]
async fn a_range_is_read_without_what_lies_outside() {
    let peer = Peer::start().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let mut whole = Mirror::of(&peer, &access, &calendar);
    whole.sync().await.unwrap();
    let (lower, upper) = ("2026-11-23T00:00:00Z".parse().unwrap(), "2026-11-25T00:00:00Z".parse().unwrap());
    let mut part = Mirror::of(&peer, &access, &calendar);
    part.read(Reading::Range { lower, upper }).await.unwrap();
    assert_eq!(part.lines_within(lower, upper), whole.lines_within(lower, upper));
    assert!(!part.series.is_empty() && part.series.len() < whole.series.len());
}

#[tokio::test]
async fn events_are_fetched_by_id_also_by_that_of_an_occurrence() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let single = peer.add(&calendar, timed("Single", "2026-11-24T09:00", "2026-11-24T10:00")).await;
    let series = peer.add(&calendar, daily("Daily", "2026-12-01", 4)).await;
    let second = peer.occurrence(&access, &series, "2026-12-02").await;
    let asked = [item(&single), item(&second), item("AAkALgImNeverExisted")];
    let found = peer.adapter().fetch_items(&access, &calendar, &asked).await.unwrap();
    let [RemoteChange::Series(one), RemoteChange::Series(whole), RemoteChange::Gone { id, proven: true }] =
        found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (one.id.as_str(), whole.id.as_str(), id.as_str()),
        (single.as_str(), series.as_str(), "AAkALgImNeverExisted")
    );
}

#[tokio::test]
async fn a_cancelled_occurrence_is_asked_for_by_the_only_name_that_is_left() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let series = peer.add(&calendar, daily("Daily", "2026-12-01", 4)).await;
    peer.remove(&calendar, &peer.occurrence(&access, &series, "2026-12-02").await).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    let gap = mirror.series[&series].iter().find(|it| it.content == Content::Cancelled).unwrap().clone();
    assert_eq!(gap.recurrence_id.unwrap().to_string(), "20261202T100000Z");
    let asked = [item(&gap.id), item(&series)];
    let found = peer.adapter().fetch_items(&access, &calendar, &asked).await.unwrap();
    assert!(matches!(&found[..], [RemoteChange::Series(a), RemoteChange::Series(b)] if a == b), "{found:?}");
    peer.remove(&calendar, &series).await;
    let found = peer.adapter().fetch_items(&access, &calendar, &asked).await.unwrap();
    let gone = |id: &str| RemoteChange::Gone { id: id.to_owned(), proven: true };
    assert_eq!(found, [gone(&gap.id), gone(&series)]);
}

#[tokio::test]
async fn an_event_that_moved_to_another_calendar_is_gone_here() {
    let peer = Peer::empty().await;
    let access = peer.connect(ADA).await;
    let (here, there) = (peer.main_calendar(&access).await, peer.new_calendar("There").await);
    let event = peer.add(&here, timed("Mover", "2026-11-24T09:00", "2026-11-24T10:00")).await;
    let (mut from, mut to) = (Mirror::of(&peer, &access, &here), Mirror::of(&peer, &access, &there));
    from.sync().await.unwrap();
    to.sync().await.unwrap();
    let path = format!("graph/events/{}/{}/move", crate::peer::segment(&here), crate::peer::segment(&event));
    peer.control("POST", &path, json!({"to": there})).await;
    from.sync().await.unwrap();
    to.sync().await.unwrap();
    assert_eq!((from.lines().len(), to.lines().len()), (0, 1));
}
