//! Medians to rows: what was measured, the goal, whether it was met.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rounds::Measured;
use super::table_vendors;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: &'static str,
    what: &'static str,
    result: String,
    goal: &'static str,
    met: Option<bool>,
}

/// Figures by `contender step`.
pub(super) struct Figures<'a>(&'a BTreeMap<String, Measured>);

impl Figures<'_> {
    pub(super) fn get(&self, of: &str, name: &str) -> Option<f64> {
        self.0.get(of)?.median(name)
    }

    /// One figure over another.
    pub(super) fn ratio(&self, above: [&str; 2], below: [&str; 2]) -> Option<f64> {
        let below = self.get(below[0], below[1]).filter(|it| *it > 0.0)?;
        Some(self.get(above[0], above[1])? / below)
    }
}

pub(super) struct Rows(Vec<Row>);

impl Rows {
    /// Adds a row if the figure is there.
    fn add(
        &mut self,
        (id, what, goal): (&'static str, &'static str, &'static str),
        figure: Option<f64>,
        met: impl Fn(f64) -> Option<bool>,
        say: impl Fn(f64) -> String,
    ) {
        if let Some(figure) = figure {
            self.0.push(Row { id, what, result: say(figure), goal, met: met(figure) });
        }
    }

    pub(super) fn most(
        &mut self,
        names: (&'static str, &'static str, &'static str),
        figure: Option<f64>,
        most: f64,
        unit: &str,
    ) {
        self.add(names, figure, |it| Some(it <= most), |it| format!("{}{unit}", digits(it)));
    }

    fn least(
        &mut self,
        names: (&'static str, &'static str, &'static str),
        figure: Option<f64>,
        least: f64,
        unit: &str,
    ) {
        self.add(names, figure, |it| Some(it >= least), |it| format!("{}{unit}", digits(it)));
    }

    pub(super) fn told(&mut self, id: &'static str, what: &'static str, figure: Option<f64>, unit: &str) {
        self.add((id, what, ""), figure, |_| None, |it| format!("{}{unit}", digits(it)));
    }
}

fn digits(number: f64) -> String {
    match number {
        it if it >= 100.0 || it == it.trunc() => format!("{it:.0}"),
        it if it >= 10.0 => format!("{it:.1}"),
        it if it >= 1.0 => format!("{it:.2}"),
        it => format!("{it:.3}"),
    }
}

/// All rows for which there is something to say.
pub(super) fn rows(measured: &BTreeMap<String, Measured>) -> Vec<Row> {
    let figures = Figures(measured);
    let mut rows = Rows(Vec::new());
    first(&figures, &mut rows);
    memory(&figures, &mut rows);
    quiet(&figures, &mut rows);
    both_ways(&figures, &mut rows);
    table_vendors::graph(&figures, &mut rows);
    table_vendors::caldav(&figures, &mut rows);
    expansion(&figures, &mut rows);
    views(&figures, &mut rows);
    rows.0
}

fn first(figures: &Figures<'_>, rows: &mut Rows) {
    let cpu = |name: &str| figures.get(&format!("{name} first"), "cpu_s");
    let over = |name: &str, peer: &str| {
        figures.ratio([&format!("{name} first"), "cpu_s"], [&format!("{peer} first"), "cpu_s"])
    };
    rows.told("P1", "first sync, floor", cpu("floor"), " CPU s");
    rows.told("P1", "first sync, Python peer", cpu("python"), " CPU s");
    rows.told("P1", "first sync, Tidecal", cpu("tidecal"), " CPU s");
    rows.most(("P1", "floor to Python peer", "below 1"), over("floor", "python"), 1.0, " x");
    rows.most(("P1", "Tidecal to floor", "at most 2.3 x"), over("tidecal", "floor"), 2.3, " x");
    rows.most(("P1", "Tidecal to Python peer", "below 1"), over("tidecal", "python"), 1.0, " x");
    let rate = figures.ratio(["tidecal first", "count"], ["tidecal first", "wall_s"]);
    rows.least(("P1", "Tidecal, by the clock", "at least 10 000/s"), rate, 10_000.0, " events/s");
    let requests = figures.ratio(["tidecal first", "count"], ["tidecal first", "requests"]);
    rows.told("P1", "events a request", requests, "");
    rows.told("P2", "first sync into PostgreSQL, client side", cpu("tidecal-postgres"), " CPU s");
    rows.most(("P2", "Tidecal to floor", "at most 2.5 x"), over("tidecal-postgres", "floor"), 2.5, " x");
    let rate = figures.ratio(["tidecal-postgres first", "count"], ["tidecal-postgres first", "wall_s"]);
    rows.least(("P2", "Tidecal, by the clock", "at least 9 000/s"), rate, 9_000.0, " events/s");
}

fn memory(figures: &Figures<'_>, rows: &mut Rows) {
    let peak = |name: &str| figures.get(&format!("{name} first"), "peak_kb").map(|kb| kb / 1024.0);
    rows.told("P3", "peak memory, floor", peak("floor"), " MB");
    rows.told("P3", "peak memory, Python peer", peak("python"), " MB");
    rows.most(("P3", "peak memory, Tidecal", "at most 80 MB"), peak("tidecal"), 80.0, " MB");
    let growth = peak("tidecal-large").zip(peak("tidecal")).map(|(large, small)| (large - small).max(0.0));
    rows.most(("P3", "growth to ten times the events", "at most 10 MB"), growth, 10.0, " MB");
}

fn quiet(figures: &Figures<'_>, rows: &mut Rows) {
    let each = |name: &str| {
        figures.ratio([&format!("{name} quiet"), "cpu_s"], [&format!("{name} quiet"), "count"]).map(|s| s * 1e3)
    };
    rows.told("P4", "nothing new, floor", each("floor"), " CPU ms");
    rows.told("P4", "nothing new, Python peer", each("python"), " CPU ms");
    rows.most(("P4", "nothing new, Tidecal", "at most 0.25 CPU ms"), each("tidecal"), 0.25, " CPU ms");
    let rate = figures.ratio(["tidecal quiet", "count"], ["tidecal quiet", "wall_s"]);
    rows.told("P4", "nothing new, by the clock", rate, " syncs/s");
    let requests = figures.ratio(["tidecal quiet", "requests"], ["tidecal quiet", "count"]);
    rows.most(("P4", "requests a sync", "1"), requests, 1.0, "");
    let cpu = |step: &str| figures.get(&format!("tidecal {step}"), "cpu_s").map(|s| s * 1e3);
    rows.told("P4", "100 changes among all", cpu("changes"), " CPU ms");
    let writes = figures.get("tidecal compare", "synced").zip(figures.get("tidecal compare", "updated"));
    let writes = writes.map(|(synced, updated)| synced + updated);
    rows.most(("P4", "writes of an unchanged comparison", "0"), writes, 0.0, "");
    rows.told("P4", "unchanged comparison of all", cpu("compare").map(|ms| ms / 1e3), " CPU s");
}

/// Two-way work: what goes out, and what is only foreseen.
fn both_ways(figures: &Figures<'_>, rows: &mut Rows) {
    let each = figures.ratio(["tidecal push", "cpu_s"], ["tidecal push", "count"]).map(|s| s * 1e3);
    rows.most(("edit", "an edit that goes out", "below 1 CPU ms"), each, 1.0, " CPU ms");
    let requests = figures.ratio(["tidecal push", "requests"], ["tidecal push", "count"]);
    rows.told("edit", "requests an edit", requests, "");
    let plan = figures.get("tidecal plan", "ms.p50");
    rows.most(("plan", "plan of an unchanged calendar, p50", "below 50 ms"), plan, 50.0, " ms");
    let requests = figures.ratio(["tidecal plan", "requests"], ["tidecal plan", "count"]);
    rows.most(("plan", "requests of such a plan", "1"), requests, 1.0, "");
}

fn expansion(figures: &Figures<'_>, rows: &mut Rows) {
    let rate = figures.get("tidecal expansion", "per_second");
    let names = ("P10", "occurrences, Tidecal", "at least 301 000/s; better 1 000 000/s");
    rows.least(names, rate, 301_000.0, "/s");
    rows.told("P10", "occurrences, python-dateutil", figures.get("python expansion", "per_second"), "/s");
    let ratio = figures.ratio(["tidecal expansion", "per_second"], ["python expansion", "per_second"]);
    rows.told("P10", "Tidecal to python-dateutil", ratio, " x");
}

fn views(figures: &Figures<'_>, rows: &mut Rows) {
    let month = |name: &str| figures.get("tidecal month", name);
    rows.told("P15", "month view: instances in six weeks", month("instances"), "");
    rows.told("P15", "month view: first page of 1 000, p50", month("first_page_ms.p50"), " ms");
    rows.most(
        ("P15", "month view: first page of 1 000, p99", "at most 100 ms"),
        month("first_page_ms.p99"),
        100.0,
        " ms",
    );
    rows.told("P15", "month view: all pages, p50", month("whole_ms.p50"), " ms");
    rows.told("P15", "month view: all pages, p99", month("whole_ms.p99"), " ms");
    let health = figures.get("tidecal health", "ms.p99");
    rows.most(("P15", "health of 10 000 connections, p99", "at most 50 ms"), health, 50.0, " ms");
    let idle = figures.get("tidecal idle", "resident_kb").map(|kb| kb / 1024.0);
    rows.most(("P15", "resident after all that", "below 60 MB"), idle, 60.0, " MB");
}

/// The rows as a table of Markdown.
pub(super) fn text(rows: &[Row], machine: &str) -> String {
    let mut text = format!("{machine}\n\n| | measured | result | goal | |\n|---|---|---|---|---|\n");
    for Row { id, what, result, goal, met } in rows {
        let met = match met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "",
        };
        text.push_str(&format!("| {id} | {what} | {result} | {goal} | {met} |\n"));
    }
    text
}
