//! Where the brakes of `policy::guard` take hold of a run (invariant 5).
//!
//! A run that is held ends before the commit, or the write, that would do the harm. What it has
//! committed before stays, as after any other end; the next run looks again.

use super::{Phase, Run};
use crate::policy::{GuardVerdict, Side};
use crate::remote::{Failure, FailureClass};
use crate::sync::SeriesState;
use crate::sync::instruction::{Counted, ReadingKind};
use crate::sync::plan::Planned;
use crate::sync::push::{LookUp, is_outgoing_deletion, is_outgoing_edit, plan_push};

impl Run {
    /// A clock that jumped is for the operator to set. Nobody has to release anything: each look is
    /// compared with the one before, so a clock that stays as it is is believed the second time.
    pub(super) fn wrong_clock(&self) -> Option<Failure> {
        match self.settings.brakes.judge_clock(self.start.last_look, self.start.now) {
            GuardVerdict::Go => None,
            GuardVerdict::Hold(reason) => {
                let remedy = "Set the clock; syncing goes on by itself with the next run";
                let detail = format!("sync: {reason}");
                Some(Failure::new(FailureClass::Configuration, detail).remedy(remedy))
            }
        }
    }

    /// Reading, and not what somebody asked to be tried again.
    pub(super) fn is_reading(&self) -> bool {
        matches!(self.phase, Phase::Reading | Phase::Comparing)
    }

    /// Whether a brake could hold what is planned: counting costs a query, so small runs go without.
    pub(super) fn needs_numbers(&self, planned: &Planned) -> bool {
        let rewrites = planned.rewrites > 0
            && self.is_reading()
            && self.rewrites + planned.rewrites >= self.settings.brakes.rewrite_from;
        !self.settings.released && (planned.removals > 0 || rewrites)
    }

    /// Why what is planned waits for a person.
    pub(super) fn reason_to_hold(&self, planned: &Planned, counted: Counted) -> Option<String> {
        let (guard, brakes) = (&self.settings.guard, &self.settings.brakes);
        let removals = self.removals + planned.removals;
        // A list of everything that had nothing in it, with proof that something is gone.
        let nothing_listed = self.kind == ReadingKind::Comparison && self.seen_count == 0;
        let left = if nothing_listed { 0 } else { counted.live.saturating_sub(removals) };
        let deletions = || {
            let verdict = guard.judge(counted.deleted + removals, counted.live);
            verdict.or(|| brakes.judge_emptied(Side::Remote, counted.live, left))
        };
        let rewriting = || brakes.judge_rewrite(Side::Local, self.rewrites + planned.rewrites, counted.live);
        let deletions = if planned.removals > 0 { deletions() } else { GuardVerdict::Go };
        let rewriting = || if self.is_reading() { rewriting() } else { GuardVerdict::Go };
        reason(deletions.or(rewriting))
    }

    /// The same for the way out: whether a brake could hold what this batch would send.
    pub(super) fn needs_outgoing_numbers<'a>(
        &self,
        mut batch: impl Iterator<Item = &'a SeriesState> + Clone,
        more: bool,
    ) -> bool {
        let edits = batch.clone().filter(|state| is_outgoing_edit(state)).count() as u64;
        let many = edits >= self.settings.brakes.rewrite_from || more && edits > 0;
        !self.settings.released && (many || batch.any(is_outgoing_deletion))
    }

    /// Why this batch waits for a person. Everything that waits for its way out counts, not this
    /// batch alone.
    pub(super) fn reason_to_hold_back<'a>(
        &self,
        batch: impl Iterator<Item = &'a SeriesState> + Clone,
        counted: Counted,
    ) -> Option<String> {
        let (guard, brakes) = (&self.settings.guard, &self.settings.brakes);
        let here = batch.clone().filter(|state| is_outgoing_deletion(state)).count() as u64;
        let going = counted.outgoing.max(here);
        let deletions = || match guard.judge(counted.deleted + self.removals + going, counted.live) {
            GuardVerdict::Hold(reason) => GuardVerdict::Hold(format!("{reason} at the vendor")),
            GuardVerdict::Go => brakes.judge_emptied(Side::Local, counted.live, counted.live.saturating_sub(going)),
        };
        // Edits of which nothing is to be told there are no rewriting.
        let dirty = batch.filter(|state| is_outgoing_edit(state));
        let idle = || dirty.filter(|state| !self.writes(state)).count() as u64;
        let rewriting = || match brakes.judge_rewrite(Side::Remote, counted.edited, counted.live) {
            GuardVerdict::Go => GuardVerdict::Go,
            GuardVerdict::Hold(_) => {
                brakes.judge_rewrite(Side::Remote, counted.edited.saturating_sub(idle()), counted.live)
            }
        };
        let deletions = if here > 0 { deletions() } else { GuardVerdict::Go };
        reason(deletions.or(rewriting))
    }

    fn writes(&self, state: &SeriesState) -> bool {
        let out = self.settings.outbound.as_ref();
        out.is_some_and(|out| !plan_push(state, &self.settings.rules, out, LookUp::Open).ops.is_empty())
    }
}

fn reason(verdict: GuardVerdict) -> Option<String> {
    match verdict {
        GuardVerdict::Go => None,
        GuardVerdict::Hold(reason) => Some(reason),
    }
}
