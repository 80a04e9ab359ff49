//! Settings of the engine.

use jiff::SignedDuration;
use tidecal_core::policy::{Brakes, Guard, Polling};

/// Settings that hold for the whole node.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Name of this node in leases; unique among the nodes of a deployment.
    pub node: String,
    /// Runs at the same time.
    pub workers: usize,
    /// How often a connection is synced unless it says otherwise.
    pub polling: Polling,
    /// Months of the window before now.
    pub months_back: u16,
    /// Months of the window after now.
    pub months_ahead: u16,
    /// Brake on mass deletion.
    pub guard: Guard,
    /// The other brakes.
    pub brakes: Brakes,
    /// How long the journal of changes is kept; the brakes look back on a day of it.
    pub journal_kept: SignedDuration,
    /// A lease lasts this long unless it is renewed.
    pub lease: SignedDuration,
    /// How often the node looks for due connections when nothing wakes it.
    pub poll: SignedDuration,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            node: "node".to_owned(),
            workers: 8,
            polling: Polling::default(),
            months_back: 3,
            months_ahead: 12,
            guard: Guard::default(),
            brakes: Brakes::default(),
            journal_kept: SignedDuration::from_hours(24 * 30),
            lease: SignedDuration::from_secs(60),
            poll: SignedDuration::from_secs(2),
        }
    }
}
