//! Two-way work on the large calendar: plans of what is unchanged, and edits that go out.

use std::time::Instant;

use serde_json::json;
use tidecal_core::model::Event;
use tidecal_core::sync::{EventKind, span_of};
use tidecal_engine::Clock as _;
use tidecal_ical::{Moment, When, Zone};
use tidecal_store::{ConnectionPatch, LocalOp, LocalWrite, SyncDirection};

use crate::app::App;
use crate::meter::{Meter, percentile};

/// Plans of the unchanged calendar.
pub(crate) async fn plan(app: &App, rounds: usize) {
    let plan = async || app.engine.plan(&app.ada, &app.connection.id, None).await.unwrap();
    // The first look of a day is also at what waits outside the window.
    app.sync().await;
    let quiet = plan().await;
    assert!(quiet.changes.is_empty() && quiet.stops.is_empty() && quiet.calls_made == 1, "{quiet:?}");
    let mut times = Vec::new();
    let meter = Meter::begin(app, "plan").await;
    for _ in 0..rounds {
        let begun = Instant::now();
        plan().await;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let ms = json!({ "p50": percentile(&times, 0.5), "p99": percentile(&times, 0.99) });
    meter.end(rounds, json!({ "ms": ms })).await;
}

/// So many events are edited here, each once; one sync takes them to the vendor.
pub(crate) async fn push(app: &App, count: usize) {
    let direction = Some(SyncDirection::Bidirectional);
    let patch = ConnectionPatch { sync_direction: direction, ..ConnectionPatch::default() };
    app.engine.update_connection(&app.ada, &app.connection.id, &patch).await.unwrap();
    app.sync().await;
    for number in 0..count {
        let event = event(number, "");
        let span = span_of(&event, &Zone::utc());
        write(app, number, LocalOp::Insert { kind: EventKind::Single, event: Box::new(event), span }).await;
    }
    app.next_turn();
    app.sync().await;
    for number in 0..count {
        let event = event(number, ", moved to another room");
        let span = span_of(&event, &Zone::utc());
        let op = LocalOp::Update { expected: 1, kind: EventKind::Single, event: Box::new(event), span };
        write(app, number, op).await;
    }
    app.next_turn();
    let meter = Meter::begin(app, "push").await;
    let result = app.sync().await;
    meter.end(count, json!({ "updated": result.stats.updated })).await;
}

fn event(number: usize, more: &str) -> Event {
    let day = i8::try_from(1 + number % 28).unwrap();
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 12, day).at(hour, 0, 0, 0), Zone::utc());
    let description = "Please bring the latest figures. ".repeat(20);
    Event {
        title: format!("Review {number}{more}"),
        description,
        location: "Room 4".into(),
        ..Event::at(When::Timed { start: at(9), end: at(10) })
    }
}

async fn write(app: &App, number: usize, op: LocalOp) {
    let id = format!("01a1fd8c-6900-7000-8000-{number:012x}");
    let write = LocalWrite { id: id.clone(), series_id: id, recurrence_id: None, op, answer: None };
    let tenant = app.engine.store().tenant(&app.ada);
    tenant.write_local(&app.connection.calendar_id, &[write], false, app.clock.now()).await.unwrap();
}
