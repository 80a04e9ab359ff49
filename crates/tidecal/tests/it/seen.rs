//! What each place shows, read past Tidecal: the vendors' stored events, the files of a CalDAV
//! server, the rows of the local table. A meeting is known by the first word of its title; its
//! showing is one line for each time it takes place.
//!
//! Rules are expanded here by hand, so that Tidecal's own expansion is not its own witness; only
//! what these scenarios write is understood (daily or weekly, counted, all within one offset).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidecal_store::Connection;

use crate::app::App;

/// Lines of each meeting, by its name.
pub(crate) type Showing = BTreeMap<String, Vec<String>>;

/// One stored piece: a single event, a master or an exception.
#[derive(Clone, Debug, Default)]
pub(crate) struct Piece {
    pub(crate) series: String,
    pub(crate) title: String,
    pub(crate) place: String,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    /// Distance in days, and count.
    pub(crate) rule: Option<(i64, i64)>,
    /// Which time of the series it replaces.
    pub(crate) slot: Option<Timestamp>,
    pub(crate) cancelled: bool,
    pub(crate) excluded: Vec<Timestamp>,
}

pub(crate) fn slots_of(piece: &Piece) -> Vec<Timestamp> {
    let (days, count) = piece.rule.unwrap_or((1, 1));
    let start = piece.start.unwrap();
    (0..count).map(|step| start + SignedDuration::from_hours(24 * days * step)).collect()
}

fn line(piece: &Piece, shift: SignedDuration) -> String {
    let at = |time: Option<Timestamp>| (time.unwrap() + shift).to_string();
    format!("{} | {} | {} - {}", piece.title, piece.place, at(piece.start), at(piece.end))
}

/// Whole series of the pieces, as people see them.
pub(crate) fn showing(pieces: &[Piece]) -> Showing {
    let mut shown = Showing::new();
    for master in pieces.iter().filter(|piece| piece.slot.is_none() && !piece.cancelled) {
        let of_series = || pieces.iter().filter(|piece| piece.slot.is_some() && piece.series == master.series);
        let mut gone: BTreeSet<Timestamp> = master.excluded.iter().copied().collect();
        gone.extend(of_series().filter_map(|piece| piece.slot));
        let mut lines: Vec<String> = slots_of(master)
            .into_iter()
            .filter(|slot| !gone.contains(slot))
            .map(|slot| line(master, slot.duration_since(master.start.unwrap())))
            .collect();
        let moved = of_series().filter(|piece| !piece.cancelled);
        lines.extend(moved.map(|piece| line(piece, SignedDuration::ZERO)));
        lines.sort();
        shown.entry(name_of(&master.title)).or_default().extend(lines);
    }
    shown
}

pub(crate) fn name_of(title: &str) -> String {
    title.split(' ').next().unwrap_or_default().to_owned()
}

