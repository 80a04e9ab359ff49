//! Push channels, with a listener on this machine as the product would be one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::desk::{ADA, BEN, Caller, Desk, hour};

type Post = (BTreeMap<String, String>, usize);

/// Takes posts; answers the statuses given first, then 200.
struct Ear {
    address: String,
    posts: mpsc::UnboundedReceiver<Post>,
}

#[derive(Clone)]
struct Mouth {
    posts: mpsc::UnboundedSender<Post>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Ear {
    async fn new(statuses: &[u16]) -> Self {
        let (sender, posts) = mpsc::unbounded_channel();
        let mouth = Mouth { posts: sender, statuses: Arc::new(Mutex::new(statuses.to_vec())) };
        let app = Router::new().route("/hook", post(hear)).with_state(mouth);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, posts }
    }

    async fn next(&mut self) -> BTreeMap<String, String> {
        let (headers, length) = self.posts.recv().await.unwrap();
        assert_eq!(length, 0, "notifications have no body");
        headers
    }
}

async fn hear(State(mouth): State<Mouth>, headers: HeaderMap, body: String) -> StatusCode {
    let named = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    mouth.posts.send((named, body.len())).unwrap();
    let mut statuses = mouth.statuses.lock().unwrap();
    let status = if statuses.is_empty() { 200 } else { statuses.remove(0) };
    StatusCode::from_u16(status).unwrap()
}

async fn watch(caller: &Caller<'_>, id: &str, address: &str) -> crate::desk::Answer {
    let body = json!({"id": id, "type": "web_hook", "address": address, "token": "secret-word"});
    caller.send("POST", "calendars/primary/events/watch", &[], Some(body)).await
}

#[tokio::test]
async fn the_sync_message_comes_before_the_answer_and_changes_follow() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut ear = Ear::new(&[]).await;
    let channel = watch(&ada, "channel-1", &ear.address).await.ok();
    assert_eq!(channel.body["kind"], "api#channel");
    assert_eq!(channel.body["expiration"], "1795860000000", "seven days ahead, as text");
    let (first, _) = ear.posts.try_recv().unwrap();
    assert_eq!(first["x-goog-resource-state"], "sync");
    assert_eq!((first["x-goog-channel-id"].as_str(), first["x-goog-message-number"].as_str()), ("channel-1", "1"));
    assert_eq!(first["x-goog-resource-id"], channel.body["resourceId"].as_str().unwrap());
    assert_eq!(first["x-goog-channel-token"], "secret-word");
    assert_eq!(first["x-goog-channel-expiration"], "Sat, 28 Nov 2026 10:00:00 GMT");
    let id = ada.insert(hour("x", 1, "09:00")).await.ok().id();
    assert_eq!(ear.next().await["x-goog-resource-state"], "exists");
    ada.list("").await.ok();
    desk.control("DELETE", &format!("events/{ADA}/{id}"), Value::Null).await.ok();
    let third = ear.next().await;
    assert_eq!((third["x-goog-resource-state"].as_str(), third["x-goog-message-number"].as_str()), ("exists", "3"));
    let ben = desk.caller(BEN).await;
    ben.insert(hour("y", 1, "09:00")).await.ok();
    let stop = json!({"id": "channel-1", "resourceId": channel.body["resourceId"]});
    assert_eq!(ben.send("POST", "channels/stop", &[], Some(stop.clone())).await.status, 404, "not his");
    assert_eq!(ada.send("POST", "channels/stop", &[], Some(stop.clone())).await.status, 204);
    assert_eq!(ada.send("POST", "channels/stop", &[], Some(stop)).await.refusal(), (404, "notFound"));
    ada.insert(hour("z", 1, "09:00")).await.ok();
    assert!(ear.posts.try_recv().is_err(), "a stopped channel is silent");
    assert_eq!(watch(&ada, "channel-1", &ear.address).await.refusal(), (400, "channelIdNotUnique"));
}

