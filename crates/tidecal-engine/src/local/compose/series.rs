//! `this` and `all`.

use tidecal_core::model::{Event, Status};
use tidecal_core::sync::same;
use tidecal_ical::{RecurrenceId, When};
use tidecal_store::SeriesRow;

use super::Composer;
use crate::ServiceError;
use crate::local::change::{EventChange, inherited};
use crate::local::{EditError, rules, time};

impl Composer<'_> {
    /// One occurrence says something of its own.
    pub(super) fn edit_one(
        &mut self,
        master: Option<&SeriesRow>,
        slot: RecurrenceId,
        row: Option<&SeriesRow>,
        change: &EventChange,
    ) -> Result<String, EditError> {
        if change.recurrence.is_some() {
            let message = "belongs to the series, not to one occurrence; use scope=following or scope=all";
            return Err(EditError::invalid("recurrence", message));
        }
        let before = present(master, slot, row)?;
        if before.status == Status::Cancelled && change.status.is_none() {
            let message = "does not take place; set status to confirmed to bring it back";
            return Err(EditError::invalid("occurrence", message));
        }
        let when = time::resolve(Some(&before.when), &change.time(), self.zone)?;
        let after = change.applied(&before, when);
        if row.is_none_or(|row| !row.deleted) && says_the_same(&before, &after, change) {
            return row.or(master).map(|row| row.row.id.clone()).ok_or_else(|| ServiceError::NotFound.into());
        }
        Ok(self.put_one(slot, row, before, after))
    }

    /// One occurrence takes place no more.
    pub(super) fn cancel_one(
        &mut self,
        master: Option<&SeriesRow>,
        slot: RecurrenceId,
        row: Option<&SeriesRow>,
    ) -> Result<(), EditError> {
        let before = present(master, slot, row)?;
        if before.status == Status::Cancelled {
            return Err(EditError::invalid("occurrence", "does not take place already"));
        }
        let after = Event { status: Status::Cancelled, ..before.clone() };
        self.put_one(slot, row, before, after);
        Ok(())
    }

    fn put_one(&mut self, slot: RecurrenceId, row: Option<&SeriesRow>, before: Event, after: Event) -> String {
        if let Some(row) = row {
            self.update(row, Some(slot), after);
            return row.row.id.clone();
        }
        self.touched.push((before, after.clone()));
        let series_id = self.series.series_id.clone();
        self.insert(&series_id, Some(slot), after)
    }

    /// A single event, or a series: all of it.
    pub(super) fn edit_whole(
        &mut self,
        row: &SeriesRow,
        slot: Option<RecurrenceId>,
        change: &EventChange,
    ) -> Result<String, EditError> {
        let before = &row.row.event;
        let when = self.moved_when(&before.when, slot, change)?;
        let mut after = change.applied(before, when);
        after.recurrence = self.recurrence(before, &after.when, change)?;
        if says_the_same(before, &after, change) {
            return Ok(row.row.id.clone());
        }
        let renewed = change.recurrence.is_some();
        for (slot, exception) in self.exceptions() {
            self.follow(&exception, slot, (before, &after), renewed);
        }
        self.update(row, None, after);
        Ok(row.row.id.clone())
    }

    /// The time of the series, if the occurrence `slot` is to take place as the change says.
    fn moved_when(&self, old: &When, slot: Option<RecurrenceId>, change: &EventChange) -> Result<When, EditError> {
        let Some(slot) = slot.filter(|_| !change.time().is_empty()) else {
            return time::resolve(Some(old), &change.time(), self.zone);
        };
        let seen = old.at_slot(slot);
        let wanted = time::resolve(Some(&seen), &change.time(), self.zone)?;
        let by = wanted.start_local().duration_since(seen.start_local());
        let first = old.start_local().checked_add(by);
        Ok(wanted.shifted_to(first.map_err(|_| EditError::invalid("start", "is too far away"))?))
    }

    /// How the series repeats afterwards.
    pub(super) fn recurrence(
        &self,
        before: &Event,
        when: &When,
        change: &EventChange,
    ) -> Result<Option<tidecal_ical::Recurrence>, EditError> {
        let Some(wanted) = change.recurrence.as_ref().map_or(Some(None), |it| it.as_ref().map(Some)) else {
            return Ok(None);
        };
        let mut known = before.recurrence.clone();
        if let (Some(recurrence), true) = (&mut known, before.when != *when) {
            // New rules need not follow from the old ones.
            if wanted.is_some_and(|wanted| wanted.rules.is_some()) {
                recurrence.rules.clear();
                recurrence.exclusion_rules.clear();
            }
            *recurrence = rules::moved(recurrence, &before.when, when)?;
        }
        match wanted {
            Some(wanted) => rules::changed(known, wanted, when, self.zone).map(Some),
            None => Ok(known),
        }
    }

    /// An exception goes along with its series.
    fn follow(&mut self, row: &SeriesRow, slot: RecurrenceId, (before, after): (&Event, &Event), renewed: bool) {
        match followed(&row.row.event, slot, (before, after), renewed, self.zone) {
            None => self.delete_row(row),
            Some((slot, event)) if Some(slot) != row.row.recurrence_id || event != row.row.event => {
                self.update(row, Some(slot), event);
            }
            Some(_) => {}
        }
    }
}

/// What becomes of an exception when its series changes; `None`: its occurrence is no more.
pub(super) fn followed(
    exception: &Event,
    slot: RecurrenceId,
    (before, after): (&Event, &Event),
    renewed: bool,
    zone: &tidecal_ical::Zone,
) -> Option<(RecurrenceId, Event)> {
    let recurrence = after.recurrence.as_ref()?;
    let moved = rules::moved_key(slot, &before.when, &after.when);
    if renewed && !rules::occurs(&after.when, recurrence, moved, zone) {
        return None;
    }
    let (was, is) = (occurrence_of(before, slot), occurrence_of(after, moved));
    Some((moved, inherited(exception, &was, &is)))
}

/// Whether a change changes nothing. What was derived, and is derived otherwise by now, is no change.
pub(super) fn says_the_same(before: &Event, after: &Event, change: &EventChange) -> bool {
    let kind = change.event_type.is_none() || before.event_type == after.event_type;
    kind && same(before, after)
}

/// What an occurrence says: its exception, or its series.
fn present(master: Option<&SeriesRow>, slot: RecurrenceId, row: Option<&SeriesRow>) -> Result<Event, EditError> {
    let own = row.filter(|row| !row.deleted).map(|row| row.row.event.clone());
    let ruled = || master.map(|master| occurrence_of(&master.row.event, slot));
    own.or_else(ruled).ok_or_else(|| ServiceError::NotFound.into())
}

/// What a series says of one of its occurrences, as an event of its own.
pub(super) fn occurrence_of(master: &Event, slot: RecurrenceId) -> Event {
    Event { when: master.when.at_slot(slot), recurrence: None, ..master.clone() }
}
