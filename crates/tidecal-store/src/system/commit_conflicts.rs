//! The conflicts of a commit: opened with a word to the owner, closed when both sides agree again.

use tidecal_core::sync::{ConflictWrite, MappingStatus, MappingWrite, conflict_notice};

use super::NewNotification;
use super::commit::Place;
use super::commit_rows::{pack_optional, recurrence_text};
use super::notify::tell;
use crate::StoreError;
use crate::database::{Tx, decode_error, values};
use crate::ids::Ids;

/// What a conflict's notification is known by, so that each is told once.
pub(crate) fn conflict_key(conflict_id: &str) -> String {
    format!("conflict:{conflict_id}")
}

impl Place {
    /// A mapping has at most one open conflict; news about it replace what it says. Returns what its
    /// owner was told: of each conflict once, when it opens.
    pub(super) async fn write_conflicts(
        &self,
        tx: &mut Tx,
        writes: &[ConflictWrite],
    ) -> Result<Vec<NewNotification>, StoreError> {
        let mut told = Vec::new();
        if writes.is_empty() {
            return Ok(told);
        }
        let mut ids = Ids::new(self.now)?;
        for write in writes {
            let id = self.write_conflict(tx, write, ids.next()).await?;
            let notice = self.notice(write, &id);
            if tell(tx, &notice).await? {
                told.push(notice);
            }
        }
        Ok(told)
    }

    /// The id of the open conflict: `id`, unless there was one already.
    async fn write_conflict(&self, tx: &mut Tx, write: &ConflictWrite, id: String) -> Result<String, StoreError> {
        let fields =
            serde_json::to_string(&write.fields).map_err(|error| decode_error("fields", &error.to_string()))?;
        let values = values![
            id,
            &self.tenant,
            &self.connection,
            &write.external_event_id,
            recurrence_text(write.recurrence_id.as_ref()),
            &write.event_id,
            fields,
            pack_optional(write.base.as_deref())?,
            pack_optional(write.local.as_deref())?,
            pack_optional(write.remote.as_deref())?,
            self.now,
        ];
        let row = tx
            .fetch_one(
                "conflict",
                "INSERT INTO conflicts (id, tenant_id, connection_id, external_event_id, recurrence_id, event_id, \
                    fields, base, local, remote, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) \
                 ON CONFLICT (connection_id, external_event_id, recurrence_id) WHERE status = 'open' \
                 DO UPDATE SET event_id = excluded.event_id, fields = excluded.fields, base = excluded.base, \
                    local = excluded.local, remote = excluded.remote, updated_at = excluded.updated_at \
                 RETURNING id",
                values,
            )
            .await?;
        row.text("id")
    }

    fn notice(&self, write: &ConflictWrite, id: &str) -> NewNotification {
        let words = conflict_notice(&self.connection_name, write);
        NewNotification {
            tenant_id: self.tenant.to_string(),
            profile_id: self.person.to_string(),
            connection_id: Some(self.connection.to_string()),
            kind: "conflict".to_owned(),
            dedupe_key: conflict_key(id),
            title: words.title,
            body: words.body,
            now: self.now,
        }
    }

    /// Closes conflicts of rows that are in conflict no longer: the sides came to agree by themselves.
    pub(super) async fn close_conflicts(&self, tx: &mut Tx, writes: &[MappingWrite]) -> Result<(), StoreError> {
        let settled = writes.iter().filter(|write| write.status != MappingStatus::Conflict);
        let ids: Vec<String> = settled.map(|write| write.external_event_id.clone()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let closed = tx
            .fetch_all(
                "UPDATE conflicts SET status = 'resolved', resolution = 'agreed', resolved_at = $4, updated_at = $4 \
                 WHERE tenant_id = $1 AND connection_id = $2 AND status = 'open' AND external_event_id {any $3} \
                   AND EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.connection_id = $2 \
                       AND m.external_event_id = conflicts.external_event_id \
                       AND m.recurrence_id = conflicts.recurrence_id AND m.sync_status <> 'CONFLICT') \
                 RETURNING id",
                values![&self.tenant, &self.connection, ids, self.now],
            )
            .await?;
        let keys = closed.iter().map(|row| Ok(conflict_key(row.str("id")?))).collect::<Result<Vec<_>, StoreError>>()?;
        read(tx, &self.tenant, keys, self.now).await
    }
}

/// Nobody has to be told any more.
pub(crate) async fn read(
    tx: &mut Tx,
    tenant_id: &str,
    keys: Vec<String>,
    now: jiff::Timestamp,
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    tx.execute(
        "UPDATE notifications SET read_at = $3 WHERE tenant_id = $1 AND dedupe_key {any $2} AND read_at IS NULL",
        values![tenant_id, keys, now],
    )
    .await?;
    Ok(())
}
