//! Claiming due connections. The connection row is the job: whoever sets the lease runs it, and
//! the epoch that rises with every claim fences off whoever held it before.

use jiff::{SignedDuration, Timestamp};
use tidecal_core::remote::Cursor;

use super::circuits::{VendorRef, due_probes, write_circuit};
use crate::StoreError;
use crate::database::{Row, Tx, to_millis, values};
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
    /// What the way out needs to know.
    pub local: LocalSide,
    /// The run that was asked for by name, if one was.
    pub run: Option<RunRef>,
    /// The vendor's circuit is open, and this is the one run that is let through to see whether it
    /// answers: it makes one attempt and then reports.
    pub probe: bool,
    /// The vendor has failed connections lately: an answer is worth reporting.
    pub vendor_failing: bool,
}

/// The local calendar of a claimed connection, as it is at the claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalSide {
    /// The calendar's `seq`: number of its last change.
    pub seq: i64,
    /// The `seq` up to which this connection has looked.
    pub cursor: i64,
    /// Mapping rows of this connection wait to be tried: retries, or on their way out.
    pub waiting: bool,
    /// There are inbound items that an operator, or a change of settings, has put back to be tried.
    pub retries: bool,
    /// Other connections share the local calendar.
    pub shared: bool,
    /// No other writing connection of the local calendar was made before this one.
    pub home: bool,
}

impl LocalSide {
    /// There may be something to send.
    #[must_use]
    pub fn has_news(self) -> bool {
        self.seq > self.cursor || self.waiting
    }
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

// An open circuit of a connection needs no test of its own: each failure sets backoff_until, the
// next probe, and an operator who clears it makes the connection due at once.
//
// Fair to tenants: of the most overdue connections each tenant's first comes before anybody's
// second, and what a tenant is running already ($14, one entry per run) counts. Looking at no more
// than the most overdue thousand keeps the claim cheap however much has piled up.
//
// $12 and $13 name the vendor of a probe; otherwise vendors whose circuit is open are left alone.
const CLAIM: &str = "WITH due AS MATERIALIZED (\
        SELECT c.id, c.tenant_id, \
            (CASE WHEN c.sync_needed OR c.next_sync_at IS NULL THEN {epoch} ELSE c.next_sync_at END) AS due_at \
        FROM external_calendar_connections c \
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
          AND (CASE WHEN $12 = '' THEN NOT EXISTS (SELECT 1 FROM vendor_circuits v \
                    WHERE v.opened_at IS NOT NULL AND v.provider = a.provider \
                      AND (v.server = '' OR SUBSTR(a.base_url, 1, LENGTH(v.server)) = v.server)) \
               ELSE a.provider = $12 AND ($13 = '' OR SUBSTR(a.base_url, 1, LENGTH($13)) = $13) END) \
        ORDER BY (CASE WHEN c.sync_needed OR c.next_sync_at IS NULL THEN {epoch} ELSE c.next_sync_at END) \
        LIMIT {greatest}(1000, 2 * $4)), \
    running AS MATERIALIZED (SELECT value AS tenant_id, COUNT(*) AS runs FROM {each $14} GROUP BY value), \
    turns AS MATERIALIZED (\
        SELECT d.id, d.due_at, COALESCE(r.runs, 0) \
            + ROW_NUMBER() OVER (PARTITION BY d.tenant_id ORDER BY d.due_at, d.id) AS turn \
        FROM due d LEFT JOIN running r ON r.tenant_id = d.tenant_id), \
    taken AS MATERIALIZED (\
        SELECT c.id FROM turns t JOIN external_calendar_connections c ON c.id = t.id \
        WHERE c.lease_until IS NULL OR c.lease_until <= $3 \
        ORDER BY t.turn, t.due_at LIMIT $4 {skip_locked}) \
    UPDATE external_calendar_connections SET \
        lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1, \
        run_id = requested_run_id, run_trigger = requested_trigger, \
        requested_run_id = NULL, requested_trigger = NULL \
    FROM taken WHERE external_calendar_connections.id = taken.id \
    RETURNING external_calendar_connections.id";

