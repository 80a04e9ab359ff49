//! What people look at, over the web API on loopback: a month of the large calendar, the health of many connections.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::date;
use jiff::{SignedDuration, ToSpan as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tidecal_engine::{Clock as _, OsRandom};
use tidecal_store::{NewConnection, NewSession, SyncDirection};
use tidecal_web::{Asset, Assets, WebConfig, WebState, hash_token, new_token, router};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::meter::{Meter, percentile};

/// Connections that the health report is about.
const MANY: usize = 10_000;

struct NoFiles;

impl Assets for NoFiles {
    fn find(&self, _: &str) -> Option<Asset> {
        None
    }

    fn document(&self, _: &str) -> Option<Cow<'static, str>> {
        None
    }
}

/// The API on a port of its own, and a signed-in person's browser.
struct Web<'a> {
    app: &'a App,
    base: String,
    cookie: String,
}

impl<'a> Web<'a> {
    async fn serve(app: &'a App) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let config = WebConfig::new(base.parse().unwrap());
        let state = WebState::new(app.engine.clone(), config, Arc::new(NoFiles), CancellationToken::new());
        let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let token = new_token(&OsRandom);
        let now = app.clock.now();
        let session = NewSession {
            token_hash: hash_token(&token),
            tenant_id: app.ada.tenant_id.clone(),
            profile_id: app.ada.user_id.clone(),
            now,
            expires_at: now + SignedDuration::from_hours(24),
            user_agent: String::new(),
        };
        app.engine.store().sign_in().insert_session(&session).await.unwrap();
        Self { app, base, cookie: format!("tidecal_session={}", token.expose_secret()) }
    }

    /// The answer and the milliseconds until its last byte.
    async fn get(&self, path: &str) -> (Value, f64) {
        let begun = Instant::now();
        let request = self.app.http.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let answer = request.send().await.unwrap();
        let (status, body) = (answer.status(), answer.bytes().await.unwrap());
        let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&body));
        (serde_json::from_slice(&body).unwrap(), milliseconds)
    }
}

/// The months of the window in turn, each as a page of six weeks shows it: its first page, and all of it.
pub(crate) async fn month(app: &App, views: usize) {
    let web = Web::serve(app).await;
    let (mut first, mut whole, mut instances, mut pages) = (Vec::new(), Vec::new(), 0, 0);
    let meter = Meter::begin(app, "month").await;
    for view in 0..views {
        let begins = date(2026, 8, 31).checked_add(i64::try_from(view % 12).unwrap().months()).unwrap();
        let ends = begins.checked_add(42.days()).unwrap();
        let asked = format!("/api/calendar/events?start={begins}T00:00:00Z&end={ends}T00:00:00Z&limit=1000");
        let (mut cursor, mut spent) = (String::new(), 0.0);
        loop {
            let (page, milliseconds) = web.get(&format!("{asked}{cursor}")).await;
            if cursor.is_empty() {
                first.push(milliseconds);
            }
            spent += milliseconds;
            instances += page["items"].as_array().unwrap().len();
            pages += 1;
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        whole.push(spent);
    }
    let more = json!({ "instances": instances / views, "pages": pages / views, "first_page_ms": spread(first), "whole_ms": spread(whole) });
    meter.end(views, more).await;
}

/// The health report over ten thousand connections.
pub(crate) async fn health(app: &App, requests: usize) {
    let tenant = app.engine.store().tenant(&app.ada);
    for number in 0..MANY {
        let connection = NewConnection {
            account_id: app.account.id.clone(),
            external_calendar_id: format!("many-{number}"),
            name: format!("Calendar {number}"),
            calendar_color: None,
            time_zone: None,
            read_only: false,
            calendar_id: None,
            sync_direction: SyncDirection::Inbound,
            sync_enabled: false,
        };
        tenant.insert_connection(&connection, app.clock.now()).await.unwrap();
    }
    let web = Web::serve(app).await;
    let meter = Meter::begin(app, "health").await;
    let mut spent = Vec::new();
    for _ in 0..requests {
        spent.push(web.get("/api/calendar/health").await.1);
    }
    meter.end(requests, json!({ "ms": spread(spent) })).await;
}

fn spread(mut milliseconds: Vec<f64>) -> Value {
    milliseconds.sort_by(f64::total_cmp);
    json!({ "p50": percentile(&milliseconds, 0.5), "p99": percentile(&milliseconds, 0.99) })
}
