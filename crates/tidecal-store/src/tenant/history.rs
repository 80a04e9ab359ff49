//! The journal, the audit log, and what people were told; newest first, paged by id.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{to_millis, values};
use crate::ids::Ids;
use crate::record::{
    AuditRow, Deed, JournalRow, NotificationRow, journal_columns, read_audit, read_journal, read_notification,
};
use crate::scope::Tenant;

/// Sorts behind every id.
const BEHIND_ALL: &str = "~";

/// Which entries of the journal are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalOf<'a> {
    /// Of a local event, deleted ones included.
    Event(&'a str),
    /// Of a series.
    Series(&'a str),
    /// Of a run.
    Run(&'a str),
    /// Of a connection.
    Connection(&'a str),
}

/// Entries of the tenant with a key $3; a member sees those of the own connections.
macro_rules! journal_by {
    ($column:literal) => {
        concat!(
            "SELECT ",
            journal_columns!(),
            " FROM sync_journal j WHERE j.tenant_id = $1 AND ($2 = '' OR j.connection_id IN (\
                SELECT c.id FROM external_calendar_connections c WHERE c.tenant_id = $1 AND c.provider_id = $2)) \
              AND j.",
            $column,
            " = $3 AND j.id < $4 ORDER BY j.id DESC LIMIT $5"
        )
    };
}

impl Tenant<'_> {
    /// Entries of the journal, newest first, before the given id. What is not visible is not there.
    ///
    /// # Errors
    /// What the database says, or a content that cannot be read.
    pub async fn list_journal(
        &self,
        of: JournalOf<'_>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let (sql, key) = match of {
            JournalOf::Event(id) => (journal_by!("event_id"), id),
            JournalOf::Series(id) => (journal_by!("series_id"), id),
            JournalOf::Run(id) => (journal_by!("run_id"), id),
            JournalOf::Connection(id) => (journal_by!("connection_id"), id),
        };
        let mut tx = self.read().await?;
        let values = values![self.tenant_id(), self.visible_owner(), key, before.unwrap_or(BEHIND_ALL), limit];
        tx.fetch_all(sql, values).await?.iter().map(read_journal).collect()
    }

    /// Writes a deed of the person to the audit log.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_audit(&self, deed: &Deed, now: Timestamp) -> Result<(), StoreError> {
        let now = to_millis(now);
        let details = if deed.details.is_empty() { "{}" } else { deed.details.as_str() };
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO audit_log \
                (id, tenant_id, actor_id, action, target_kind, target_id, details, request_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                Ids::new(now)?.next(),
                self.tenant_id(),
                &self.scope.user_id,
                &deed.action,
                &deed.target_kind,
                &deed.target_id,
                details,
                &deed.request_id,
                now,
            ],
        )
        .await?;
        tx.commit().await
    }

    /// The audit log, newest first, before the given id; of one target, if one is named. A member
    /// sees the own deeds, an admin the tenant's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_audit(
        &self,
        target_id: Option<&str>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let mut tx = self.read().await?;
        let (target, before) = (target_id.unwrap_or(""), before.unwrap_or(BEHIND_ALL));
        let rows = tx
            .fetch_all(
                "SELECT l.id, l.actor_id, p.email AS actor_email, l.action, l.target_kind, l.target_id, l.details, \
                    l.request_id, l.created_at \
                 FROM audit_log l LEFT JOIN profiles p ON p.id = l.actor_id \
                 WHERE l.tenant_id = $1 AND ($2 = '' OR l.actor_id = $2) AND ($3 = '' OR l.target_id = $3) \
                   AND l.id < $4 ORDER BY l.id DESC LIMIT $5",
                values![self.tenant_id(), self.visible_owner(), target, before, limit],
            )
            .await?;
        rows.iter().map(read_audit).collect()
    }

    /// What the person was told, newest first, before the given id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_notifications(
        &self,
        unread_only: bool,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<NotificationRow>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.unwrap_or(BEHIND_ALL);
        let rows = tx
            .fetch_all(
                "SELECT id, connection_id, kind, title, body, created_at, read_at FROM notifications \
                 WHERE tenant_id = $1 AND profile_id = $2 AND ($3 = FALSE OR read_at IS NULL) AND id < $4 \
                 ORDER BY id DESC LIMIT $5",
                values![self.tenant_id(), &self.scope.user_id, unread_only, before, limit],
            )
            .await?;
        rows.iter().map(read_notification).collect()
    }

    /// How much the person was told and has not read.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count_unread(&self) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_one(
                "count",
                "SELECT COUNT(*) AS n FROM notifications \
                 WHERE tenant_id = $1 AND profile_id = $2 AND read_at IS NULL",
                values![self.tenant_id(), &self.scope.user_id],
            )
            .await?;
        row.int("n")
    }

    /// Marks these notifications of the person as read, or all; returns how many were unread.
    ///
    /// # Errors
    /// What the database says.
    pub async fn mark_notifications_read(&self, ids: Option<&[String]>, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let marked = tx
            .execute(
                "UPDATE notifications SET read_at = $5 WHERE tenant_id = $1 AND profile_id = $2 AND read_at IS NULL \
                   AND ($3 = FALSE OR id {any $4})",
                values![self.tenant_id(), &self.scope.user_id, ids.is_some(), ids.unwrap_or_default(), to_millis(now),],
            )
            .await?;
        tx.commit().await?;
        Ok(marked)
    }
}
