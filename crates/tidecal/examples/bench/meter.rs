//! Wall time, CPU time and peak memory of one step, and the requests it sent.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::app::App;

pub(crate) struct Meter<'a> {
    app: &'a App,
    step: &'static str,
    begun: Instant,
    cpu: f64,
    requests: Value,
}

impl<'a> Meter<'a> {
    /// Begins, with the peak of memory forgotten.
    pub(crate) async fn begin(app: &'a App, step: &'static str) -> Self {
        // 5: "reset the peak", see proc_pid_clear_refs(5). Where it is refused the peak is that of the whole process.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let requests = app.server("counts").await;
        Self { app, step, begun: Instant::now(), cpu: cpu_seconds(), requests }
    }

    /// Prints the line. `count`: of what the step is about.
    pub(crate) async fn end(self, count: usize, more: Value) {
        let (wall, cpu) = (self.begun.elapsed().as_secs_f64(), cpu_seconds() - self.cpu);
        let requests = self.app.server("counts").await;
        let mut told: Map<String, Value> = Map::new();
        told.insert("step".into(), json!(self.step));
        told.insert("count".into(), json!(count));
        told.insert("wall_s".into(), json!(wall));
        told.insert("cpu_s".into(), json!(cpu));
        told.insert("peak_kb".into(), json!(peak_kb()));
        let sent = |name: &str| requests[name].as_i64().unwrap() - self.requests[name].as_i64().unwrap();
        told.insert("requests".into(), json!(sent("requests")));
        told.insert("bytes".into(), json!(sent("bytes")));
        told.extend(more.as_object().cloned().unwrap_or_default());
        println!("{}", Value::Object(told));
    }
}

/// Of this process, all threads, in steps of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn status_kb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches([':', ' ', '\t']).trim_end_matches(" kB").trim().parse().unwrap()
}

fn peak_kb() -> u64 {
    status_kb("VmHWM")
}

/// Resident now, kB.
pub(crate) fn resident_kb() -> u64 {
    status_kb("VmRSS")
}

/// That part of sorted milliseconds.
pub(crate) fn percentile(sorted: &[f64], part: f64) -> f64 {
    let at = (sorted.len() as f64 * part).ceil() as usize;
    sorted[at.clamp(1, sorted.len()) - 1]
}
