use serde_json::json;

use super::user;
use crate::desk::{ADA, BEN, Desk};

#[tokio::test]
async fn a_fifth_request_at_the_same_time_is_one_too_many() {
    let desk = Desk::new().await;
    let (ada, ben) = (user(&desk, ADA).await, user(&desk, BEN).await);
    desk.switch(json!({"graph": {"latencyMilliseconds": 1500}})).await;
    let all = futures::future::join_all((0..6).map(|_| ada.get("me/calendars")));
    let (answers, other) = futures::future::join(all, ben.get("me/calendars")).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0].graph(), (429, "ApplicationThrottled"));
    assert_eq!(refused[0].header("retry-after"), "1");
    assert_eq!(other.status, 200, "another mailbox has a count of its own");
    desk.switch(json!({"graph": {"latencyMilliseconds": 0}})).await;
    ada.get("me/calendars").await.ok();
    let requests: Vec<_> =
        (0..6).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me/calendars"})).collect();
    let answer = ada.post("$batch", json!({"requests": requests})).await.ok();
    assert!(answer.body["responses"].as_array().unwrap().iter().all(|one| one["status"] == 200));
}

#[tokio::test]
async fn ten_minutes_have_their_limit_and_faults_their_codes() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    desk.switch(json!({"graph": {"requestsPerTenMinutes": 2}})).await;
    ada.get("me").await.ok();
    ada.get("me").await.ok();
    assert_eq!(ada.get("me").await.header("retry-after"), "60");
    desk.advance(601).await;
    ada.get("me").await.ok();
    desk.switch(json!({"graph": {"requestsPerTenMinutes": 0}})).await;
    for (fault, wanted) in [
        (json!({"operation": "graph.*", "reason": "ErrorServerBusy"}), (503, "ErrorServerBusy")),
        (
            json!({"operation": "graph.me", "reason": "MailboxNotEnabledForRESTAPI"}),
            (404, "MailboxNotEnabledForRESTAPI"),
        ),
        (json!({"operation": "graph.me", "reason": "UnknownError"}), (500, "UnknownError")),
    ] {
        desk.fault(fault).await;
        assert_eq!(ada.get("me").await.graph(), wanted);
    }
    let answer = desk.control("POST", "faults", json!({"operation": "graph.nothing"})).await;
    assert_eq!(answer.status, 400);
}
