//! The files of a CalDAV calendar: written for the filling and by another person's editor, read for the comparison.

use std::path::Path;

use anyhow::Result;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::items::{Item, Start};
use crate::sim::rng::Rng;

/// One event; start and end as `2026-12-01T09:00:00Z`.
pub(super) fn text(uid: &str, title: &str, start: &str, end: &str) -> String {
    let stamp = |text: &str| text.replace(['-', ':'], "");
    event(uid, title, &format!("DTSTART:{}\r\nDTEND:{}", stamp(start), stamp(end)), "")
}

fn event(uid: &str, title: &str, times: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Editor//EN\r\nBEGIN:VEVENT\r\nUID:{uid}@example.org\r\n\
         DTSTAMP:20261101T000000Z\r\n{times}\r\n{more}SUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// Files with single events, whole days and weekly series over two years around the runs.
pub(super) fn filling(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut rng = Rng::new(seed, 9);
    let one = |number: usize| {
        let day = date(2026, 2, 1).saturating_add(rng.between(0, 600).days());
        let stamp = day.strftime("%Y%m%d");
        let hour = rng.between(6, 18);
        let name = format!("filled-{number}");
        let title = format!("Filled {number}");
        let timed = format!("DTSTART:{stamp}T{hour:02}0000Z\r\nDTEND:{stamp}T{hour:02}3000Z");
        let text = match rng.below(12) {
            0 => event(&name, &title, &format!("DTSTART;VALUE=DATE:{stamp}"), ""),
            1 => event(&name, &title, &timed, "RRULE:FREQ=WEEKLY;COUNT=10\r\n"),
            _ => event(&name, &title, &timed, ""),
        };
        (format!("{name}.ics"), text)
    };
    (0..count).map(one).collect()
}

/// The text with another title.
pub(super) fn retitled(text: &str, title: &str) -> String {
    let title = format!("SUMMARY:{title}");
    let lines = text.lines().map(|line| if line.starts_with("SUMMARY") { title.as_str() } else { line });
    lines.collect::<Vec<_>>().join("\r\n") + "\r\n"
}

/// Everything in the folder of a calendar; `path` is its path at the server.
pub(super) fn items(folder: &Path, path: &str, now: Timestamp) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".ics") {
            continue;
        }
        let text = std::fs::read_to_string(folder.join(&name))?.replace("\r\n ", "").replace("\r\n", "\n");
        let (mut title, mut start, mut plain) = (String::new(), Start::Unknown, true);
        let body = text.split_once("BEGIN:VEVENT").map_or("", |(_, body)| body);
        for (head, value) in body.lines().filter_map(|line| line.split_once(':')) {
            let (property, parameters) = head.split_once(';').unwrap_or((head, ""));
            match property {
                "SUMMARY" => value.clone_into(&mut title),
                "DTSTART" => start = read_start(parameters, value),
                "RRULE" => plain = false,
                _ => {}
            }
        }
        items.push(Item { plain, ..Item::at(&format!("{path}{name}"), &title, start, now) });
    }
    Ok(items)
}

fn read_start(parameters: &str, value: &str) -> Start {
    if let [year, month, day] = [value.get(..4), value.get(4..6), value.get(6..8)].map(Option::unwrap_or_default)
        && value.len() == 8
    {
        return Start::Date(format!("{year}-{month}-{day}"));
    }
    let zone = parameters.split(';').find_map(|one| one.strip_prefix("TZID="));
    let zone = zone.map_or(Ok(TimeZone::UTC), TimeZone::get);
    let local = DateTime::strptime("%Y%m%dT%H%M%S", value.trim_end_matches('Z'));
    match (local, zone) {
        (Ok(local), Ok(zone)) => local.to_zoned(zone).map_or(Start::Unknown, |at| Start::Instant(at.timestamp())),
        _ => Start::Unknown,
    }
}
