//! Random series: every frequency, every part, every spelling of bounds and dates.

use crate::dice::Dice;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use tidecal_ical::{
    Budget, Expansion, Moment, Range, Recurrence, RecurrenceId, When, Zone, expand, recurrence_from_lines,
};

pub(crate) const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
];
pub(crate) const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

pub(crate) fn print(count: u32, seed: u64) {
    let mut dice = Dice(seed);
    for number in 0..count {
        let zone = Zone::iana(dice.pick(&ZONES)).unwrap();
        let when = start(&mut dice, &zone);
        let rule = rule(&mut dice, &when);
        let days = if rule.contains("MINUTELY") {
            60
        } else if rule.contains("HOURLY") {
            300
        } else {
            2_200
        };
        let range = range(&when, &zone, days);
        let plain = Recurrence { rules: vec![rule.clone()], ..Recurrence::default() };
        let slots = expand(&when, &plain, range, &zone, Budget::default()).unwrap();
        // Half of the series start where the rule does, as most series of people do.
        let when = if dice.one_in(2) { at_the_rules_first(&when, &slots) } else { when };
        let mut lines = vec![format!("RRULE:{rule}{}", bound(&mut dice, &when, &slots))];
        lines.extend((0..dice.roll(4)).map(|_| line("EXDATE", &mut dice, &when, &slots)));
        lines.extend((0..dice.roll(3)).map(|_| line("RDATE", &mut dice, &when, &slots)));
        let texts: Vec<&str> = lines.iter().map(String::as_str).collect();
        let recurrence = recurrence_from_lines(&texts, &when).unwrap();
        let found = expand(&when, &recurrence, range, &zone, Budget::default()).unwrap();
        let ids: Vec<String> = found.occurrences.iter().map(|occurrence| occurrence.id.to_string()).collect();
        // Only additional occurrences last, by the length of their period.
        let seconds: Vec<i64> = found
            .occurrences
            .iter()
            .map(|occurrence| {
                let (start, end) = occurrence.when.span(&zone);
                end.duration_since(start).as_secs()
            })
            .collect();
        println!(
            "{}",
            json!({
                "number": number, "start": dtstart(&when), "lines": lines, "floating_in": zone.name(),
                "from": range.start.as_second(), "to": range.end.as_second(),
                "complete": found.complete, "ids": ids, "seconds": seconds,
            })
        );
    }
}

/// Often in the hours and near the days at which clocks change.
fn start(dice: &mut Dice, zone: &Zone) -> When {
    let mut day = date(1996, 1, 1).checked_add(dice.roll(14_000).days()).unwrap();
    let hour = if dice.one_in(2) { dice.roll(4) } else { dice.roll(24) };
    if dice.one_in(3) {
        let near = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap();
        if let Some(change) = zone.rules().following(near).next() {
            day = TimeZone::UTC.to_datetime(change.timestamp()).date().checked_sub(dice.roll(9).days()).unwrap();
        }
    }
    let local = day.at(i8::try_from(hour).unwrap(), i8::try_from(dice.roll(4) * 15).unwrap(), 0, 0);
    match dice.roll(10) {
        0 | 1 => When::AllDay { start: day, end: day.tomorrow().unwrap() },
        2 => instant(local, None),
        3 => instant(local, Some(Zone::utc())),
        _ => instant(local, Some(zone.clone())),
    }
}

fn instant(local: DateTime, zone: Option<Zone>) -> When {
    let moment = Moment { local, zone };
    When::Timed { start: moment.clone(), end: moment }
}

fn range(when: &When, zone: &Zone, days: i64) -> Range {
    let (start, _) = when.span(zone);
    Range { start, end: start.checked_add(SignedDuration::from_hours(24 * days)).unwrap() }
}

fn at_the_rules_first(when: &When, slots: &Expansion) -> When {
    slots.occurrences.iter().find(|slot| slot.when != *when).map_or(when.clone(), |slot| slot.when.clone())
}

/// A rule without a bound, valid by RFC 5545; whole days recur by days at least.
fn rule(dice: &mut Dice, when: &When) -> String {
    const FREQS: [&str; 11] = [
        "DAILY", "DAILY", "WEEKLY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY", "HOURLY", "MINUTELY",
    ];
    let freq = dice.pick(&FREQS[..if when.is_all_day() { 9 } else { 11 }]);
    let mut rule = format!("FREQ={freq}");
    if freq == "MINUTELY" {
        rule += &format!(";INTERVAL={}", 10 + dice.roll(700));
    } else if dice.one_in(2) {
        rule += &format!(";INTERVAL={}", 1 + dice.roll(4));
    }
    let by_week = freq == "YEARLY" && dice.one_in(6);
    if by_week {
        rule += &dice.list("BYWEEKNO", |dice| dice.signed(53).to_string());
    } else if freq == "YEARLY" && dice.one_in(5) {
        rule += &dice.list("BYYEARDAY", |dice| dice.signed(366).to_string());
    } else {
        if dice.one_in(3) {
            rule += &dice.list("BYMONTH", |dice| (1 + dice.roll(12)).to_string());
        }
        if freq != "WEEKLY" && dice.one_in(3) {
            rule += &dice.list("BYMONTHDAY", |dice| dice.signed(31).to_string());
        }
    }
    if dice.one_in(2) {
        rule += &by_day(dice, freq, by_week);
    }
    if dice.one_in(8) {
        rule += &dice.list("BYHOUR", |dice| dice.roll(24).to_string());
    }
    if dice.one_in(10) {
        rule += &dice.list("BYMINUTE", |dice| dice.roll(60).to_string());
    }
    rule += &position(dice, freq, &rule);
    if dice.one_in(4) {
        rule += &format!(";WKST={}", dice.pick(&DAYS));
    }
    rule
}

