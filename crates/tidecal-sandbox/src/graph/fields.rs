//! From a written body to stored members: what is defaulted, rewritten, merged and refused.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors::{GraphError, Result};
use super::event::{Body, Event};
use super::html;
use super::mailbox::{Calendar, Mailbox};
use super::recurrence::Recurrence;
use super::schema::spelled;
use super::switches::GraphSwitches;
use super::times::{self, Times};
use super::zones::Zone;
use crate::random::opaque;

/// Most attendees of an event.
const MOST_ATTENDEES: usize = 500;
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Plain members that are stored as sent.
const PLAIN: [&str; 8] = [
    "subject",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
    "categories",
    "importance",
];
const WORDS: [&str; 2] = ["sensitivity", "showAs"];

/// What writing members needs to know.
pub(crate) struct Desk<'a> {
    pub(crate) switches: &'a GraphSwitches,
    /// Providers of online meetings that the calendar allows.
    pub(crate) providers: &'a [&'static str],
    pub(crate) seed: u64,
    pub(crate) key: u64,
}

/// Providers of online meetings of a mailbox.
pub(crate) fn providers(is_personal: bool) -> &'static [&'static str] {
    if is_personal { &[] } else { &["teamsForBusiness"] }
}

/// Puts the sent members over the present ones; answers the changed ones alone.
pub(crate) fn changed(present: &Body, sent: &Body, desk: &Desk<'_>) -> Result<Body> {
    let mut new = Body::new();
    for name in PLAIN {
        if let Some(value) = sent.get(name) {
            new.insert(name.to_owned(), plain(name, value)?);
        }
    }
    for name in WORDS {
        if let Some(text) = sent.get(name).and_then(Value::as_str) {
            new.insert(name.to_owned(), json!(spelled(name, text)));
        }
    }
    if let Some(value) = sent.get("body") {
        new.insert("body".to_owned(), body(value, desk.switches));
    }
    places(sent, &mut new);
    if let Some(list) = sent.get("attendees") {
        new.insert("attendees".to_owned(), attendees(list, present.get("attendees"))?);
    }
    online(present, sent, desk, &mut new)?;
    Ok(new)
}

fn plain(name: &str, value: &Value) -> Result<Value> {
    Ok(match (name, value) {
        ("subject", Value::Null) => json!(""),
        ("subject", Value::String(text)) if text.chars().count() > 255 => {
            // longer subjects are cut, as the store's column does
            json!(text.chars().take(255).collect::<String>())
        }
        ("categories", Value::Null) => json!([]),
        ("importance", Value::Null) => json!("normal"),
        ("importance", Value::String(text)) => json!(spelled(name, text)),
        ("reminderMinutesBeforeStart", value) => {
            let minutes = value.as_i64().filter(|minutes| *minutes >= 0);
            json!(minutes.ok_or_else(GraphError::property)?)
        }
        (_, Value::Null) => return Err(GraphError::property()),
        (_, value) => value.clone(),
    })
}

fn body(value: &Value, switches: &GraphSwitches) -> Value {
    let content = value["content"].as_str().unwrap_or_default();
    let is_html = value["contentType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    match (is_html, switches.keep_html) {
        (false, _) => json!({"contentType": "text", "content": content}),
        (true, true) => json!({"contentType": "html", "content": content}),
        (true, false) => json!({"contentType": "html", "content": html::wrapped(content)}),
    }
}

/// `location` replaces `locations`, and the other way round.
fn places(sent: &Body, new: &mut Body) {
    let whole = |value: &Value| {
        let mut place = json!({"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}});
        if let (Some(place), Some(value)) = (place.as_object_mut(), value.as_object()) {
            place.extend(
                value.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())),
            );
        }
        let text = place["displayName"].as_str().unwrap_or_default().to_owned();
        if !text.is_empty() && place.get("uniqueId").is_none() {
            place["uniqueId"] = json!(text);
            place["uniqueIdType"] = json!("private");
        }
        place
    };
    let is_named = |place: &Value| place["displayName"].as_str().is_some_and(|text| !text.is_empty());
    if let Some(list) = sent.get("locations").and_then(Value::as_array) {
        let list: Vec<Value> = list.iter().map(whole).collect();
        let names: Vec<&str> = list.iter().filter_map(|place| place["displayName"].as_str()).collect();
        new.insert("location".to_owned(), whole(&json!({"displayName": names.join("; ")})));
        new.insert("locations".to_owned(), json!(list));
    } else if let Some(place) = sent.get("location") {
        let place = whole(place);
        let list = if is_named(&place) { json!([place]) } else { json!([]) };
        new.insert("location".to_owned(), place);
        new.insert("locations".to_owned(), list);
    }
}

