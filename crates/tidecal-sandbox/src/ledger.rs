//! What was asked of the sandbox, for assertions and for checking a client's manners. Secrets are left out.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::google::strict::Breach;

/// Lines kept; older ones are forgotten.
const KEPT: usize = 50_000;
/// Violations kept.
const VIOLATIONS_KEPT: usize = 1000;

/// One API request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    /// Running number since the start or the last reset.
    pub(crate) number: u64,
    /// Sandbox time.
    pub(crate) time: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Query parameters in order; secrets redacted.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calendar_id: Option<String>,
    /// Address of the account whose token was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// Status answered; absent when the connection was dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The error's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) if_match: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) if_none_match: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
    /// JSON body of a write; form fields of OAuth calls with secrets redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    /// Number of the fault that struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<u64>,
}

/// A request that broke the vendor's contract.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Violation {
    #[serde(flatten)]
    pub(crate) line: Line,
    /// What is wrong, in words.
    pub(crate) breaches: Vec<String>,
}

/// The latest requests and the latest violations, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    lines: VecDeque<Line>,
    violations: VecDeque<Violation>,
    last: u64,
}

impl Ledger {
    pub(crate) fn add(&mut self, mut line: Line, breaches: Vec<Breach>) {
        self.last += 1;
        line.number = self.last;
        if !breaches.is_empty() {
            if self.violations.len() == VIOLATIONS_KEPT {
                self.violations.pop_front();
            }
            let breaches = breaches.into_iter().map(|breach| breach.what).collect();
            self.violations.push_back(Violation { line: line.clone(), breaches });
        }
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    pub(crate) fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.violations.iter()
    }

    /// Forgets the requests; the violations stay until they are cleared themselves.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
    }

    pub(crate) fn clear_violations(&mut self) {
        self.violations.clear();
    }
}

const SECRET: [&str; 9] = [
    "access_token",
    "assertion",
    "client_secret",
    "code",
    "code_verifier",
    "key",
    "oauth_token",
    "refresh_token",
    "token",
];

/// Pairs of a query or form with the values of secrets replaced.
pub(crate) fn redacted(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| {
            let secret = SECRET.contains(&name.as_ref());
            let value = if secret { "redacted".to_owned() } else { value.into_owned() };
            (name.into_owned(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_ledger() {
        let pairs = redacted("grant_type=refresh_token&refresh_token=abc&client_secret=def");
        assert_eq!(pairs[0].1, "refresh_token");
        assert_eq!(pairs[1].1, "redacted");
        assert_eq!(pairs[2].1, "redacted");
    }
}
