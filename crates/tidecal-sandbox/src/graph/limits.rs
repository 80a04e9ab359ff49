//! How many requests a mailbox takes: at the same time, and within ten minutes.

use axum::response::Response;
use jiff::SignedDuration;

use super::errors::GraphError;
use crate::random::opaque_guid;
use crate::state::{SandboxState, World};

/// A request under way; ends when it is dropped.
pub(crate) struct Turn {
    state: SandboxState,
    account: String,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(count) = self.state.lock().graph.in_flight.get_mut(&self.account) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Lets a request of a mailbox in, or answers 429. A batch itself does not count, its members do.
pub(crate) fn enter(
    state: &SandboxState,
    operation: &str,
    account: Option<&str>,
) -> Result<Option<Turn>, Box<Response>> {
    let Some(account) = account.filter(|_| operation.starts_with("graph.") && operation != "graph.batch") else {
        return Ok(None);
    };
    let mut world = state.lock();
    match count(&mut world, account) {
        Ok(()) => Ok(Some(Turn { state: state.clone(), account: account.to_owned() })),
        Err(error) => {
            let number = world.next_number();
            let id = opaque_guid(world.config.seed, &format!("request {number}"));
            Err(Box::new(error.respond(world.now(), &id)))
        }
    }
}

fn count(world: &mut World, account: &str) -> Result<(), GraphError> {
    let now = world.now();
    let (abreast, most) = (world.switches.graph.concurrent_requests, world.switches.graph.requests_per_ten_minutes);
    if most > 0 {
        let since = now.checked_sub(SignedDuration::from_mins(10)).unwrap_or(now);
        let recent = world.graph.recent.entry(account.to_owned()).or_default();
        recent.retain(|at| *at > since);
        recent.push_back(now);
        // refused requests count as well
        if recent.len() > most as usize {
            let mut error = GraphError::throttled("Application is over its request limit for this mailbox.");
            error.retry_after = Some(60);
            return Err(error);
        }
    }
    let running = world.graph.in_flight.entry(account.to_owned()).or_default();
    if abreast > 0 && *running >= abreast {
        return Err(GraphError::throttled("Application is over its MailboxConcurrency limit."));
    }
    *running += 1;
    Ok(())
}
