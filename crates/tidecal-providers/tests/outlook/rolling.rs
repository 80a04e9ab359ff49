//! 400 days with a window that rolls: nothing missed, nothing doubled, few calls.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::mirror::Mirror;
use crate::peer::{ADA, NOW, Peer, timed, window};

#[tokio::test]
async fn in_400_days_no_event_is_missed_and_none_doubled() {
    let peer = Peer::empty().await;
    peer.control("PATCH", "switches", json!({"tokenLifetimeSeconds": 100_000_000})).await;
    let access = peer.connect(ADA).await;
    let calendar = peer.main_calendar(&access).await;
    let endless = json!({"subject": "Weekly",
        "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": "2026-11-23T10:00:00", "timeZone": "W. Europe Standard Time"},
        "recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
            "range": {"type": "noEnd", "startDate": "2026-11-23"}}});
    let series = peer.add(&calendar, endless).await;
    let mut mirror = Mirror::of(&peer, &access, &calendar);
    mirror.sync().await.unwrap();
    let start: Timestamp = NOW.parse().unwrap();
    let (mut ids, mut swaps, mut most) = (Vec::new(), 0, 0);
    for day in 1..=400_i64 {
        mirror.now = start.checked_add(SignedDuration::from_hours(24 * day)).unwrap();
        peer.set_clock(mirror.now).await;
        // Far ahead, near the end of what the stretch covers.
        let ahead = mirror.now.checked_add(SignedDuration::from_hours(24 * 350)).unwrap();
        let date = ahead.strftime("%Y-%m-%d").to_string();
        ids.push(
            peer.add(&calendar, timed(&format!("Event {day}"), &format!("{date}T09:00"), &format!("{date}T10:00")))
                .await,
        );
        match day % 10 {
            3 => peer.remove(&calendar, &ids.remove(0)).await,
            6 => drop(peer.edit(&calendar, &ids[ids.len() / 2], json!({"subject": format!("Edited {day}")})).await),
            9 => {
                let monday = ahead.strftime("%Y-%m-%d").to_string();
                drop(peer.edit(&calendar, &series, json!({"subject": format!("Weekly until {monday}")})).await);
            }
            _ => {}
        }
        let cursor = mirror.cursor.clone();
        mirror.sync().await.unwrap();
        most = most.max(mirror.pages);
        let rolled = |text: &str| text.contains("\"next\":{");
        swaps += usize::from(cursor.is_some_and(|it| rolled(&it.0)) && !rolled(&mirror.cursor.as_ref().unwrap().0));
    }
    assert!((5..=8).contains(&swaps), "{swaps} swaps");
    assert_eq!(most, 2, "two calls at most, while a swap goes on");
    let kept = mirror.lines_within(window(mirror.now).from, window(mirror.now).to);
    let mut anew = Mirror::of(&peer, &access, &calendar);
    anew.now = mirror.now;
    anew.sync().await.unwrap();
    assert_eq!(kept, anew.lines_within(window(anew.now).from, window(anew.now).to));
    assert!(kept.len() > 300, "{}", kept.len());
    mirror.sync().await.unwrap();
    assert_eq!((mirror.pages, mirror.news), (1, 0));
}
