//! What the end of a run says about its vendor (invariant 15): shared failures open the vendor's
//! circuit, any answer closes it.
//!
//! People who connect an account or list its calendars call the vendor also while the circuit is
//! open: they ask once, wait for the answer, and see it.

use tidecal_core::sync::Outcome;
use tidecal_store::{Claim, Connection, StoreError, TenantScope, VendorRef};

use crate::{Engine, ServiceError};

/// Reports to the vendor's circuit; what the database refuses is logged and found out again.
pub(super) async fn report(engine: &Engine, claim: &Claim, outcome: &Outcome) {
    let reported = match outcome {
        Outcome::Failed(failure) if failure.outage => failed(engine, claim).await,
        // No answer, and not the vendor's fault: the database, or a setting.
        Outcome::Failed(failure) if failure.http_status.is_none() => Ok(()),
        _ if claim.probe || claim.vendor_failing => answered(engine, claim).await,
        _ => Ok(()),
    };
    if let Err(error) = reported {
        tracing::error!(category = "calendar_sync", error_code = "database", %error, "cannot report to a vendor's circuit");
    }
}

async fn failed(engine: &Engine, claim: &Claim) -> Result<(), StoreError> {
    let (vendor, system) = (VendorRef::of(&claim.account), engine.system());
    let jitter = engine.random().fraction();
    let (circuit, opened) =
        system.vendor_failed(&vendor, &claim.connection.id, claim.probe, engine.now(), jitter).await?;
    if opened {
        gauge(&vendor, 1.0);
        tracing::error!(
            category = "calendar_sync", error_code = "vendor_outage", provider = %vendor.provider, server = %vendor.server,
            connections = circuit.failing.len(), alert = true, "the vendor does not answer: only probes call it now"
        );
    }
    Ok(())
}

async fn answered(engine: &Engine, claim: &Claim) -> Result<(), StoreError> {
    let vendor = VendorRef::of(&claim.account);
    if let Some(caught_up) = engine.system().vendor_answered(&vendor, engine.now()).await? {
        gauge(&vendor, 0.0);
        tracing::info!(
            category = "calendar_sync", provider = %vendor.provider, server = %vendor.server, connections = caught_up,
            "the vendor answers again: its connections catch up"
        );
        engine.wake();
    }
    Ok(())
}

fn gauge(vendor: &VendorRef, value: f64) {
    metrics::gauge!("tidecal_vendor_circuit_open", "provider" => vendor.provider.as_str(), "server" => vendor.server.clone())
        .set(value);
}

impl Engine {
    /// Vendors that are not called now, because many connections of theirs have failed.
    pub(crate) async fn vendors_in_trouble(&self) -> Result<Vec<VendorRef>, StoreError> {
        let states = self.system().list_vendor_circuits().await?;
        Ok(states.into_iter().filter(|state| state.circuit.is_open()).map(|state| state.vendor).collect())
    }

    /// Why a connection that was asked to sync waits, if it waits for its vendor.
    pub(super) async fn waits_for_vendor(
        &self,
        scope: &TenantScope,
        connection: &Connection,
    ) -> Result<Option<String>, ServiceError> {
        let troubled = self.vendors_in_trouble().await?;
        if troubled.is_empty() {
            return Ok(None);
        }
        let account = self.store().tenant(scope).get_account(&connection.account_id).await?;
        let title = account.provider.title();
        let words = format!(
            "{title} does not answer at the moment. Nothing is wrong with this calendar: it is synced as soon as \
             {title} is back."
        );
        Ok(troubled.contains(&VendorRef::of(&account)).then_some(words))
    }
}
