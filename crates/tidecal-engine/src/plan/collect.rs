//! Collecting what a run would write, in words for people.

use std::collections::BTreeSet;

use tidecal_core::model::Event;
use tidecal_core::remote::{ComponentWrite, Mail, RemoteWrite, WriteAction};
use tidecal_core::sync::{EventOp, EventWrite, MappingWrite, Overlay, Verdict, Writes, field_changes};
use tidecal_ical::{RecurrenceId, When};

use super::{MOST_LISTED, PlanAction, PlanSide, PlannedChange, PlannedStop};

/// What was collected so far.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) changes: Vec<PlannedChange>,
    pub(super) more_changes: u64,
    pub(super) stops: Vec<PlannedStop>,
    pub(super) kept_out: u64,
}

impl Collected {
    /// What a commit would write; `overlay` does not have it yet.
    pub(super) fn commit(&mut self, writes: &Writes, overlay: &Overlay) {
        for write in &writes.events {
            if let Some(change) = here(write, overlay) {
                self.change(change);
            }
        }
        for write in &writes.mappings {
            let conflict = || {
                let of = writes.conflicts.iter().find(|it| {
                    (&it.external_event_id, it.recurrence_id) == (&write.external_event_id, write.recurrence_id)
                });
                of.map(|conflict| conflict.fields.join(", ")).filter(|fields| !fields.is_empty())
            };
            self.mapping(write, conflict(), overlay);
        }
    }

    fn mapping(&mut self, write: &MappingWrite, conflict: Option<String>, overlay: &Overlay) {
        match write.verdict {
            Verdict::Mirrored => {}
            Verdict::Filtered | Verdict::OutOfWindow => self.kept_out += 1,
            Verdict::Held | Verdict::Quarantined | Verdict::Conflicted if self.stops.len() < MOST_LISTED => {
                let title = write.event_id.as_deref().and_then(|id| overlay.event_now(id));
                self.stops.push(PlannedStop {
                    event_id: write.event_id.clone(),
                    external_event_id: write.external_event_id.clone(),
                    title: title.map(|local| local.event.title.clone()),
                    verdict: write.verdict.as_str(),
                    reason: conflict
                        .map_or_else(|| write.reason.clone(), |fields| format!("{}: {fields}", write.reason)),
                });
            }
            Verdict::Held | Verdict::Quarantined | Verdict::Conflicted => {}
        }
    }

    fn change(&mut self, change: PlannedChange) {
        if self.changes.len() < MOST_LISTED {
            self.changes.push(change);
        } else {
            self.more_changes += 1;
        }
    }

    /// A write to the vendor.
    pub(super) fn push(&mut self, write: &RemoteWrite, overlay: &Overlay) {
        match &write.action {
            WriteAction::Create { components, .. } => {
                for component in components {
                    self.there(PlanAction::Create, write, component);
                }
            }
            WriteAction::Update(components) => {
                for component in components {
                    self.there(PlanAction::Update, write, component);
                }
            }
            WriteAction::Delete { .. } => {
                let base = overlay.base_of(&write.series_id);
                self.bare(PlanAction::Delete, write, None, base);
            }
            WriteAction::Answer { item, recurrence_id, .. } => {
                self.bare(PlanAction::Answer, write, *recurrence_id, overlay.base_of(&item.id));
            }
        }
    }

    fn there(&mut self, action: PlanAction, write: &RemoteWrite, component: &ComponentWrite) {
        let (before, after) = (component.before.as_deref(), component.after.as_deref());
        let Some(event) = after.or(before) else { return };
        let fields = match (action, before, after) {
            (PlanAction::Update, Some(before), Some(after)) => {
                let all = field_changes(before, after).into_iter();
                all.filter(|change| component.fields.contains(&change.field)).collect()
            }
            _ => Vec::new(),
        };
        let action = if after.is_none() { PlanAction::Delete } else { action };
        self.change(PlannedChange {
            fields,
            mails: mailed(write.mail, before.into_iter().chain(after)),
            recurrence_id: component.recurrence_id.map(|slot| slot.to_string()),
            ..change(PlanSide::There, action, event)
        });
    }

    fn bare(&mut self, action: PlanAction, write: &RemoteWrite, slot: Option<RecurrenceId>, base: Option<&Event>) {
        let unknown = Event { title: write.series_id.clone(), ..Event::at(nowhere()) };
        let event = base.unwrap_or(&unknown);
        let mails = match action {
            // An answer goes to the organiser alone.
            PlanAction::Answer if write.mail == Mail::Guests => {
                event.organizer.iter().map(|organizer| organizer.email.clone()).collect()
            }
            PlanAction::Answer => Vec::new(),
            _ => mailed(write.mail, base.into_iter()),
        };
        let recurrence_id = slot.map(|slot| slot.to_string());
        let start = base.map_or_else(String::new, start);
        self.change(PlannedChange { mails, recurrence_id, start, ..change(PlanSide::There, action, event) });
    }
}

fn nowhere() -> When {
    let day = jiff::civil::Date::constant(1970, 1, 1);
    When::AllDay { start: day, end: day }
}

fn here(write: &EventWrite, overlay: &Overlay) -> Option<PlannedChange> {
    let before = overlay.event_now(&write.id).map(|local| &local.event);
    let recurrence_id = write.recurrence_id.map(|slot| slot.to_string());
    let planned = match (&write.op, before) {
        (EventOp::Insert { event, .. }, _) => change(PlanSide::Here, PlanAction::Create, event),
        (EventOp::Update { event, .. }, before) => PlannedChange {
            event_id: Some(write.id.clone()),
            fields: before.map(|before| field_changes(before, event)).unwrap_or_default(),
            ..change(PlanSide::Here, PlanAction::Update, event)
        },
        // A row that a person deleted is only cleared away.
        (EventOp::Delete { .. }, _) if overlay.event_now(&write.id).is_none_or(|local| local.deleted) => return None,
        (EventOp::Delete { .. }, before) => {
            PlannedChange { event_id: Some(write.id.clone()), ..change(PlanSide::Here, PlanAction::Delete, before?) }
        }
    };
    Some(PlannedChange { recurrence_id, ..planned })
}

fn change(side: PlanSide, action: PlanAction, event: &Event) -> PlannedChange {
    PlannedChange {
        side,
        action,
        event_id: None,
        title: event.title.clone(),
        start: start(event),
        recurrence_id: None,
        fields: Vec::new(),
        mails: Vec::new(),
    }
}

fn start(event: &Event) -> String {
    match &event.when {
        When::AllDay { start, .. } => start.to_string(),
        When::Timed { start, .. } => start.local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    }
}

fn mailed<'e>(mail: Mail, events: impl Iterator<Item = &'e Event>) -> Vec<String> {
    if mail == Mail::Nobody {
        return Vec::new();
    }
    let guests = events.flat_map(|event| &event.attendees).filter(|guest| !guest.is_self && !guest.email.is_empty());
    guests.map(|guest| guest.email.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}
