//! The floor: gunzip, typed parse, one row per event with the same two indexes, one transaction a
//! page. No accounts, no series, no merge, no history. `floor ADDRESS DATABASE QUIET_SYNCS`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use rusqlite::{Connection, params};
use serde::Deserialize;

type Failed = Box<dyn std::error::Error>;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Page {
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
    items: Vec<Event>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    id: String,
    etag: String,
    status: String,
    #[serde(rename = "iCalUID")]
    ical_uid: String,
    summary: String,
    description: String,
    location: String,
    start: Time,
    end: Time,
    recurrence: Vec<String>,
    recurring_event_id: Option<String>,
    attendees: Vec<Guest>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Time {
    date: Option<String>,
    date_time: Option<String>,
    time_zone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Guest {
    email: String,
    response_status: String,
}

impl Time {
    fn text(&self) -> &str {
        self.date_time.as_deref().or(self.date.as_deref()).unwrap_or_default()
    }
}

struct Server(BufReader<TcpStream>);

impl Server {
    fn get(&mut self, query: &str) -> Result<Page, Failed> {
        let path = format!("/calendar/v3/calendars/bench/events?{query}");
        write!(self.0.get_mut(), "GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n")?;
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        let mut text = Vec::with_capacity(length * 10);
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

const SCHEMA: &str = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE events (id TEXT PRIMARY KEY, etag TEXT, status TEXT, uid TEXT, series TEXT, title TEXT,
        description TEXT, location TEXT, starts TEXT, ends TEXT, zone TEXT, rules TEXT, guests TEXT);
    CREATE INDEX by_start ON events (starts); CREATE INDEX by_uid ON events (uid);
    CREATE TABLE cursor (one INTEGER PRIMARY KEY, token TEXT);";

fn store(database: &mut Connection, page: &Page) -> Result<(), Failed> {
    let tx = database.transaction()?;
    let mut insert = tx.prepare_cached("INSERT OR REPLACE INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)")?;
    for event in &page.items {
        let guests: Vec<[&str; 2]> =
            event.attendees.iter().map(|guest| [&*guest.email, &*guest.response_status]).collect();
        #[rustfmt::skip]
        insert.execute(params![
            event.id, event.etag, event.status, event.ical_uid, event.recurring_event_id, event.summary,
            event.description, event.location, event.start.text(), event.end.text(), event.start.time_zone,
            event.recurrence.join("\n"), serde_json::to_string(&guests)?
        ])?;
    }
    if let Some(token) = &page.next_sync_token {
        tx.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", [token])?;
    }
    drop(insert);
    Ok(tx.commit()?)
}

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().collect();
    let mut server = Server(BufReader::new(TcpStream::connect(&arguments[1])?));
    server.0.get_ref().set_nodelay(true)?;
    let mut database = Connection::open(&arguments[2])?;
    database.execute_batch(SCHEMA)?;
    let (begun, before) = (Instant::now(), cpu_seconds());
    let (mut events, mut query) = (0, Some(String::from("maxResults=2500")));
    while let Some(asked) = query {
        let page = server.get(&asked)?;
        store(&mut database, &page)?;
        events += page.items.len();
        query = page.next_page_token.map(|token| format!("maxResults=2500&pageToken={token}"));
    }
    report("first", begun, before, events);
    let (begun, before, count) = (Instant::now(), cpu_seconds(), arguments[3].parse()?);
    for _ in 0..count {
        let token: String = database.query_row("SELECT token FROM cursor", [], |row| row.get(0))?;
        let page = server.get(&format!("maxResults=2500&syncToken={token}"))?;
        store(&mut database, &page)?;
    }
    report("quiet", begun, before, count);
    Ok(())
}

fn report(step: &str, begun: Instant, before: f64, count: usize) {
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds() - before);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let peak = peak.trim_matches(['\t', ' ', 'k', 'B']);
    println!(r#"{{"step":"{step}","count":{count},"wall_s":{wall:.4},"cpu_s":{cpu:.4},"peak_kb":{peak}}}"#);
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}
