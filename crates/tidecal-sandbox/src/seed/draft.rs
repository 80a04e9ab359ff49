//! Describing an event in a line or two.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::data::event::Body;

/// A guest as (address, name, answer).
pub(super) type Guest<'a> = (&'a str, &'a str, &'a str);

/// An event before the vendor's own members are added.
#[derive(Debug, Clone)]
pub(super) struct Draft(pub(super) Body);

impl Draft {
    pub(super) fn new(summary: &str) -> Self {
        Self(Body::new()).with("summary", json!(summary))
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Timed: from a local time (`09:30`), so many minutes long.
    pub(super) fn at(self, date: Date, time: &str, minutes: i64, zone: &str) -> Self {
        let start = local(date, time);
        let end = start.saturating_add(jiff::Span::new().minutes(minutes));
        self.with("start", json!({"dateTime": start.to_string(), "timeZone": zone}))
            .with("end", json!({"dateTime": end.to_string(), "timeZone": zone}))
    }

    /// Timed with ends in different zones: a journey.
    pub(super) fn journey(self, from: (Date, &str, &str), to: (Date, &str, &str)) -> Self {
        let moment = |(date, time, zone): (Date, &str, &str)| json!({"dateTime": local(date, time).to_string(), "timeZone": zone});
        self.with("start", moment(from)).with("end", moment(to))
    }

    /// All-day, `length` days long.
    pub(super) fn days(self, first: Date, length: i64) -> Self {
        let end = first.saturating_add(jiff::Span::new().days(length));
        self.with("start", json!({"date": first.to_string()})).with("end", json!({"date": end.to_string()}))
    }

    pub(super) fn repeats(self, rule: &str) -> Self {
        self.with("recurrence", json!([rule]))
    }

    pub(super) fn about(self, description: &str) -> Self {
        self.with("description", json!(description))
    }

    pub(super) fn place(self, location: &str) -> Self {
        self.with("location", json!(location))
    }

    pub(super) fn guests(self, guests: &[Guest<'_>]) -> Self {
        let list: Vec<Value> = guests
            .iter()
            .map(|(email, name, answer)| json!({"email": email, "displayName": name, "responseStatus": answer}))
            .collect();
        self.with("attendees", json!(list))
    }

    /// A video room with a number to dial.
    pub(super) fn meet(self, room: &str) -> Self {
        let uri = format!("https://meet.example.com/{room}");
        let points = json!([
            {"entryPointType": "video", "uri": uri, "label": format!("meet.example.com/{room}")},
            {"entryPointType": "phone", "uri": "tel:+43-1-555-0100", "label": "+43 1 555 0100",
             "pin": "4711"},
        ]);
        self.with("hangoutLink", json!(uri)).with(
            "conferenceData",
            json!({
                "conferenceId": room,
                "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
                "entryPoints": points,
            }),
        )
    }

    /// Own reminders, as minutes before.
    pub(super) fn remind(self, minutes: &[u32]) -> Self {
        let overrides: Vec<Value> = minutes.iter().map(|m| json!({"method": "popup", "minutes": m})).collect();
        self.with("reminders", json!({"useDefault": false, "overrides": overrides}))
    }

    pub(super) fn private(self) -> Self {
        self.with("visibility", json!("private"))
    }

    /// Does not block time.
    pub(super) fn free(self) -> Self {
        self.with("transparency", json!("transparent"))
    }

    pub(super) fn focus_time(self) -> Self {
        self.with("eventType", json!("focusTime"))
            .with("focusTimeProperties", json!({"autoDeclineMode": "declineNone", "chatStatus": "doNotDisturb"}))
    }

    pub(super) fn out_of_office(self) -> Self {
        self.with("eventType", json!("outOfOffice")).with(
            "outOfOfficeProperties",
            json!({"autoDeclineMode": "declineOnlyNewConflictingInvitations",
                   "declineMessage": "I am away and will answer when I am back."}),
        )
    }

    pub(super) fn working_at_home(self) -> Self {
        self.with("eventType", json!("workingLocation"))
            .with("workingLocationProperties", json!({"type": "homeOffice", "homeOffice": {}}))
            .with("visibility", json!("public"))
            .free()
    }
}

fn local(date: Date, time: &str) -> jiff::civil::DateTime {
    let time = time.parse::<jiff::civil::Time>().unwrap_or_else(|_| jiff::civil::Time::midnight());
    date.to_datetime(time)
}
