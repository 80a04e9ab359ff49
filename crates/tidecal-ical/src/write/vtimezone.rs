//! A VTIMEZONE (RFC 5545 3.6.5) from the tz database: correct from the year before the first event
//! on, and after the last one for as long as the zone keeps its present rule.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::{Dst, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::Text;
use crate::Zone;
use crate::stamp::Stamp;

/// Years after the last event for which changes without a yearly rule are listed.
const AHEAD: i16 = 12;
/// More changes than any zone has in the years people plan for.
const MOST: usize = 600;

/// One change of the clocks.
#[derive(Clone, Debug)]
struct Onset {
    at: Timestamp,
    /// Local time of the change, told in the offset before it.
    local: DateTime,
    from: Offset,
    to: Offset,
    daylight: bool,
    name: String,
}

/// Changes of successive years that one yearly rule describes.
#[derive(Clone, Debug)]
struct Series {
    first: Onset,
    last: Onset,
    /// Which weekday of the month: counted from its start, from its end; 0 if that does not fit all.
    nth: (i8, i8),
}

pub(super) fn write(text: &mut Text, zone: &Zone, (first, last): (i16, i16)) {
    let rules = zone.rules();
    let end_year = last.saturating_add(AHEAD).clamp(1, 9_998);
    let start = at(first.clamp(2, 9_990) - 1);
    let series = series(onsets(&rules, start, at(end_year)));
    text.line("BEGIN:VTIMEZONE");
    text.line(&format!("TZID:{}", zone.name()));
    // What holds before the first change that is listed.
    let info = rules.to_offset_info(start);
    let before = Onset {
        at: start,
        local: date(1601, 1, 1).at(0, 0, 0, 0),
        from: info.offset(),
        to: info.offset(),
        daylight: info.dst() == Dst::Yes,
        name: info.abbreviation().to_owned(),
    };
    part(text, &before, None);
    for one in &series {
        part(text, &one.first, one.rule(end_year).as_deref());
    }
    text.line("END:VTIMEZONE");
}

fn at(year: i16) -> Timestamp {
    TimeZone::UTC.to_timestamp(date(year, 1, 1).at(0, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn onsets(rules: &TimeZone, start: Timestamp, end: Timestamp) -> Vec<Onset> {
    let mut from = rules.to_offset(start);
    let mut onsets = Vec::new();
    for change in rules.following(start).take_while(|change| change.timestamp() < end).take(MOST) {
        let onset = Onset {
            at: change.timestamp(),
            local: from.to_datetime(change.timestamp()),
            from,
            to: change.offset(),
            daylight: change.dst() == Dst::Yes,
            name: change.abbreviation().to_owned(),
        };
        from = onset.to;
        onsets.push(onset);
    }
    onsets
}

/// Joins changes that recur yearly; the latest series of each kind is the only one that may go on.
fn series(onsets: Vec<Onset>) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for onset in onsets {
        let nth = nth(onset.local.date());
        let alike = all.iter_mut().rev().find_map(|series| series.joined(&onset, nth).map(|joined| (series, joined)));
        match alike {
            Some((series, nth)) => {
                series.last = onset;
                series.nth = nth;
            }
            None => all.push(Series { first: onset.clone(), last: onset, nth }),
        }
    }
    all
}

impl Series {
    /// What the positions are with one more change; `None` if it does not continue the series.
    fn joined(&self, onset: &Onset, nth: (i8, i8)) -> Option<(i8, i8)> {
        let (mine, other) = (&self.last, onset);
        let same = mine.from == other.from
            && mine.to == other.to
            && mine.daylight == other.daylight
            && mine.name == other.name
            && mine.local.time() == other.local.time()
            && mine.local.month() == other.local.month()
            && mine.local.weekday() == other.local.weekday()
            && mine.local.year() + 1 == other.local.year();
        let both = |a: i8, b: i8| if a == b { a } else { 0 };
        let nth = (both(self.nth.0, nth.0), both(self.nth.1, nth.1));
        (same && nth != (0, 0)).then_some(nth)
    }

    /// The yearly rule; none for a single change. Without end if it still holds in the last year.
    fn rule(&self, end_year: i16) -> Option<String> {
        if self.first.at == self.last.at {
            return None;
        }
        let nth = if self.nth.1 != 0 { self.nth.1 } else { self.nth.0 };
        let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let weekday = weekday[usize::from(self.first.local.weekday().to_monday_zero_offset().unsigned_abs())];
        let month = self.first.local.month();
        let ends = self.last.local.year() < end_year - 1;
        // A day late, so that readers which forget that UNTIL is in UTC include the last one too.
        let late = self.last.at.checked_add(SignedDuration::from_hours(24)).unwrap_or(self.last.at);
        let until = if ends { format!(";UNTIL={}", Stamp::Utc(late)) } else { String::new() };
        Some(format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{weekday}{until}"))
    }
}

/// Position of a date among the same weekdays of its month, from the start and from the end; the
/// fifth ones count only from the end.
fn nth(date: Date) -> (i8, i8) {
    let forward = (date.day() - 1) / 7 + 1;
    let backward = -((date.days_in_month() - date.day()) / 7 + 1);
    (if forward == 5 { 0 } else { forward }, if backward == -1 { -1 } else { 0 })
}

fn part(text: &mut Text, onset: &Onset, rule: Option<&str>) {
    let name = if onset.daylight { "DAYLIGHT" } else { "STANDARD" };
    text.line(&format!("BEGIN:{name}"));
    text.line(&format!("DTSTART:{}", Stamp::Local(onset.local)));
    text.line(&format!("TZOFFSETFROM:{}", offset(onset.from)));
    text.line(&format!("TZOFFSETTO:{}", offset(onset.to)));
    text.text("TZNAME", &onset.name);
    if let Some(rule) = rule {
        text.line(&format!("RRULE:{rule}"));
    }
    text.line(&format!("END:{name}"));
}

/// `+0100`, with seconds only where a zone of old times has them.
fn offset(offset: Offset) -> String {
    let total = offset.seconds().unsigned_abs();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let seconds = if total.is_multiple_of(60) { String::new() } else { format!("{:02}", total % 60) };
    format!("{sign}{:02}{:02}{seconds}", total / 3_600, total / 60 % 60)
}
