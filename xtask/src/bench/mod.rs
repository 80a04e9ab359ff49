//! `cargo xtask bench`: Tidecal beside a bare floor and beside peers, in turn, on the same data. Writes
//! target/bench.json and prints a table; what it means stands in docs/BENCHMARKS.md.
//!
//! CPU seconds and ratios within one run are what counts: wall times depend on who else is at work.

mod build;
mod caldav;
mod caldav_event;
mod contests;
mod data;
mod google;
mod graph;
mod graph_event;
mod rounds;
mod server;
mod table;
mod table_vendors;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use self::build::Programs;
use crate::root;

/// Rows of the table that can be asked for.
const ROWS: [&str; 10] = ["p1", "p2", "p3", "p4", "edit", "p8", "p9", "p10", "p15", "graph"];

#[derive(Args)]
pub(crate) struct Options {
    /// Only these rows: p1, p2, p3, p4, edit, p8, p9, p10, p15, graph
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Three rounds instead of five, and fewer repetitions within one
    #[arg(long)]
    quick: bool,
    /// Take the programs as they were built last
    #[arg(long)]
    as_built: bool,
    /// Events of the calendar
    #[arg(long, default_value_t = 50_000)]
    events: usize,
    /// Objects of the calendar on a CalDAV server
    #[arg(long, default_value_t = 10_000)]
    objects: usize,
    /// A PostgreSQL server for p2, such as `cargo xtask pg url` prints
    #[arg(long)]
    postgres: Option<String>,
}

impl Options {
    fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|asked| asked == row)
    }

    fn wants_any(&self, rows: &[&str]) -> bool {
        rows.iter().any(|row| self.wants(row))
    }

    fn rounds(&self) -> usize {
        if self.quick { 3 } else { 5 }
    }

    /// Steps of Tidecal's part, in their order.
    fn steps(&self) -> Vec<String> {
        let few = self.quick;
        let mut steps = vec!["first".to_owned()];
        if self.wants_any(&["p4", "graph"]) {
            steps.push(format!("quiet={}", if few { 5 } else { 20 }));
            // Before the changes: the full list that is served knows nothing of them.
            steps.extend(["compare".to_owned(), "changes".to_owned()]);
        }
        if self.wants("edit") {
            steps.push(format!("plan={}", if few { 10 } else { 50 }));
            steps.push(format!("push={}", if few { 100 } else { 500 }));
        }
        if self.wants("p15") {
            steps.push("idle".to_owned());
            steps.push(format!("month={}", if few { 12 } else { 60 }));
            steps.push(format!("health={}", if few { 10 } else { 50 }));
        }
        steps
    }

    /// Steps of a vendor that is compared with Google.
    fn vendor_steps(&self) -> Vec<String> {
        let quiet = format!("quiet={}", if self.quick { 5 } else { 20 });
        ["first", &quiet, "compare", "changes"].map(str::to_owned).to_vec()
    }
}

/// Builds, measures, writes down.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(unknown) = options.rows.iter().find(|row| !ROWS.contains(&row.as_str())) {
        bail!("no row is called {unknown}; there are {}", ROWS.join(", "));
    }
    let root = root::workspace()?;
    let programs = Programs::find(&root, options.as_built)?;
    let mut measured = BTreeMap::new();
    if options.wants_any(&["p1", "p2", "p3", "p4", "edit", "p15", "graph"]) {
        contests::syncs(options, &programs, &mut measured)?;
    }
    if options.wants_any(&["p8", "p9"]) {
        contests::caldav(options, &programs, &mut measured)?;
    }
    if options.wants("p10") {
        measured.extend(rounds::expansion(&programs, options.rounds())?);
    }
    let rows = table::rows(&measured);
    let machine = machine();
    println!("{}", table::text(&rows, &machine));
    let path = programs.target.join("bench.json");
    let whole = json!({ "machine": machine, "events": options.events, "rounds": options.rounds(), "rows": rows,
        "medians": measured.iter().map(|(name, it)| (name.clone(), it.as_json())).collect::<BTreeMap<_, _>>() });
    fs::write(&path, serde_json::to_string_pretty(&whole)?)
        .with_context(|| format!("failed to write {}", path.display()))?;
    println!("All figures: {}", path.display());
    Ok(())
}

/// What it ran on, without names.
fn machine() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let value = |name: &str| about.lines().find(|line| line.starts_with(name)).and_then(|line| line.split(':').nth(1));
    let model = value("model name").unwrap_or("unknown processor").trim().to_owned();
    let cores = about.lines().filter(|line| line.starts_with("processor")).count();
    format!("{cores} cores, {model}")
}
