//! `following`: the series ends before an occurrence, and another one begins with it.

use tidecal_core::model::Event;
use tidecal_ical::RecurrenceId;
use tidecal_store::SeriesRow;

use super::Composer;
use super::series::{followed, occurrence_of, says_the_same};
use crate::local::change::EventChange;
use crate::local::{EditError, rules, time};

impl Composer<'_> {
    pub(super) fn edit_following(
        &mut self,
        master: &SeriesRow,
        slot: RecurrenceId,
        change: &EventChange,
    ) -> Result<String, EditError> {
        let series = &master.row.event;
        if series.attendees_omitted {
            let reason =
                "the vendor did not send all guests, so the rest of the series would lose some; split it there";
            return Err(EditError::refused(reason));
        }
        let (head, tail) = rules::split(&series.when, &series.recurrence.clone().unwrap_or_default(), slot, self.zone)?;
        // A meeting of its own: no other calendar knows it by that id.
        let tail = Some(tail).filter(|tail| !tail.is_empty());
        let before = Event { recurrence: tail, uid: String::new(), ..occurrence_of(series, slot) };
        let when = time::resolve(Some(&before.when), &change.time(), self.zone)?;
        let mut after = change.applied(&before, when);
        after.recurrence = self.recurrence(&before, &after.when, change)?;
        if says_the_same(&before, &after, change) {
            return Ok(master.row.id.clone());
        }
        self.touched.push((before.clone(), after.clone()));
        let later = self.take_later(master, slot);
        self.update(master, None, Event { recurrence: head, ..series.clone() });
        let id = self.ids.next_id();
        self.writes.push(super::insertion(id.clone(), id.clone(), None, after.clone(), self.zone));
        let renewed = change.recurrence.is_some();
        for (slot, row) in later {
            let exception = Event { uid: String::new(), ..row.row.event };
            if let Some((slot, event)) = followed(&exception, slot, (&before, &after), renewed, self.zone) {
                self.insert(&id, Some(slot), event);
            }
        }
        Ok(id)
    }

    pub(super) fn delete_following(&mut self, master: &SeriesRow, slot: RecurrenceId) -> Result<(), EditError> {
        let series = &master.row.event;
        let (head, _) = rules::split(&series.when, &series.recurrence.clone().unwrap_or_default(), slot, self.zone)?;
        self.take_later(master, slot);
        self.update(master, None, Event { recurrence: head, ..series.clone() });
        Ok(())
    }

    /// Deletes the exceptions from that occurrence on, and returns them.
    fn take_later(&mut self, master: &SeriesRow, slot: RecurrenceId) -> Vec<(RecurrenceId, SeriesRow)> {
        let starts = |id: RecurrenceId| master.row.event.when.at_slot(id).span(self.zone).0;
        let from = starts(slot);
        let mut later = self.exceptions();
        later.retain(|(id, _)| starts(*id) >= from);
        later.iter().for_each(|(_, row)| self.delete_row(row));
        later
    }
}
