//! Writes: creations, changes, removals, answers; each read back afterwards.
//!
//! Graph mails the guests of one's own meeting with every write, and there is no switch: a write
//! that may mail nobody is refused here if it could, whoever asked for it.
//!
//! Graph allots ids itself. A creation carries a transaction id and the key of the copy, both made
//! of our own key, so that a repeated one is refused and an unconfirmed one is found again.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tidecal_core::model::{Event, Response, Status};
use tidecal_core::remote::{
    Answer, ComponentWrite, Content, Failure, FailureClass, ItemRef, Mail, Mark, PermanentScope, RemoteChange,
    RemoteSeries, RemoteWrite, WriteAction,
};
use tidecal_core::sync::Field;
use tidecal_ical::RecurrenceId;

use super::calls::{self, Way};
use super::errors::{Asked, Refusal, unreadable_answer};
use super::items::ItemReading;
use super::map::{CANCELLED, KEY, MARK, OWN_TRANSACTION, item};
use super::occurrences::Occurrences;
use super::pattern::Unmappable;
use super::put::{self, Fields};
use super::{Outlook, failure};

/// Beginning of the provisional id of a copy that is not confirmed.
pub(super) const NEW: &str = "new:";

/// A write to one calendar.
pub(super) struct Writing<'a> {
    pub(super) outlook: &'a Outlook,
    pub(super) way: Way<'a>,
    pub(super) calendar: &'a str,
}

fn refused(detail: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Permanent(PermanentScope::Item), format!("outlook: {}", detail.into()))
}

fn unmappable(why: &Unmappable) -> Failure {
    refused(why.to_string())
        .code("unmappable")
        .remedy("The event stays as it is in Outlook; change its repetition here, or make the change in Outlook.")
}

fn conflict(detail: &str) -> Failure {
    Failure::new(FailureClass::Conflict, format!("outlook: {detail}"))
}

/// What would have mailed people although nobody may be.
fn would_mail() -> Failure {
    refused("this would mail the guests, for Outlook cannot be told not to")
}

