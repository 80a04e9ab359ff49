//! Rules of a series that is made, moved or split.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use tidecal_ical::{Budget, Period, Range, Recurrence, RecurrenceId, When, Zone, expand, normalize_rule, one_bound};

use super::{EditError, RecurrenceChange};

/// Rules of one series that a person may write.
const MOST_RULES: usize = 10;

/// Additional or excluded dates of one series.
const MOST_DATES: usize = 2000;

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// How the series that begins with `when` repeats after the change; `before`: how it did.
///
/// # Errors
/// `Invalid` below `recurrence`.
pub(super) fn changed(
    before: Option<Recurrence>,
    change: &RecurrenceChange,
    when: &When,
    zone: &Zone,
) -> Result<Recurrence, EditError> {
    let mut recurrence = before.unwrap_or_default();
    if let Some(rules) = &change.rules {
        recurrence.rules = checked_rules(rules, when, zone)?;
        recurrence.exclusion_rules.clear();
    }
    if let Some(dates) = &change.dates {
        recurrence.dates = checked_dates("recurrence.dates", dates, when)?;
        recurrence.periods.retain(|period| recurrence.dates.contains(&period.start));
    }
    if let Some(excluded) = &change.excluded {
        recurrence.excluded = checked_dates("recurrence.excluded", excluded, when)?;
    }
    if recurrence.is_empty() {
        let message =
            "says nothing: write a rule such as FREQ=WEEKLY, or recurrence null for an event that happens once";
        return Err(EditError::invalid("recurrence.rules", message));
    }
    Ok(recurrence)
}

fn checked_rules(rules: &[String], when: &When, zone: &Zone) -> Result<Vec<String>, EditError> {
    if rules.len() > MOST_RULES {
        return Err(EditError::invalid("recurrence.rules", format!("must be {MOST_RULES} at most")));
    }
    let checked = |(at, rule): (usize, &String)| {
        let wrong = |message: String| EditError::invalid(format!("recurrence.rules[{at}]"), message);
        let rule = one_bound(rule, when, zone, Budget::default()).map_err(|error| wrong(error.to_string()))?;
        if ["SECONDLY", "MINUTELY", "HOURLY"].contains(&part(&rule, "FREQ").unwrap_or_default()) {
            return Err(wrong("must not repeat more often than daily: calendars do not keep such series".to_owned()));
        }
        let Some(until) = part(&rule, "UNTIL") else { return Ok(rule) };
        let until = in_kind(read_until(until).ok_or_else(|| wrong("has an UNTIL that is no date".to_owned()))?, when);
        if when.at_slot(until).start_local() < when.start_local() {
            return Err(wrong("ends before the event begins: move UNTIL behind start".to_owned()));
        }
        canonical(&with(&rule, &["UNTIL"], &format!("UNTIL={until}")))
    };
    rules.iter().enumerate().map(checked).collect()
}

fn checked_dates(field: &str, dates: &[RecurrenceId], when: &When) -> Result<Vec<RecurrenceId>, EditError> {
    if dates.len() > MOST_DATES {
        return Err(EditError::invalid(field, format!("must be {MOST_DATES} at most")));
    }
    let checked = |(at, id): (usize, &RecurrenceId)| {
        key(*id, when).ok_or_else(|| EditError::invalid(format!("{field}[{at}]"), key_message(when)))
    };
    let mut dates = dates.iter().enumerate().map(checked).collect::<Result<Vec<_>, _>>()?;
    dates.sort_unstable();
    dates.dedup();
    Ok(dates)
}

/// The key in the form that the series uses; `None`: it cannot be one of its keys.
pub(super) fn key(id: RecurrenceId, when: &When) -> Option<RecurrenceId> {
    let id = tidecal_ical::rekey(id, when);
    (std::mem::discriminant(&id) == std::mem::discriminant(&when.recurrence_id())).then_some(id)
}

/// What keys of the series look like.
pub(super) fn key_message(when: &When) -> String {
    format!("must be the original start of an occurrence, such as {}", when.recurrence_id())
}

/// Whether the series has that occurrence.
pub(super) fn occurs(when: &When, recurrence: &Recurrence, slot: RecurrenceId, zone: &Zone) -> bool {
    let start = when.at_slot(slot).span(zone).0;
    let Ok(end) = start.checked_add(1.second()) else { return false };
    let found = expand(when, recurrence, Range { start, end }, zone, Budget::default());
    found.is_ok_and(|found| found.occurrences.iter().any(|occurrence| occurrence.id == slot))
}