/// BYSETPOS where sets have several members: python-dateutil looks for others until year 9999.
fn position(dice: &mut Dice, freq: &str, rule: &str) -> String {
    let several = match freq {
        "YEARLY" => rule.contains(";BYDAY") || rule.contains(";BYMONTH") || rule.contains(";BYWEEKNO"),
        "MONTHLY" => rule.contains(";BYDAY=") || rule.contains(','),
        _ => rule
            .split(';')
            .any(|part| part.contains(',') && (freq == "WEEKLY" || part.starts_with("BYM") && freq == "HOURLY")),
    };
    if !several || dice.one_in(2) {
        return String::new();
    }
    dice.list("BYSETPOS", |dice| dice.signed(if freq == "YEARLY" { 4 } else { 2 }).to_string())
}

fn by_day(dice: &mut Dice, freq: &str, by_week: bool) -> String {
    let most = match freq {
        "MONTHLY" => 5,
        "YEARLY" if !by_week => 53,
        _ => 0,
    };
    let counted = most > 0 && dice.one_in(2);
    dice.list("BYDAY", |dice| {
        let day = dice.pick(&DAYS);
        if counted { format!("{}{day}", dice.signed(most)) } else { day.to_owned() }
    })
}

/// COUNT or UNTIL, the latter often exactly at an occurrence and in any spelling.
fn bound(dice: &mut Dice, when: &When, slots: &Expansion) -> String {
    if dice.one_in(3) {
        return format!(";COUNT={}", 1 + dice.roll(30));
    }
    if dice.one_in(2) {
        return String::new();
    }
    let Some(at) = some_slot(dice, slots) else { return String::new() };
    let local = local_of(at, when).checked_add((dice.roll(3) - 1).seconds()).unwrap();
    let until = match (when, dice.roll(4)) {
        (When::AllDay { .. }, _) | (_, 3) => local.strftime("%Y%m%d").to_string(),
        (_, 0 | 1) if when.zone().is_some() => utc(local, when),
        _ => local.strftime("%Y%m%dT%H%M%S").to_string(),
    };
    format!(";UNTIL={until}")
}

fn some_slot(dice: &mut Dice, slots: &Expansion) -> Option<RecurrenceId> {
    let most = i64::try_from(slots.occurrences.len()).unwrap().min(60);
    let index = usize::try_from(dice.roll(most.max(1))).unwrap();
    slots.occurrences.get(index).map(|slot| slot.id)
}

fn local_of(id: RecurrenceId, when: &When) -> DateTime {
    match (id, when.zone()) {
        (RecurrenceId::Date(date), _) => Date::at(date, 0, 0, 0, 0),
        (RecurrenceId::Floating(at), _) => at,
        (RecurrenceId::Utc(at), Some(zone)) => zone.rules().to_datetime(at),
        (RecurrenceId::Utc(at), None) => TimeZone::UTC.to_datetime(at),
    }
}

fn utc(local: DateTime, when: &When) -> String {
    let zone = when.zone().cloned().unwrap_or_else(Zone::utc);
    let at: Timestamp = Moment::zoned(local, zone.clone()).instant(&zone);
    TimeZone::UTC.to_datetime(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// EXDATEs that hit or miss, RDATEs on or off the rule, in every spelling.
fn line(name: &str, dice: &mut Dice, when: &When, slots: &Expansion) -> String {
    let off = if name == "RDATE" || dice.one_in(6) { dice.roll(20_000) } else { 0 };
    let at = some_slot(dice, slots).unwrap_or(when.recurrence_id());
    let local = local_of(at, when).checked_add(off.minutes()).unwrap();
    let plain = local.strftime("%Y%m%dT%H%M%S").to_string();
    let date = local.strftime("%Y%m%d").to_string();
    match (when, when.zone()) {
        (When::AllDay { .. }, _) => match dice.roll(3) {
            0 => format!("{name}:{date}T000000"),
            1 => format!("{name}:{date}"),
            _ => format!("{name};VALUE=DATE:{date}"),
        },
        (_, None) => format!("{name}:{plain}"),
        (_, Some(zone)) => match dice.roll(6) {
            0 | 1 => format!("{name}:{}", utc(local, when)),
            2 => format!("{name}:{plain}"),
            3 if name == "EXDATE" => format!("{name};VALUE=DATE:{date}"),
            4 if name == "RDATE" => {
                let start = utc(local, when);
                format!("{name};VALUE=PERIOD:{start}/PT{}M", 1 + dice.roll(3_000))
            }
            _ => format!("{name};TZID={}:{plain}", zone.name()),
        },
    }
}

fn dtstart(when: &When) -> String {
    let local = when.start_local();
    match (when, when.zone()) {
        (When::AllDay { .. }, _) => format!("DTSTART;VALUE=DATE:{}", local.strftime("%Y%m%d")),
        (_, None) => format!("DTSTART:{}", local.strftime("%Y%m%dT%H%M%S")),
        (_, Some(zone)) if *zone == Zone::utc() => format!("DTSTART:{}", local.strftime("%Y%m%dT%H%M%SZ")),
        (_, Some(zone)) => format!("DTSTART;TZID={}:{}", zone.name(), local.strftime("%Y%m%dT%H%M%S")),
    }
}
