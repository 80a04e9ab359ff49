//! From the recurrence of an event to Graph's fields, or the reason why it cannot be written.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tidecal_ical::{Budget, Recurrence, When, Zone, normalize_rule, one_bound};

use super::{Days, EVERY_MONTH, End, Index, Kind, Pattern, WEEKDAYS, lengths, word};

/// Why Outlook cannot have this series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Outlook has no such series: {0}")]
pub(in super::super) struct Unmappable(pub(in super::super) String);

fn no(why: impl Into<String>) -> Unmappable {
    Unmappable(why.into())
}

const MOST_OCCURRENCES: u32 = 999;

/// `patternedRecurrence` of a series that begins with `when`. EXDATEs are not looked at.
/// `floating_in`: the zone of times without one; `windows`: the name of the series' zone.
///
/// # Errors
/// Says which part has no counterpart.
pub(in super::super) fn patterned(
    when: &When,
    recurrence: &Recurrence,
    floating_in: &Zone,
    windows: &str,
) -> Result<Value, Unmappable> {
    let [rule] = recurrence.rules.as_slice() else { return Err(no("it has several rules, or none")) };
    if !recurrence.exclusion_rules.is_empty() {
        return Err(no("it has a rule of exclusions (EXRULE)"));
    }
    if !recurrence.dates.is_empty() {
        return Err(no("it has additional dates (RDATE)"));
    }
    let rule = one_bound(rule, when, floating_in, Budget::default()).map_err(|wrong| no(wrong.to_string()))?;
    let rule = normalize_rule(&rule).map_err(|wrong| no(wrong.to_string()))?;
    let start = when.start_local();
    let parts = Parts::of(&rule);
    let pattern = Pattern { interval: parts.interval()?, kind: parts.kind(start.date())? };
    let most = if pattern.kind == Kind::Daily { 999 } else { 99 };
    if pattern.interval > most {
        return Err(no(format!("INTERVAL={} is more than {most}", pattern.interval)));
    }
    if !pattern.names(start.date(), start.date()) {
        return Err(no("its first event is not among the dates of its own rule"));
    }
    let end = parts.end(when, floating_in)?;
    Ok(fields(&pattern, end, start.date(), windows))
}

/// The parts of a rule in its canonical spelling.
struct Parts<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Parts<'a> {
    fn of(rule: &'a str) -> Self {
        Self(rule.split(';').filter_map(|part| part.split_once('=')).collect())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// Refuses parts beside those that are understood.
    fn only(&self, known: &[&str]) -> Result<(), Unmappable> {
        let usual = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"];
        match self.0.iter().find(|(name, _)| !usual.contains(name) && !known.contains(name)) {
            Some((name, value)) => Err(no(format!("{name}={value} has no counterpart beside FREQ={}", self.freq()))),
            None => Ok(()),
        }
    }

    fn freq(&self) -> &'a str {
        self.get("FREQ").unwrap_or_default()
    }

    fn interval(&self) -> Result<u32, Unmappable> {
        let text = self.get("INTERVAL").unwrap_or("1");
        text.parse().map_err(|_| no(format!("INTERVAL={text}")))
    }

    fn kind(&self, start: Date) -> Result<Kind, Unmappable> {
        match self.freq() {
            "DAILY" => self.daily(),
            "WEEKLY" => self.weekly(start),
            "MONTHLY" => self.monthly(start),
            "YEARLY" => self.yearly(start),
            other => Err(no(format!("it repeats {}", other.to_lowercase()))),
        }
    }

    fn daily(&self) -> Result<Kind, Unmappable> {
        self.only(&["BYDAY"])?;
        match self.get("BYDAY") {
            None => Ok(Kind::Daily),
            // Every day, if it is one of these: that is every week.
            Some(days) if self.interval()? == 1 => Ok(Kind::Weekly { days: plain(days)?, first: self.first()? }),
            Some(_) => Err(no("it repeats every n-th day, but only at certain weekdays")),
        }
    }

    fn weekly(&self, start: Date) -> Result<Kind, Unmappable> {
        self.only(&["BYDAY"])?;
        let days = self.get("BYDAY").map_or_else(|| Ok(Days(vec![start.weekday()])), plain)?;
        Ok(Kind::Weekly { days, first: self.first()? })
    }

    fn monthly(&self, start: Date) -> Result<Kind, Unmappable> {
        self.only(&["BYDAY", "BYMONTHDAY", "BYSETPOS"])?;
        Ok(match self.day(start, EVERY_MONTH)? {
            Day::OfMonth(day) => Kind::AbsoluteMonthly { day },
            Day::Counted(days, index) => Kind::RelativeMonthly { days, index },
        })
    }

    fn yearly(&self, start: Date) -> Result<Kind, Unmappable> {
        self.only(&["BYMONTH", "BYDAY", "BYMONTHDAY", "BYSETPOS"])?;
        let month = match self.get("BYMONTH") {
            Some(month) => month.parse().map_err(|_| no(format!("several months (BYMONTH={month})")))?,
            None if self.get("BYDAY").is_some() => return Err(no("weekdays counted through the year")),
            None if self.get("BYMONTHDAY").is_some() => return Err(no("a day of every month, yearly")),
            None => start.month(),
        };
        Ok(match self.day(start, lengths(month).0)? {
            Day::OfMonth(day) => Kind::AbsoluteYearly { month, day },
            Day::Counted(days, index) => Kind::RelativeYearly { month, days, index },
        })
    }

    /// The day within a month that has `shortest` days at least.
    fn day(&self, start: Date, shortest: i8) -> Result<Day, Unmappable> {
        match (self.get("BYMONTHDAY"), self.get("BYDAY"), self.get("BYSETPOS")) {
            (None, None, None) => fixed(start.day(), shortest),
            (Some("-1"), None, None) => Ok(Day::Counted(Days::all(), Index::Last)),
            (Some("28,29"), None, Some("-1")) => Ok(Day::OfMonth(29)),
            (Some("28,29,30"), None, Some("-1")) => Ok(Day::OfMonth(30)),
            (Some("28,29,30,31"), None, Some("-1")) => Ok(Day::OfMonth(31)),
            (Some(day), None, None) => {
                fixed(day.parse().map_err(|_| no(format!("the days {day} of the month")))?, shortest)
            }
            (None, Some(day), None) => counted(day),
            (None, Some(days), Some(position)) => {
                let index = position.parse().ok().and_then(Index::from_number);
                let index = index.ok_or_else(|| no(format!("BYSETPOS={position}")))?;
                Ok(Day::Counted(plain(days)?, index))
            }
            (None, None, Some(position)) => Err(no(format!("BYSETPOS={position} without days"))),
            (Some(_), ..) => Err(no("days of the month and other conditions together")),
        }
    }

    fn first(&self) -> Result<Weekday, Unmappable> {
        let Some(name) = self.get("WKST") else { return Ok(Weekday::Monday) };
        weekday(name).ok_or_else(|| no(format!("WKST={name}")))
    }

    fn end(&self, when: &When, floating_in: &Zone) -> Result<End, Unmappable> {
        if let Some(count) = self.get("COUNT") {
            let number = count.parse().ok().filter(|number| (1..=MOST_OCCURRENCES).contains(number));
            return number.map(End::After).ok_or_else(|| no(format!("COUNT={count} is not 1 to {MOST_OCCURRENCES}")));
        }
        let Some(until) = self.get("UNTIL") else { return Ok(End::Never) };
        let last = last_day(until, when, floating_in).ok_or_else(|| no(format!("UNTIL={until}")))?;
        Ok(End::On(last.max(when.start_local().date())))
    }
}

