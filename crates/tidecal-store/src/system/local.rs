//! The way out: what has changed in the local calendar, and what waits to be sent.

use std::collections::{BTreeMap, BTreeSet};

use tidecal_core::policy::Window;
use tidecal_core::sync::{LocalBatch, MappingStatus, SeriesState};

use super::Lease;
use super::series::{BY_LOCAL_ID, by_keys, complete, read_component};
use super::twins::find_shown;
use crate::StoreError;
use crate::database::{Row, Tx, values};
use crate::scope::System;

/// Events that changed after a number, in their order. `in_step`: this connection knows the event as
/// it is, so there is nothing to send.
const CHANGED: &str = "SELECT e.series_id, e.seq, (e.pending_answer IS NULL AND EXISTS (\
        SELECT 1 FROM external_calendar_events m WHERE m.tenant_id = $1 AND m.event_id = e.id \
          AND m.connection_id = $2 AND m.base_version = e.version AND m.sync_status = 'SYNCED' {fence})) AS in_step \
    FROM calendar_events e {by idx_calendar_events_seq} \
    WHERE e.tenant_id = $1 AND e.calendar_id = $3 AND e.seq > $4 ORDER BY e.seq LIMIT $5";

/// Events that went after a number, in their order.
const GONE: &str = "SELECT series_id, seq, FALSE AS in_step FROM change_feed \
    WHERE tenant_id = $1 AND calendar_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";

/// The longest untouched first, so that a row that cannot be sent does not stand in the others' way.
const WAITING: &str = "SELECT m.series_id, MIN(m.updated_at) AS since \
    FROM external_calendar_events m {by idx_external_calendar_events_waiting} \
    WHERE m.tenant_id = $1 AND m.connection_id = $2 AND m.sync_status IN ('CREATED', 'UPDATED') \
      AND (m.sync_status = 'UPDATED' OR m.role = 'copy') AND m.verdict <> 'held' \
      AND (m.verdict <> 'out_of_window' OR m.start_at < $5 AND (m.end_at IS NULL OR m.end_at > $4)) \
    GROUP BY m.series_id ORDER BY MIN(m.updated_at), m.series_id LIMIT $3";

/// Most series that wait and are told in one batch; the rest is told in the next run.
const MOST_WAITING: i64 = 1_000;
/// Most rows of changes that are looked at for one batch.
const MOST_CHANGES: i64 = 4_000;

impl System<'_> {
    /// Series of the connection's local calendar for the way out: those with changes after that
    /// `calendars.seq` that this connection has not seen yet, in the order of the changes, at most
    /// `limit` of them. With a window also those whose mapping rows wait (`UPDATED`, or `CREATED` of
    /// a copy): what is held waits for a person, a copy outside the window until that reaches it.
    ///
    /// A series is told whole: mapped components, rows without a mapping, and whether it came from
    /// another connection; `id` is the vendor's id of the series, empty while none is mapped. The
    /// cost follows the changes, not the calendar.
    ///
    /// # Errors
    /// What the database says, or a column that cannot be read.
    pub async fn load_local(
        &self,
        lease: &Lease,
        after: i64,
        waiting: Option<Window>,
        limit: i64,
    ) -> Result<LocalBatch, StoreError> {
        let mut tx = self.read().await?;
        // The number first: what is committed after it is in the next batch.
        let calendar = tx
            .fetch_one(
                "connection",
                "SELECT k.id, k.seq FROM external_calendar_connections c \
                 JOIN calendars k ON k.tenant_id = c.tenant_id AND k.id = c.calendar_id \
                 WHERE c.tenant_id = $1 AND c.id = $2",
                values![&lease.tenant_id, &lease.connection_id],
            )
            .await?;
        let (id, most) = (calendar.str("id")?, MOST_CHANGES.max(limit));
        let changed = values![&lease.tenant_id, &lease.connection_id, id, after, most];
        let lists = [
            tx.fetch_all(CHANGED, changed).await?,
            tx.fetch_all(GONE, values![&lease.tenant_id, id, after, most]).await?,
        ];
        let changed = Changes::gather(&lists, most, calendar.int("seq")?, after, limit)?;
        let mut ids = changed.series;
        if let Some(window) = waiting {
            let values = values![&lease.tenant_id, &lease.connection_id, MOST_WAITING, window.from, window.to];
            for row in tx.fetch_all(WAITING, values).await? {
                let id = row.text("series_id")?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        let series = load_by_local_id(&mut tx, lease, &ids).await?;
        tx.commit().await?;
        Ok(LocalBatch { series, seq: changed.seq, more: changed.more })
    }
}

/// Which series have changed, and how far was looked.
struct Changes {
    series: Vec<String>,
    seq: i64,
    more: bool,
}

impl Changes {
    /// `lists` are in order and hold at most `most` rows each; `newest`: the calendar's number.
    fn gather(lists: &[Vec<Row>], most: i64, newest: i64, after: i64, limit: i64) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        // A list that was cut says nothing about what follows its last row.
        let mut horizon = None;
        for list in lists {
            for row in list {
                rows.push((row.int("seq")?, row.str("series_id")?, row.bool("in_step")?));
            }
            if i64::try_from(list.len()).unwrap_or(i64::MAX) >= most {
                let last = rows.last().map_or(after, |(seq, ..)| *seq);
                horizon = Some(horizon.map_or(last, |before: i64| before.min(last)));
            }
        }
        rows.sort_unstable();
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let mut changes = Self { series: Vec::new(), seq: after, more: horizon.is_some() };
        let mut known = BTreeSet::new();
        for (seq, id, in_step) in rows.into_iter().take_while(|(seq, ..)| horizon.is_none_or(|end| *seq <= end)) {
            if !in_step && !known.contains(id) {
                if known.len() == limit {
                    return Ok(Self { more: true, ..changes });
                }
                known.insert(id);
                changes.series.push(id.to_owned());
            }
            changes.seq = seq;
        }
        if !changes.more {
            changes.seq = changes.seq.max(newest);
        }
        Ok(changes)
    }
}

async fn load_by_local_id(tx: &mut Tx, lease: &Lease, ids: &[String]) -> Result<Vec<SeriesState>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut states: Vec<SeriesState> =
        ids.iter().map(|id| SeriesState { series_id: Some(id.clone()), ..SeriesState::default() }).collect();
    let at: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    for row in by_keys(tx, BY_LOCAL_ID, lease, ids).await? {
        let Some(state) = at.get(row.str("series_id")?).and_then(|at| states.get_mut(*at)) else { continue };
        let component = read_component(&row)?;
        // After a copy was made anew, the tombstone's id is the old one.
        let is_first_live = component.binding.status != MappingStatus::Deleted
            && state.components.iter().all(|it| it.binding.status == MappingStatus::Deleted);
        if state.id.is_empty() || is_first_live {
            state.id = row.text("external_series_id")?;
        }
        state.components.push(component);
    }
    complete(tx, lease, &mut states).await?;
    find_shown(tx, lease, &mut states).await?;
    // What is gone on both sides, or was before this connection knew of it, needs no look.
    let is_live = |state: &SeriesState| state.components.iter().any(|it| it.binding.status != MappingStatus::Deleted);
    states.retain(|state| is_live(state) || !state.unmapped.is_empty());
    Ok(states)
}
