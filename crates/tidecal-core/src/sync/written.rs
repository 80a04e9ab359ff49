//! What the vendor answered to a write: confirmed, refused, or found where it was looked for.
//!
//! A base changes only to what the vendor says it has now (invariant 2), never to what was sent.

use super::copies::{inward, is_bare};
use super::plan::{Planned, Rules, plan_parts, plan_series};
use super::push::{PushOp, Sent, SentKind, burials, refused, tombstone};
use super::rows::span_of;
use super::writes::{Direction, JournalEntry, KeptEvent, MappingWrite};
use super::{ComponentState, Echo, LocalEvent, MappingStatus, SeriesState, Verdict};
use crate::model::{Event, Status};
use crate::policy::Ids;
use crate::remote::{Content, RemoteChange, RemoteComponent, RemoteSeries, SeriesScope, WriteAction};

/// Where a write stands when its answer is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The local events are, as far as is known, as they were sent.
    Unchanged,
    /// The first attempt to commit found them changed: they wait for their way out again.
    Edited,
}

/// Plans what a confirmed write changes here. `None`: the answer does not show what was written.
#[must_use]
pub fn plan_written(
    state: &SeriesState,
    op: &PushOp,
    answer: &[RemoteChange],
    rules: &Rules,
    ids: &mut Ids,
    since: Since,
) -> Option<Planned> {
    let mut confirmation = Confirmation { state, rules, since, planned: Planned::default() };
    if let WriteAction::Delete { .. } = op.write.action {
        confirmation.gone(op);
        return Some(confirmation.planned);
    }
    let series = answer.iter().find_map(|change| match change {
        RemoteChange::Series(series) => Some(series),
        _ => None,
    })?;
    for sent in &op.sent {
        let shown = series.components.iter().find(|it| it.recurrence_id == sent.recurrence_id);
        match (sent.kind, shown) {
            (SentKind::Removed, shown) => confirmation.removed(sent, series, shown),
            (SentKind::Put | SentKind::Answered, Some(shown)) => confirmation.put(sent, series, shown)?,
            // Cancelled occurrences need no component of their own where the master excludes them.
            (SentKind::Put, None) if is_cancelled(sent) => confirmation.excluded(sent, series),
            (SentKind::Put | SentKind::Answered, None) => return None,
        }
    }
    let rest = confirmation.rest(op, series, ids);
    let mut planned = confirmation.planned;
    planned.append(rest);
    Some(planned)
}

/// Plans what becomes of a write that the vendor refuses for good: the event says so, once.
#[must_use]
pub fn plan_refused(state: &SeriesState, op: &PushOp, reason: &str) -> Planned {
    let mut planned = Planned::default();
    for sent in &op.sent {
        let version = sent.local.as_ref().map_or(0, |local| local.version);
        let known = ComponentState { binding: sent.before.clone(), local: sent.local.clone() };
        if known.binding.external_event_id.is_empty() {
            // A new exception has no row yet: its series says it.
            let master = state.components.iter().find(|known| known.binding.recurrence_id.is_none());
            let row = master.map(|master| {
                let version = master.local.as_ref().map_or(0, |local| local.version);
                refused(state, master, version, reason.to_owned())
            });
            planned.writes.mappings.extend(row);
        } else {
            let row = refused(state, &known, version, reason.to_owned());
            let series = match op.write.action {
                WriteAction::Create { .. } => op.write.series_id.clone(),
                _ => row.external_series_id.clone(),
            };
            planned.writes.mappings.push(MappingWrite {
                external_series_id: series,
                series_id: series_id(state, sent),
                ..row
            });
        }
    }
    planned
        .writes
        .mappings
        .dedup_by(|a, b| (&a.external_event_id, a.recurrence_id) == (&b.external_event_id, b.recurrence_id));
    planned
}

