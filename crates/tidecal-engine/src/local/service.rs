//! The services: read the series, compose, hold against what may be, write. What somebody else
//! changes in between is read again, unless the person said which version was meant.

use tidecal_core::model::{Event, Response};
use tidecal_core::remote::Answer;
use tidecal_core::sync::{EventKind, span_of};
use tidecal_ical::{RecurrenceId, Zone};
use tidecal_store::{LocalOp, LocalWrite, SeriesDetail, SeriesRow, StoreError, Tenant, TenantScope};

use super::change::EventChange;
use super::compose::{self, Aim, Composed};
use super::{EditError, Scope};
use crate::Engine;

/// How often an edit is composed anew when its series changes meanwhile.
const TRIES: usize = 3;

/// Which event is edited, and how.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Any row of the series.
    pub event_id: String,
    /// How much of a series; needed where there is one.
    pub scope: Option<Scope>,
    /// Which occurrence: its original start.
    pub occurrence: Option<RecurrenceId>,
    /// Versions of the row that the person may have seen; `None`: any.
    pub expected: Option<Vec<i64>>,
    /// Guests may be mailed about this very change.
    pub notify: bool,
}

/// An answer to an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAnswer {
    /// Accepted, declined or tentative.
    pub response: Response,
    /// A note to the organiser, or empty.
    pub comment: String,
}

/// What an edit does with the rows of a series.
type Compose<'c> = dyn FnMut(&SeriesDetail, &Zone) -> Result<Composed, EditError> + Send + 'c;

impl Engine {
    /// Writes a new event into a calendar; returns its id.
    ///
    /// # Errors
    /// `Invalid`, `Service`.
    pub async fn create_event(
        &self,
        scope: &TenantScope,
        calendar_id: &str,
        change: &EventChange,
        notify: bool,
    ) -> Result<String, EditError> {
        let tenant = self.store().tenant(scope);
        let zone = zone_of(&tenant, calendar_id).await?;
        let composed = compose::create(change, &zone, &mut self.new_ids())?;
        tenant.write_local(calendar_id, &composed.writes, notify, self.now()).await?;
        self.wake();
        Ok(composed.shown)
    }

    /// Changes an event or a part of a series; returns the id of the row that says so now.
    ///
    /// # Errors
    /// `Invalid`, `Refused`, `Moved`, `Service`.
    pub async fn edit_event(
        &self,
        scope: &TenantScope,
        edit: &Edit,
        change: &EventChange,
    ) -> Result<String, EditError> {
        let origin = self.origin(scope, &edit.event_id).await?;
        let mut ids = self.new_ids();
        let mut composed = |series: &SeriesDetail, zone: &Zone| {
            let composed = compose::edit(series, aim(edit), change, zone, &mut ids)?;
            origin.allow(&composed.touched)?;
            Ok(composed)
        };
        self.write_edit(scope, edit, &mut composed).await
    }

    /// Deletes an event or a part of a series.
    ///
    /// # Errors
    /// As [`Engine::edit_event`].
    pub async fn delete_event(&self, scope: &TenantScope, edit: &Edit) -> Result<(), EditError> {
        let origin = self.origin(scope, &edit.event_id).await?;
        let mut ids = self.new_ids();
        let mut composed = |series: &SeriesDetail, zone: &Zone| {
            let composed = compose::delete(series, aim(edit), zone, &mut ids)?;
            let whole = composed.writes.iter().all(|write| matches!(write.op, LocalOp::Delete { .. }));
            if whole {
                origin.allow_removal(&composed.touched)?;
            } else {
                origin.allow(&composed.touched)?;
            }
            Ok(composed)
        };
        self.write_edit(scope, edit, &mut composed).await.map(drop)
    }

    /// Answers an invitation; returns the id of the row that says so. The organiser is told if
    /// `edit.notify` says so.
    ///
    /// # Errors
    /// As [`Engine::edit_event`].
    pub async fn answer_event(
        &self,
        scope: &TenantScope,
        edit: &Edit,
        answer: &EventAnswer,
    ) -> Result<String, EditError> {
        let origin = self.origin(scope, &edit.event_id).await?;
        let sent = Answer { response: answer.response, comment: answer.comment.clone(), notify: edit.notify };
        let mut composed = |series: &SeriesDetail, zone: &Zone| {
            let row = answered(series, edit)?;
            origin.allow_answer(&row.row.event)?;
            Ok(answer_of(row, &sent, zone))
        };
        self.write_edit(scope, edit, &mut composed).await
    }

