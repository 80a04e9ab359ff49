//! Tidecal with all its work on, measured step by step: what `cargo xtask bench` runs.
//!
//! `bench ADDRESS DATABASE STEP…` with an address of a static server of `cargo xtask bench` (Google's, or
//! `outlook=…`, `caldav=…`), a database (`sqlite:PATH` or `postgres://…`) that is made or emptied, and steps in
//! their order: `first`, `quiet=ROUNDS`, `still=SYNCS`, `changes`, `edit=FOLDER`, `compare`, `plan=ROUNDS`,
//! `push=EVENTS`, `month=VIEWS`, `health=REQUESTS`, `idle`. Each prints a line of JSON: what was done, wall seconds,
//! CPU seconds of this process, its peak memory, requests.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

mod app;
mod edits;
mod meter;
mod steps;
mod views;

use app::App;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, database, asked @ ..] = arguments.as_slice() else {
        panic!("bench ADDRESS DATABASE STEP…");
    };
    let app = App::new(address, database).await;
    for step in asked {
        let (name, count) = step.split_once('=').unwrap_or((step, "1"));
        if name == "edit" {
            steps::edit(&app, count).await;
            continue;
        }
        let count = count.parse().unwrap();
        match name {
            "first" => steps::first(&app).await,
            "quiet" => steps::quiet(&app, count).await,
            "still" => steps::still(&app, count).await,
            "changes" => steps::changes(&app).await,
            "compare" => steps::compare(&app).await,
            "plan" => edits::plan(&app, count).await,
            "push" => edits::push(&app, count).await,
            "month" => views::month(&app, count).await,
            "health" => views::health(&app, count).await,
            "idle" => steps::idle(&app).await,
            unknown => panic!("no step is called {unknown}"),
        }
    }
}