/// Plans what is known of copies whose creation was not confirmed, and which are there.
#[must_use]
pub fn plan_found(state: &SeriesState, series: &RemoteSeries, rules: &Rules, ids: &mut Ids) -> Planned {
    let mut confirmed = state.clone();
    let mut planned = Planned::default();
    for known in &mut confirmed.components {
        let shown = series.components.iter().find(|it| it.recurrence_id == known.binding.recurrence_id);
        let (Some(shown), Some(local), MappingStatus::Created) = (shown, &known.local, known.binding.status) else {
            continue;
        };
        let Content::Event(theirs) = &shown.content else { continue };
        let sent = known.binding.echo.tried;
        let edited = local.version != sent || local.deleted;
        // What was sent is not kept anywhere else: the vendor's word stands for it.
        let local_base = edited.then(|| if is_bare(known) { inward(theirs, &local.event) } else { (**theirs).clone() });
        let row = MappingWrite {
            base_version: sent,
            base: (**theirs != local.event).then(|| theirs.clone()),
            local_base: local_base.map(Box::new),
            status: if edited { MappingStatus::Updated } else { MappingStatus::Synced },
            ..confirmed_row(known, series, shown, theirs, rules)
        };
        known.binding = row.binding();
        planned.writes.kept.push(KeptEvent { id: local.id.clone(), expected: local.version });
        planned.writes.mappings.push(MappingWrite { series_id: state.series_id.clone().unwrap_or_default(), ..row });
    }
    confirmed.id.clone_from(&series.id);
    planned.append(plan_series(&confirmed, series, rules, ids));
    planned
}

fn confirmed_row(
    known: &ComponentState,
    series: &RemoteSeries,
    shown: &RemoteComponent,
    theirs: &Event,
    rules: &Rules,
) -> MappingWrite {
    let old = &known.binding.external_event_id;
    MappingWrite {
        external_event_id: shown.id.clone(),
        external_series_id: series.id.clone(),
        recurrence_id: shown.recurrence_id,
        event_id: known.local.as_ref().map(|local| local.id.clone()),
        uid: theirs.uid.clone(),
        version: shown.version.clone(),
        raw: Some(shown.raw.clone()),
        span: Some(span_of(theirs, &rules.zone)),
        role: known.binding.role,
        generation: known.binding.generation,
        echo: Echo { version: shown.version.clone(), ..known.binding.echo.clone() },
        replaces: Some(old.clone()).filter(|old| !old.is_empty() && *old != shown.id),
        ..MappingWrite::default()
    }
}

fn series_id(state: &SeriesState, sent: &Sent) -> String {
    let own = || sent.local.as_ref().map(|local| local.id.clone()).unwrap_or_default();
    state.series_id.clone().unwrap_or_else(own)
}

fn is_cancelled(sent: &Sent) -> bool {
    sent.recurrence_id.is_some() && sent.local.as_ref().is_some_and(|local| local.event.status == Status::Cancelled)
}

struct Confirmation<'a> {
    state: &'a SeriesState,
    rules: &'a Rules,
    since: Since,
    planned: Planned,
}

