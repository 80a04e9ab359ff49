use serde_json::{Value, json};

use crate::desk::{ADA, Answer, Desk, hour};

/// Sends (method, path, body) in one batch; answers the parts by their ids.
async fn batch(desk: &Desk, token: &str, inner: &[(&str, &str, Option<Value>)]) -> Answer {
    let mut text = String::new();
    for (number, (method, path, body)) in inner.iter().enumerate() {
        text.push_str(&format!(
            "--cut\r\nContent-Type: application/http\r\nContent-ID: <item-{number}>\r\n\r\n{method} /calendar/v3/{path} HTTP/1.1\r\n"
        ));
        text.push_str("Content-Type: application/json\r\n\r\n");
        text.push_str(&body.as_ref().map(Value::to_string).unwrap_or_default());
        text.push_str("\r\n");
    }
    text.push_str("--cut--\r\n");
    let request = desk.http.post(desk.url("/batch/calendar/v3")).bearer_auth(token);
    let request = request.header("Content-Type", "multipart/mixed; boundary=cut").body(text);
    Answer::of(request.send().await.unwrap()).await
}

fn status_of(answer: &Answer, number: usize) -> u16 {
    let part = answer.text.split("--batch_sandbox").find(|part| part.contains(&format!("<response-item-{number}>")));
    let line = part.unwrap().lines().find(|line| line.starts_with("HTTP/1.1 ")).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_part_is_a_request_of_its_own() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.fault(json!({"operation": "events.get", "reason": "rateLimitExceeded"})).await;
    let inner = [
        ("POST", "calendars/primary/events", Some(hour("x", 1, "09:00"))),
        ("GET", "calendars/primary/events/missing", None),
        ("GET", "calendars/primary/events/missing", None),
        ("GET", "calendars/primary/events?maxResults=0", None),
    ];
    let answer = batch(&desk, &ada.token, &inner).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "multipart/mixed; boundary=batch_sandbox"));
    let statuses: Vec<u16> = (0..4).map(|number| status_of(&answer, number)).collect();
    assert_eq!(statuses, [200, 403, 404, 400]);
    assert_eq!(ada.list("").await.items().len(), 1);
    let ledger = desk.control("GET", "ledger?account=ada%40example.com", Value::Null).await.ok();
    let names: Vec<&str> = ledger.items().iter().map(|item| item["operation"].as_str().unwrap()).collect();
    assert_eq!(names[..5], ["events.insert", "events.get", "events.get", "events.list", "batch"]);
}

#[tokio::test]
async fn a_batch_has_its_limits() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let many = vec![("GET", "colors", None); 51];
    assert_eq!(batch(&desk, &ada.token, &many).await.refusal(), (400, "badRequest"));
    assert_eq!(batch(&desk, &ada.token, &many[..50]).await.status, 200);
    let none = desk.http.post(desk.url("/batch/calendar/v3")).bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(none.status().as_u16(), 400);
    let stranger = batch(&desk, "made-up", &many[..1]).await;
    assert_eq!(status_of(&stranger, 0), 401);
}

#[tokio::test]
async fn a_limit_of_requests_per_minute_and_person() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    desk.switch(json!({"userRequestsPerMinute": 2})).await;
    ada.list("").await.ok();
    ada.list("").await.ok();
    assert_eq!(ada.list("").await.refusal(), (403, "rateLimitExceeded"));
    desk.advance(61).await;
    ada.list("").await.ok();
}
