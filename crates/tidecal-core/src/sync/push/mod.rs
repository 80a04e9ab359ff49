//! The way out of one series: what is written to the vendor, and what is held, refused or left.
//!
//! A plan has rows that are committed before anything is sent (a new copy is known before it
//! exists, so that a lost answer is looked up, never resent blindly), items to look up first, and
//! operations in order: masters before exceptions. What the vendor answers is read in `written`.

mod create;
mod update;

use tidecal_ical::RecurrenceId;

use super::copies::{guests_of, is_bare};
use super::instruction::Outbound;
use super::merge::Field;
use super::plan::{Planned, Rules};
use super::writes::{EventOp, EventWrite, MappingWrite};
use super::{Binding, ComponentState, LocalEvent, MappingStatus, Role, SeriesState, Verdict};
use crate::model::{Event, Rights};
use crate::remote::{ItemRef, Mail, QuietWrite, RemoteWrite, WriteAction};

/// What goes out of one series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PushPlan {
    /// Rows to commit before the first operation.
    pub rows: Planned,
    /// Copies that an earlier run was about to make: whether they are there is asked first.
    pub lookups: Vec<ItemRef>,
    /// In order.
    pub ops: Vec<PushOp>,
}

/// One write, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct PushOp {
    /// The write.
    pub write: RemoteWrite,
    /// Components that it carries.
    pub sent: Vec<Sent>,
}

/// One component that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Which occurrence, as the vendor counts.
    pub recurrence_id: Option<RecurrenceId>,
    /// The local event as it was sent; `None`: there is none any more.
    pub local: Option<LocalEvent>,
    /// Fields that were written.
    pub fields: Vec<Field>,
    /// The mapping as it was before (of a creation: as it was committed before the first send).
    pub before: Binding,
    /// What was agreed on before, for the journal.
    pub base: Option<Event>,
    /// What becomes of the component.
    pub kind: SentKind,
}

/// What a write does to a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKind {
    /// It says what the local event says.
    Put,
    /// It goes.
    Removed,
    /// An invitation is answered.
    Answered,
}

/// What is known of a copy whose creation was not confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookUp {
    /// Nothing yet: it is to be asked for.
    #[default]
    Open,
    /// It was asked for and is not there.
    Missing,
    /// It is not there, and yet its id is taken (the vendor remembers a deleted item): the next
    /// generation.
    Taken,
}

/// Plans the way out.
#[must_use]
pub fn plan_push(state: &SeriesState, rules: &Rules, out: &Outbound, look_up: LookUp) -> PushPlan {
    let mut pusher = Pusher { state, rules, out, look_up, plan: PushPlan::default() };
    pusher.series();
    pusher.plan
}

/// Whether the series was deleted here and is still there: what the brake counts.
#[must_use]
pub fn is_outgoing_deletion(state: &SeriesState) -> bool {
    let master = state.components.iter().find(|known| known.binding.recurrence_id.is_none());
    master.is_some_and(|known| is_deleted_here(known) && is_there(&known.binding))
}

/// Whether something of the series was edited here since both sides agreed, and is still there: what
/// the brake counts.
#[must_use]
pub fn is_outgoing_edit(state: &SeriesState) -> bool {
    let edited = |known: &ComponentState| {
        let live = known.local.as_ref().is_some_and(|local| !local.deleted);
        let settled = matches!(known.binding.status, MappingStatus::Conflict | MappingStatus::Deleted);
        live && !settled && known.is_dirty() && is_there(&known.binding)
    };
    state.components.iter().any(edited)
}

/// As far as is known, the item exists.
fn is_there(binding: &Binding) -> bool {
    let unconfirmed = binding.status == MappingStatus::Created && binding.role == Role::Copy;
    !binding.is_gone() && !unconfirmed
}

/// Deleted here, and nobody has to decide about that first.
fn is_deleted_here(known: &ComponentState) -> bool {
    let gone = match &known.local {
        Some(local) => local.deleted,
        None => known.binding.status == MappingStatus::Updated,
    };
    gone && known.binding.status != MappingStatus::Conflict
}

