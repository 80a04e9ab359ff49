use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{hour, user};
use crate::desk::{ADA, Desk};

/// A receiver of notifications on this machine.
struct Receiver {
    url: String,
    heard: UnboundedReceiver<Value>,
    /// Statuses to answer notifications with, before 202.
    answers: Arc<Mutex<Vec<u16>>>,
}

type Ears = (UnboundedSender<Value>, Arc<Mutex<Vec<u16>>>);

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handshake {
    validation_token: Option<String>,
}

async fn hear(State((tell, answers)): State<Ears>, Query(query): Query<Handshake>, body: String) -> Response {
    if let Some(token) = query.validation_token {
        return token.into_response();
    }
    let status = answers.lock().unwrap().pop().unwrap_or(202);
    tell.send(serde_json::from_str(&body).unwrap()).unwrap();
    http::StatusCode::from_u16(status).unwrap().into_response()
}

async fn receiver() -> Receiver {
    let (tell, heard) = unbounded_channel();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let app = Router::new()
        .route("/hook", post(hear))
        .route("/deaf", post(|| async { "no" }))
        .with_state((tell, answers.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Receiver { url, heard, answers }
}

fn wish(url: &str, resource: &str) -> Value {
    json!({
        "changeType": "created,updated,deleted", "notificationUrl": url, "resource": resource, "clientState": "secret",
        "lifecycleNotificationUrl": url, "expirationDateTime": "2026-11-24T10:00:00Z",
    })
}

#[tokio::test]
async fn a_subscription_shakes_hands_and_tells_of_changes() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let mut ear = receiver().await;
    let hook = format!("{}/hook", ear.url);
    let made = ada.post("subscriptions", wish(&hook, "/me/events")).await;
    assert_eq!(made.status, 201);
    let id = ada.create(hour("News", 1, 9)).await.ok().id();
    let heard = ear.heard.recv().await.unwrap();
    let entry = &heard["value"][0];
    assert_eq!((&entry["changeType"], &entry["clientState"]), (&json!("created"), &json!("secret")));
    assert_eq!(entry["resourceData"]["id"], json!(id));
    assert_eq!(entry["subscriptionId"], json!(made.id()));
    ear.answers.lock().unwrap().push(503);
    ada.patch(&id, json!({"subject": "Newer"})).await.ok();
    let (once, again) = (ear.heard.recv().await.unwrap(), ear.heard.recv().await.unwrap());
    assert_eq!(once["value"][0]["changeType"], "updated");
    assert_eq!(once, again);
    desk.switch(json!({"graph": {"wrongClientState": true, "repeatNotifications": true}})).await;
    ada.delete(&id).await.ok();
    let heard = ear.heard.recv().await.unwrap();
    assert_eq!(heard["value"].as_array().unwrap().len(), 2);
    assert_ne!(heard["value"][0]["clientState"], "secret");
    let body = json!({"subscriptionId": made.id(), "event": "missed"});
    desk.control("POST", "graph/lifecycle", body).await.ok();
    assert_eq!(ear.heard.recv().await.unwrap()["value"][0]["lifecycleEvent"], "missed");
}

#[tokio::test]
async fn subscriptions_are_renewed_end_and_are_checked() {
    let desk = Desk::new().await;
    let ada = user(&desk, ADA).await;
    let ear = receiver().await;
    let hook = format!("{}/hook", ear.url);
    let change = |name: &str, value: Value| {
        let mut body = wish(&hook, "/me/events");
        body[name] = value;
        body
    };
    for (body, wanted) in [
        (change("notificationUrl", json!(format!("{}/deaf", ear.url))), (400, "ValidationError")),
        (change("notificationUrl", json!("http://192.0.2.1/hook")), (400, "sandboxNotLoopback")),
        (change("changeType", json!("moved")), (400, "InvalidRequest")),
        (change("resource", json!("/me/messages")), (400, "InvalidRequest")),
        (change("expirationDateTime", json!("2026-12-24T10:00:00Z")), (400, "InvalidRequest")),
        (change("expirationDateTime", json!("2026-11-20T10:00:00Z")), (400, "InvalidRequest")),
        (change("kind", json!("x")), (400, "RequestBodyRead")),
    ] {
        assert_eq!(ada.post("subscriptions", body.clone()).await.graph(), wanted, "{body}");
    }
    let short = change("expirationDateTime", json!("2026-11-21T10:01:00Z"));
    let made = ada.post("subscriptions", short).await.ok();
    assert_eq!(made.body["expirationDateTime"], "2026-11-21T10:45:00.0000000Z");
    assert_eq!(ada.post("subscriptions", wish(&hook, "/me/events")).await.graph(), (409, "Conflict"));
    assert_eq!(ada.get("subscriptions").await.ok().values().len(), 1);
    let path = format!("subscriptions/{}", made.id());
    let longer = json!({"expirationDateTime": "2026-11-22T10:00:00Z"});
    let renewed = ada.send("PATCH", &path, &[], Some(longer.clone())).await.ok();
    assert_eq!(renewed.body["expirationDateTime"], "2026-11-22T10:00:00.0000000Z");
    assert_eq!(ada.send("PATCH", &path, &[], Some(json!({"clientState": "x"}))).await.status, 400);
    assert_eq!(ada.send("DELETE", &path, &[], None).await.status, 204);
    assert_eq!(ada.send("DELETE", &path, &[], None).await.graph(), (404, "ResourceNotFound"));
    let made = ada.post("subscriptions", wish(&hook, "/me/events")).await.ok();
    desk.switch(json!({"tokenLifetimeSeconds": 999_999})).await;
    let ada = user(&desk, ADA).await;
    desk.advance(4 * 24 * 3600).await;
    let path = format!("subscriptions/{}", made.id());
    assert_eq!(ada.send("PATCH", &path, &[], Some(longer)).await.graph(), (404, "ResourceNotFound"));
}