pub(crate) fn read_rule(text: &str) -> (i64, i64) {
    let mut rule = (0, 0);
    for (name, value) in text.trim_start_matches("RRULE:").split(';').filter_map(|part| part.split_once('=')) {
        match (name, value) {
            ("FREQ", "DAILY") => rule.0 = 1,
            ("FREQ", "WEEKLY") => rule.0 = 7,
            ("COUNT", count) => rule.1 = count.parse().unwrap(),
            ("INTERVAL", "1") | ("WKST" | "BYDAY", _) => {}
            other => panic!("{other:?} in {text}"),
        }
    }
    rule
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn at_zone(local: &str, zone: &str) -> Timestamp {
    let local: DateTime = local.parse().unwrap();
    let zone = if zone.is_empty() { TimeZone::UTC } else { TimeZone::get(zone).unwrap() };
    local.to_zoned(zone).unwrap().timestamp()
}

fn google_time(value: &Value) -> Option<Timestamp> {
    let stamp = value["dateTime"].as_str()?;
    Some(stamp.parse().unwrap_or_else(|_| at_zone(stamp, value["timeZone"].as_str().unwrap_or_default())))
}

/// Pieces in Google's calendar, with the vendor's ids.
pub(crate) async fn google(app: &App, calendar: &str) -> Vec<(String, Piece)> {
    let stored = app.control("GET", &format!("events/{calendar}"), json!({})).await;
    let items = stored["items"].as_array().unwrap();
    let pieces = items.iter().map(|item| {
        let id = text(&item["id"]);
        let master = item["recurringEventId"].as_str();
        let lines = item["recurrence"].as_array().cloned().unwrap_or_default();
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        let rules: Vec<&&str> = lines.iter().filter(|line| line.starts_with("RRULE:")).collect();
        let exdates = lines.iter().filter_map(|line| line.strip_prefix("EXDATE")?.split_once(':'));
        assert!(rules.len() < 2, "{item}");
        let piece = Piece {
            series: master.unwrap_or(&id).to_owned(),
            title: text(&item["summary"]),
            place: text(&item["location"]),
            start: google_time(&item["start"]),
            end: google_time(&item["end"]),
            rule: rules.first().map(|rule| read_rule(rule)),
            slot: master.and_then(|_| google_time(&item["originalStartTime"])),
            cancelled: item["status"] == "cancelled",
            excluded: exdates.flat_map(|(zone, list)| list.split(',').map(|at| dav_time(zone, at))).collect(),
        };
        (id, piece)
    });
    pieces.collect()
}

/// The path of an Outlook calendar below the control API.
pub(crate) fn outlook_path(connection: &Connection) -> String {
    format!("graph/events/{}", encoded(&connection.external_calendar_id))
}

pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn outlook_time(value: &Value) -> Option<Timestamp> {
    assert_eq!(value["timeZone"], "UTC");
    Some(at_zone(value["dateTime"].as_str()?, ""))
}

fn outlook_piece(item: &Value, series: &str) -> Piece {
    let rule = item["recurrence"].as_object().map(|rule| {
        let days = if rule["pattern"]["type"] == "daily" { 1 } else { 7 };
        (days, rule["range"]["numberOfOccurrences"].as_i64().unwrap())
    });
    Piece {
        series: series.to_owned(),
        title: text(&item["subject"]),
        place: text(&item["location"]["displayName"]),
        start: outlook_time(&item["start"]),
        end: outlook_time(&item["end"]),
        rule,
        cancelled: false,
        ..Piece::default()
    }
}

/// Pieces in Outlook's calendar, with the vendor's ids.
pub(crate) async fn outlook(app: &App, connection: &Connection) -> Vec<(String, Piece)> {
    let stored = app.control("GET", &outlook_path(connection), json!({})).await;
    let mut pieces = Vec::new();
    for item in stored["items"].as_array().unwrap() {
        let id = text(&item["id"]);
        let mut master = outlook_piece(item, &id);
        let gone: Vec<&str> =
            item["cancelledOccurrences"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let on = |slot: &Timestamp| gone.iter().any(|id| id.ends_with(&slot.to_string()[..10]));
        master.excluded = slots_of(&master).into_iter().filter(on).collect();
        pieces.push((id.clone(), master));
        for exception in item["exceptionOccurrences"].as_array().into_iter().flatten() {
            let slot = exception["originalStart"].as_str().map(|text| text.parse().unwrap());
            pieces.push((text(&exception["id"]), Piece { slot, ..outlook_piece(exception, &id) }));
        }
    }
    pieces
}

/// A time of iCalendar text, with the parameters of its line.
fn dav_time(parameters: &str, value: &str) -> Timestamp {
    let zoned = || {
        let local = DateTime::strptime("%Y%m%dT%H%M%S", value).unwrap();
        let zone = parameters.split(';').find_map(|one| one.strip_prefix("TZID=")).unwrap();
        local.to_zoned(TimeZone::get(zone).unwrap()).unwrap().timestamp()
    };
    stamp(value).unwrap_or_else(zoned)
}

/// Pieces in the files of a CalDAV calendar, with the files' names.
pub(crate) fn dav(folder: &std::path::Path) -> Vec<(String, Piece)> {
    let files = std::fs::read_dir(folder).unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = files.filter(|name| name.ends_with(".ics")).collect();
    names.sort();
    let read = |name: &String| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap().replace("\r\n ", "").replace("\r\n", "\n");
        let blocks: Vec<String> = text.split("BEGIN:VEVENT").skip(1).map(ToOwned::to_owned).collect();
        blocks.into_iter().map(|block| (name.clone(), dav_piece(name, &block))).collect::<Vec<_>>()
    };
    names.iter().flat_map(read).collect()
}

fn dav_piece(file: &str, block: &str) -> Piece {
    let mut piece = Piece { series: file.to_owned(), ..Piece::default() };
    let own = block.split("END:VEVENT").next().unwrap_or_default().split("BEGIN:VALARM").next().unwrap_or_default();
    for (head, value) in own.lines().filter_map(|line| line.split_once(':')) {
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        let at = |value: &str| dav_time(parameters, value);
        match name {
            "SUMMARY" => piece.title = value.replace('\\', ""),
            "LOCATION" => piece.place = value.replace('\\', ""),
            "DTSTART" => piece.start = Some(at(value)),
            "DTEND" => piece.end = Some(at(value)),
            "RRULE" => piece.rule = Some(read_rule(value)),
            "RECURRENCE-ID" => piece.slot = Some(at(value)),
            "EXDATE" => piece.excluded.extend(value.split(',').map(at)),
            "STATUS" => piece.cancelled = value == "CANCELLED",
            _ => {}
        }
    }
    piece
}

/// Rows of the local table that are not deleted, with their ids.
pub(crate) async fn local(app: &App, connection: &Connection) -> Vec<(String, Piece)> {
    let sql = format!(
        "SELECT id, series_id, title, location, start_local, start_zone, end_local, end_zone, recurrence_id, status, \
         details FROM calendar_events WHERE calendar_id = '{}' AND deleted_at IS NULL",
        connection.calendar_id
    );
    let rows = app.db.raw.rows(&sql).await;
    let pieces = rows.into_iter().map(|row| {
        let column = |at: usize| row[at].clone().unwrap_or_default();
        let details: Value = serde_json::from_str(&column(10)).unwrap();
        let stamps = details["recurrence"]["excluded"].as_array().cloned().unwrap_or_default();
        let piece = Piece {
            series: column(1),
            title: column(2),
            place: column(3),
            start: Some(at_zone(&column(4), &column(5))),
            end: Some(at_zone(&column(6), &column(7))),
            rule: details["recurrence"]["rules"][0].as_str().map(read_rule),
            slot: stamp(&column(8)),
            cancelled: column(9) == "cancelled",
            excluded: stamps.iter().filter_map(|value| stamp(value.as_str().unwrap_or_default())).collect(),
        };
        (column(0), piece)
    });
    pieces.collect()
}

/// `20261201T080000Z`.
fn stamp(text: &str) -> Option<Timestamp> {
    let local = text.strip_suffix('Z')?;
    let local = DateTime::strptime("%Y%m%dT%H%M%S", local).unwrap();
    Some(local.to_zoned(TimeZone::UTC).unwrap().timestamp())
}

/// Lines of both places that differ, said for a person; empty when they agree.
pub(crate) fn differences(name: &str, one: &Showing, other: &Showing) -> BTreeMap<String, String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|key| one.get(*key) != other.get(*key))
        .map(|key| (key.clone(), format!("local {:?}\n  {name} {:?}", one.get(key), other.get(key))))
        .collect()
}

/// What the database has about a meeting, for the message of a failure.
pub(crate) async fn rows_of(app: &App, name: &str) -> String {
    let series = format!("(SELECT series_id FROM calendar_events WHERE title LIKE '{name} %')");
    let events = format!(
        "SELECT id, kind, recurrence_id, title, start_local, status, version, edited_version, deleted_at, created_at, \
         external_event_id FROM calendar_events WHERE series_id IN {series} ORDER BY recurrence_id"
    );
    let mappings = format!(
        "SELECT connection_id, external_event_id, recurrence_id, event_id, role, base_version, verdict, reason, \
         sync_status, last_error FROM external_calendar_events WHERE series_id IN {series}"
    );
    let mut text = String::new();
    for sql in [events, mappings] {
        for row in app.db.raw.rows(&sql).await {
            let columns: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
            text.push_str(&columns.join(" | "));
            text.push('\n');
        }
        text.push('\n');
    }
    text
}
