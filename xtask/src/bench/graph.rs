//! Microsoft Graph's side of the same calendar: `calendarView/delta` in pages of 500 that were
//! compressed beforehand, and `$batch` for the series, as the documents of Graph v1.0 have it.
//!
//! A page shows single events and exceptions whole, masters, and of each series some occurrences
//! without content. The real one shows all that lie in its stretch.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::data::Events;
use super::google::{CHANGED, QUIET};
use super::graph_event::{occurrences, shape};
use super::server::{Answer, Asked, Site, gzip};

const PER_PAGE: usize = 500;

/// What is served.
pub(super) struct Graph {
    pages: Vec<Vec<u8>>,
    nothing_new: Vec<u8>,
    changes: Vec<u8>,
    /// Of events that are asked for by their id.
    series: HashMap<String, String>,
}

impl Graph {
    /// All pages of a calendar with so many events, linked to each other below that address.
    pub(super) fn of(count: usize, address: SocketAddr) -> Result<Self> {
        let (mut events, mut entries) = (Vec::with_capacity(count), Vec::with_capacity(2 * count));
        for google in Events::new().take(count) {
            let event = shape(&google)?;
            entries.extend(occurrences(&google, &event)?);
            entries.push(event.clone());
            events.push(event);
        }
        let number = entries.len().div_ceil(PER_PAGE);
        let pages = entries.chunks(PER_PAGE).enumerate().map(|(at, entries)| {
            let link = if at + 1 < number { ("nextLink", "skiptoken", at + 1) } else { ("deltaLink", "deltatoken", 0) };
            gzip(&page(address, entries, link))
        });
        let end = ("deltaLink", "deltatoken", 0);
        Ok(Self {
            pages: pages.collect::<Result<_>>()?,
            nothing_new: gzip(&page(address, &[], end))?,
            changes: gzip(&page(address, &changes(&events), end))?,
            series: series(&events)?,
        })
    }

    fn delta(&self, place: &str, query: &str, changed: &AtomicBool) -> &[u8] {
        if !place.contains("/bench/") {
            return &self.nothing_new;
        }
        if query.contains("deltatoken=") {
            return if changed.swap(false, Relaxed) { &self.changes } else { &self.nothing_new };
        }
        let number = query.split("skiptoken=").nth(1).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        self.pages.get(number).unwrap_or(&self.nothing_new)
    }

