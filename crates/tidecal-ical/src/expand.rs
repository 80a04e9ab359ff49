//! Occurrences of a series in a range, under a budget of work instead of a clock.
//!
//! Choices where RFC 5545 leaves room or is widely ignored:
//! - DTSTART is always the first occurrence, and counts as one for COUNT, whether or not the rule
//!   names it (3.8.5.3). Of several rules it counts for those that name it.
//! - A time that a rule names and that the clock jumps over is no occurrence and does not count
//!   (3.3.10). DTSTART and RDATE are written times: in a gap they mean the time after it (3.3.5).
//! - A repeated hour happens once, the first time (3.3.5).
//! - All occurrences last as long as the first one in elapsed time, whole days in days.
//! - UNTIL is inclusive: as an instant if in UTC, as local time otherwise; as a date it includes
//!   that whole day. For whole days only its date counts.
//! - EXDATE as a date removes whatever starts on that local day.
//! - A change of an occurrence and all later ones (RANGE=THISANDFUTURE) is honoured by
//!   [`expand_replaced`] alone. It cannot be turned into a series of its own: keys of later exceptions
//!   and exclusions refer to the unmoved occurrences, and a rule such as BYDAY=MO does not move by a
//!   day. Callers that keep series as a master with single exceptions must therefore set it aside;
//!   none of the large calendars writes it, they split the series.
//! - An RDATE of type PERIOD brings its own length, also to an occurrence that a rule names.

mod clock;
mod days;
mod occurrence;
mod replaced;
mod series;
mod walk;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::rule::{MOST_RULES, Rule, RuleError};
use crate::{Recurrence, RecurrenceId, When, Zone};
pub use replaced::{Placed, Replacement, expand_replaced};
use series::{Series, latest};
use walk::{Meter, Stop};

/// From a start up to an exclusive end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// How much work an expansion may do. Reaching it is no error: the result says that it is not
/// complete. The same input under the same budget gives the same result on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Periods and times that may be looked at; a million of them take well under a second.
    pub candidates: u32,
    /// Occurrences that may be found (before exclusions are applied).
    pub occurrences: u32,
}

impl Default for Budget {
    /// Enough for anything people write, little enough for what an attacker writes.
    fn default() -> Self {
        Self { candidates: 1_000_000, occurrences: 50_000 }
    }
}

/// One occurrence of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its key: the start that the series gives it.
    pub id: RecurrenceId,
    /// When it takes place. Equal to the series' own text for the first one. A start or end in the
    /// second run of a repeated hour is written in UTC, since local text cannot say it.
    pub when: When,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// In order of their start.
    pub occurrences: Vec<Occurrence>,
    /// Whether these are all of them; otherwise there may be more after the last one.
    pub complete: bool,
}

/// The occurrences of a series that overlap the range, in order. An occurrence without length
/// belongs to the range that holds its start. Exclusions are applied; changed occurrences are not:
/// the caller replaces them by their id. Without rules and dates the event itself is the only one.
///
/// `floating_in` is the zone in which dates and floating times are read.
///
/// # Errors
/// A rule that cannot be read or honoured; none when the budget ends.
pub fn expand(
    when: &When,
    recurrence: &Recurrence,
    range: Range,
    floating_in: &Zone,
    budget: Budget,
) -> Result<Expansion, RuleError> {
    let (rules, exclusions) = parse_all(recurrence)?;
    let mut series = Series::new(when, floating_in).with_periods(&recurrence.periods);
    let mut found = Found::new(range, budget, rules.len() + exclusions.len(), recurrence.excluded.len());

    let mut keys = vec![series.first_key()];
    keys.extend(recurrence.dates.iter().flat_map(|id| series.keys_of(*id)));
    for rule in &rules {
        found.collect(&mut series, (rule, rules.len() == 1), &mut keys);
    }
    keys.retain(|key| series.overlaps(*key, range));
    keys.sort_unstable();
    keys.dedup();

    let mut excluded = Vec::new();
    for rule in &exclusions {
        found.collect(&mut series, (rule, false), &mut excluded);
    }
    excluded.sort_unstable();
    let out = series.exclusions(&recurrence.excluded);
    keys.retain(|key| excluded.binary_search(key).is_err() && !out.contains(&mut series, *key));

    let total = keys.len();
    keys.retain(|key| found.horizon.is_none_or(|horizon| *key < horizon));
    keys.truncate(usize::try_from(budget.occurrences).unwrap_or(usize::MAX));
    let complete = found.horizon.is_none() && keys.len() == total;
    let occurrences = keys.into_iter().filter_map(|key| series.occurrence(key)).collect();
    Ok(Expansion { occurrences, complete })
}

