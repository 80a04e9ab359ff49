//! Twins of unknown series: the original of a copy that carries our mark, or the same meeting that
//! the local calendar shows already because another connected calendar was invited, too.

use std::collections::{HashMap, HashSet};

use tidecal_core::remote::Mark;
use tidecal_core::sync::{Identity, SeriesState, Twin, TwinKind};

use super::Lease;
use crate::StoreError;
use crate::database::{Tx, values};

/// The local calendar of the lease.
macro_rules! own_calendar {
    () => {
        "(SELECT o.calendar_id FROM external_calendar_connections o WHERE o.tenant_id = $1 AND o.id = $2)"
    };
}

/// Events of the own calendar, and whether their series has an item in this connection.
const ORIGINALS: &str = concat!(
    "SELECT e.id, e.series_id, EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = $1 \
        AND m.series_id = e.series_id AND m.connection_id = $2 AND m.sync_status <> 'DELETED' {fence}) AS mapped \
     FROM calendar_events e WHERE e.tenant_id = $1 AND e.id {any $3} AND e.calendar_id = ",
    own_calendar!()
);

/// Calendars of the tenant.
const CALENDARS: &str =
    concat!("SELECT id, id = ", own_calendar!(), " AS own FROM calendars WHERE tenant_id = $1 AND id {any $3}");

/// Live singles and masters of the own calendar that this connection does not show, with the name of
/// the calendar that does.
const MEETINGS: &str = concat!(
    "SELECT e.uid, e.series_id, COALESCE((SELECT c.name FROM external_calendar_events m \
            JOIN external_calendar_connections c ON c.tenant_id = m.tenant_id AND c.id = m.connection_id \
            WHERE m.tenant_id = $1 AND m.event_id = e.id AND m.sync_status <> 'DELETED' \
            ORDER BY m.role DESC, c.id LIMIT 1), k.name) AS shown_by \
     FROM calendar_events e {by idx_calendar_events_uid} \
     JOIN calendars k ON k.tenant_id = e.tenant_id AND k.id = e.calendar_id \
     WHERE e.tenant_id = $1 AND e.uid {any $3} AND e.uid <> '' AND e.kind <> 'override' AND e.deleted_at IS NULL \
       AND NOT EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = $1 \
           AND m.series_id = e.series_id AND m.connection_id = $2 AND m.sync_status <> 'DELETED' {fence}) \
       AND e.calendar_id = ",
    own_calendar!(),
    " ORDER BY e.id"
);

/// Items of the connection that were left out because the local calendar shows the meeting already.
const LEFT_OUT: &str = "SELECT m.uid, m.series_id FROM external_calendar_events m \
        {by idx_external_calendar_events_twins} \
     WHERE m.tenant_id = $1 AND m.uid {any $3} AND m.verdict = 'filtered' AND m.connection_id = $2 \
       AND m.sync_status <> 'DELETED'";

/// Nothing of it is in the local calendar.
fn shows_nothing(state: &SeriesState) -> bool {
    state.components.iter().all(|known| known.local.is_none())
}

/// Marks those local series, not mapped here, that the vendor's calendar shows by itself: they need
/// no copy beside it.
pub(super) async fn find_shown(tx: &mut Tx, lease: &Lease, states: &mut [SeriesState]) -> Result<(), StoreError> {
    let uid_of = |state: &SeriesState| {
        let master = state.unmapped.iter().find(|local| local.recurrence_id.is_none() && !local.event.uid.is_empty());
        master.filter(|_| state.components.is_empty()).map(|local| local.event.uid.clone())
    };
    let uids: Vec<String> = states.iter().filter_map(uid_of).collect();
    if uids.is_empty() {
        return Ok(());
    }
    let mut shown = HashMap::new();
    for row in tx.fetch_all(LEFT_OUT, values![&lease.tenant_id, &lease.connection_id, uids]).await? {
        shown.insert(row.text("uid")?, row.text("series_id")?);
    }
    for state in states {
        let series_id = uid_of(state).and_then(|uid| shown.get(&uid).cloned());
        state.twin = series_id.map(|series_id| Twin { series_id, kind: TwinKind::Meeting(String::new()) });
    }
    Ok(())
}

