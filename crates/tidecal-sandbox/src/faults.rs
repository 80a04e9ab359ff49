//! Failures on demand: which request fails, how often, and in which way.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// When the connection of a faulty request ends without a complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Drop {
    /// Before the request is applied.
    Before,
    /// After it was applied: the caller cannot know.
    After,
    /// In the middle of the answer's body.
    During,
}

/// An edit by the hand of the calendar's holder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) calendar_id: String,
    pub(crate) event_id: String,
    /// Members to change, as in a patch; left out, the event is deleted.
    #[serde(default)]
    pub(crate) patch: Option<Map<String, Value>>,
}

/// One failure, as given to `POST /_sandbox/faults`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    /// Number given by the sandbox.
    #[serde(default)]
    pub(crate) id: u64,
    /// `events.list`, `oauth.refresh`, …; `events.*` or `*` for many.
    pub(crate) operation: String,
    /// Only requests on this calendar.
    #[serde(default)]
    pub(crate) calendar_id: Option<String>,
    /// Only requests about this event: of the path, or of a new event's body.
    #[serde(default)]
    pub(crate) event_id: Option<String>,
    /// Only requests of this person.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// How many requests fail before the fault is spent.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// How many matching requests pass first.
    #[serde(default)]
    pub(crate) skip: u32,
    /// Real milliseconds to wait before anything else.
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// Answer this status instead (with `reason`, `body` or `html`), usual status of the reason when left out.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// A reason of the vendor's catalogue, or an OAuth `error`; its standard body is answered.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// Extra answer headers, such as `Retry-After`.
    #[serde(default)]
    pub(crate) headers: std::collections::BTreeMap<String, String>,
    /// Answer this body instead: a text verbatim, anything else as JSON.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// Cut the answer's body to so many bytes; the answer itself looks complete.
    #[serde(default)]
    pub(crate) truncate_body_to: Option<usize>,
    #[serde(default)]
    pub(crate) drop_connection: Option<Drop>,
    /// Answer a frontend's HTML error page.
    #[serde(default)]
    pub(crate) html: bool,
    /// Another person's edit just before the request is applied: a race on demand.
    #[serde(default)]
    pub(crate) edit_first: Option<Edit>,
    /// Apply the request although another answer is given.
    #[serde(default)]
    pub(crate) applied: bool,
}

fn once() -> u32 {
    1
}

/// What a request is, as far as faults tell requests apart.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Aim<'a> {
    pub(crate) operation: &'a str,
    pub(crate) calendar_id: Option<&'a str>,
    pub(crate) event_id: Option<&'a str>,
    pub(crate) account: Option<&'a str>,
}

impl Fault {
    /// Whether the answer is another than the request's own.
    pub(crate) fn replaces_answer(&self) -> bool {
        self.status.is_some() || self.reason.is_some() || self.body.is_some() || self.html
    }

    /// Whether the fault is meant for an operation of this name.
    pub(crate) fn names(&self, operation: &str) -> bool {
        match self.operation.strip_suffix('*') {
            Some(prefix) => operation.starts_with(prefix),
            None => self.operation == operation,
        }
    }

    fn matches(&self, aim: &Aim<'_>) -> bool {
        let same = |wanted: &Option<String>, own: Option<&str>| wanted.is_none() || wanted.as_deref() == own;
        self.names(aim.operation)
            && same(&self.calendar_id, aim.calendar_id)
            && same(&self.event_id, aim.event_id)
            && same(&self.account, aim.account)
    }
}

/// The pending faults, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pending: Vec<Fault>,
    last_id: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) -> u64 {
        self.last_id += 1;
        fault.id = self.last_id;
        self.pending.push(fault);
        self.last_id
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.pending
    }

    /// Removes one fault, or all.
    pub(crate) fn clear(&mut self, id: Option<u64>) {
        self.pending.retain(|fault| id.is_some_and(|id| id != fault.id));
    }

    /// The fault that this request meets; counts it down.
    pub(crate) fn take(&mut self, aim: &Aim<'_>) -> Option<Fault> {
        let index = self.pending.iter().position(|fault| fault.matches(aim))?;
        let fault = &mut self.pending[index];
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let taken = fault.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            self.pending.remove(index);
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn aim<'a>(operation: &'a str, calendar_id: Option<&'a str>) -> Aim<'a> {
        Aim { operation, calendar_id, ..Aim::default() }
    }

    fn fault(value: Value) -> Fault {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_fault_skips_strikes_and_is_spent() {
        let mut faults = Faults::default();
        faults.add(fault(json!({"operation": "events.list", "skip": 1, "times": 2, "status": 503})));
        let struck: Vec<bool> = (0..4).map(|_| faults.take(&aim("events.list", None)).is_some()).collect();
        assert_eq!(struck, [false, true, true, false]);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn a_fault_can_name_one_calendar_or_many_operations() {
        let mut faults = Faults::default();
        faults.add(fault(json!({"operation": "events.*", "calendarId": "a", "times": 9})));
        assert!(faults.take(&aim("events.insert", Some("b"))).is_none());
        assert!(faults.take(&aim("calendarList.list", None)).is_none());
        assert!(faults.take(&aim("events.insert", Some("a"))).is_some());
        faults.clear(None);
        faults.add(fault(json!({"operation": "*", "eventId": "e", "account": "a@example.com"})));
        let one = Aim { event_id: Some("e"), ..aim("events.patch", Some("a")) };
        assert!(faults.take(&one).is_none());
        assert!(faults.take(&Aim { account: Some("a@example.com"), ..one }).is_some());
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let refused: Result<Fault, _> = serde_json::from_value(json!({"operation": "*", "delay": 5}));
        assert!(refused.is_err());
    }
}
