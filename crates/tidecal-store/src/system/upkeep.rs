//! Sweeping up: what has expired or belongs to nothing any more.

use jiff::{SignedDuration, Timestamp};

use crate::StoreError;
use crate::database::{to_millis, values};
use crate::record::{Account, account_columns, read_account};
use crate::scope::System;

/// How long a request with a key gets the same answer.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What a clock may differ from the one that wrote a row: nodes are not all set alike.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(15);

/// How many rows a sweep removed, or mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions.
    pub sessions: u64,
    /// One-time links.
    pub signin_links: u64,
    /// Connect flows that nobody finished.
    pub oauth_states: u64,
    /// Marks of readings that are over.
    pub seen: u64,
    /// Answers to requests that carried a key.
    pub answers: u64,
    /// Connections that a clock which stood ahead would have kept waiting.
    pub early: u64,
}

impl System<'_> {
    /// Removes expired sessions, links and connect flows, marks of readings that are over, and circuits
    /// of vendors that are not called any more. Connections that were looked at in the future (the clock
    /// stood ahead then) are due now: their next time would not come for as long.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let sessions = tx.execute("DELETE FROM sessions WHERE expires_at <= $1", values![now]).await?;
        let signin_links = tx.execute("DELETE FROM signin_links WHERE expires_at <= $1", values![now]).await?;
        let oauth_states = tx.execute("DELETE FROM oauth_states WHERE expires_at <= $1", values![now]).await?;
        let seen = tx
            .execute(
                "DELETE FROM sync_seen WHERE connection_id IN (SELECT id FROM external_calendar_connections \
                    WHERE sync_progress IS NULL AND (lease_until IS NULL OR lease_until <= $1))",
                values![now],
            )
            .await?;
        let day_ago = now.checked_sub(ANSWERS_KEPT).unwrap_or(Timestamp::MIN);
        let answers = tx.execute("DELETE FROM idempotency_keys WHERE created_at <= $1", values![day_ago]).await?;
        // Of vendors that nobody has called for a day: their connections are gone.
        let day_ago = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        tx.execute("DELETE FROM vendor_circuits WHERE updated_at <= $1", values![day_ago]).await?;
        let ahead = now.checked_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX);
        let early = tx
            .execute(
                "UPDATE external_calendar_connections SET next_sync_at = $1, lease_owner = NULL, lease_until = NULL \
                 WHERE last_polled_at > $2 AND next_sync_at > $2 AND (lease_until IS NULL OR lease_until > $2)",
                values![now, ahead],
            )
            .await?;
        tx.commit().await?;
        Ok(Swept { sessions, signin_links, oauth_states, seen, answers, early })
    }

    /// Says that the database was restored from a backup: every connection compares everything with
    /// its vendor before anything is deleted, and nothing goes out before its owner has seen what
    /// would. What the backup remembers of runs, releases and outages is forgotten. How many
    /// connections there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin_after_restore(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write().await?;
        let connections = tx
            .execute(
                "UPDATE external_calendar_connections SET restored_at = $1, sync_cursor = NULL, sync_progress = NULL, \
                    released_at = NULL, lease_owner = NULL, lease_until = NULL, lease_epoch = lease_epoch + 1, \
                    run_id = NULL, run_trigger = NULL, \
                    sync_needed = TRUE, poke_seq = poke_seq + 1, next_sync_at = $1, updated_at = $1",
                values![now],
            )
            .await?;
        tx.execute("DELETE FROM sync_seen", Vec::new()).await?;
        tx.execute("DELETE FROM vendor_circuits", Vec::new()).await?;
        tx.commit().await?;
        Ok(connections)
    }

    /// Removes entries of the journal from before that time, the oldest first, at most `limit`;
    /// returns how many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn purge_journal(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let purged = tx
            .execute(
                "DELETE FROM sync_journal WHERE id IN (\
                    SELECT id FROM sync_journal WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
                values![before, limit],
            )
            .await?;
        tx.commit().await?;
        Ok(purged)
    }

    /// Accounts that were connected before that time and never got a connection: drafts, whose
    /// grant is revoked and whose row then deleted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_draft_accounts(&self, before: Timestamp, limit: i64) -> Result<Vec<Account>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    account_columns!(),
                    " FROM calendar_accounts a WHERE a.created_at < $1 AND a.updated_at < $1 \
                      AND NOT EXISTS (SELECT 1 FROM external_calendar_connections c \
                          WHERE c.tenant_id = a.tenant_id AND c.account_id = a.id) \
                      ORDER BY a.id LIMIT $2"
                ),
                values![before, limit],
            )
            .await?;
        rows.iter().map(read_account).collect()
    }
}
