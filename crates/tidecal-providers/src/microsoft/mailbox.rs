//! What is kept of a mailbox while this process runs: how many requests are on their way to it,
//! and whose calendars it shows.
//!
//! Exchange answers 429 (`MailboxConcurrency`) from the fifth request at the same time on, members
//! of a batch counted; Tidecal stays at three, so that a person's Outlook has room. Runs of several
//! calendars of one account share that. A mailbox is known by its token: a refreshed token is a new
//! mailbox here, which at worst means six for a moment. Other nodes are not seen; Retry-After is
//! obeyed in any case.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Most requests in flight.
pub(super) const IN_FLIGHT: u32 = 3;

/// One mailbox.
#[derive(Debug)]
pub(super) struct Mailbox {
    gate: Semaphore,
    /// Owners of calendars, once they were needed: address in lower case, empty if it is not told.
    owners: Mutex<HashMap<String, String>>,
}

impl Mailbox {
    fn new() -> Self {
        Self { gate: Semaphore::new(IN_FLIGHT as usize), owners: Mutex::default() }
    }

    /// Waits until `requests` (at most [`IN_FLIGHT`]) may be sent; they are over when it is dropped.
    pub(super) async fn enter(&self, requests: u32) -> Option<SemaphorePermit<'_>> {
        // An error means "closed", and nobody closes it.
        self.gate.acquire_many(requests.min(IN_FLIGHT)).await.ok()
    }

    pub(super) fn owner(&self, calendar: &str) -> Option<String> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).get(calendar).cloned()
    }

    pub(super) fn remember_owner(&self, calendar: &str, owner: &str) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.insert(calendar.to_owned(), owner.to_owned());
    }
}

/// Mailboxes by token, those in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Mailboxes(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    by_token: HashMap<[u8; 32], Weak<Mailbox>>,
    /// The ones used last stay, so that what is known of them does.
    recent: std::collections::VecDeque<Arc<Mailbox>>,
}

/// Mailboxes that are remembered while nothing is asked of them.
const REMEMBERED: usize = 1000;

impl Mailboxes {
    pub(super) fn of(&self, token: &SecretString) -> Arc<Mailbox> {
        let key: [u8; 32] = Sha256::digest(token.expose_secret()).into();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mailbox) = known.by_token.get(&key).and_then(Weak::upgrade) {
            return mailbox;
        }
        let mailbox = Arc::new(Mailbox::new());
        known.by_token.insert(key, Arc::downgrade(&mailbox));
        known.recent.push_back(Arc::clone(&mailbox));
        if known.recent.len() > REMEMBERED {
            known.recent.pop_front();
            known.by_token.retain(|_, mailbox| mailbox.strong_count() > 0);
        }
        mailbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn runs_of_one_mailbox_share_its_room() {
        let mailboxes = Mailboxes::default();
        let (one, other) = (SecretString::from("a"), SecretString::from("b"));
        let (first, second) = (mailboxes.of(&one), mailboxes.of(&one));
        let two = first.enter(2).now_or_never().unwrap();
        let third = second.enter(1).now_or_never().unwrap();
        assert!(second.enter(1).now_or_never().is_none(), "three are on their way");
        assert!(mailboxes.of(&other).enter(3).now_or_never().is_some(), "another mailbox has its own room");
        drop((two, third));
        assert!(first.enter(9).now_or_never().is_some(), "more than there is room for means all of it");
    }

    #[test]
    fn a_token_is_not_shown() {
        let mailboxes = Mailboxes::default();
        mailboxes.of(&SecretString::from("canary"));
        assert!(!format!("{mailboxes:?}").contains("canary"));
    }
}