/// Complete attendees; who was there before keeps the answer.
fn attendees(list: &Value, present: Option<&Value>) -> Result<Value> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    if list.len() > MOST_ATTENDEES {
        return Err(GraphError::new(400, "ErrorTooManyAttendees", "An event can have at most 500 attendees."));
    }
    let before = present.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut complete = Vec::new();
    for one in list {
        let address = one["emailAddress"]["address"].as_str().map(str::trim).unwrap_or_default();
        if !address.contains('@') {
            return Err(GraphError::new(400, "ErrorInvalidRecipients", "At least one recipient is not valid."));
        }
        let same = |other: &&Value| {
            other["emailAddress"]["address"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(address))
        };
        let status = before.iter().find(same).map(|own| own["status"].clone());
        complete.push(json!({
            "type": one["type"].as_str().unwrap_or("required"),
            "status": status.unwrap_or_else(|| json!({"response": "none", "time": NEVER})),
            "emailAddress": {"name": one["emailAddress"]["name"].as_str().unwrap_or(address), "address": address},
        }));
    }
    Ok(json!(complete))
}

/// Online meetings: made once, ended only by a body that no longer holds their link.
fn online(present: &Body, sent: &Body, desk: &Desk<'_>, new: &mut Body) -> Result<()> {
    let is_on = present.get("isOnlineMeeting") == Some(&json!(true));
    let link = present.get("onlineMeeting").and_then(|own| own["joinUrl"].as_str());
    if let (true, Some(link), Some(body)) = (is_on, link, new.get("body"))
        && !body["content"].as_str().unwrap_or_default().contains(link)
    {
        new.insert("isOnlineMeeting".to_owned(), json!(false));
        new.insert("onlineMeetingProvider".to_owned(), json!("unknown"));
        new.insert("onlineMeeting".to_owned(), Value::Null);
        return Ok(());
    }
    let wanted = sent.get("onlineMeetingProvider").and_then(Value::as_str).filter(|name| *name != "unknown");
    if let Some(provider) = wanted
        && !desk.providers.iter().any(|own| own.eq_ignore_ascii_case(provider))
    {
        return Err(GraphError::invalid(format!("The online meeting provider '{provider}' is not allowed.")));
    }
    if sent.get("isOnlineMeeting") != Some(&json!(true)) || is_on {
        return Ok(());
    }
    let Some(provider) = wanted.or_else(|| desk.providers.first().copied()) else {
        return Ok(());
    };
    let code = &opaque(desk.seed, "meeting", desk.key)[..16];
    let link = format!("https://teams.example.com/l/meetup-join/{code}");
    let before = new.get("body").or_else(|| present.get("body")).cloned().unwrap_or_default();
    let content = before["content"].as_str().unwrap_or_default();
    let text = if before["contentType"] == json!("text") { html::from_text(content) } else { content.to_owned() };
    let blob = format!(
        "<div>________________</div><div>Microsoft Teams meeting</div><div><a href=\"{link}\">Join the meeting now</a></div>"
    );
    let joined = if text.contains("</body>") {
        text.replacen("</body>", &format!("{blob}</body>"), 1)
    } else {
        html::wrapped(&format!("{text}{blob}"))
    };
    new.insert("body".to_owned(), json!({"contentType": "html", "content": joined}));
    new.insert("isOnlineMeeting".to_owned(), json!(true));
    new.insert("onlineMeetingProvider".to_owned(), json!(spelled("onlineMeetingProvider", provider)));
    new.insert("onlineMeeting".to_owned(), json!({"joinUrl": link, "conferenceId": null, "tollNumber": null}));
    Ok(())
}

