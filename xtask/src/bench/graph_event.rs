//! One event of the calendar as Microsoft Graph writes it.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value, json};
use tidecal_ical::{Budget, Moment, Range, Recurrence, When, Zone, expand, windows_zone};

/// Occurrences of each series that a page shows.
const OCCURRENCES: usize = 12;

/// What all events have in common.
const SAME: &str = r##"{
    "@odata.type": "#microsoft.graph.event", "createdDateTime": "2026-06-01T09:00:00.0000000Z",
    "lastModifiedDateTime": "2026-11-20T09:00:00.0000000Z", "categories": [], "transactionId": null,
    "reminderMinutesBeforeStart": 15, "isReminderOn": true, "hasAttachments": false, "importance": "normal",
    "sensitivity": "normal", "isCancelled": false, "isOrganizer": true, "responseRequested": true, "showAs": "busy",
    "onlineMeetingUrl": null, "isOnlineMeeting": false, "onlineMeetingProvider": "unknown", "onlineMeeting": null,
    "allowNewTimeProposals": true, "isDraft": false, "hideAttendees": false, "locations": [],
    "responseStatus": { "response": "organizer", "time": "0001-01-01T00:00:00Z" },
    "organizer": { "emailAddress": { "name": "Ada", "address": "ada@example.com" } }
}"##;

/// The shape of an event; the input is the same event as Google writes it.
pub(super) fn shape(google: &Value) -> Result<Value> {
    let id = text(google, "id")?;
    let (start, end) = (Time::of(&google["start"])?, Time::of(&google["end"])?);
    let kind = match (&google["recurrence"], &google["recurringEventId"]) {
        (Value::Null, Value::Null) => "singleInstance",
        (Value::Null, _) => "exception",
        _ => "seriesMaster",
    };
    let description = text(google, "description")?;
    let place = google["location"].as_str().unwrap_or_default();
    let recurrence = google["recurrence"][0].as_str().map(|rule| recurrence(rule, &start)).transpose()?;
    let original =
        google["originalStartTime"].as_object().map(|_| Time::of(&google["originalStartTime"])).transpose()?;
    let preview: String = description.chars().take(255).collect();
    let head = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">";
    let text_of = description.replace('\n', "<br>\r\n");
    let html =
        format!("<html>\r\n<head>\r\n{head}\r\n</head>\r\n<body>\r\n<div>{text_of}</div>\r\n</body>\r\n</html>\r\n");
    let own = json!({
        "@odata.etag": format!("W/\"{id}\""),
        "id": id,
        "changeKey": id,
        "originalStartTimeZone": start.windows(),
        "originalEndTimeZone": end.windows(),
        "iCalUId": text(google, "iCalUID")?,
        "subject": text(google, "summary")?,
        "bodyPreview": preview,
        "isAllDay": start.zone.is_none(),
        "seriesMasterId": google["recurringEventId"],
        "type": kind,
        "webLink": google["htmlLink"],
        "originalStart": original.map(|at| format!("{}Z", at.utc().strftime("%Y-%m-%dT%H:%M:%S.0000000"))),
        "recurrence": recurrence,
        "body": { "contentType": "html", "content": html },
        "start": start.json(),
        "end": end.json(),
        "location": { "displayName": place, "locationType": "default", "uniqueId": place, "uniqueIdType": "private" },
        "attendees": guests(&google["attendees"]),
    });
    let mut event: Map<String, Value> = serde_json::from_str(SAME)?;
    event.extend(own.as_object().cloned().unwrap_or_default());
    Ok(Value::Object(event))
}

/// The first occurrences of a master, without content; none of other events.
pub(super) fn occurrences(google: &Value, event: &Value) -> Result<Vec<Value>> {
    let Some(rule) = google["recurrence"][0].as_str() else { return Ok(Vec::new()) };
    let (start, end) = (Time::of(&google["start"])?, Time::of(&google["end"])?);
    let zone = start.zone.context("a series of whole days")?;
    let moment = |local| Moment::zoned(local, zone.clone());
    let when = When::Timed { start: moment(start.local), end: moment(end.local) };
    let range = Range { start: "2026-08-21T00:00:00Z".parse()?, end: "2028-02-20T00:00:00Z".parse()? };
    let rules = Recurrence { rules: vec![rule.trim_start_matches("RRULE:").to_owned()], ..Recurrence::default() };
    let found = expand(&when, &rules, range, &zone, Budget::default())?;
    let id = text(event, "id")?;
    let sparse = |(number, when): (usize, When)| {
        let (start, end) = when.span(&zone);
        json!({ "@odata.type": "#microsoft.graph.event", "@odata.etag": event["@odata.etag"], "id": format!("{id}.{number}"),
            "seriesMasterId": id, "type": "occurrence", "start": utc(start), "end": utc(end) })
    };
    let first = found.occurrences.into_iter().take(OCCURRENCES).map(|occurrence| occurrence.when);
    Ok(first.enumerate().map(sparse).collect())
}

