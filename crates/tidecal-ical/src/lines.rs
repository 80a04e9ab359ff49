//! Recurrence as property lines (`RRULE:…`, `EXDATE;TZID=…:…`): what iCalendar components hold and
//! what Google's `recurrence` array lists.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::line::Property;
use crate::read::{Length, parse_duration};
use crate::rule::{Freq, MOST_RULES, Rule, RuleError};
use crate::stamp::{Stamp, parse_stamp};
use crate::{Moment, Period, Recurrence, RecurrenceId, When, Zone, resolve_zone};

/// Reads RRULE, EXRULE, RDATE and EXDATE lines in any order into the recurrence of the series that
/// starts with `when`. Dates become keys of that series: instants if it is zoned, whatever zone
/// they were written in, dates if it covers whole days. Rule texts are kept as written.
///
/// # Errors
/// A line that is none of these, a rule or date that cannot be read. Empty values are passed over.
pub fn recurrence_from_lines(lines: &[&str], when: &When) -> Result<Recurrence, RuleError> {
    let mut properties = Vec::with_capacity(lines.len());
    for line in lines {
        let known = Property::parse(line.trim()).filter(|property| is_recurrence(&property.name));
        properties.push(known.ok_or_else(|| RuleError::Line((*line).to_owned()))?);
    }
    let instant_of = |tzid: &str, local| {
        let zone = resolve_zone(tzid)?.zone;
        Some(Moment::zoned(local, zone.clone()).instant(&zone))
    };
    from_properties(&properties.iter().collect::<Vec<_>>(), when, &instant_of)
}

pub(crate) fn is_recurrence(name: &str) -> bool {
    matches!(name, "RRULE" | "EXRULE" | "RDATE" | "EXDATE")
}

/// What a local time in the zone of a TZID means; `None` if nothing is known of that zone.
pub(crate) type InstantOf<'z> = dyn Fn(&str, DateTime) -> Option<Timestamp> + 'z;

