//! The live stream: what happens right now, to those whom it concerns.

use futures::StreamExt as _;
use serde_json::json;
use tidecal_core::sync::Stats;
use tidecal_engine::{NoticeNews, RunNews, RunPhase};

use crate::app::{App, Person};
use crate::database::on_both;

on_both!(
    a_stream_tells_of_the_own_runs_alone,
    an_admin_hears_of_the_tenant,
    what_one_is_told_is_heard_by_nobody_else,
    changes_by_request_are_told,
    a_stream_ends_with_its_session,
    a_stream_ends_with_the_server,
);

struct Heard(axum::body::BodyDataStream);

impl Heard {
    async fn by(app: &App, person: &Person) -> Self {
        let response = app.get("/api/calendar/stream").by(person).begin().await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut heard = Self(response.into_body().into_data_stream());
        let first = heard.next().await.unwrap();
        assert!(first.contains("retry: 2000"), "{first}");
        heard
    }

    /// The next event; `None`: the stream is over.
    async fn next(&mut self) -> Option<String> {
        let chunk = self.0.next().await?.unwrap();
        Some(String::from_utf8(chunk.to_vec()).unwrap())
    }
}

fn news(person: &Person, connection: &str, phase: RunPhase) -> RunNews {
    RunNews {
        tenant_id: person.scope.tenant_id.clone(),
        user_id: person.scope.user_id.clone(),
        connection_id: connection.to_owned(),
        run_id: "run-1".to_owned(),
        phase,
        stats: Stats { synced: 3, updated: 2, skipped: 1, deleted: 0 },
        seen: 6,
        message: None,
    }
}

async fn a_stream_tells_of_the_own_runs_alone(app: App) {
    let mut heard = Heard::by(&app, &app.ben).await;
    for person in [&app.ada, &app.dora] {
        app.engine.live().tell(news(person, "theirs", RunPhase::Started));
    }
    app.engine.live().tell(news(&app.ben, "mine", RunPhase::Finished));
    let event = heard.next().await.unwrap();
    let data = json!({"connectionId": "mine", "runId": "run-1", "phase": "finished", "synced": 3, "updated": 2, "skipped": 1, "seen": 6, "message": null});
    let (name, told) = event.trim().split_once('\n').unwrap();
    assert_eq!(name, "event: sync");
    assert_eq!(serde_json::from_str::<serde_json::Value>(told.strip_prefix("data: ").unwrap()).unwrap(), data);
    // A run that is over has changed its connection.
    assert_eq!(heard.next().await.unwrap().trim(), "event: connection\ndata: {\"connectionId\":\"mine\"}");
}

async fn an_admin_hears_of_the_tenant(app: App) {
    let mut heard = Heard::by(&app, &app.carl).await;
    app.engine.live().tell(news(&app.dora, "theirs", RunPhase::Started));
    app.engine.live().tell(news(&app.ben, "bens", RunPhase::Started));
    assert!(heard.next().await.unwrap().contains("bens"));
}

async fn what_one_is_told_is_heard_by_nobody_else(app: App) {
    let (mut ben, mut carl) = (Heard::by(&app, &app.ben).await, Heard::by(&app, &app.carl).await);
    app.engine.live().notify(NoticeNews {
        tenant_id: app.ben.scope.tenant_id.clone(),
        user_id: app.ben.scope.user_id.clone(),
        connection_id: Some("mine".to_owned()),
        kind: "conflict".to_owned(),
        title: "Review: both sides changed it".to_owned(),
    });
    let event = ben.next().await.unwrap();
    let (name, told) = event.trim().split_once('\n').unwrap();
    assert_eq!(name, "event: notification");
    let data = json!({"connectionId": "mine", "kind": "conflict", "title": "Review: both sides changed it"});
    assert_eq!(serde_json::from_str::<serde_json::Value>(told.strip_prefix("data: ").unwrap()).unwrap(), data);
    app.engine.live().tell(news(&app.ben, "bens", RunPhase::Started));
    assert!(carl.next().await.unwrap().contains("bens"), "an administrator hears of runs, not of notifications");
}

async fn changes_by_request_are_told(app: App) {
    let home = app.home(&app.ada.scope, "Primary").await;
    let (mut ada, mut ben) = (Heard::by(&app, &app.ada).await, Heard::by(&app, &app.ben).await);
    let path = format!("/api/calendar/connections/{}", home.connection.id);
    app.patch(&path).by(&app.ada).json(&json!({"name": "Work"})).expect(200).await;
    assert!(ada.next().await.unwrap().contains(&home.connection.id));
    app.engine.live().tell(news(&app.ben, "bens", RunPhase::Started));
    assert!(ben.next().await.unwrap().contains("bens"), "ben has not heard of ada's connection before");
}

async fn a_stream_ends_with_its_session(app: App) {
    let (mut ada, mut ben) = (Heard::by(&app, &app.ada).await, Heard::by(&app, &app.ben).await);
    app.delete("/api/session").by(&app.ada).expect(204).await;
    assert_eq!(ada.next().await, None);
    app.engine.live().tell(news(&app.ben, "bens", RunPhase::Started));
    assert!(ben.next().await.is_some());
}

async fn a_stream_ends_with_the_server(app: App) {
    let mut heard = Heard::by(&app, &app.ada).await;
    app.shutdown.cancel();
    assert_eq!(heard.next().await, None);
}
