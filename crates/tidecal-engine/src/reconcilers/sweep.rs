//! Removes what has had its time: sessions, sign-in links, OAuth states, leftovers of readings.

use crate::Engine;

/// Sweeps once.
pub(crate) async fn sweep(engine: &Engine) {
    if let Err(error) = engine.system().sweep(engine.now()).await {
        tracing::error!(category = "calendar_sync", job = "sweep", error_code = "database", %error, "cannot sweep");
    }
}