/// The vendor (or its rules) has refused this very version: only a person's edit, or an operator,
/// makes it worth another try.
fn was_refused(known: &ComponentState) -> bool {
    let binding = &known.binding;
    let Some(local) = &known.local else { return false };
    let edited = local.edited > binding.base_version;
    binding.status == MappingStatus::Failed
        && (binding.echo.tried == local.version || binding.verdict == Verdict::Quarantined && !edited)
}

pub(super) struct Pusher<'a> {
    state: &'a SeriesState,
    rules: &'a Rules,
    out: &'a Outbound,
    look_up: LookUp,
    plan: PushPlan,
}

impl Pusher<'_> {
    fn series(&mut self) {
        let master = self.state.components.iter().find(|known| known.binding.recurrence_id.is_none());
        let Some(known) = master else {
            // Invited to single occurrences only: there is no master, on either side.
            return if self.state.components.is_empty() { self.create(None) } else { self.update(None) };
        };
        let live = known.local.as_ref().is_some_and(|local| !local.deleted);
        match known.binding.status {
            MappingStatus::Conflict => {}
            MappingStatus::Created if known.binding.role == Role::Copy => self.unconfirmed(known),
            // Gone on both sides, and back here: made anew.
            MappingStatus::Deleted if known.local.is_none() => self.create(None),
            MappingStatus::Deleted => {}
            _ if is_deleted_here(known) => self.delete(known),
            MappingStatus::Updated if known.binding.is_gone() && live => self.create(Some(known)),
            _ => self.update(Some(known)),
        }
    }

    /// A copy whose creation was committed and not confirmed.
    fn unconfirmed(&mut self, known: &ComponentState) {
        let never_sent = matches!(known.binding.verdict, Verdict::Held | Verdict::OutOfWindow);
        let live = known.local.as_ref().is_some_and(|local| !local.deleted);
        if self.look_up == LookUp::Open && !never_sent {
            let id = known.binding.external_event_id.clone();
            self.plan.lookups.push(ItemRef { id, version: String::new() });
        } else if live {
            self.create(Some(known));
        } else {
            self.forget();
        }
    }

    /// Neither side has it any more.
    fn forget(&mut self) {
        for known in self.state.components.iter().filter(|known| known.binding.status != MappingStatus::Deleted) {
            self.plan.rows.writes.mappings.push(tombstone(self.state, &known.binding));
        }
        self.plan.rows.writes.events.extend(burials(self.state));
    }

    fn delete(&mut self, known: &ComponentState) {
        if !is_there(&known.binding) {
            return self.forget();
        }
        if was_refused(known) {
            return;
        }
        let base = known.base().or(known.local.as_ref().map(|local| &local.event)).cloned();
        if base.as_ref().is_some_and(|base| base.rights == Rights::Read) {
            let version = known.local.as_ref().map_or(0, |local| local.version);
            let reason = "this event can only be read where it comes from, it cannot be deleted there";
            return self.note(known, refused(self.state, known, version, reason.to_owned()));
        }
        let people = base.as_ref().map_or(0, |base| self.people(base, None, is_bare(known)));
        let consent = known.local.as_ref().is_some_and(|local| local.consent == Some(local.version));
        let mail = match self.mail(consent, people) {
            Ok(mail) => mail,
            Err(people) => return self.hold(known, people),
        };
        let components = self.state.components.iter().filter(|it| it.binding.status != MappingStatus::Deleted);
        let sent = components.map(|it| Sent { kind: SentKind::Removed, ..Sent::of(it, Vec::new()) }).collect();
        let action = WriteAction::Delete { version: known.binding.version.clone() };
        let write = RemoteWrite { series_id: known.binding.external_event_id.clone(), action, mail };
        self.plan.ops.push(PushOp { write, sent });
    }

    /// How many people a write would tell of, where the vendor cannot be quiet.
    fn people(&self, event: &Event, after: Option<&Event>, bare: bool) -> u64 {
        if bare {
            return 0;
        }
        let own = &self.out.own_address;
        let mut people: Vec<&str> = guests_of(event, own).collect();
        people.extend(after.into_iter().flat_map(|after| guests_of(after, own)));
        people.sort_unstable();
        people.dedup();
        people.len() as u64
    }

    /// Who is mailed; `Err`: so many people would be, and nobody has agreed to it (invariant 9).
    fn mail(&self, consent: bool, people: u64) -> Result<Mail, u64> {
        match (people, consent, self.out.quiet_write) {
            (0, ..) | (_, false, QuietWrite::Always) => Ok(Mail::Nobody),
            (_, true, _) => Ok(Mail::Guests),
            (people, false, QuietWrite::OnlyWithoutAttendees) => Err(people),
        }
    }

    fn hold(&mut self, known: &ComponentState, people: u64) {
        let row = MappingWrite {
            verdict: Verdict::Held,
            reason: held_reason(people),
            status: MappingStatus::Updated,
            ..row_of(self.state, known)
        };
        self.note(known, row);
    }

    /// A row that says what is stored already is not written again.
    fn note(&mut self, known: &ComponentState, row: MappingWrite) {
        if row.binding() != known.binding {
            self.plan.rows.writes.mappings.push(row);
        }
    }
}