/// A start or an end.
struct Time {
    local: DateTime,
    /// None: a date.
    zone: Option<Zone>,
}

impl Time {
    fn of(google: &Value) -> Result<Self> {
        if let Some(date) = google["date"].as_str() {
            return Ok(Self { local: date.parse::<Date>()?.at(0, 0, 0, 0), zone: None });
        }
        let at: Timestamp = text(google, "dateTime")?.parse()?;
        let zone = Zone::iana(text(google, "timeZone")?).context("an unknown zone")?;
        Ok(Self { local: zone.rules().to_datetime(at), zone: Some(zone) })
    }

    fn utc(&self) -> DateTime {
        let Some(zone) = &self.zone else { return self.local };
        let at = Moment::zoned(self.local, zone.clone()).instant(zone);
        jiff::tz::TimeZone::UTC.to_datetime(at)
    }

    fn windows(&self) -> &'static str {
        self.zone.as_ref().and_then(windows_zone).unwrap_or("UTC")
    }

    fn json(&self) -> Value {
        json!({ "dateTime": self.utc().strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": "UTC" })
    }
}

fn utc(at: Timestamp) -> Value {
    json!({ "dateTime": at.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": "UTC" })
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    value[name].as_str().with_context(|| format!("an event without {name}"))
}

fn guests(google: &Value) -> Vec<Value> {
    let guest = |guest: &Value| {
        let response = match guest["responseStatus"].as_str() {
            Some("accepted") => "accepted",
            Some("declined") => "declined",
            Some("tentative") => "tentativelyAccepted",
            _ => "none",
        };
        json!({ "type": "required", "status": { "response": response, "time": "0001-01-01T00:00:00Z" },
            "emailAddress": { "name": guest["displayName"], "address": guest["email"] } })
    };
    google.as_array().map(|guests| guests.iter().map(guest).collect()).unwrap_or_default()
}

/// The rules of the calendar as patterns.
fn recurrence(rule: &str, start: &Time) -> Result<Value> {
    let part = |name: &str| {
        rule.trim_start_matches("RRULE:").split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let interval = part("INTERVAL").map_or(Ok(1), str::parse::<i64>)?;
    let date = start.local.date();
    let day = date.strftime("%A").to_string().to_lowercase();
    let index = ["first", "second", "third", "fourth", "last"][(usize::try_from(date.day())? - 1) / 7];
    let (kind, month, day_of_month, days, index) = match (part("FREQ"), part("BYDAY")) {
        (Some("DAILY"), _) => ("daily", 0, 0, None, "first"),
        (Some("WEEKLY"), _) => ("weekly", 0, 0, Some(day), "first"),
        (Some("MONTHLY"), Some(_)) => ("relativeMonthly", 0, 0, Some(day), index),
        (Some("MONTHLY"), None) => ("absoluteMonthly", 0, date.day(), None, "first"),
        _ => ("absoluteYearly", date.month(), date.day(), None, "first"),
    };
    let until = part("UNTIL").map(|text| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8]));
    let count = part("COUNT").map(str::parse::<i64>).transpose()?;
    let range = match (&until, count) {
        (Some(_), _) => "endDate",
        (None, Some(_)) => "numbered",
        (None, None) => "noEnd",
    };
    Ok(json!({
        "pattern": { "type": kind, "interval": interval, "month": month, "dayOfMonth": day_of_month,
            "daysOfWeek": days.into_iter().collect::<Vec<_>>(), "firstDayOfWeek": "sunday", "index": index },
        "range": { "type": range, "startDate": date.to_string(), "endDate": until.unwrap_or_else(|| "0001-01-01".to_owned()),
            "recurrenceTimeZone": start.windows(), "numberOfOccurrences": count.unwrap_or(0) },
    }))
}