/// The same from lines that are taken apart already and whose zones their calendar may define.
pub(crate) fn from_properties(
    properties: &[&Property<'_>],
    when: &When,
    instant_of: &InstantOf<'_>,
) -> Result<Recurrence, RuleError> {
    if properties.iter().filter(|property| property.name.ends_with("RULE")).count() > MOST_RULES {
        return Err(RuleError::TooMany);
    }
    let mut recurrence = Recurrence::default();
    let (mut dates, mut excluded) = (Vec::new(), Vec::new());
    for property in properties.iter().filter(|property| !property.value.trim().is_empty()) {
        let value = property.value.trim();
        match property.name.as_str() {
            "RRULE" | "EXRULE" => {
                Rule::parse(value)?;
                let texts =
                    if property.name == "RRULE" { &mut recurrence.rules } else { &mut recurrence.exclusion_rules };
                texts.push(value.trim_end_matches(';').to_owned());
            }
            "RDATE" => dates.extend(read_dates(property, when, instant_of)?),
            _ => excluded.extend(read_dates(property, when, instant_of)?),
        }
    }
    let several_a_day = recurrence.rules.iter().any(|rule| runs_within_days(rule));
    let start = when.start_local().time();
    for (id, _) in dates.iter_mut().chain(&mut excluded) {
        if let (RecurrenceId::Date(date), When::Timed { .. }, false) = (*id, when, several_a_day) {
            *id = rekey(RecurrenceId::Floating(date.to_datetime(start)), when);
        }
    }
    let lasting = dates.iter().filter_map(|(id, seconds)| Some(Period { start: *id, seconds: (*seconds)? }));
    recurrence.periods = lasting.collect();
    recurrence.periods.sort_unstable();
    recurrence.periods.dedup_by_key(|period| period.start);
    recurrence.dates = sorted(dates);
    recurrence.excluded = sorted(excluded);
    Ok(recurrence)
}

fn sorted(dates: Vec<Dated>) -> Vec<RecurrenceId> {
    let mut ids: Vec<RecurrenceId> = dates.into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whether a rule can name several times of one day, so that a date does not say which one.
fn runs_within_days(rule: &str) -> bool {
    let Ok(rule) = Rule::parse(rule) else { return true };
    let times = [&rule.by_hour, &rule.by_minute, &rule.by_second];
    rule.freq < Freq::Daily || times.iter().any(|list| !list.is_empty())
}

/// A date, and of a period its seconds.
type Dated = (RecurrenceId, Option<u32>);

fn read_dates(property: &Property<'_>, when: &When, instant_of: &InstantOf<'_>) -> Result<Vec<Dated>, RuleError> {
    let tzid = property.param("TZID").filter(|tzid| !tzid.trim().is_empty());
    let as_date = property.param_is("VALUE", "DATE") || when.is_all_day();
    let id_of = |text: &str| {
        let stamp = parse_stamp(text)?;
        let at = match (stamp, tzid) {
            (Stamp::Local(local), Some(tzid)) => instant_of(tzid, local),
            _ => None,
        };
        Some(rekey(recurrence_id(stamp, at, as_date), when))
    };
    let items = property.value.split([',', ';']).map(str::trim).filter(|item| !item.is_empty());
    let read = |item: &str| {
        let (start, end) = item.split_once('/').map_or((item, None), |(start, end)| (start, Some(end)));
        let id =
            id_of(start).ok_or_else(|| RuleError::Date { property: property.name.clone(), value: item.to_owned() })?;
        // An end that cannot be read is one that is not there.
        let end = end.and_then(|end| match parse_duration(end) {
            Some(length) => length_from(id, length, when),
            None => seconds_between(id, id_of(end)?),
        });
        Ok((id, end))
    };
    items.map(read).collect()
}

fn seconds_between(start: RecurrenceId, end: RecurrenceId) -> Option<u32> {
    let seconds = match (start, end) {
        (RecurrenceId::Utc(start), RecurrenceId::Utc(end)) => end.duration_since(start).as_secs(),
        (RecurrenceId::Floating(start), RecurrenceId::Floating(end)) => end.duration_since(start).as_secs(),
        _ => return None,
    };
    u32::try_from(seconds).ok()
}

/// Days of a duration move the clock on the wall (RFC 5545 3.3.6).
fn length_from(start: RecurrenceId, length: Length, when: &When) -> Option<u32> {
    let (start, zone) = match (start, when.zone()) {
        (RecurrenceId::Utc(at), Some(zone)) => (zone.rules().to_datetime(at), zone.clone()),
        (RecurrenceId::Floating(at), _) => (at, Zone::utc()),
        _ => return None,
    };
    let start = Moment::zoned(start, zone.clone());
    let seconds = length.after(&start).instant(&zone).duration_since(start.instant(&zone)).as_secs();
    u32::try_from(seconds).ok()
}

/// One date as written, with the instant that its zone makes of it.
pub(crate) fn recurrence_id(stamp: Stamp, at: Option<Timestamp>, as_date: bool) -> RecurrenceId {
    match (stamp, at) {
        (Stamp::Date(date), _) => RecurrenceId::Date(date),
        (Stamp::Local(local), _) if as_date => RecurrenceId::Date(local.date()),
        (Stamp::Utc(at), _) | (Stamp::Local(_), Some(at)) => RecurrenceId::Utc(at),
        (Stamp::Local(local), None) => RecurrenceId::Floating(local),
    }
}

/// The key in the form that the series starting with `when` uses, as far as the texts alone say: a
/// time without zone belongs to the series' zone, midnight of a whole-day series is its date. What
/// depends on where the reader is (UTC in a floating series) and dates in a timed series stay.
#[must_use]
pub fn rekey(id: RecurrenceId, when: &When) -> RecurrenceId {
    match (id, when, when.zone()) {
        (RecurrenceId::Floating(local), When::Timed { .. }, Some(zone)) => {
            RecurrenceId::Utc(Moment::zoned(local, zone.clone()).instant(zone))
        }
        (RecurrenceId::Floating(at), When::AllDay { .. }, _) => RecurrenceId::Date(at.date()),
        (RecurrenceId::Utc(at), When::AllDay { .. }, _) => {
            let shown = TimeZone::UTC.to_datetime(at);
            if shown.time() == jiff::civil::Time::midnight() { RecurrenceId::Date(shown.date()) } else { id }
        }
        _ => id,
    }
}

impl When {
    /// The key of an occurrence that the series places here.
    #[must_use]
    pub fn recurrence_id(&self) -> RecurrenceId {
        match self {
            Self::AllDay { start, .. } => RecurrenceId::Date(*start),
            Self::Timed { start, .. } => match &start.zone {
                Some(zone) => RecurrenceId::Utc(start.instant(zone)),
                None => RecurrenceId::Floating(start.local),
            },
        }
    }
}