impl Writing<'_> {
    pub(super) async fn write(&self, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        match &write.action {
            WriteAction::Create { mark, components } => {
                self.create(&write.series_id, mark, components, write.mail).await
            }
            WriteAction::Update(components) => {
                let series = self.resolve(&write.series_id).await?;
                for component in components {
                    self.update(&series, component, write.mail).await?;
                }
                self.read_back(&series).await
            }
            WriteAction::Delete { version } => self.delete(&write.series_id, version, write.mail).await,
            WriteAction::Answer { item, answer, .. } => self.answer(item, answer, write.mail).await,
        }
    }

    async fn create(
        &self,
        provisional: &str,
        mark: &Mark,
        components: &[ComponentWrite],
        mail: Mail,
    ) -> Result<Vec<RemoteChange>, Failure> {
        let after = components.first().and_then(|component| component.after.as_deref());
        let after = after.ok_or_else(|| refused("a creation without content"))?;
        let mut body = put::fields(None, after, &Field::ALL).map_err(|why| unmappable(&why))?;
        if mail == Mail::Nobody {
            body.remove("attendees");
        }
        let key = provisional.strip_prefix(NEW).unwrap_or(provisional);
        body.insert("transactionId".to_owned(), json!(transaction(self.calendar, key)));
        body.insert(
            "singleValueExtendedProperties".to_owned(),
            json!([{"id": MARK, "value": mark.encode()}, {"id": KEY, "value": key}]),
        );
        let sent = self.send(Asked::Insert, Method::POST, &calls::events(self.calendar), None, body).await;
        let id = match sent {
            Ok(body) => id_of(&body).ok_or_else(|| self.unreadable(&body, "id: missing"))?,
            Err(Refusal::Taken(_)) => return Err(conflict("this event was created before")),
            Err(refused) => return Err(failure(refused, Asked::Insert)),
        };
        let excluded = after.recurrence.as_ref().map(|recurrence| recurrence.excluded.clone()).unwrap_or_default();
        self.exclude(&id, &excluded).await?;
        self.read_back(&id).await
    }

    async fn update(&self, series: &str, component: &ComponentWrite, mail: Mail) -> Result<(), Failure> {
        let before = component.before.as_deref();
        let guests = [before, component.after.as_deref()].into_iter().flatten().any(put::has_guests);
        if mail == Mail::Nobody && guests && component.fields.iter().any(|field| !PRIVATE.contains(field)) {
            return Err(would_mail());
        }
        let Some(after) = component.after.as_deref() else {
            return Err(refused("an exception cannot follow its series again in Outlook; change it, or cancel it"));
        };
        let target = match (component.recurrence_id, &component.item) {
            (_, Some(item)) => Some(item.clone()),
            (None, None) => Some(ItemRef { id: series.to_owned(), version: String::new() }),
            (Some(slot), None) => self.occurrences(series).find(slot).await?,
        };
        let cancelled = component.recurrence_id.is_some() && after.status == Status::Cancelled;
        // A cancelled occurrence has no item of its own any more: its id is made up, for the mapping.
        let target = target.filter(|item| item.version != CANCELLED);
        match (target, cancelled) {
            (Some(item), true) => self.remove(&item).await,
            (None, true) => Ok(()),
            (None, false) => Err(refused("this occurrence does not take place in Outlook any more")),
            (Some(item), false) => self.patch(&item, before, after, component).await,
        }
    }

    async fn patch(
        &self,
        item: &ItemRef,
        before: Option<&Event>,
        after: &Event,
        component: &ComponentWrite,
    ) -> Result<(), Failure> {
        let mut body = put::fields(before, after, &component.fields).map_err(|why| unmappable(&why))?;
        if component.recurrence_id.is_some() {
            body.remove("recurrence");
        }
        if body.contains_key("body") && before.is_some_and(|before| before.conference.is_some()) {
            self.keep_invitation(&item.id, &mut body).await?;
        }
        let rewritten = body.get("recurrence").is_some_and(|recurrence| !recurrence.is_null());
        if !body.is_empty() {
            let path = calls::event_path(self.calendar, &item.id);
            let sent = self.send(Asked::Update, Method::PATCH, &path, Some(&item.version), body).await;
            sent.map_err(|refusal| match refusal {
                Refusal::Gone => conflict("the event is not there any more"),
                other => failure(other, Asked::Update),
            })?;
        }
        if component.recurrence_id.is_none() && component.fields.contains(&Field::Time) {
            let known = before.and_then(|before| before.recurrence.as_ref()).filter(|_| !rewritten);
            let excluded = after.recurrence.iter().flat_map(|recurrence| &recurrence.excluded).copied();
            let news: Vec<_> =
                excluded.filter(|slot| known.is_none_or(|known| !known.excluded.contains(slot))).collect();
            self.exclude(&item.id, &news).await?;
        }
        Ok(())
    }

    /// The text by which people join an online meeting is part of its body, and must stay there.
    async fn keep_invitation(&self, id: &str, body: &mut Fields) -> Result<(), Failure> {
        let path = calls::body_of(self.calendar, id);
        let read = |body: &[u8]| serde_json::from_slice::<Value>(body).map_err(|wrong| wrong.to_string());
        let now = self.outlook.get(Asked::Event, self.way, &path, read).await?;
        let Some(invitation) = now["body"]["content"].as_str().and_then(super::body::invitation) else { return Ok(()) };
        let content = body.get("body").and_then(|body| body["content"].as_str()).unwrap_or_default();
        if super::body::invitation(content).is_none() {
            let html = super::body::as_html(content);
            body.insert("body".to_owned(), json!({"contentType": "html", "content": format!("{html}{invitation}")}));
        }
        Ok(())
    }

    /// Occurrences that do not take place are deleted one by one.
    async fn exclude(&self, series: &str, slots: &[RecurrenceId]) -> Result<(), Failure> {
        for slot in slots {
            if let Some(item) = self.occurrences(series).find(*slot).await? {
                self.remove(&ItemRef { version: String::new(), ..item }).await?;
            }
        }
        Ok(())
    }

    fn occurrences<'b>(&'b self, series: &'b str) -> Occurrences<'b> {
        Occurrences { outlook: self.outlook, way: self.way, calendar: self.calendar, series }
    }

    /// Gone already is as good.
    async fn remove(&self, item: &ItemRef) -> Result<(), Failure> {
        let path = calls::event_path(self.calendar, &item.id);
        match self.send(Asked::Delete, Method::DELETE, &path, Some(&item.version), Fields::new()).await {
            Ok(_) | Err(Refusal::Gone) => Ok(()),
            Err(refused) => Err(failure(refused, Asked::Delete)),
        }
    }

    async fn delete(&self, id: &str, version: &str, mail: Mail) -> Result<Vec<RemoteChange>, Failure> {
        let id = self.resolve(id).await?;
        // With a version it is the event that was read, whose guests are known; without one, look.
        if mail == Mail::Nobody && version.is_empty() {
            let now = self.read_back(&id).await?;
            if series_in(&now).and_then(event_in).is_some_and(put::has_guests) {
                return Err(would_mail());
            }
        }
        self.remove(&ItemRef { id, version: version.to_owned() }).await?;
        Ok(Vec::new())
    }

    /// Declining takes the event out of the calendar: the answer is what it was, declined.
    async fn answer(&self, invited: &ItemRef, answer: &Answer, mail: Mail) -> Result<Vec<RemoteChange>, Failure> {
        let (verb, word) = match answer.response {
            Response::Accepted => ("accept", "accepted"),
            Response::Declined => ("decline", "declined"),
            Response::Tentative => ("tentativelyAccept", "tentativelyAccepted"),
            Response::NeedsAction | Response::Delegated => return Err(refused("Outlook has no such answer")),
        };
        let mut reading = ItemReading::new(self.outlook, self.way, self.calendar);
        let Some(text) = reading.text_of(&invited.id).await? else {
            return Err(conflict("the invitation is not there any more"));
        };
        if !invited.version.is_empty() && super::map::version_of(&text) != invited.version {
            return Err(conflict("the invitation has changed"));
        }
        let mut body = Fields::new();
        body.insert("sendResponse".to_owned(), json!(mail == Mail::Guests));
        if !answer.comment.is_empty() {
            body.insert("comment".to_owned(), json!(answer.comment));
        }
        let path = format!("{}/{verb}", calls::event_path(self.calendar, &invited.id));
        let sent = self.send(Asked::Update, Method::POST, &path, None, body).await;
        sent.map_err(|refusal| match refusal {
            Refusal::Gone => conflict("the invitation is not there any more"),
            other => failure(other, Asked::Update),
        })?;
        let now = self.read_back(&invited.id).await?;
        if series_in(&now).is_some() {
            return Ok(now);
        }
        let mut before: Value = serde_json::from_str(&text).unwrap_or_default();
        before["responseStatus"] = json!({"response": word});
        let text = before.to_string();
        let own = self.outlook.owner(self.way, self.calendar, &text).await;
        Ok(vec![item(&text, own.as_deref())])
    }

    /// What the vendor has now.
    async fn read_back(&self, id: &str) -> Result<Vec<RemoteChange>, Failure> {
        let asked = [ItemRef { id: id.to_owned(), version: String::new() }];
        ItemReading::new(self.outlook, self.way, self.calendar).fetch(&asked).await
    }

    /// The true id behind a provisional one.
    async fn resolve(&self, id: &str) -> Result<String, Failure> {
        let Some(key) = id.strip_prefix(NEW) else { return Ok(id.to_owned()) };
        let found = self.outlook.find(self.way, self.calendar, key).await?;
        found.ok_or_else(|| conflict("the copy is not there"))
    }

    async fn send(
        &self,
        asked: Asked,
        method: Method,
        path: &str,
        version: Option<&str>,
        body: Fields,
    ) -> Result<Bytes, Refusal> {
        let body = if body.is_empty() { Bytes::new() } else { Bytes::from(Value::Object(body).to_string()) };
        let version = version.filter(|version| !version.is_empty());
        self.outlook.send_guarded(asked, self.way, (method, path, body), version).await.map(|(_, body)| body)
    }

    fn unreadable(&self, body: &Bytes, why: &str) -> Failure {
        unreadable_answer(201, body, why, self.way.token)
    }
}