    async fn write_edit(
        &self,
        scope: &TenantScope,
        edit: &Edit,
        compose: &mut Compose<'_>,
    ) -> Result<String, EditError> {
        let tenant = self.store().tenant(scope);
        for left in (0..TRIES).rev() {
            let series = tenant.get_series(&edit.event_id).await?;
            let version = seen(&series, edit)?;
            let zone = zone_of(&tenant, &series.calendar_id).await?;
            let composed = compose(&series, &zone)?;
            match tenant.write_local(&series.calendar_id, &composed.writes, edit.notify, self.now()).await {
                Ok(_) => {
                    self.wake();
                    return Ok(composed.shown);
                }
                Err(StoreError::EventsMoved { .. }) if left > 0 => {}
                Err(StoreError::EventsMoved { .. }) => return Err(EditError::Moved { version }),
                Err(error) => return Err(error.into()),
            }
        }
        Err(crate::ServiceError::NotFound.into())
    }
}

fn aim(edit: &Edit) -> Aim<'_> {
    Aim { event_id: &edit.event_id, scope: edit.scope, occurrence: edit.occurrence }
}

/// The version of the row, if the person may have seen that one.
fn seen(series: &SeriesDetail, edit: &Edit) -> Result<i64, EditError> {
    let row = compose::live(series).find(|row| row.row.id == edit.event_id);
    let version = row.ok_or(crate::ServiceError::NotFound)?.row.version;
    match &edit.expected {
        Some(expected) if !expected.contains(&version) => Err(EditError::Moved { version }),
        _ => Ok(version),
    }
}

async fn zone_of(tenant: &Tenant<'_>, calendar_id: &str) -> Result<Zone, StoreError> {
    let calendar = tenant.get_calendar(calendar_id).await?;
    Ok(calendar.time_zone.as_deref().and_then(Zone::iana).unwrap_or_else(Zone::utc))
}

/// The row whose invitation is answered.
fn answered<'s>(series: &'s SeriesDetail, edit: &Edit) -> Result<&'s SeriesRow, EditError> {
    let rows = || compose::live(series);
    let row = rows().find(|row| row.row.id == edit.event_id).ok_or(crate::ServiceError::NotFound)?;
    let slot = edit.occurrence.or(row.row.recurrence_id);
    let found = match (row.row.kind, edit.scope, slot) {
        (EventKind::Single, ..) => Some(row),
        (_, None, _) => {
            return Err(EditError::invalid("scope", "is missing: this event repeats; write this or all"));
        }
        (_, Some(Scope::Following), _) => {
            return Err(EditError::invalid(
                "scope",
                "must be this or all: an answer is for one occurrence or the series",
            ));
        }
        (_, Some(Scope::All), _) => rows().find(|row| row.row.kind == EventKind::Master),
        (_, Some(Scope::This), None) => {
            return Err(EditError::invalid("occurrence", "is missing: write the original start of the occurrence"));
        }
        (_, Some(Scope::This), Some(slot)) => rows().find(|row| row.row.recurrence_id == Some(slot)),
    };
    let found = found.ok_or_else(|| {
        let message = "has no invitation of its own; answer the series (scope=all)";
        EditError::invalid("occurrence", message)
    })?;
    let event = &found.row.event;
    let organises = event.organizer.as_ref().is_none_or(|organizer| organizer.is_self);
    if organises || !event.attendees.iter().any(|guest| guest.is_self) {
        return Err(EditError::refused(
            "you organise this event, or are not invited to it: there is nothing to answer",
        ));
    }
    Ok(found)
}

fn answer_of(row: &SeriesRow, answer: &Answer, zone: &Zone) -> Composed {
    let before = &row.row.event;
    let mut after = before.clone();
    for guest in after.attendees.iter_mut().filter(|guest| guest.is_self) {
        guest.response = answer.response;
        guest.comment.clone_from(&answer.comment);
    }
    let (kind, span) = (row.row.kind, span_of(&after, zone));
    let write = LocalWrite {
        id: row.row.id.clone(),
        series_id: row.row.series_id.clone(),
        recurrence_id: row.row.recurrence_id,
        op: LocalOp::Update { expected: row.row.version, kind, event: Box::new(after), span },
        answer: Some(answer.clone()),
    };
    Composed { writes: vec![write], shown: row.row.id.clone(), touched: Vec::<(Event, Event)>::new() }
}