#[tokio::test]
async fn only_some_refusals_are_tried_again() {
    let desk = Desk::new().await;
    desk.switch(json!({"pushRetryMilliseconds": 1})).await;
    let ada = desk.caller(ADA).await;
    let mut ear = Ear::new(&[200, 503, 500, 200, 404]).await;
    watch(&ada, "c", &ear.address).await.ok();
    ear.next().await;
    ada.insert(hour("x", 1, "09:00")).await.ok();
    for _ in 0..3 {
        assert_eq!(ear.next().await["x-goog-message-number"], "2");
    }
    ada.insert(hour("y", 1, "09:00")).await.ok();
    assert_eq!(ear.next().await["x-goog-message-number"], "3");
    ada.insert(hour("z", 1, "09:00")).await.ok();
    assert_eq!(ear.next().await["x-goog-message-number"], "4", "a 404 was not tried again");
}

#[tokio::test]
async fn notifications_get_lost_and_channels_end() {
    let desk = Desk::new().await;
    desk.switch(json!({"loseNotifications": 2, "channelLifetimeSeconds": 100})).await;
    let ada = desk.caller(ADA).await;
    let mut ear = Ear::new(&[]).await;
    watch(&ada, "c", &ear.address).await.ok();
    ear.next().await;
    ada.insert(hour("lost", 1, "09:00")).await.ok();
    ada.insert(hour("told", 1, "09:00")).await.ok();
    assert_eq!(ear.next().await["x-goog-message-number"], "3");
    desk.advance(101).await;
    ada.insert(hour("late", 1, "09:00")).await.ok();
    let channels = desk.control("GET", "channels", Value::Null).await.ok();
    assert_eq!(channels.items()[0]["live"], false);
    let lost: Vec<bool> =
        channels.items()[0]["deliveries"].as_array().unwrap().iter().map(|one| one["lost"] == true).collect();
    assert!(lost.contains(&true) && ear.posts.try_recv().is_err());
}

#[tokio::test]
async fn impossible_channels_are_refused() {
    let desk = Desk::with(|config| config.filled = true).await;
    let ada = desk.caller(ADA).await;
    let send = async |path: &str, body: Value| ada.send("POST", path, &[], Some(body)).await;
    let good = json!({"id": "a", "type": "web_hook", "address": "https://example.com/hook"});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let path = "calendars/primary/events/watch";
    for (body, reason) in [
        (with("address", json!("http://example.com/hook")), "push.webhookUrlNotHttps"),
        (with("type", json!("mail")), "channelTypeNotSupported"),
        (with("id", json!("")), "required"),
        (with("id", json!("x".repeat(65))), "invalid"),
        (with("expiration", json!("1")), "invalid"),
    ] {
        assert_eq!(send(path, body.clone()).await.refusal(), (400, reason), "{body}");
    }
    let holidays = "calendars/en.austrian%23holiday%40group.v.calendar.google.com/events/watch";
    assert_eq!(send(holidays, good.clone()).await.refusal(), (400, "pushNotSupportedForRequestedResource"));
    let short = send(path, with("params", json!({"ttl": "60"}))).await.ok();
    assert_eq!(short.body["expiration"], "1795255260000");
    send("users/me/calendarList/watch", with("id", json!("list"))).await.ok();
    send("users/me/settings/watch", with("id", json!("settings"))).await.ok();
    desk.switch(json!({"httpsWebhooksOnly": true})).await;
    let plain = json!({"id": "b", "type": "web_hook", "address": "http://127.0.0.1:9/"});
    assert_eq!(send(path, plain).await.refusal(), (400, "push.webhookUrlNotHttps"));
}

#[tokio::test]
async fn a_revoked_grant_silences_its_channels() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    let mut ear = Ear::new(&[]).await;
    watch(&ada, "c", &ear.address).await.ok();
    ear.next().await;
    desk.control("POST", "oauth/revoke", json!({"account": ADA})).await.ok();
    desk.control("POST", &format!("events/{ADA}"), hour("x", 1, "09:00")).await.ok();
    let channels = desk.control("GET", "channels", Value::Null).await.ok();
    assert_eq!(channels.items()[0]["deliveries"].as_array().unwrap().len(), 1, "the sync message alone");
}
