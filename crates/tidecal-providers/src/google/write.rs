//! Writing one event: insert under an id of our making, field-masked patches, removals, answers.
//!
//! Every write names the ETag that it rests on (`If-Match`) or a fresh id, so that sending it twice
//! does no harm. Guests are mailed only where the write says so (`sendUpdates`).

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};
use tidecal_core::model::{Event, Response, Status};
use tidecal_core::remote::{
    Answer, ComponentWrite, Failure, FailureClass, ItemRef, Mail, Mark, PermanentScope, RemoteChange, RemoteWrite,
    WriteAction,
};
use tidecal_core::sync::Field;
use tidecal_ical::{RecurrenceId, When};

use super::body::{body, described, guests, without_rule};
use super::calls::{FindInstance, ProbeCalendar, Way, WriteEvent, is_own_version};
use super::errors::{Asked, Refusal, unreadable_answer};
use super::items::ItemReading;
use super::{Google, failure};

/// Where a copy says whose it is: a private property, which guests do not see.
pub(super) const MARK: &str = "tidecal";

/// Writes to one calendar.
pub(super) struct Writer<'a> {
    pub(super) google: &'a Google,
    pub(super) way: Way<'a>,
    pub(super) calendar: &'a str,
    pub(super) mail: Mail,
}

impl Writer<'_> {
    pub(super) async fn write(&self, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        match &write.action {
            WriteAction::Create { mark, components } => match components.as_slice() {
                [component] => self.insert(&write.series_id, mark, component).await,
                _ => Err(one_at_a_time()),
            },
            WriteAction::Update(components) => match components.as_slice() {
                [component] => self.change(&write.series_id, component).await,
                _ => Err(one_at_a_time()),
            },
            WriteAction::Delete { version } => {
                let item = ItemRef { id: write.series_id.clone(), version: version.clone() };
                match self.compare_unguarded(&item).await {
                    // Gone already, or changed: the deletion tells which.
                    Err(failure) if failure.class != FailureClass::Conflict => Err(failure),
                    Err(failure) if self.is_there(&item.id).await? => Err(failure),
                    _ => self.delete(&item.id, version).await.map(|()| Vec::new()),
                }
            }
            WriteAction::Answer { item, recurrence_id, answer } => self.answer(item, *recurrence_id, answer).await,
        }
    }

    async fn insert(&self, id: &str, mark: &Mark, component: &ComponentWrite) -> Result<Vec<RemoteChange>, Failure> {
        let Some(event) = &component.after else { return Err(one_at_a_time()) };
        let mut body = body(event, &component.fields, &self.floating_zone(event).await?, false);
        body.insert("id".to_owned(), json!(id));
        if !event.attendees.is_empty() {
            body.insert("attendees".to_owned(), event.attendees.iter().map(described).collect());
        }
        body.insert("extendedProperties".to_owned(), json!({ "private": { MARK: mark.encode() } }));
        self.send(Asked::Insert, Method::POST, "", "", body).await
    }

    async fn change(&self, series_id: &str, component: &ComponentWrite) -> Result<Vec<RemoteChange>, Failure> {
        let (Some(after), fields) = (&component.after, &component.fields) else { return Err(one_at_a_time()) };
        let item = match (&component.item, component.recurrence_id) {
            (Some(item), _) => item.clone(),
            (None, Some(slot)) => self.instance(series_id, slot).await?,
            (None, None) => return Err(one_at_a_time()),
        };
        self.compare_unguarded(&item).await?;
        if component.recurrence_id.is_some() && after.status == Status::Cancelled {
            self.delete(&item.id, &item.version).await?;
            return self.read(&item.id).await;
        }
        let mut body = body(after, fields, &self.floating_zone(after).await?, true);
        if component.recurrence_id.is_some() {
            body = without_rule(body);
        }
        if fields.contains(&Field::Attendees) {
            let before = component.before.as_deref().map(|before| before.attendees.as_slice()).unwrap_or_default();
            let theirs = self.guests_there(&item).await?;
            body.insert("attendees".to_owned(), guests(&theirs, before, &after.attendees).into());
        }
        if body.is_empty() {
            return self.read(&item.id).await;
        }
        self.send(Asked::Update, Method::PATCH, &item.id, &item.version, body).await
    }

    /// Gone already is success.
    async fn delete(&self, id: &str, version: &str) -> Result<(), Failure> {
        let call = self.call(Method::DELETE, id, version);
        match self.google.send(Asked::Delete, self.way, call.request(self.way, None)).await {
            Ok(_) | Err(Refusal::Gone { proven: true }) => Ok(()),
            // "Not found" is also said of every event of a calendar that is out of reach.
            Err(Refusal::Gone { proven: false }) => self.zone_of_calendar().await.map(drop),
            Err(refused) => Err(failure(refused, Asked::Delete)),
        }
    }

    async fn answer(
        &self,
        item: &ItemRef,
        _slot: Option<RecurrenceId>,
        answer: &Answer,
    ) -> Result<Vec<RemoteChange>, Failure> {
        self.compare_unguarded(item).await?;
        let theirs = self.guests_there(item).await?;
        let own = theirs.iter().find(|guest| guest.get("self").and_then(Value::as_bool) == Some(true));
        let Some(address) = own.and_then(|guest| guest.get("email")).and_then(Value::as_str) else {
            let detail = "google: the owner of this calendar is not among the guests, so there is nothing to answer";
            return Err(Failure::new(FailureClass::Permanent(PermanentScope::Item), detail));
        };
        let mut own = json!({ "email": address, "responseStatus": response(answer.response) });
        if let (Some(own), false) = (own.as_object_mut(), answer.comment.is_empty()) {
            own.insert("comment".to_owned(), json!(answer.comment));
        }
        let mut body = Map::new();
        body.insert("attendees".to_owned(), json!([own]));
        // The other guests stay as they are.
        body.insert("attendeesOmitted".to_owned(), json!(true));
        self.send(Asked::Update, Method::PATCH, &item.id, &item.version, body).await
    }

    /// An item that came without an `ETag` has a version of our own making, which guards no request:
    /// it is read and compared right before the write.
    async fn compare_unguarded(&self, item: &ItemRef) -> Result<(), Failure> {
        if !is_own_version(&item.version) {
            return Ok(());
        }
        let found = self.read(&item.id).await?;
        let same = |change: &RemoteChange| match change {
            RemoteChange::Series(series) => series.components.iter().any(|it| it.version == item.version),
            _ => false,
        };
        if found.iter().any(same) { Ok(()) } else { Err(moved_on()) }
    }

    async fn is_there(&self, id: &str) -> Result<bool, Failure> {
        let found = self.read(id).await?;
        Ok(found.iter().any(|change| matches!(change, RemoteChange::Series(_))))
    }

    /// The list as the vendor has it, of the version that the write rests on.
    async fn guests_there(&self, item: &ItemRef) -> Result<Vec<Value>, Failure> {
        let call = self.call(Method::GET, &item.id, "");
        let (status, body) = match self.google.send(Asked::Event, self.way, call.request(self.way, None)).await {
            Ok(answer) => answer,
            Err(Refusal::Gone { .. }) => return Err(moved_on()),
            Err(refused) => return Err(failure(refused, Asked::Event)),
        };
        let event: Map<String, Value> = serde_json::from_slice(&body)
            .map_err(|wrong| unreadable_answer(status, &body, &wrong.to_string(), self.way.token))?;
        let version = event.get("etag").and_then(Value::as_str).unwrap_or_default();
        let guards = !item.version.is_empty() && !is_own_version(&item.version);
        if guards && version != item.version {
            return Err(moved_on());
        }
        if event.get("attendeesOmitted").and_then(Value::as_bool) == Some(true) {
            let detail = "google: not all guests of this event were sent, so the list cannot be written";
            return Err(Failure::new(FailureClass::Permanent(PermanentScope::Item), detail));
        }
        Ok(event.get("attendees").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// The instance of a series at an occurrence: its id is the vendor's to say (a series that was
    /// split has two spellings).
    async fn instance(&self, series_id: &str, slot: RecurrenceId) -> Result<ItemRef, Failure> {
        let find = FindInstance { calendar: self.calendar, series_id, slot };
        let (status, body) = match self.google.send(Asked::Event, self.way, find.request(self.way)).await {
            Ok(answer) => answer,
            Err(Refusal::Gone { .. }) => return Err(moved_on()),
            Err(refused) => return Err(failure(refused, Asked::Event)),
        };
        let found =
            FindInstance::parse(&body).map_err(|wrong| unreadable_answer(status, &body, &wrong, self.way.token))?;
        found.map(|(id, version)| ItemRef { id, version }).ok_or_else(|| {
            let detail = format!("google: the series has no occurrence at {slot}");
            Failure::new(FailureClass::Permanent(PermanentScope::Item), detail)
        })
    }

    fn call<'b>(&'b self, method: Method, id: &'b str, version: &'b str) -> WriteEvent<'b> {
        let guests_are_told = self.mail == Mail::Guests;
        WriteEvent { method, calendar: self.calendar, id, version, guests_are_told }
    }

    async fn send(
        &self,
        asked: Asked,
        method: Method,
        id: &str,
        version: &str,
        body: Map<String, Value>,
    ) -> Result<Vec<RemoteChange>, Failure> {
        let body = Bytes::from(Value::Object(body).to_string());
        let request = self.call(method, id, version).request(self.way, Some(body));
        let (status, answer) = match self.google.send(asked, self.way, request).await {
            Ok(answer) => answer,
            Err(Refusal::Gone { .. } | Refusal::Taken) => return Err(moved_on()),
            Err(refused) => return Err(failure(refused, asked)),
        };
        let mut reading = ItemReading::new(self.google, self.way, self.calendar);
        reading.read(status, &answer).await.map(|change| vec![change])
    }

    async fn read(&self, id: &str) -> Result<Vec<RemoteChange>, Failure> {
        let mut reading = ItemReading::new(self.google, self.way, self.calendar);
        reading.fetch(id).await.map(|change| vec![change])
    }

    /// The vendor knows no floating times: they are written in the calendar's zone.
    async fn floating_zone(&self, event: &Event) -> Result<String, Failure> {
        let floating = matches!(&event.when, When::Timed { start, .. } if start.zone.is_none());
        if floating { self.zone_of_calendar().await } else { Ok("UTC".to_owned()) }
    }

    async fn zone_of_calendar(&self) -> Result<String, Failure> {
        let request = ProbeCalendar { calendar: self.calendar }.request(self.way);
        let zone = self.google.ask(Asked::Events, self.way, request, ProbeCalendar::parse).await?;
        Ok(zone.unwrap_or_else(|| "UTC".to_owned()))
    }
}

fn response(response: Response) -> &'static str {
    match response {
        Response::Accepted => "accepted",
        Response::Declined => "declined",
        Response::Tentative => "tentative",
        Response::NeedsAction | Response::Delegated => "needsAction",
    }
}

fn moved_on() -> Failure {
    Failure::new(FailureClass::Conflict, "google: the event is not as it was when it was last read")
}

fn one_at_a_time() -> Failure {
    Failure::new(FailureClass::Permanent(PermanentScope::Item), "google: events are written one at a time")
}
