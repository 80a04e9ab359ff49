//! Problem 11: the fixed window of a delta ages in silence, and nothing beyond its end ever arrives.

use jiff::SignedDuration;
use tidecal_engine::Clock as _;

use super::desk::{At, Desk};
use crate::harness::{Db, on_both};

on_both!(p11_outlooks_window_rolls_on_for_years_and_nothing_near_its_end_is_missed);

/// The subscription of the first day ended a year later, and the calendar looked empty from then on.
async fn p11_outlooks_window_rolls_on_for_years_and_nothing_near_its_end_is_missed(db: Db) {
    let desk = Desk::open(db, &[At::Outlook]).await;
    let mut calls = Vec::new();
    for step in 0..8 {
        desk.app.advance(SignedDuration::from_hours(24 * 60)).await;
        // Something eleven months ahead, and something far beyond every window.
        let near = desk.app.clock.now() + SignedDuration::from_hours(24 * 330);
        desk.make_there(At::Outlook, &format!("near {step}"), &near.to_string()).await;
        desk.settle().await;
        assert!(desk.titles_here().await.contains(&format!("near {step}")), "step {step}");
        desk.app.calls().await;
        desk.run(At::Outlook).await;
        // Sign-in is renewed now and then; the rest is the one delta.
        calls.push(desk.app.control("GET", "ledger?operation=graph.*", serde_json::json!({})).await);
        // What the vendor covers now is told with the connection.
        let shown = desk.get(&format!("connections/{}", desk.connection(At::Outlook).id)).await;
        let until: jiff::Timestamp = shown["window"]["end"].as_str().unwrap().parse().unwrap();
        assert!(until > near && until < desk.app.clock.now() + SignedDuration::from_hours(24 * 367), "{shown}");
    }
    assert_eq!(desk.titles(At::Outlook).await.len(), 8);
    desk.rest().await;
}
