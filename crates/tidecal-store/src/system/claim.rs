//! Claiming due connections. The connection row is the job: whoever sets the lease runs it, and
//! the epoch that rises with every claim fences off whoever held it before.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::remote::Cursor;

use crate::StoreError;
use crate::database::{Row, to_millis, values};
use crate::record::{Account, Connection, RunRef, account_columns, connection_columns, read_account, read_connection};
use crate::scope::System;

/// The right to run one connection, until somebody else holds a higher epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Tenant.
    pub tenant_id: String,
    /// Connection.
    pub connection_id: String,
    /// Worker that holds it.
    pub owner: String,
    /// Fencing number.
    pub epoch: i64,
    /// The cursor as this holder knows it: at the claim, then as its own commits moved it. A commit
    /// is refused if the row holds another one.
    pub cursor: Option<Cursor>,
    /// When it was claimed.
    pub claimed_at: Timestamp,
}

/// A claimed connection.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The lease.
    pub lease: Lease,
    /// The connection as it is now.
    pub connection: Connection,
    /// Its account.
    pub account: Account,
    /// Zone of the local calendar, in which dates and floating times are read.
    pub calendar_zone: Option<String>,
    /// The run that was asked for by name, if one was.
    pub run: Option<RunRef>,
}

/// Who may be synced at all: a connection passes if its person or its own id is listed.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// People (`profiles.id`).
    pub people: &'a [String],
    /// Connections.
    pub connections: &'a [String],
}

/// What to claim.
#[derive(Clone, Copy, Debug)]
pub struct ClaimQuery<'a> {
    /// Now.
    pub now: Timestamp,
    /// What is due by then is due: now, or a little later for a caller who does not come back soon.
    pub due_by: Timestamp,
    /// Worker that claims.
    pub owner: &'a str,
    /// How long the lease lasts unless it is renewed.
    pub lease_for: SignedDuration,
    /// Most connections.
    pub limit: i64,
    /// Only these connections.
    pub only: Option<&'a [String]>,
    /// Only this tenant's.
    pub tenant_id: Option<&'a str>,
    /// Allowlist.
    pub listed: Option<Listed<'a>>,
}

// An open circuit needs no test of its own: each failure sets backoff_until, the next probe, and an
// operator who clears it makes the connection due at once.
const CLAIM: &str = "WITH due AS MATERIALIZED (\
        SELECT c.id FROM external_calendar_connections c \
        JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id \
        WHERE c.sync_enabled \
          AND (CASE WHEN c.sync_needed OR c.next_sync_at IS NULL THEN {epoch} ELSE c.next_sync_at END) <= $10 \
          AND ($11 = '' OR c.tenant_id = $11) \
          AND (c.backoff_until IS NULL OR c.backoff_until <= $3) \
          AND (c.lease_until IS NULL OR c.lease_until <= $3) \
          AND (c.stopped_reason IS NULL OR c.error_count = 0) \
          AND a.status = 'active' \
          AND ($5 = FALSE OR c.id {any $6}) \
          AND ($7 = FALSE OR c.id {any $8} OR c.provider_id {any $9}) \
        ORDER BY (CASE WHEN c.sync_needed OR c.next_sync_at IS NULL THEN {epoch} ELSE c.next_sync_at END) \
        LIMIT $4 {skip_locked}) \
    UPDATE external_calendar_connections SET \
        lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1, \
        run_id = requested_run_id, run_trigger = requested_trigger, \
        requested_run_id = NULL, requested_trigger = NULL \
    FROM due WHERE external_calendar_connections.id = due.id \
    RETURNING external_calendar_connections.id";

const CLAIMED: &str = concat!(
    "SELECT c.lease_epoch, c.run_trigger, k.time_zone, ",
    connection_columns!(),
    ", ",
    account_columns!(),
    " FROM external_calendar_connections c \
      JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id \
      JOIN calendars k ON k.tenant_id = c.tenant_id AND k.id = c.calendar_id \
      WHERE c.id {any $1} \
      ORDER BY (CASE WHEN c.sync_needed OR c.next_sync_at IS NULL THEN {epoch} ELSE c.next_sync_at END), c.id"
);

impl System<'_> {
    /// Claims connections that are due, most overdue first. Tests everything that stands in a run's
    /// way: the person's wish, the account, backoff, a permanent stop, another lease.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim_due(&self, query: ClaimQuery<'_>) -> Result<Vec<Claim>, StoreError> {
        let now = to_millis(query.now);
        let until = now.checked_add(query.lease_for).unwrap_or(Timestamp::MAX);
        let (people, connections) = query.listed.map_or((&[][..], &[][..]), |it| (it.people, it.connections));
        let mut tx = self.write().await?;
        let values = values![
            query.owner,
            until,
            now,
            query.limit,
            query.only.is_some(),
            query.only.unwrap_or_default(),
            query.listed.is_some(),
            connections,
            people,
            query.due_by,
            query.tenant_id.unwrap_or(""),
        ];
        let ids = tx.fetch_all(CLAIM, values).await?;
        if ids.is_empty() {
            tx.commit().await?;
            return Ok(Vec::new());
        }
        let ids = ids.iter().map(|row| row.text("id")).collect::<Result<Vec<_>, _>>()?;
        let rows = tx.fetch_all(CLAIMED, values![ids]).await?;
        tx.commit().await?;
        rows.iter().map(|row| read_claim(row, query.owner, now)).collect()
    }

    /// Extends a lease; `false` if somebody else holds the connection now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let touched = tx
            .execute(
                "UPDATE external_calendar_connections SET lease_until = $5 \
                 WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND lease_owner = $4",
                values![&lease.tenant_id, &lease.connection_id, lease.epoch, &lease.owner, until],
            )
            .await?;
        tx.commit().await?;
        Ok(touched > 0)
    }
}

fn read_claim(row: &Row, owner: &str, now: Timestamp) -> Result<Claim, StoreError> {
    let connection = read_connection(row)?;
    let lease = Lease {
        tenant_id: connection.tenant_id.clone(),
        connection_id: connection.id.clone(),
        owner: owner.to_owned(),
        epoch: row.int("lease_epoch")?,
        cursor: connection.sync_cursor.clone(),
        claimed_at: now,
    };
    let trigger = row.opt_text("run_trigger")?;
    let run = connection.run_id.clone().zip(trigger).map(|(id, trigger)| RunRef { id, trigger });
    Ok(Claim { lease, connection, account: read_account(row)?, calendar_zone: row.opt_text("time_zone")?, run })
}