const CLAIMED: &str = concat!(
    "SELECT c.lease_epoch, c.run_trigger, k.time_zone, k.seq AS calendar_seq, c.local_cursor, \
        EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.connection_id = c.id \
            AND m.sync_status IN ('CREATED', 'UPDATED') AND m.verdict NOT IN ('held', 'out_of_window')) AS waiting, \
        EXISTS (SELECT 1 FROM external_calendar_events m WHERE m.connection_id = c.id \
            AND m.sync_status IN ('CREATED', 'UPDATED') AND m.sync_status = 'CREATED' AND m.role = 'origin') AS retries, \
        EXISTS (SELECT 1 FROM external_calendar_connections o WHERE o.tenant_id = c.tenant_id \
            AND o.calendar_id = c.calendar_id AND o.id <> c.id) AS shared, \
        NOT EXISTS (SELECT 1 FROM external_calendar_connections o WHERE o.tenant_id = c.tenant_id \
            AND o.calendar_id = c.calendar_id AND o.id < c.id AND o.sync_direction <> 'inbound') AS home, \
        EXISTS (SELECT 1 FROM vendor_circuits v WHERE v.provider = a.provider \
            AND (v.server = '' OR SUBSTR(a.base_url, 1, LENGTH(v.server)) = v.server)) AS vendor_failing, ",
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
    /// Claims connections that are due: the most overdue of each tenant first, tenants in turn.
    /// Tests everything that stands in a run's way: the person's wish, the account, backoff, a
    /// permanent stop, another lease, a vendor's open circuit (of which one claim at a time is let
    /// through as a probe).
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim_due(&self, query: ClaimQuery<'_>) -> Result<Vec<Claim>, StoreError> {
        self.claim_in_turn(query, &[]).await
    }

    /// The same for a worker that is running something already: `running` names the tenant of each
    /// of its runs, so that a tenant with much to do does not take every worker that gets free.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim_in_turn(&self, query: ClaimQuery<'_>, running: &[String]) -> Result<Vec<Claim>, StoreError> {
        let now = to_millis(query.now);
        let mut tx = self.write().await?;
        let mut ids = claim_ids(&mut tx, &query, running, None).await?;
        let mut probes = Vec::new();
        for (vendor, circuit) in due_probes(&mut tx, now).await? {
            let probe = ClaimQuery { limit: 1, due_by: Timestamp::MAX, ..query };
            let found = claim_ids(&mut tx, &probe, running, Some(&vendor)).await?;
            if !found.is_empty() {
                write_circuit(&mut tx, &vendor, &circuit.take_probe(now, query.lease_for), now).await?;
                probes.extend(found);
            }
        }
        ids.extend(probes.iter().cloned());
        if ids.is_empty() {
            tx.commit().await?;
            return Ok(Vec::new());
        }
        let rows = tx.fetch_all(CLAIMED, values![ids]).await?;
        tx.commit().await?;
        rows.iter().map(|row| read_claim(row, query.owner, now, &probes)).collect()
    }

    /// What a claim of that connection would tell now. Nothing is claimed and no row is changed:
    /// the lease in it is nobody's, no commit passes with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn peek(&self, connection_id: &str, now: Timestamp) -> Result<Claim, StoreError> {
        let mut tx = self.read().await?;
        let row = tx.fetch_one("connection", CLAIMED, values![vec![connection_id.to_owned()]]).await?;
        tx.commit().await?;
        let claim = read_claim(&row, "", to_millis(now), &[])?;
        Ok(Claim { lease: Lease { epoch: -1, ..claim.lease }, run: None, ..claim })
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

/// `vendor`: a probe of that vendor's open circuit.
async fn claim_ids(
    tx: &mut Tx,
    query: &ClaimQuery<'_>,
    running: &[String],
    vendor: Option<&VendorRef>,
) -> Result<Vec<String>, StoreError> {
    let now = to_millis(query.now);
    let until = now.checked_add(query.lease_for).unwrap_or(Timestamp::MAX);
    let (people, connections) = query.listed.map_or((&[][..], &[][..]), |it| (it.people, it.connections));
    let (provider, server) = vendor.map_or(("", ""), |vendor| (vendor.provider.as_str(), vendor.server.as_str()));
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
        provider,
        server,
        running,
    ];
    tx.fetch_all(CLAIM, values).await?.iter().map(|row| row.text("id")).collect()
}

fn read_claim(row: &Row, owner: &str, now: Timestamp, probes: &[String]) -> Result<Claim, StoreError> {
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
    Ok(Claim {
        lease,
        probe: probes.contains(&connection.id),
        connection,
        account: read_account(row)?,
        calendar_zone: row.opt_text("time_zone")?,
        local: LocalSide {
            seq: row.int("calendar_seq")?,
            cursor: row.int("local_cursor")?,
            waiting: row.bool("waiting")?,
            retries: row.bool("retries")?,
            shared: row.bool("shared")?,
            home: row.bool("home")?,
        },
        run,
        vendor_failing: row.bool("vendor_failing")?,
    })
}
