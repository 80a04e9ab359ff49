//! Time and memory for reading a feed: `cargo run --release -p tidecal-ical --example read_speed`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::Instant;

use tidecal_ical::{ReadLimits, read};

fn main() {
    let fixture = include_str!("../tests/fixtures/exchange.ics");
    let begin = fixture.find("BEGIN:VEVENT").unwrap();
    let end = fixture.find("END:VCALENDAR").unwrap();
    for size in [4 << 20, 15 << 20] {
        let rounds = size / (end - begin);
        let text = format!("{}{}END:VCALENDAR\r\n", &fixture[..begin], fixture[begin..end].repeat(rounds));
        let begun = Instant::now();
        let calendar = read(text.as_bytes(), &ReadLimits::default()).unwrap();
        let spent = begun.elapsed();
        println!("{} kB, {} events: {} ms, {}", text.len() >> 10, calendar.components.len(), spent.as_millis(), peak());
    }
}

/// The most memory this process ever had, where the system says so.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown").to_owned()
}
