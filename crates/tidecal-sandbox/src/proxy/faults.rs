//! Single failures: which request meets them, and what becomes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tempers::Moment;

/// One failure, as given to `POST /_proxy/faults`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fault {
    /// Only requests of this method.
    #[serde(default)]
    pub(super) method: Option<String>,
    /// Only requests whose path contains this.
    #[serde(default)]
    pub(super) path: Option<String>,
    /// Only requests whose body contains this.
    #[serde(default)]
    pub(super) asks: Option<String>,
    /// How many requests fail before the fault is spent.
    #[serde(default = "once")]
    pub(super) times: u32,
    /// How many matching requests pass first.
    #[serde(default)]
    pub(super) skip: u32,
    /// Milliseconds to wait first.
    #[serde(default)]
    pub(super) delay_ms: u64,
    /// This status instead of the upstream's. Without `body` and `applied` the upstream is not asked.
    #[serde(default)]
    pub(super) status: Option<u16>,
    /// Extra headers of the answer.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// This body instead of the upstream's.
    #[serde(default)]
    pub(super) body: Option<String>,
    /// Cut the answer's body to so many bytes.
    #[serde(default)]
    pub(super) truncate_body_to: Option<usize>,
    /// End the connection instead.
    #[serde(default)]
    pub(super) drop_connection: Option<Moment>,
    /// Carry the request out although another answer is given.
    #[serde(default)]
    pub(super) applied: bool,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Whether the answer is another than the upstream's.
    pub(super) fn replaces_answer(&self) -> bool {
        self.status.is_some() || self.body.is_some()
    }

    fn matches(&self, method: &str, path: &str, body: &str) -> bool {
        self.method.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|part| path.contains(part))
            && self.asks.as_deref().is_none_or(|part| body.contains(part))
    }
}

/// The pending faults, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// The fault that this request meets; counts it down.
    pub(super) fn take(&mut self, method: &str, path: &str, body: &str) -> Option<Fault> {
        let index = self.0.iter().position(|fault| fault.matches(method, path, body))?;
        let fault = &mut self.0[index];
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let taken = fault.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            self.0.remove(index);
        }
        Some(taken)
    }
}
