//! Answers that no vendor should send, and that arrive all the same: cut, of the wrong type, deeply nested, bombs,
//! pages in circles, dates that do not exist. Whatever comes, an adapter answers in time and in little memory: with a
//! failure that has a class, or with the quarantine of one event.
#![allow(clippy::unwrap_used, missing_docs)]

mod documents;
mod generator;
mod peer;

use std::time::Duration;

use generator::{Case, Expected};
use peer::{Peer, Vendor};
use tidecal_core::remote::{Content, Failure, FailureClass, Page, RemoteChange};

/// Longest time for one call, a slow machine included.
const LONGEST: Duration = Duration::from_secs(10);
/// Most memory that one call may take.
const MOST_MEMORY: u64 = 64 << 20;

#[tokio::test]
async fn google_survives() {
    survive(Vendor::Google, 500).await;
}

#[tokio::test]
async fn outlook_survives() {
    survive(Vendor::Outlook, 500).await;
}

#[tokio::test]
async fn caldav_survives() {
    survive(Vendor::Caldav, 500).await;
}

/// One at a time: the memory that is measured is the whole process's.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn survive(vendor: Vendor, at_least: usize) {
    let _turn = TURN.lock().await;
    let mut answers = 0;
    for target in vendor.targets() {
        let peer = Peer::start(vendor, *target).await;
        // What is well-formed is read, or the rest would prove nothing.
        let well = Case::well(documents::of(*target));
        peer.serve(&well);
        let read = peer.call().await.unwrap_or_else(|failure| panic!("{target:?}: {failure:?}"));
        assert!(read.iter().all(is_readable) && !read.is_empty(), "{target:?}: {read:?}");
        for case in generator::cases(*target, &documents::of(*target)) {
            answers += 1;
            peer.serve(&case);
            let before = memory("VmRSS");
            forget_peak();
            let outcome = tokio::time::timeout(LONGEST, peer.call()).await;
            let grown = memory("VmHWM").saturating_sub(before);
            let Ok(outcome) = outcome else { panic!("{target:?} {}: no end within {LONGEST:?}", case.name) };
            assert!(grown < MOST_MEMORY, "{target:?} {}: {grown} bytes", case.name);
            judge(&format!("{vendor:?} {target:?} {}", case.name), &case, &outcome);
        }
    }
    assert!(answers >= at_least, "{answers} answers");
}

fn judge(name: &str, case: &Case, outcome: &Result<Vec<RemoteChange>, Failure>) {
    match (&case.expected, outcome) {
        (_, Err(failure)) => {
            let prefix = ["google: ", "outlook: ", "caldav: "].iter().any(|it| failure.detail.starts_with(it));
            assert!(prefix && failure.detail.len() < 1_000, "{name}: {failure:?}");
            // Nobody is disconnected, and no operator woken, because an answer is broken.
            assert!(!matches!(failure.class, FailureClass::Auth | FailureClass::Configuration), "{name}: {failure:?}");
            assert!(case.expected != Expected::Read, "{name}: {failure:?}");
        }
        (Expected::Failure, Ok(changes)) => panic!("{name}: taken for an answer: {changes:?}"),
        (Expected::Anything | Expected::Read, Ok(changes)) => {
            for change in changes {
                sound(name, change);
            }
        }
    }
}

/// A quarantined item has a reason; nothing is gone that the answer does not call so.
fn sound(name: &str, change: &RemoteChange) {
    match change {
        RemoteChange::Unreadable { reason, .. } => {
            assert!(!reason.is_empty() && reason.len() < 2_000, "{name}: {reason}");
        }
        RemoteChange::Series(series) => {
            assert!(!series.id.is_empty(), "{name}: {series:?}");
            for component in &series.components {
                if let Content::Unreadable(reason) = &component.content {
                    assert!(!reason.is_empty(), "{name}: {component:?}");
                }
            }
        }
        RemoteChange::Gone { .. } | RemoteChange::Listed(_) => {}
    }
}

fn is_readable(change: &RemoteChange) -> bool {
    match change {
        RemoteChange::Series(series) => {
            series.components.iter().all(|component| !matches!(component.content, Content::Unreadable(_)))
        }
        RemoteChange::Listed(_) | RemoteChange::Gone { .. } => true,
        RemoteChange::Unreadable { .. } => false,
    }
}

/// The changes of a page; where it leads does not matter here.
pub(crate) fn changes(page: Page) -> Vec<RemoteChange> {
    page.changes
}

/// A line of this process's status, in bytes.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = found.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Lets `VmHWM` begin anew (Linux).
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