/// Fields of one's own copy: changing them tells nobody.
const PRIVATE: [Field; 3] = [Field::Reminders, Field::Categories, Field::Links];

fn series_in(changes: &[RemoteChange]) -> Option<&RemoteSeries> {
    changes.iter().find_map(|change| match change {
        RemoteChange::Series(series) => Some(series),
        _ => None,
    })
}

fn event_in(series: &RemoteSeries) -> Option<&Event> {
    series.components.iter().find_map(|component| match &component.content {
        Content::Event(event) => Some(&**event),
        _ => None,
    })
}

fn id_of(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The same for the same copy in the same calendar, in the form of a GUID (RFC 9562, version 8).
pub(super) fn transaction(calendar: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("{calendar}\n{key}"));
    let hex: String = digest.iter().take(12).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("{OWN_TRANSACTION}{}-8{}-8{}-{}", &hex[0..4], &hex[4..7], &hex[7..10], &hex[10..22])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_id_is_a_guid_of_ours_and_differs_by_calendar_and_generation() {
        let id = transaction("c", "01a1fd8c69007000g0");
        assert_eq!(id.len(), 36);
        assert!(id.starts_with(OWN_TRANSACTION) && id.split('-').count() == 5, "{id}");
        assert_eq!(id, transaction("c", "01a1fd8c69007000g0"));
        assert_ne!(id, transaction("d", "01a1fd8c69007000g0"));
        assert_ne!(id, transaction("c", "01a1fd8c69007000g1"));
    }
}