enum Day {
    OfMonth(i8),
    Counted(Days, Index),
}

/// A day that not every month has means different things on the two sides.
fn fixed(day: i8, shortest: i8) -> Result<Day, Unmappable> {
    match day {
        day if (1..=shortest).contains(&day) => Ok(Day::OfMonth(day)),
        day if day > 0 => Err(no(format!("months without day {day} are left out; Outlook takes their last day"))),
        day => Err(no(format!("day {day}, counted from the end of the month"))),
    }
}

/// Days without a number.
fn plain(days: &str) -> Result<Days, Unmappable> {
    let known = |name: &str| weekday(name).ok_or_else(|| no(format!("BYDAY={days}")));
    Ok(Days::from_iter(days.split(',').map(known).collect::<Result<Vec<_>, _>>()?))
}

/// One day with a number: `2WE`.
fn counted(day: &str) -> Result<Day, Unmappable> {
    let (number, name) = day.split_at(day.len().saturating_sub(2));
    let index = number.parse().ok().and_then(Index::from_number);
    match (index, weekday(name)) {
        (Some(index), Some(day)) => Ok(Day::Counted(Days(vec![day]), index)),
        _ => Err(no(format!("BYDAY={day} in a month"))),
    }
}

fn weekday(letters: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(_, known, _)| *known == letters).map(|(day, _, _)| *day)
}

/// The last local day on which an event may start that is not after `until`.
fn last_day(until: &str, when: &When, floating_in: &Zone) -> Option<Date> {
    let date = || Date::strptime("%Y%m%d", until.get(..8)?).ok();
    if until.len() == 8 || when.is_all_day() {
        return date();
    }
    let written = DateTime::strptime("%Y%m%dT%H%M%S", until.trim_end_matches('Z')).ok()?;
    let local = if until.ends_with('Z') {
        let zone = when.zone().unwrap_or(floating_in).rules();
        zone.to_datetime(written.to_zoned(TimeZone::UTC).ok()?.timestamp())
    } else {
        written
    };
    let starts = when.start_local().time();
    if local.time() < starts { local.date().yesterday().ok() } else { Some(local.date()) }
}

/// Only what the type uses: Graph validates the rest as well.
fn fields(pattern: &Pattern, end: End, start: Date, windows: &str) -> Value {
    let names = |days: &Days| days.0.iter().map(|day| word(*day)).collect::<Vec<_>>();
    let mut wire = match &pattern.kind {
        Kind::Daily => json!({"type": "daily"}),
        Kind::Weekly { days, first } => {
            json!({"type": "weekly", "daysOfWeek": names(days), "firstDayOfWeek": word(*first)})
        }
        Kind::AbsoluteMonthly { day } => json!({"type": "absoluteMonthly", "dayOfMonth": day}),
        Kind::RelativeMonthly { days, index } => {
            json!({"type": "relativeMonthly", "daysOfWeek": names(days), "index": index.word()})
        }
        Kind::AbsoluteYearly { month, day } => json!({"type": "absoluteYearly", "month": month, "dayOfMonth": day}),
        Kind::RelativeYearly { month, days, index } => {
            json!({"type": "relativeYearly", "month": month, "daysOfWeek": names(days), "index": index.word()})
        }
    };
    wire["interval"] = json!(pattern.interval);
    let mut range = match end {
        End::Never => json!({"type": "noEnd"}),
        End::On(date) => json!({"type": "endDate", "endDate": date.to_string()}),
        End::After(count) => json!({"type": "numbered", "numberOfOccurrences": count}),
    };
    range["startDate"] = json!(start.to_string());
    range["recurrenceTimeZone"] = json!(windows);
    json!({"pattern": wire, "range": range})
}