impl Sent {
    fn of(known: &ComponentState, fields: Vec<Field>) -> Self {
        Self {
            recurrence_id: known.binding.recurrence_id,
            local: known.local.clone(),
            fields,
            before: known.binding.clone(),
            base: known.base().cloned(),
            kind: SentKind::Put,
        }
    }
}

fn held_reason(people: u64) -> String {
    format!("would mail {people} {}", if people == 1 { "person" } else { "people" })
}

/// The row of a component as it is stored.
pub(super) fn row_of(state: &SeriesState, known: &ComponentState) -> MappingWrite {
    let binding = known.binding.clone();
    MappingWrite {
        event_id: known.local.as_ref().map(|local| local.id.clone()),
        uid: known.base().map(|base| base.uid.clone()).unwrap_or_default(),
        base: binding.base.map(Box::new),
        local_base: binding.local_base.map(Box::new),
        external_event_id: binding.external_event_id,
        external_series_id: state.id.clone(),
        recurrence_id: binding.recurrence_id,
        series_id: state.series_id.clone().unwrap_or_default(),
        version: binding.version,
        base_version: binding.base_version,
        verdict: binding.verdict,
        reason: binding.reason,
        status: binding.status,
        role: binding.role,
        generation: binding.generation,
        echo: binding.echo,
        ..MappingWrite::default()
    }
}

/// Refused for this version of the event, with the reason.
pub(super) fn refused(state: &SeriesState, known: &ComponentState, tried: i64, reason: String) -> MappingWrite {
    let mut row = row_of(state, known);
    row.echo.tried = tried;
    row.echo.sent.clear();
    MappingWrite {
        verdict: Verdict::Quarantined,
        last_error: reason.clone(),
        reason,
        status: MappingStatus::Failed,
        ..row
    }
}

pub(super) fn tombstone(state: &SeriesState, binding: &Binding) -> MappingWrite {
    MappingWrite {
        external_event_id: binding.external_event_id.clone(),
        external_series_id: state.id.clone(),
        recurrence_id: binding.recurrence_id,
        series_id: state.series_id.clone().unwrap_or_default(),
        version: binding.version.clone(),
        reason: "deleted here".to_owned(),
        status: MappingStatus::Deleted,
        role: binding.role,
        generation: binding.generation,
        ..MappingWrite::default()
    }
}

/// Local rows that were kept until the vendor knew of their deletion.
pub(super) fn burials(state: &SeriesState) -> Vec<EventWrite> {
    let locals = state.components.iter().filter_map(|known| {
        let local = known.local.as_ref().filter(|local| local.deleted)?;
        Some((local, known.binding.external_event_id.clone()))
    });
    let burial = |(local, external_event_id): (&LocalEvent, String)| EventWrite {
        id: local.id.clone(),
        series_id: state.series_id.clone().unwrap_or_default(),
        recurrence_id: local.recurrence_id,
        external_event_id,
        op: EventOp::Delete { expected: local.version },
    };
    locals.map(burial).collect()
}

#[cfg(test)]
mod tests;
