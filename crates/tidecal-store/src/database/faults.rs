//! Failures on demand: which access to the database fails, and whether it takes effect.
//!
//! For tests of what is above the store. A store that is opened without a switch asks nobody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::StoreError;

/// How an access fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultWay {
    /// It is not carried out.
    Refused,
    /// It is carried out, and the answer is lost. For all but a commit that comes to the same, since
    /// the transaction is given up.
    Lost,
}

/// A switch that the test holds and the store asks. Beginning, each statement and committing count
/// as one access each.
#[derive(Clone, Debug, Default)]
pub struct FaultSwitch(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    passed: u64,
    armed: Option<(u64, FaultWay)>,
}

impl FaultSwitch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The access with that number from now on, the next being 1, fails once.
    pub fn arm(&self, number: u64, way: FaultWay) {
        *self.state() = State { passed: 0, armed: Some((number, way)) };
    }

    /// Takes the failure back; whether it had struck.
    #[must_use]
    pub fn disarm(&self) -> bool {
        self.state().armed.take().is_none()
    }

    /// Accesses since it was armed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.state().passed
    }

    /// Counts one access. `Ok(true)`: its answer is to be lost.
    fn meet(&self) -> Result<bool, StoreError> {
        let mut state = self.state();
        state.passed += 1;
        match state.armed {
            Some((number, way)) if number == state.passed => {
                state.armed = None;
                if way == FaultWay::Refused { Err(failure()) } else { Ok(true) }
            }
            _ => Ok(false),
        }
    }
}

/// One access: asked before, told after.
pub(super) struct Step {
    lost: bool,
}

impl Step {
    pub(super) fn begin(switch: Option<&FaultSwitch>) -> Result<Self, StoreError> {
        Ok(Self { lost: switch.map_or(Ok(false), FaultSwitch::meet)? })
    }

    pub(super) fn end(self) -> Result<(), StoreError> {
        if self.lost { Err(failure()) } else { Ok(()) }
    }
}

fn failure() -> StoreError {
    StoreError::Unreachable("the test's switch says so".to_owned())
}