/// Sets the twins of those series that have no component here.
pub(super) async fn find_twins(
    tx: &mut Tx,
    lease: &Lease,
    states: &mut [SeriesState],
    identities: &[Identity],
) -> Result<(), StoreError> {
    let unknown: HashSet<&str> =
        states.iter().filter(|state| shows_nothing(state)).map(|state| state.id.as_str()).collect();
    let identities: HashMap<&str, &Identity> = identities
        .iter()
        .filter(|it| unknown.contains(it.series.as_str()))
        .map(|it| (it.series.as_str(), it))
        .collect();
    if identities.is_empty() {
        return Ok(());
    }
    let marked = find_marked(tx, lease, identities.values().filter_map(|it| it.mark.as_ref())).await?;
    let meetings = find_meetings(tx, lease, identities.values().map(|it| it.uid.as_str())).await?;
    for state in states.iter_mut().filter(|state| shows_nothing(state)) {
        let Some(identity) = identities.get(state.id.as_str()) else { continue };
        let by_mark = identity.mark.as_ref().and_then(|mark| marked.get(mark));
        state.twin = by_mark.or_else(|| meetings.get(&identity.uid)).cloned();
    }
    Ok(())
}

/// A mark of a calendar or an event that is not there any more says nothing: what the item holds
/// may be the last of it.
async fn find_marked<'m>(
    tx: &mut Tx,
    lease: &Lease,
    marks: impl Iterator<Item = &'m Mark>,
) -> Result<HashMap<Mark, Twin>, StoreError> {
    let marks: HashSet<&Mark> = marks.collect();
    let mut twins = HashMap::new();
    if marks.is_empty() {
        return Ok(twins);
    }
    let ids = |id: fn(&Mark) -> &String| marks.iter().map(|mark| id(mark).clone()).collect::<Vec<_>>();
    let values = |ids: Vec<String>| values![&lease.tenant_id, &lease.connection_id, ids];
    let mut calendars = HashMap::new();
    for row in tx.fetch_all(CALENDARS, values(ids(|mark| &mark.calendar_id))).await? {
        calendars.insert(row.text("id")?, row.bool("own")?);
    }
    let mut originals = HashMap::new();
    for row in tx.fetch_all(ORIGINALS, values(ids(|mark| &mark.event_id))).await? {
        originals.insert(row.text("id")?, (row.text("series_id")?, row.bool("mapped")?));
    }
    for mark in marks {
        let twin = match (calendars.get(&mark.calendar_id), originals.get(&mark.event_id)) {
            (Some(true), Some((series_id, true))) => Twin { series_id: series_id.clone(), kind: TwinKind::Copy },
            (Some(true), Some((series_id, false))) => Twin { series_id: series_id.clone(), kind: TwinKind::Original },
            (Some(false), _) => Twin { series_id: mark.event_id.clone(), kind: TwinKind::Copy },
            _ => continue,
        };
        twins.insert(mark.clone(), twin);
    }
    Ok(twins)
}

async fn find_meetings(
    tx: &mut Tx,
    lease: &Lease,
    uids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Twin>, StoreError> {
    let uids: HashSet<&str> = uids.filter(|uid| !uid.is_empty()).collect();
    let mut twins = HashMap::new();
    if uids.is_empty() {
        return Ok(twins);
    }
    let uids: Vec<String> = uids.into_iter().map(str::to_owned).collect();
    for row in tx.fetch_all(MEETINGS, values![&lease.tenant_id, &lease.connection_id, uids]).await? {
        let kind = TwinKind::Meeting(row.text("shown_by")?);
        twins.entry(row.text("uid")?).or_insert(Twin { series_id: row.text("series_id")?, kind });
    }
    Ok(twins)
}
