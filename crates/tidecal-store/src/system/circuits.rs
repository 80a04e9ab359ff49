//! Circuits of vendors: kept in the database, because all nodes share the vendor. What a failure
//! or an answer does to one is decided in [`tidecal_core::policy::VendorCircuit`].

use jiff::{SignedDuration, Timestamp};
use tidecal_core::model::Provider;
use tidecal_core::policy::VendorCircuit;

use crate::StoreError;
use crate::database::{Row, Tx, to_millis, values};
use crate::record::Account;
use crate::scope::System;

/// One vendor, or one server of a vendor that everybody runs for themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VendorRef {
    /// Vendor.
    pub provider: Provider,
    /// Beginning of the accounts' addresses, up to and with the slash after the host; empty where
    /// the vendor has one address only.
    pub server: String,
}

impl VendorRef {
    /// Whom an account's calls go to.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let address = account.base_url.as_deref().unwrap_or_default();
        // scheme://host:port/
        let end = address.match_indices('/').nth(2).map_or(address.len(), |(at, _)| at + 1);
        Self { provider: account.provider, server: address[..end].to_owned() }
    }
}

/// A vendor that has failed connections lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorState {
    /// Which.
    pub vendor: VendorRef,
    /// Its circuit, open or about to open.
    pub circuit: VendorCircuit,
}

const COLUMNS: &str = "SELECT provider, server, failing, failing_since, opened_at, probe_at, probes \
    FROM vendor_circuits WHERE provider = $1 AND server = $2 {for_update}";

impl System<'_> {
    /// A run failed by the vendor's fault. Returns the vendor's circuit as it is now, and whether
    /// this failure has opened it. `is_probe` and `jitter`: see [`VendorCircuit::after_outage`].
    ///
    /// # Errors
    /// What the database says.
    pub async fn vendor_failed(
        &self,
        vendor: &VendorRef,
        connection_id: &str,
        is_probe: bool,
        now: Timestamp,
        jitter: f64,
    ) -> Result<(VendorCircuit, bool), StoreError> {
        let now = to_millis(now);
        let mut tx = self.write_now().await?;
        // First a row to lock: two first failures at the same time are both counted.
        tx.execute(
            "INSERT INTO vendor_circuits (provider, server, updated_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            values![vendor.provider.as_str(), &vendor.server, now],
        )
        .await?;
        let row = tx.fetch_one("circuit", COLUMNS, values![vendor.provider.as_str(), &vendor.server]).await?;
        let before = read_state(&row)?.circuit;
        let was_open = before.is_open();
        let after = before.after_outage(connection_id, is_probe, now, jitter);
        write_circuit(&mut tx, vendor, &after, now).await?;
        tx.commit().await?;
        let opened = after.is_open() && !was_open;
        Ok((after, opened))
    }

    /// The vendor answered. If its circuit was open, the connections that had failed since the
    /// outage began are due at once; how many, or `None` if the circuit was not open.
    ///
    /// # Errors
    /// What the database says.
    pub async fn vendor_answered(&self, vendor: &VendorRef, now: Timestamp) -> Result<Option<u64>, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write_now().await?;
        let row = tx.fetch_optional(COLUMNS, values![vendor.provider.as_str(), &vendor.server]).await?;
        let Some(row) = row else {
            tx.commit().await?;
            return Ok(None);
        };
        let circuit = read_state(&row)?.circuit;
        tx.execute(
            "DELETE FROM vendor_circuits WHERE provider = $1 AND server = $2",
            values![vendor.provider.as_str(), &vendor.server],
        )
        .await?;
        let mut caught_up = None;
        if let Some(since) = circuit.opened_at.and(circuit.failing_since) {
            caught_up = Some(make_due(&mut tx, vendor, since, now).await?);
        }
        tx.commit().await?;
        Ok(caught_up)
    }

    /// Vendors that have failed connections lately; none while all is well.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_vendor_circuits(&self) -> Result<Vec<VendorState>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                "SELECT provider, server, failing, failing_since, opened_at, probe_at, probes \
                 FROM vendor_circuits ORDER BY provider, server",
                Vec::new(),
            )
            .await?;
        rows.iter().map(read_state).collect()
    }
}

/// What failed for a while catches up now; how long it rests by its own circuit or a rate limit
/// stays.
async fn make_due(tx: &mut Tx, vendor: &VendorRef, since: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
    // Runs that failed first may have begun their failure a little before the circuit counted it.
    let since = since.checked_sub(SignedDuration::from_secs(60)).unwrap_or(since);
    tx.execute(
        "UPDATE external_calendar_connections SET next_sync_at = $4 \
         WHERE next_sync_at > $4 AND error_count > 0 AND failure_class = 'transient' AND last_failed_at >= $3 \
           AND account_id IN (SELECT a.id FROM calendar_accounts a WHERE a.provider = $1 \
               AND a.tenant_id = external_calendar_connections.tenant_id \
               AND ($2 = '' OR SUBSTR(a.base_url, 1, LENGTH($2)) = $2))",
        values![vendor.provider.as_str(), &vendor.server, since, now],
    )
    .await
}

/// Open circuits whose next probe is due, locked until the transaction ends: of two nodes that look
/// at the same time, the second sees what the first has taken.
pub(super) async fn due_probes(tx: &mut Tx, now: Timestamp) -> Result<Vec<(VendorRef, VendorCircuit)>, StoreError> {
    let rows = tx
        .fetch_all(
            "SELECT provider, server, failing, failing_since, opened_at, probe_at, probes FROM vendor_circuits \
             WHERE opened_at IS NOT NULL AND (probe_at IS NULL OR probe_at <= $1) \
             ORDER BY provider, server {for_update}",
            values![now],
        )
        .await?;
    let states = rows.iter().map(read_state).collect::<Result<Vec<_>, _>>()?;
    Ok(states
        .into_iter()
        .filter(|state| state.circuit.is_probe_due(now))
        .map(|state| (state.vendor, state.circuit))
        .collect())
}

pub(super) async fn write_circuit(
    tx: &mut Tx,
    vendor: &VendorRef,
    circuit: &VendorCircuit,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE vendor_circuits SET failing = $3, failing_since = $4, opened_at = $5, probe_at = $6, probes = $7, \
            updated_at = $8 WHERE provider = $1 AND server = $2",
        values![
            vendor.provider.as_str(),
            &vendor.server,
            circuit.failing.join(" "),
            circuit.failing_since,
            circuit.opened_at,
            circuit.probe_at,
            i64::from(circuit.probes),
            now,
        ],
    )
    .await?;
    Ok(())
}

fn read_state(row: &Row) -> Result<VendorState, StoreError> {
    let vendor = VendorRef { provider: row.word("provider")?, server: row.text("server")? };
    let circuit = VendorCircuit {
        failing: row.text("failing")?.split_whitespace().map(str::to_owned).collect(),
        failing_since: row.opt_time("failing_since")?,
        opened_at: row.opt_time("opened_at")?,
        probe_at: row.opt_time("probe_at")?,
        probes: u32::try_from(row.int("probes")?).unwrap_or(u32::MAX),
    };
    Ok(VendorState { vendor, circuit })
}
