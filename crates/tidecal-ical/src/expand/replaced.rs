//! A series with its changed occurrences in place, also those that change all later ones
//! (RFC 5545 3.2.13, 3.8.4.4).

use jiff::{SignedDuration, Timestamp};

use super::{Budget, Range, expand};
use crate::rule::RuleError;
use crate::{Recurrence, RecurrenceId, When, Zone};

/// A changed occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Which one.
    pub slot: RecurrenceId,
    /// When it takes place instead.
    pub when: When,
    /// RANGE=THISANDFUTURE: all later ones move by as much and last as long, unless they have a
    /// replacement of their own or a later one of this kind comes before them.
    pub and_future: bool,
}

/// One occurrence of a series with replacements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its key, as without replacements.
    pub id: RecurrenceId,
    /// When it takes place.
    pub when: When,
    /// The replacement that says everything else about it; `None`: the series.
    pub by: Option<usize>,
}

/// The occurrences of a series, replacements in place, that overlap the range, in the order of their
/// starts, and whether these are all. A replacement takes place whether or not the series has its
/// slot, and whether or not the slot is excluded.
///
/// Later occurrences move on the wall clock as long as the replacement stays in the zone of the
/// series, otherwise in elapsed time. `floating_in` is the zone in which dates and floating times are
/// read.
///
/// # Errors
/// A rule that cannot be read or honoured; none when the budget ends.
pub fn expand_replaced(
    series: &When,
    recurrence: &Recurrence,
    replacements: &[Replacement],
    range: Range,
    floating_in: &Zone,
    budget: Budget,
) -> Result<(Vec<Placed>, bool), RuleError> {
    let instant = |id: RecurrenceId| series.at_slot(id).span(floating_in).0;
    let mut ranges: Vec<(Timestamp, usize)> = Vec::new();
    let mut wide = range;
    for (index, replacement) in replacements.iter().enumerate().filter(|(_, replacement)| replacement.and_future) {
        let slot = instant(replacement.slot);
        ranges.push((slot, index));
        let (start, end) = replacement.when.span(floating_in);
        // A day more on either side, for the clock changes in between.
        let reach = start.duration_since(slot).abs().max(end.duration_since(slot).abs());
        let reach = reach.checked_add(SignedDuration::from_hours(24)).unwrap_or(SignedDuration::MAX);
        wide.start = wide.start.min(range.start.checked_sub(reach).unwrap_or(Timestamp::MIN));
        wide.end = wide.end.max(range.end.checked_add(reach).unwrap_or(Timestamp::MAX));
    }
    ranges.sort_unstable();

    let found = expand(series, recurrence, wide, floating_in, budget)?;
    let mut own: Vec<RecurrenceId> = replacements.iter().map(|replacement| replacement.slot).collect();
    own.sort_unstable();
    let mut placed: Vec<Placed> = Vec::with_capacity(found.occurrences.len() + replacements.len());
    for occurrence in found.occurrences.into_iter().filter(|occurrence| own.binary_search(&occurrence.id).is_err()) {
        let slot = occurrence.when.span(floating_in).0;
        let from = ranges.partition_point(|(from, _)| *from < slot);
        let by = from.checked_sub(1).and_then(|last| ranges.get(last)).map(|(_, index)| *index);
        let when = by.and_then(|by| replacements.get(by)).map_or_else(
            || occurrence.when.clone(),
            |replacement| moved(&occurrence.when, &series.at_slot(replacement.slot), &replacement.when),
        );
        placed.push(Placed { id: occurrence.id, when, by });
    }
    let replaced = replacements.iter().enumerate();
    placed.extend(replaced.map(|(index, it)| Placed { id: it.slot, when: it.when.clone(), by: Some(index) }));
    placed.retain(|one| overlaps(&one.when, range, floating_in));
    placed.sort_by_key(|one| (one.when.span(floating_in), one.id));
    Ok((placed, found.complete))
}

/// Where an occurrence goes when another one of its series went from `slot` to `new`.
fn moved(occurrence: &When, slot: &When, new: &When) -> When {
    let utc = Zone::utc();
    let local = if slot.zone() == new.zone() || slot.is_all_day() || new.is_all_day() {
        let by = new.start_local().duration_since(slot.start_local());
        occurrence.start_local().checked_add(by).unwrap_or(jiff::civil::DateTime::MAX)
    } else {
        let by = new.span(&utc).0.duration_since(slot.span(&utc).0);
        let at = occurrence.span(&utc).0.checked_add(by).unwrap_or(Timestamp::MAX);
        new.zone().unwrap_or(&utc).rules().to_datetime(at)
    };
    new.shifted_to(local)
}

fn overlaps(when: &When, range: Range, floating_in: &Zone) -> bool {
    let (start, end) = when.span(floating_in);
    start < range.end && (end > range.start || (start == end && start >= range.start))
}

impl When {
    /// The place that a series starting here gives one of its occurrences, as long as the first one.
    #[must_use]
    pub fn at_slot(&self, slot: RecurrenceId) -> Self {
        let local = match (slot, self.zone()) {
            (RecurrenceId::Date(date), _) => date.to_datetime(self.start_local().time()),
            (RecurrenceId::Floating(at), _) => at,
            (RecurrenceId::Utc(at), Some(zone)) => zone.rules().to_datetime(at),
            (RecurrenceId::Utc(at), None) => Zone::utc().rules().to_datetime(at),
        };
        self.shifted_to(local)
    }
}
