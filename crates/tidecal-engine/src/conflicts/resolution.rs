//! What a person's choice writes.

use tidecal_core::model::Event;
use tidecal_core::policy::Ids;
use tidecal_core::sync::{EventKind, Field, resolved, span_of};
use tidecal_ical::{RecurrenceId, Zone};
use tidecal_store::{ConflictChoice, LocalOp, LocalWrite, Resolution};

use super::{ConflictView, Resolve};
use crate::ServiceError;

/// The transaction that carries out the choice.
pub(super) fn of(
    view: &ConflictView,
    resolve: &Resolve,
    zone: &Zone,
    ids: &mut Ids,
) -> Result<Resolution, ServiceError> {
    let write = match (resolve.choice, &view.detail.remote) {
        (ConflictChoice::Local, _) => {
            // Consent is about a version: one that says the same.
            let same = view.local.as_ref().filter(|_| resolve.notify);
            same.map(|event| put(view, event.clone(), zone, ids))
        }
        (ConflictChoice::Remote, Some(remote)) => Some(put(view, remote.clone(), zone, ids)),
        (ConflictChoice::Remote, None) => removal(view),
        (ConflictChoice::Fields, _) => Some(put(view, mixed(view, resolve)?, zone, ids)),
    };
    Ok(Resolution { choice: resolve.choice, write, consent: resolve.notify })
}

fn mixed(view: &ConflictView, resolve: &Resolve) -> Result<Event, ServiceError> {
    let (Some(local), Some(remote)) = (&view.local, &view.detail.remote) else {
        let message = "one side deleted the event: choose local or remote".to_owned();
        return Err(ServiceError::Invalid { field: "choice", message });
    };
    let known = view.detail.row.fields.iter().filter_map(|word| Field::of_word(word));
    let open: Vec<&str> = known.filter(|field| !resolve.fields.contains_key(field)).map(Field::as_str).collect();
    if !open.is_empty() {
        let message = format!("choose a side for {}", open.join(", "));
        return Err(ServiceError::Invalid { field: "fields", message });
    }
    Ok(resolved(view.detail.base.as_ref(), local, remote, &resolve.fields))
}

/// The local row says that: as it stands, come back, or made anew.
fn put(view: &ConflictView, event: Event, zone: &Zone, ids: &mut Ids) -> LocalWrite {
    let slot = view.row.as_ref().map_or(view.detail.row.recurrence_id, |row| row.row.recurrence_id);
    let (kind, span) = (kind_of(&event, slot), span_of(&event, zone));
    let event = Box::new(event);
    let (id, op) = match &view.row {
        Some(row) => (row.row.id.clone(), LocalOp::Update { expected: row.row.version, kind, event, span }),
        None => (ids.next_id(), LocalOp::Insert { kind, event, span }),
    };
    let series_id = if view.detail.series_id.is_empty() { id.clone() } else { view.detail.series_id.clone() };
    LocalWrite { id, series_id, recurrence_id: slot, op, answer: None }
}

fn removal(view: &ConflictView) -> Option<LocalWrite> {
    let row = view.row.as_ref()?;
    Some(LocalWrite {
        id: row.row.id.clone(),
        series_id: view.detail.series_id.clone(),
        recurrence_id: row.row.recurrence_id,
        op: LocalOp::Delete { expected: row.row.version },
        answer: None,
    })
}

fn kind_of(event: &Event, slot: Option<RecurrenceId>) -> EventKind {
    match (slot, &event.recurrence) {
        (Some(_), _) => EventKind::Override,
        (None, Some(_)) => EventKind::Master,
        (None, None) => EventKind::Single,
    }
}
