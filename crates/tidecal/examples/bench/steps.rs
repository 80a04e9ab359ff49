//! Syncs: a first one, quiet ones, one with changes, a comparison of everything.

use serde_json::json;
use tidecal_core::sync::Verdict;
use tidecal_engine::Clock as _;

use crate::app::App;
use crate::meter::{Meter, resident_kb};

/// Connections beside the large one that have nothing new.
const QUIET: usize = 200;

/// The whole calendar, for the first time.
pub(crate) async fn first(app: &App) {
    let meter = Meter::begin(app, "first").await;
    let result = app.sync().await;
    let counts = app.engine.store().tenant(&app.ada).verdict_counts(&app.connection.id).await.unwrap();
    let more = json!({ "synced": result.stats.synced, "skipped": result.stats.skipped, "mirrored": counts.of(Verdict::Mirrored) });
    meter.end(usize::try_from(result.stats.total()).unwrap(), more).await;
}

/// Rounds of the job over connections that have nothing new.
pub(crate) async fn quiet(app: &App, rounds: usize) {
    for number in 0..QUIET {
        app.connect(&format!("quiet-{number}")).await;
    }
    // Twice: the first run of each reads everything, and looks at what waits outside the window.
    for _ in 0..2 {
        app.next_turn();
        app.engine.run_jobs(None).await.unwrap();
    }
    let meter = Meter::begin(app, "quiet").await;
    let mut runs = 0;
    for _ in 0..rounds {
        app.next_turn();
        let summary = app.engine.run_jobs(None).await.unwrap();
        assert_eq!(summary.connections_failed, 0, "{:?}", summary.errors);
        runs += usize::try_from(summary.connections_processed).unwrap();
    }
    assert!(runs >= rounds * QUIET, "{runs} runs in {rounds} rounds");
    meter.end(runs, json!({})).await;
}

/// The large calendar again and again, with nothing new.
pub(crate) async fn still(app: &App, syncs: usize) {
    // The first run after a first sync looks at what waits outside the window.
    app.next_turn();
    app.sync().await;
    let meter = Meter::begin(app, "still").await;
    for _ in 0..syncs {
        app.next_turn();
        let result = app.sync().await;
        assert_eq!(result.stats.total(), 0);
    }
    meter.end(syncs, json!({})).await;
}

/// The objects in a folder are changed on the CalDAV server, then there is a sync.
pub(crate) async fn edit(app: &App, folder: &str) {
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let body = std::fs::read_to_string(file.path()).unwrap().replace("another room", "a room of Tidecal");
        let request =
            app.http.put(format!("http://{}/ada/bench/{name}", app.address)).basic_auth("ada", Some("pw-ada"));
        let answer = request.header("content-type", "text/calendar; charset=utf-8").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{name}: {}", answer.status());
    }
    synced_changes(app).await;
}

/// A hundred changes among all.
pub(crate) async fn changes(app: &App) {
    app.server("change").await;
    synced_changes(app).await;
}

async fn synced_changes(app: &App) {
    app.next_turn();
    let meter = Meter::begin(app, "changes").await;
    let result = app.sync().await;
    let more = json!({ "synced": result.stats.synced, "updated": result.stats.updated });
    meter.end(usize::try_from(result.stats.total()).unwrap(), more).await;
}

/// Everything again, unchanged: the cursor was lost.
pub(crate) async fn compare(app: &App) {
    app.server("restore").await;
    app.next_turn();
    let tenant = app.engine.store().tenant(&app.ada);
    tenant.request_sync(&app.connection.id, true, "0193-bench-compare", app.clock.now()).await.unwrap();
    let meter = Meter::begin(app, "compare").await;
    let result = app.sync().await;
    let more = json!({ "synced": result.stats.synced, "updated": result.stats.updated });
    meter.end(usize::try_from(result.stats.total()).unwrap(), more).await;
}

/// What is resident when nothing is done.
pub(crate) async fn idle(app: &App) {
    let meter = Meter::begin(app, "idle").await;
    meter.end(1, json!({ "resident_kb": resident_kb() })).await;
}