/// A series in two: up to, but without that occurrence, and from it on. `None`: what comes before
/// repeats no more.
///
/// # Errors
/// `Invalid` for `scope` where one rule does not say what follows.
pub(super) fn split(
    when: &When,
    recurrence: &Recurrence,
    slot: RecurrenceId,
    zone: &Zone,
) -> Result<(Option<Recurrence>, Recurrence), EditError> {
    let several = recurrence.rules.len() > 1 || !recurrence.exclusion_rules.is_empty();
    let rule_alone = Recurrence { rules: recurrence.rules.clone(), ..Recurrence::default() };
    let added = !recurrence.rules.is_empty() && !occurs(when, &rule_alone, slot, zone);
    if several || added {
        let message = "following cannot be: the rule of this series does not begin anew at that occurrence; \
            change it alone (this), or the series (all)";
        return Err(EditError::invalid("scope", message));
    }
    let at = when.at_slot(slot).span(zone).0;
    let (mut head, mut tail) = (recurrence.clone(), recurrence.clone());
    if let Some(rule) = recurrence.rules.first() {
        let rule = normalize_rule(rule).map_err(|error| EditError::invalid("scope", error.to_string()))?;
        head.rules = vec![canonical(&with(&rule, &["COUNT", "UNTIL"], &format!("UNTIL={}", just_before(when, slot))))?];
        tail.rules = vec![rest_of(&rule, when, at, zone)?];
    }
    let starts = |id: &RecurrenceId| when.at_slot(*id).span(zone).0;
    head.dates.retain(|id| starts(id) < at);
    head.excluded.retain(|id| starts(id) < at);
    head.periods.retain(|period| starts(&period.start) < at);
    tail.dates.retain(|id| starts(id) > at);
    tail.excluded.retain(|id| starts(id) > at);
    tail.periods.retain(|period| starts(&period.start) > at);
    Ok((Some(head).filter(|head| !head.is_empty()), tail))
}

/// The rule without what it has counted before that instant.
fn rest_of(rule: &str, when: &When, at: Timestamp, zone: &Zone) -> Result<String, EditError> {
    let Some(count) = part(rule, "COUNT").and_then(|count| count.parse::<usize>().ok()) else {
        return Ok(rule.to_owned());
    };
    let only = Recurrence { rules: vec![rule.to_owned()], ..Recurrence::default() };
    let range = Range { start: when.span(zone).0, end: at };
    let found = expand(when, &only, range, zone, Budget::default());
    let found = found.map_err(|error| EditError::invalid("scope", error.to_string()))?;
    let before = found.occurrences.iter().filter(|occurrence| occurrence.when.span(zone).0 < at).count();
    canonical(&with(rule, &["COUNT"], &format!("COUNT={}", count.saturating_sub(before).max(1))))
}

/// The last moment before an occurrence, as UNTIL of that series says it.
fn just_before(when: &When, slot: RecurrenceId) -> RecurrenceId {
    match slot {
        RecurrenceId::Date(date) => RecurrenceId::Date(date.yesterday().unwrap_or(date)),
        RecurrenceId::Utc(at) => RecurrenceId::Utc(at.checked_sub(1.second()).unwrap_or(at)),
        RecurrenceId::Floating(at) if when.is_all_day() => RecurrenceId::Date(at.date()),
        RecurrenceId::Floating(at) => RecurrenceId::Floating(at.checked_sub(1.second()).unwrap_or(at)),
    }
}

/// How the series repeats after all of it has moved from one time to another.
///
/// # Errors
/// `Invalid` for `start` where the rule names days or hours that do not follow.
pub(super) fn moved(recurrence: &Recurrence, from: &When, to: &When) -> Result<Recurrence, EditError> {
    let follow = |id: &RecurrenceId| moved_key(*id, from, to);
    let mut recurrence = Recurrence {
        rules: recurrence.rules.iter().map(|rule| moved_rule(rule, from, to)).collect::<Result<_, _>>()?,
        exclusion_rules: recurrence
            .exclusion_rules
            .iter()
            .map(|rule| moved_rule(rule, from, to))
            .collect::<Result<_, _>>()?,
        dates: recurrence.dates.iter().map(follow).collect(),
        excluded: recurrence.excluded.iter().map(follow).collect(),
        periods: recurrence.periods.iter().map(|it| Period { start: follow(&it.start), seconds: it.seconds }).collect(),
    };
    if to.is_all_day() {
        recurrence.periods.clear();
    }
    recurrence.dates.sort_unstable();
    recurrence.excluded.sort_unstable();
    recurrence.periods.sort_unstable();
    Ok(recurrence)
}

/// The key of an occurrence after its series has moved: as far on the clock on the wall as the series.
pub(super) fn moved_key(id: RecurrenceId, from: &When, to: &When) -> RecurrenceId {
    let by = to.start_local().duration_since(from.start_local());
    let local = from.at_slot(id).start_local();
    to.shifted_to(local.checked_add(by).unwrap_or(local)).recurrence_id()
}

fn moved_rule(rule: &str, from: &When, to: &When) -> Result<String, EditError> {
    let mut rule = normalize_rule(rule).map_err(|error| EditError::invalid("start", error.to_string()))?;
    let (old, new) = (from.start_local(), to.start_local());
    if old.date() != new.date() {
        let names = days_moved(&rule, old.date(), new.date()).ok_or_else(does_not_follow)?;
        for (name, value) in names {
            rule = with(&rule, &[name], &format!("{name}={value}"));
        }
    }
    if old.time() != new.time() && ["BYHOUR", "BYMINUTE", "BYSECOND"].iter().any(|name| part(&rule, name).is_some()) {
        return Err(does_not_follow());
    }
    if let Some(until) = part(&rule, "UNTIL").and_then(read_until) {
        let until = until_moved(until, from, to);
        rule = with(&rule, &["UNTIL"], &format!("UNTIL={until}"));
    }
    canonical(&rule)
}

