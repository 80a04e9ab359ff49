//! Repeating a call as the core's backoff says.

use std::future::Future;

use tidecal_core::policy::backoff::wait_in_run;
use tidecal_core::remote::Failure;

use crate::Engine;

/// How often a vendor is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempts {
    /// As the core's backoff says.
    Usual,
    /// Once: a probe of a vendor that did not answer lately.
    One,
}

/// Calls until it works, or until the core says that waiting longer is for another run.
pub(crate) async fn retry<T, F>(engine: &Engine, call: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    retry_with(engine, Attempts::Usual, call).await
}

/// The same, as often as that.
pub(crate) async fn retry_with<T, F>(
    engine: &Engine,
    attempts: Attempts,
    mut call: impl FnMut() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut attempt = 0;
    loop {
        let failure = match call().await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if attempts == Attempts::One {
            return Err(failure);
        }
        let Some(wait) = wait_in_run(&failure, attempt, engine.random().fraction()) else { return Err(failure) };
        attempt += 1;
        tracing::debug!(category = "calendar_sync", attempt, error_code = failure.class.as_str(), %failure, "trying again");
        tokio::select! {
            () = engine.clock().sleep(wait) => {}
            () = engine.stopping().cancelled() => return Err(failure),
        }
    }
}
