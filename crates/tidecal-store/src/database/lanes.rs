//! SQLite has one writer: who waits for it, and who goes first.
//!
//! Interactive work (a person waits) goes before bulk work (syncs). Nobody starves in practice,
//! because interactive transactions are short and few.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// How urgent a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A person waits for it.
    Interactive,
    /// Syncs, jobs, upkeep.
    Bulk,
}

#[derive(Default)]
struct Queues {
    busy: bool,
    interactive: VecDeque<oneshot::Sender<Turn>>,
    bulk: VecDeque<oneshot::Sender<Turn>>,
}

/// The two queues before the writer.
#[derive(Clone, Default)]
pub(crate) struct Lanes {
    queues: Arc<Mutex<Queues>>,
}

/// The right to write, until it is dropped.
pub(crate) struct Turn {
    lanes: Option<Lanes>,
}

impl Lanes {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn.
    pub(crate) async fn enter(&self, lane: Lane) -> Turn {
        loop {
            let receiver = {
                let mut queues = self.queues();
                if !queues.busy {
                    queues.busy = true;
                    return Turn { lanes: Some(self.clone()) };
                }
                let (sender, receiver) = oneshot::channel();
                match lane {
                    Lane::Interactive => queues.interactive.push_back(sender),
                    Lane::Bulk => queues.bulk.push_back(sender),
                }
                receiver
            };
            if let Ok(turn) = receiver.await {
                return turn;
            }
        }
    }

    /// Hands the turn to the next who still waits.
    fn leave(&self) {
        loop {
            let next = {
                let mut queues = self.queues();
                let next = queues.interactive.pop_front();
                let next = next.or_else(|| queues.bulk.pop_front());
                if next.is_none() {
                    queues.busy = false;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn { lanes: Some(self.clone()) }) {
                Ok(()) => return,
                // Who waited has gone: the turn comes back and must not be given up twice.
                Err(mut turn) => turn.lanes = None,
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(lanes) = self.lanes.take() {
            lanes.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lane, Lanes};
    use std::sync::{Arc, Mutex};

    #[tokio::test(flavor = "current_thread")]
    async fn whoever_a_person_waits_for_goes_first() {
        let lanes = Lanes::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = lanes.enter(Lane::Bulk).await;
        let mut tasks = Vec::new();
        for (name, lane) in [("sync 1", Lane::Bulk), ("sync 2", Lane::Bulk), ("click", Lane::Interactive)] {
            let (lanes, order) = (lanes.clone(), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let _turn = lanes.enter(lane).await;
                order.lock().unwrap().push(name);
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["click", "sync 1", "sync 2"]);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_gives_up_waiting_blocks_nobody() {
        let lanes = Lanes::default();
        let first = lanes.enter(Lane::Bulk).await;
        let gone = tokio::spawn({
            let lanes = lanes.clone();
            async move { drop(lanes.enter(Lane::Bulk).await) }
        });
        tokio::task::yield_now().await;
        gone.abort();
        let _ = gone.await;
        drop(first);
        drop(lanes.enter(Lane::Bulk).await);
    }
}