fn does_not_follow() -> EditError {
    EditError::invalid(
        "start",
        "does not fit the rule, which names days or hours of its own; send recurrence.rules as well",
    )
}

/// The last moment of a rule after the series has moved.
fn until_moved(until: RecurrenceId, from: &When, to: &When) -> RecurrenceId {
    let local = match (until, to) {
        (RecurrenceId::Date(date), When::Timed { .. }) => date.at(23, 59, 59, 0),
        (id, _) => from.at_slot(id).start_local(),
    };
    let by = to.start_local().duration_since(from.start_local());
    // The whole last day stays the whole last day.
    let by = match until {
        RecurrenceId::Date(_) => SignedDuration::from_hours(24 * (by.as_hours().div_euclid(24))),
        _ => by,
    };
    to.shifted_to(local.checked_add(by).unwrap_or(local)).recurrence_id()
}

/// An UNTIL in the form that the series wants; a date means that whole day.
fn in_kind(until: RecurrenceId, when: &When) -> RecurrenceId {
    let local = match (until, when) {
        (RecurrenceId::Date(date), When::Timed { .. }) => date.at(23, 59, 59, 0),
        (id, _) => when.at_slot(id).start_local(),
    };
    when.shifted_to(local).recurrence_id()
}

/// The parts of the rule that name days, for another first day; `None`: they cannot follow.
fn days_moved(rule: &str, old: Date, new: Date) -> Option<Vec<(&'static str, String)>> {
    const NAMES: [&str; 6] = ["BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"];
    let named: Vec<&str> = NAMES.into_iter().filter(|name| part(rule, name).is_some()).collect();
    let is = |name: &str, value: String| part(rule, name) == Some(value.as_str());
    match (part(rule, "FREQ")?, named.as_slice()) {
        (_, []) => Some(Vec::new()),
        ("WEEKLY", ["BYDAY"]) => weekdays_moved(part(rule, "BYDAY")?, old, new).map(|days| vec![("BYDAY", days)]),
        ("MONTHLY", ["BYMONTHDAY"]) if is("BYMONTHDAY", old.day().to_string()) => {
            Some(vec![("BYMONTHDAY", new.day().to_string())])
        }
        ("MONTHLY", ["BYDAY"]) => nth_weekday(part(rule, "BYDAY")?, new).map(|day| vec![("BYDAY", day)]),
        ("YEARLY", ["BYMONTH"]) if is("BYMONTH", old.month().to_string()) => {
            Some(vec![("BYMONTH", new.month().to_string())])
        }
        ("YEARLY", ["BYMONTHDAY", "BYMONTH"])
            if is("BYMONTH", old.month().to_string()) && is("BYMONTHDAY", old.day().to_string()) =>
        {
            Some(vec![("BYMONTHDAY", new.day().to_string()), ("BYMONTH", new.month().to_string())])
        }
        _ => None,
    }
}

/// All weekdays go as far as the first day.
fn weekdays_moved(days: &str, old: Date, new: Date) -> Option<String> {
    let by = i64::from(old.until(new).ok()?.get_days()).rem_euclid(7);
    let moved = |day: &str| {
        let at = i64::try_from(WEEKDAYS.iter().position(|known| *known == day)?).ok()?;
        WEEKDAYS.get(usize::try_from((at + by) % 7).ok()?).copied()
    };
    Some(days.split(',').map(moved).collect::<Option<Vec<_>>>()?.join(","))
}

/// `2MO`, `-1FR`: the same sort of name for another day.
fn nth_weekday(name: &str, new: Date) -> Option<String> {
    let nth: i8 = name.get(..name.len().checked_sub(2)?)?.parse().ok()?;
    let weekday = WEEKDAYS.get(usize::try_from(new.weekday().to_monday_zero_offset()).ok()?)?;
    let from_end = new.day() + 7 > new.days_in_month();
    match nth {
        -1 if from_end => Some(format!("-1{weekday}")),
        1.. => Some(format!("{}{weekday}", (new.day() - 1) / 7 + 1)),
        _ => None,
    }
}

/// A part of a canonical rule.
fn part<'r>(rule: &'r str, name: &str) -> Option<&'r str> {
    rule.split(';').find_map(|part| part.split_once('=').filter(|(known, _)| *known == name).map(|(_, value)| value))
}

/// The rule with these parts replaced by another.
fn with(rule: &str, without: &[&str], new: &str) -> String {
    let kept = rule.split(';').filter(|part| !without.contains(&part.split('=').next().unwrap_or_default()));
    kept.chain([new]).collect::<Vec<_>>().join(";")
}

fn canonical(rule: &str) -> Result<String, EditError> {
    normalize_rule(rule).map_err(|error| EditError::invalid("recurrence.rules", error.to_string()))
}

fn read_until(text: &str) -> Option<RecurrenceId> {
    text.parse().ok()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