impl Confirmation<'_> {
    /// It is there, as the vendor says it.
    fn put(&mut self, sent: &Sent, series: &RemoteSeries, shown: &RemoteComponent) -> Option<()> {
        let local = sent.local.as_ref()?;
        let cancelled;
        let theirs = match &shown.content {
            Content::Event(event) => &**event,
            Content::Cancelled if sent.recurrence_id.is_some() => {
                cancelled = Event { status: Status::Cancelled, ..local.event.clone() };
                &cancelled
            }
            Content::Cancelled | Content::Unreadable(_) => return None,
        };
        self.confirm(sent, series, shown, local, theirs);
        Some(())
    }

    /// The master excludes the occurrence: the vendor keeps nothing else of it.
    fn excluded(&mut self, sent: &Sent, series: &RemoteSeries) {
        let Some(local) = &sent.local else { return };
        let master = series.components.iter().find(|it| it.recurrence_id.is_none());
        let shown = RemoteComponent {
            id: master.map_or_else(|| series.id.clone(), |master| master.id.clone()),
            recurrence_id: sent.recurrence_id,
            version: master.map(|master| master.version.clone()).unwrap_or_default(),
            ..RemoteComponent::default()
        };
        self.confirm(sent, series, &shown, local, &local.event.clone());
    }

    fn confirm(
        &mut self,
        sent: &Sent,
        series: &RemoteSeries,
        shown: &RemoteComponent,
        local: &LocalEvent,
        theirs: &Event,
    ) {
        let known = ComponentState { binding: sent.before.clone(), local: sent.local.clone() };
        let edited = self.since == Since::Edited;
        let echo = Echo {
            version: shown.version.clone(),
            tried: local.version,
            fields: sent.fields.iter().map(|field| field.as_str().to_owned()).collect(),
            sent: Vec::new(),
            ..sent.before.echo.clone()
        };
        let row = MappingWrite {
            series_id: series_id(self.state, sent),
            base_version: local.version,
            base: (*theirs != local.event).then(|| Box::new(theirs.clone())),
            local_base: edited.then(|| Box::new(local.event.clone())),
            status: if edited { MappingStatus::Updated } else { MappingStatus::Synced },
            verdict: Verdict::Mirrored,
            echo,
            ..confirmed_row(&known, series, shown, theirs, self.rules)
        };
        if sent.kind == SentKind::Answered {
            self.planned.writes.answered.push(local.id.clone());
        }
        if !edited {
            self.planned.writes.kept.push(KeptEvent { id: local.id.clone(), expected: local.version });
        }
        self.journal(sent, local, Some(theirs));
        self.planned.writes.mappings.push(self.after_answer(sent, row));
    }

    /// An answer moves the base, not the edits that wait beside it.
    fn after_answer(&self, sent: &Sent, row: MappingWrite) -> MappingWrite {
        let known = ComponentState { binding: sent.before.clone(), local: sent.local.clone() };
        if sent.kind != SentKind::Answered || !known.is_dirty() {
            return row;
        }
        let base = row.base.clone().or_else(|| sent.local.as_ref().map(|local| Box::new(local.event.clone())));
        MappingWrite {
            base_version: sent.before.base_version,
            base,
            local_base: known.local_base().cloned().map(Box::new),
            status: MappingStatus::Updated,
            ..row
        }
    }

    fn removed(&mut self, sent: &Sent, series: &RemoteSeries, shown: Option<&RemoteComponent>) {
        if let Some(local) = &sent.local {
            self.journal(sent, local, None);
        }
        let version = shown.map_or_else(|| sent.before.version.clone(), |shown| shown.version.clone());
        let row = tombstone(self.state, &sent.before);
        self.planned.writes.mappings.push(MappingWrite { version, external_series_id: series.id.clone(), ..row });
        let deleted = sent.local.as_ref().filter(|local| local.deleted).map(|local| local.id.clone());
        let burials = burials(self.state).into_iter().filter(|write| Some(&write.id) == deleted.as_ref());
        self.planned.writes.events.extend(burials);
    }

    fn gone(&mut self, op: &PushOp) {
        for sent in &op.sent {
            if let Some(base) = &sent.base {
                let event_id = sent.local.as_ref().map(|local| local.id.clone());
                self.planned.writes.journal.push(JournalEntry {
                    event_id: event_id.unwrap_or_else(|| series_id(self.state, sent)),
                    action: "delete",
                    direction: Direction::Out,
                    before: Some(Box::new(base.clone())),
                    after: None,
                });
            }
            self.planned.writes.mappings.push(tombstone(self.state, &sent.before));
        }
        if self.since == Since::Unchanged {
            self.planned.writes.events.extend(burials(self.state));
        }
    }

    fn journal(&mut self, sent: &Sent, local: &LocalEvent, after: Option<&Event>) {
        let action = match (sent.kind, &sent.base, after) {
            (SentKind::Answered, ..) => "answer",
            (_, None, _) => "create",
            (.., None) => "delete",
            _ => "update",
        };
        self.planned.writes.journal.push(JournalEntry {
            event_id: local.id.clone(),
            action,
            direction: Direction::Out,
            before: sent.base.clone().map(Box::new),
            after: after.cloned().map(Box::new),
        });
    }

    /// Components that came with the answer and were not written: decided as always.
    fn rest(&self, op: &PushOp, series: &RemoteSeries, ids: &mut Ids) -> Planned {
        let written = |slot| op.sent.iter().any(|sent| sent.recurrence_id == slot);
        let others = series.components.iter().filter(|it| !written(it.recurrence_id));
        let components: Vec<RemoteComponent> = others.cloned().collect();
        if components.is_empty() {
            return Planned::default();
        }
        let mut state = SeriesState { series_id: Some(self.series_id_of(op)), ..self.state.clone() };
        // Occurrences that were written have their rows already, also where the answer leaves them out.
        state.components.retain(|it| it.binding.recurrence_id.is_none() || !written(it.binding.recurrence_id));
        let rest = RemoteSeries { id: series.id.clone(), scope: SeriesScope::Part, components };
        let inherited = written(None);
        plan_parts(&state, &rest, self.rules, ids, inherited)
    }

    fn series_id_of(&self, op: &PushOp) -> String {
        op.sent.first().map(|sent| series_id(self.state, sent)).unwrap_or_default()
    }
}