    fn batch(&self, body: &[u8]) -> Result<String> {
        let asked: Value = serde_json::from_slice(body)?;
        let member = |asked: &Value| {
            let (id, url) = (asked["id"].as_str()?, asked["url"].as_str()?);
            let event = url.split("/events/").nth(1)?.split('?').next()?;
            let answer = match self.series.get(event) {
                Some(body) => format!(r#"{{"id":"{id}","status":200,"headers":{{}},"body":{body}}}"#),
                None => format!(
                    r#"{{"id":"{id}","status":404,"headers":{{}},"body":{{"error":{{"code":"ErrorItemNotFound","message":""}}}}}}"#
                ),
            };
            Some(answer)
        };
        let answers: Option<Vec<String>> =
            asked["requests"].as_array().context("no requests")?.iter().map(member).collect();
        Ok(format!(r#"{{"responses":[{}]}}"#, answers.context("a member names no event")?.join(",")))
    }
}

/// Single events alone, so that a hundred changes are as many as with the other vendors.
fn changes(events: &[Value]) -> Vec<Value> {
    let singles = events.iter().filter(|event| event["type"] == "singleInstance");
    let mut changed: Vec<Value> = singles.step_by((events.len() / CHANGED / 2).max(1)).take(CHANGED).cloned().collect();
    for event in &mut changed {
        event["subject"] = json!("Moved to another room");
        event["changeKey"] = json!("changed");
        event["@odata.etag"] = json!("W/\"changed\"");
    }
    changed
}

/// Masters with what belongs to them, as they are read by id.
fn series(events: &[Value]) -> Result<HashMap<String, String>> {
    let of_type = |kind: &'static str| events.iter().filter(move |event| event["type"] == kind);
    let mut exceptions: HashMap<&str, Vec<&Value>> = HashMap::new();
    for event in of_type("exception") {
        exceptions.entry(event["seriesMasterId"].as_str().unwrap_or_default()).or_default().push(event);
    }
    let mut series = HashMap::new();
    for master in of_type("seriesMaster") {
        let id = master["id"].as_str().context("a master without id")?;
        let mut whole = master.clone();
        whole["exceptionOccurrences"] = json!(exceptions.get(id).cloned().unwrap_or_default());
        whole["cancelledOccurrences"] = json!([]);
        series.insert(id.to_owned(), whole.to_string());
    }
    Ok(series)
}

impl Site for Graph {
    fn answer(&self, asked: &Asked, changed: &AtomicBool) -> Answer<'_> {
        let (place, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        match place {
            place if place.ends_with("/calendarView/delta") => Answer::packed(self.delta(place, query, changed)),
            "/v1.0/$batch" => Answer::text(self.batch(&asked.body).unwrap_or_else(|wrong| wrong.to_string())),
            "/v1.0/me" => {
                let (mail, name) = ("ada@example.com", "Ada");
                Answer::plain(&json!({ "id": "1", "displayName": name, "mail": mail, "userPrincipalName": mail }))
            }
            "/v1.0/me/calendars" => Answer::plain(&calendars()),
            place if place.starts_with("/v1.0/me/calendars/") => {
                Answer::plain(&calendar(place.rsplit('/').next().unwrap_or_default()))
            }
            place if place.ends_with("/oauth2/v2.0/token") => Answer::plain(&token()),
            _ => Answer::plain(&json!({})),
        }
    }
}

fn page(address: SocketAddr, entries: &[Value], (link, token, value): (&str, &str, usize)) -> Value {
    let root = format!("http://{address}/v1.0");
    json!({
        "@odata.context": format!("{root}/$metadata#Collection(event)"),
        format!("@odata.{link}"): format!("{root}/me/calendars/bench/calendarView/delta?${token}={value}"),
        "value": entries,
    })
}

fn token() -> Value {
    let scope =
        "openid profile email https://graph.microsoft.com/Calendars.ReadWrite https://graph.microsoft.com/User.Read";
    json!({ "token_type": "Bearer", "scope": scope, "expires_in": 2_592_000, "access_token": "bench-access", "refresh_token": "bench-refresh" })
}

fn calendar(id: &str) -> Value {
    json!({ "id": id, "name": id, "color": "auto", "hexColor": "", "isDefaultCalendar": id == "bench", "canEdit": true,
        "changeKey": "1", "owner": { "name": "Ada", "address": "ada@example.com" } })
}

fn calendars() -> Value {
    let quiet = (0..QUIET).map(|number| calendar(&format!("quiet-{number}")));
    let all: Vec<Value> = std::iter::once(calendar("bench")).chain(quiet).collect();
    json!({ "value": all })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn read(packed: &[u8]) -> Value {
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn pages_lead_to_each_other_and_every_series_can_be_asked_for() {
        let graph = Graph::of(1_000, SocketAddr::from(([127, 0, 0, 1], 4010))).unwrap();
        let (mut entries, mut asked) =
            (Vec::new(), "http://x/me/calendars/bench/calendarView/delta?start=1".to_owned());
        let changed = AtomicBool::new(false);
        loop {
            let (place, query) = asked.split_once('?').unwrap();
            let page = read(graph.delta(place, query, &changed));
            entries.extend(page["value"].as_array().unwrap().clone());
            let Some(next) = page["@odata.nextLink"].as_str() else {
                assert!(page["@odata.deltaLink"].is_string());
                break;
            };
            asked = next.to_owned();
        }
        let ids: std::collections::BTreeSet<&str> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), entries.len(), "nothing comes twice");
        assert_eq!(entries.iter().filter(|entry| entry["type"] != "occurrence").count(), 1_000);
        for entry in entries.iter().filter(|entry| entry["type"] == "occurrence") {
            let url = format!("/me/calendars/bench/events/{}?$select=id", entry["seriesMasterId"].as_str().unwrap());
            let body = json!({ "requests": [{ "id": "0", "method": "GET", "url": url }] }).to_string();
            let answer: Value = serde_json::from_str(&graph.batch(body.as_bytes()).unwrap()).unwrap();
            assert_eq!(answer["responses"][0]["body"]["id"], entry["seriesMasterId"]);
        }
        assert_eq!(read(&graph.changes)["value"].as_array().unwrap().len(), CHANGED);
    }
}