/// State of the search through several rules.
struct Found {
    range: Range,
    candidates: u32,
    occurrences: usize,
    /// Keys from here on may be missing.
    horizon: Option<i64>,
}

impl Found {
    /// Every rule gets an equal share of the candidates.
    fn new(range: Range, budget: Budget, rules: usize, excluded: usize) -> Self {
        let share = u32::try_from(rules.max(1)).unwrap_or(u32::MAX);
        let occurrences = usize::try_from(budget.occurrences).unwrap_or(usize::MAX);
        Self {
            range,
            candidates: budget.candidates / share,
            occurrences: occurrences.saturating_add(excluded).saturating_add(1),
            horizon: None,
        }
    }

    /// Adds the keys of what the rule names in the range.
    fn collect(&mut self, series: &mut Series<'_>, rule: (&Rule, bool), keys: &mut Vec<i64>) {
        let (from, to) = series.bounds(self.range);
        let mut room = self.occurrences;
        let mut full = None;
        let stop = series.visit(rule, (from, to), &mut Meter::new(self.candidates), &mut |series, key| {
            if !series.overlaps(key, self.range) {
                return ControlFlow::Continue(());
            }
            if room == 0 {
                full = Some(key);
                return ControlFlow::Break(());
            }
            room -= 1;
            keys.push(key);
            ControlFlow::Continue(())
        });
        let horizon = match stop {
            Stop::Exhausted(local) => Some(series.key_at(local)),
            Stop::Done => full,
        };
        self.horizon = match (self.horizon, horizon) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// The instant at which the last occurrence has ended at the latest; `None` if the series has no end
/// or the budget does not suffice to find it. Exclusions are not looked at.
#[must_use]
pub fn series_end(when: &When, recurrence: &Recurrence, floating_in: &Zone, budget: Budget) -> Option<Timestamp> {
    let (rules, _) = parse_all(recurrence).ok()?;
    let mut series = Series::new(when, floating_in).with_periods(&recurrence.periods);
    let share = budget.candidates / u32::try_from(rules.len().max(1)).unwrap_or(u32::MAX);
    let mut last = series.first_key();
    for id in &recurrence.dates {
        last = series.keys_of(*id).into_iter().fold(last, i64::max);
    }
    for rule in &rules {
        last = last.max(last_key(&mut series, (rule, rules.len() == 1), share)?);
    }
    let end = series.end_of(last);
    Some(latest(series.end_of_periods().map_or(end, |periods| periods.max(end))))
}

/// Key of the last occurrence that a rule names, or one after it.
fn last_key(series: &mut Series<'_>, (rule, counts_start): (&Rule, bool), candidates: u32) -> Option<i64> {
    let until = rule.until.map(|until| series.until_key(until));
    if rule.count.is_none() {
        return until;
    }
    let mut last = None;
    let everything = (i64::MIN / 2, i64::MAX / 2);
    let stop = series.visit((rule, counts_start), everything, &mut Meter::new(candidates), &mut |_, key| {
        last = Some(key);
        ControlFlow::Continue(())
    });
    match stop {
        Stop::Done => Some(last.unwrap_or(i64::MIN)),
        Stop::Exhausted(_) => until,
    }
}

/// The rule with one bound: of COUNT and UNTIL only the one that ends this series first, as
/// calendars want it that refuse both. Canonical as by [`crate::normalize_rule`].
///
/// # Errors
/// The text is no rule.
pub fn one_bound(text: &str, when: &When, floating_in: &Zone, budget: Budget) -> Result<String, RuleError> {
    let mut rule = Rule::parse(text)?;
    if let (Some(_), Some(until)) = (rule.count, rule.until) {
        let mut series = Series::new(when, floating_in);
        let counted = Rule { until: None, ..rule.clone() };
        match last_key(&mut series, (&counted, true), budget.candidates) {
            Some(last) if last <= series.until_key(until) => rule.until = None,
            _ => rule.count = None,
        }
    }
    Ok(rule.to_string())
}

/// The rules and the exclusion rules.
fn parse_all(recurrence: &Recurrence) -> Result<(Vec<Rule>, Vec<Rule>), RuleError> {
    if recurrence.rules.len() + recurrence.exclusion_rules.len() > MOST_RULES {
        return Err(RuleError::TooMany);
    }
    let parse = |texts: &[String]| texts.iter().map(|text| Rule::parse(text)).collect::<Result<Vec<_>, RuleError>>();
    Ok((parse(&recurrence.rules)?, parse(&recurrence.exclusion_rules)?))
}

/// Local days, as exclusions by date.
type Days = BTreeSet<i64>;

/// Wall-clock text of whole seconds.
fn text(local: i64) -> Option<DateTime> {
    crate::civil::date_time(local)
}
