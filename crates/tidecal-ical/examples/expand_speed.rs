//! Occurrences per second for usual series: `cargo run --release -p tidecal-ical --example expand_speed`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::Instant;

use jiff::civil::date;
use tidecal_ical::{Budget, Moment, Range, Recurrence, When, Zone, expand};

const RULES: [&str; 12] = [
    "FREQ=DAILY",
    "FREQ=DAILY;COUNT=20000",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    "FREQ=WEEKLY;UNTIL=20391231T235959Z",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=HOURLY;INTERVAL=6",
];

fn main() {
    let zone = Zone::iana("Europe/Berlin").unwrap();
    let local = date(1990, 1, 5).at(9, 30, 0, 0);
    let end = local.checked_add(jiff::ToSpan::hours(1)).unwrap();
    let when = When::Timed { start: Moment::zoned(local, zone.clone()), end: Moment::zoned(end, zone.clone()) };
    let whole = |from: &str, to: &str| Range { start: from.parse().unwrap(), end: to.parse().unwrap() };
    let fifty_years = whole("1990-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    let one_month = whole("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let (mut all, mut spent) = (0, 0.0);
    for rule in RULES {
        let recurrence = Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() };
        let run = |range| {
            expand(&when, &recurrence, range, &zone, Budget { candidates: u32::MAX, occurrences: u32::MAX }).unwrap()
        };
        let found = run(fifty_years).occurrences.len();
        let rounds = 200_000 / found + 1;
        let begun = Instant::now();
        let total: usize = (0..rounds).map(|_| run(fifty_years).occurrences.len()).sum();
        let seconds = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        (0..1_000).for_each(|_| drop(run(one_month)));
        let month = begun.elapsed().as_secs_f64() * 1_000.0;
        println!("{:>9.0} occurrences/s, a month in {month:>7.2} µs  {rule}", total as f64 / seconds);
        all += total;
        spent += seconds;
    }
    println!("{:>9.0} occurrences/s over all, {} series", all as f64 / spent, RULES.len());
}