/// Start, end and `isAllDay` of a body over present times; `None` when nothing was sent.
pub(crate) fn times(present: Option<&Times>, sent: &Body, switches: &GraphSwitches) -> Result<Option<Times>> {
    let touched = ["start", "end", "isAllDay"].iter().any(|name| sent.contains_key(*name));
    if present.is_some() && !touched {
        return Ok(None);
    }
    let side = |name: &str| -> Result<Option<(jiff::civil::DateTime, Zone)>> {
        match sent.get(name) {
            None => Ok(None),
            Some(Value::Null) => Err(GraphError::property()),
            Some(value) => times::read(value).map(|(local, zone)| Some((local, named(zone, switches)))),
        }
    };
    let all_day = match sent.get("isAllDay") {
        Some(value) => value.as_bool().unwrap_or(false),
        None => present.is_some_and(|own| own.all_day),
    };
    let (start, zone) = match (side("start")?, present) {
        (Some(sent), _) => sent,
        (None, Some(own)) => (own.start, own.zone.clone()),
        (None, None) => return Err(GraphError::property()),
    };
    let (end, end_zone) = match (side("end")?, present) {
        (Some(sent), _) => sent,
        (None, Some(own)) => (own.end, own.end_zone.clone()),
        (None, None) => return Err(GraphError::property()),
    };
    Times { all_day, start, end, zone, end_zone }.checked().map(Some)
}

/// The vendor keeps zones under their Windows names.
fn named(zone: Zone, switches: &GraphSwitches) -> Zone {
    match (switches.custom_zone_names, switches.keep_iana_names) {
        (true, _) => Zone { name: "tzone://Microsoft/Custom".to_owned(), ..zone },
        (false, true) => zone,
        (false, false) => zone.in_windows_words(),
    }
}

/// The recurrence of a body for these times, and the times as its zone has them. The event's start becomes that of the
/// first occurrence.
pub(crate) fn series(value: &Value, times: Times, switches: &GraphSwitches) -> Result<(Recurrence, Times)> {
    let own = value["range"]["recurrenceTimeZone"].as_str().filter(|name| !name.is_empty()).and_then(Zone::read);
    let times = match own.filter(|own| !times.all_day && own.tz.iana_name() != times.zone.tz.iana_name()) {
        Some(zone) => {
            let zone = named(zone, switches);
            let at = |instant: Timestamp| zone.tz.to_datetime(instant);
            Times {
                start: at(times.start_instant()),
                end: at(times.end_instant()),
                end_zone: zone.clone(),
                zone,
                ..times
            }
        }
        None => times,
    };
    let mut recurrence = Recurrence::read(value, times.start.date(), &times.zone)?;
    let first = recurrence.first().ok_or_else(GraphError::property)?;
    recurrence.start = first;
    let times = times.on(first).ok_or_else(GraphError::property)?;
    // neighbours must not overlap
    let ahead = recurrence.dates(None, None, 24);
    let length = times.length();
    for pair in ahead.windows(2) {
        if let (Some(one), Some(next)) = (times.on(pair[0]), times.on(pair[1]))
            && next.start_instant().duration_since(one.start_instant()) < length
        {
            return Err(GraphError::too_big());
        }
    }
    Ok((recurrence, times))
}

/// Single-value extended properties by id; a null value removes.
pub(crate) fn extend(event: &mut std::collections::BTreeMap<String, String>, sent: &Body) -> Result<()> {
    let list = sent.get("singleValueExtendedProperties").and_then(Value::as_array);
    for one in list.into_iter().flatten() {
        let id = one["id"].as_str().unwrap_or_default();
        let words: Vec<&str> = id.split(' ').collect();
        let named = matches!(words.as_slice(), [_, guid, "Name" | "Id", name, ..] if guid.starts_with('{') && guid.ends_with('}') && !name.is_empty());
        let tagged = matches!(words.as_slice(), [_, tag] if tag.starts_with("0x"));
        if !named && !tagged {
            return Err(GraphError::new(400, "ErrorInvalidProperty", format!("The property id '{id}' is invalid.")));
        }
        match one["value"].as_str() {
            Some(value) => event.insert(id.to_owned(), value.to_owned()),
            None => event.remove(id),
        };
    }
    Ok(())
}

/// The event that a transaction id was used for.
pub(crate) fn used<'a>(mailbox: &'a Mailbox, id: &str) -> Option<(u64, Option<&'a Event>)> {
    let key = *mailbox.transactions.get(id)?;
    Some((key, mailbox.event(key)))
}

/// Refuses writes to a calendar without the right.
pub(crate) fn writable(calendar: &Calendar) -> Result<()> {
    if calendar.can_edit { Ok(()) } else { Err(GraphError::denied()) }
}
