//! Random calendar texts: series with changed occurrences, also of this and all later ones, with the
//! habits of Exchange and others, and what this crate finds in them.
//!
//! Times of day stay clear of clock changes, which `cases` is about.

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use serde_json::json;
use tidecal_ical::{
    Budget, Moment, Range, Recurrence, RecurrenceId, When, Zone, expand, recurrence_from_lines, windows_zone,
};

use crate::cases::{DAYS, ZONES};
use crate::dice::Dice;
use crate::files;

/// How the starts of a text are written.
struct Form {
    zone: Option<Zone>,
    days: bool,
    tzid: String,
    exchange: bool,
}

impl Form {
    /// Parameters and value of a time.
    fn time(&self, at: DateTime) -> String {
        let time = at.strftime("%Y%m%dT%H%M%S");
        match (&self.zone, self.days) {
            (_, true) => format!(";VALUE=DATE:{}", at.strftime("%Y%m%d")),
            (None, _) => format!(":{time}"),
            (Some(zone), _) if *zone == Zone::utc() => format!(":{time}Z"),
            _ => format!(";TZID={}:{time}", self.tzid),
        }
    }

    fn utc(&self, at: DateTime) -> String {
        let instant = Moment { local: at, zone: self.zone.clone() }.instant(&Zone::utc());
        TimeZone::UTC.to_datetime(instant).strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    fn local(&self, id: RecurrenceId) -> DateTime {
        match (id, &self.zone) {
            (RecurrenceId::Date(date), _) => date.at(0, 0, 0, 0),
            (RecurrenceId::Floating(at), _) => at,
            (RecurrenceId::Utc(at), zone) => zone.clone().unwrap_or_else(Zone::utc).rules().to_datetime(at),
        }
    }
}

pub(crate) fn print(count: u32, seed: u64) {
    let mut dice = Dice(seed);
    for number in 0..count {
        let form = form(&mut dice);
        let hour = if form.days { 0 } else { 4 + dice.roll(14) };
        let day = date(2012, 1, 1).checked_add(dice.roll(6_000).days()).unwrap();
        let start = day.at(i8::try_from(hour).unwrap(), 0, 0, 0);
        let minutes = 15 * (1 + dice.roll(8));
        let (text, range) = text(&mut dice, &form, start, minutes);
        let result = files::of_text(text.as_bytes(), range);
        let bounds = (range.start.as_second(), range.end.as_second());
        println!("{}", json!({ "number": number, "text": text, "from": bounds.0, "to": bounds.1, "result": result }));
    }
}

fn form(dice: &mut Dice) -> Form {
    let zone = Zone::iana(dice.pick(&ZONES)).unwrap();
    let windows = windows_zone(&zone).filter(|_| dice.one_in(3));
    let exchange = windows.is_some();
    let tzid = windows.unwrap_or(zone.name()).to_owned();
    match dice.roll(8) {
        0 => Form { zone: None, days: true, tzid, exchange },
        1 => Form { zone: None, days: false, tzid, exchange },
        2 => Form { zone: Some(Zone::utc()), days: false, tzid, exchange },
        _ => Form { zone: Some(zone), days: false, tzid, exchange },
    }
}

fn text(dice: &mut Dice, form: &Form, start: DateTime, minutes: i64) -> (String, Range) {
    let when = When::Timed {
        start: Moment { local: start, zone: form.zone.clone() },
        end: Moment { local: start, zone: form.zone.clone() },
    };
    let days = When::AllDay { start: start.date(), end: start.date().tomorrow().unwrap() };
    let when = if form.days { days } else { when };
    let (from, _) = when.span(&Zone::utc());
    let far = |days: i64| from.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    let range = Range { start: far(-30), end: far(500) };

    let mut lines = vec![format!("RRULE:{}", rule(dice, form, start))];
    let plain = slots(&lines, &when, range);
    lines.extend((0..dice.roll(3)).filter_map(|_| excluded(dice, form, &plain)));
    lines.extend((0..dice.roll(3)).map(|_| added(dice, form, start)));
    let slots = slots(&lines, &when, range);
    let mut out = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//T//EN\r\n".to_owned();
    out += &event(form, start, &length(dice, form, start, minutes), &lines);
    let mut taken = Vec::new();
    for _ in 0..dice.roll(4) {
        let index = usize::try_from(dice.roll(i64::try_from(slots.len().clamp(1, 40)).unwrap())).unwrap();
        let Some(slot) = slots.get(index).filter(|slot| !taken.contains(*slot)) else { continue };
        taken.push(*slot);
        out += &change(dice, form, *slot);
    }
    (out + "END:VCALENDAR\r\n", range)
}

fn slots(lines: &[String], when: &When, range: Range) -> Vec<RecurrenceId> {
    let texts: Vec<&str> = lines.iter().map(String::as_str).collect();
    let recurrence: Recurrence = recurrence_from_lines(&texts, when).unwrap();
    let found = expand(when, &recurrence, range, &Zone::utc(), Budget::default()).unwrap();
    found.occurrences.iter().map(|occurrence| occurrence.id).collect()
}

fn event(form: &Form, start: DateTime, length: &str, lines: &[String]) -> String {
    let marks = "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n";
    let marks = if form.exchange && !form.days { marks } else { "" };
    let lines = lines.iter().fold(String::new(), |all, line| all + line + "\r\n");
    let start = form.time(start);
    format!(
        "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART{start}\r\n{length}{lines}{marks}END:VEVENT\r\n"
    )
}

/// DTEND, DURATION or, for whole days, nothing.
fn length(dice: &mut Dice, form: &Form, start: DateTime, minutes: i64) -> String {
    let end = if form.days { start.checked_add(minutes.days()) } else { start.checked_add(minutes.minutes()) };
    match (form.days, dice.roll(3)) {
        (true, 0) => String::new(),
        (true, 1) => format!("DURATION:P{minutes}D\r\n"),
        (false, 1) => format!("DURATION:PT{minutes}M\r\n"),
        _ => format!("DTEND{}\r\n", form.time(end.unwrap())),
    }
}

/// A rule that names its start, bounded or not.
fn rule(dice: &mut Dice, form: &Form, start: DateTime) -> String {
    let weekday = DAYS[usize::from(start.weekday().to_monday_zero_offset().unsigned_abs())];
    let interval = 1 + dice.roll(3);
    let mut rule = match dice.roll(5) {
        0 => format!("FREQ=DAILY;INTERVAL={interval}"),
        1 | 2 => {
            let other = dice.pick(&DAYS);
            let days = if other == weekday { other.to_owned() } else { format!("{weekday},{other}") };
            format!("FREQ=WEEKLY;INTERVAL={interval};BYDAY={days};WKST={}", dice.pick(&["MO", "SU"]))
        }
        3 if start.day() <= 28 => {
            format!("FREQ=MONTHLY;INTERVAL={interval};BYDAY={}{weekday}", (start.day() - 1) / 7 + 1)
        }
        3 => "FREQ=MONTHLY;BYMONTHDAY=29,30,31".to_owned(),
        _ => format!("FREQ=YEARLY;BYMONTH={};BYMONTHDAY={}", start.month(), start.day()),
    };
    let last = start.checked_add((20 + dice.roll(400)).days()).unwrap();
    match dice.roll(3) {
        0 => rule += &format!(";COUNT={}", 1 + dice.roll(60)),
        1 if form.days => rule += &format!(";UNTIL={}", last.strftime("%Y%m%d")),
        1 if form.zone.is_none() => rule += &format!(";UNTIL={}", last.strftime("%Y%m%dT%H%M%S")),
        1 => rule += &format!(";UNTIL={}", form.utc(last)),
        _ => {}
    }
    rule
}

fn excluded(dice: &mut Dice, form: &Form, slots: &[RecurrenceId]) -> Option<String> {
    let mut some = || {
        let index = dice.roll(i64::try_from(slots.len().max(1)).unwrap());
        slots.get(usize::try_from(index).unwrap()).map(|slot| form.local(*slot))
    };
    let (first, second) = (some()?, some()?);
    Some(match dice.roll(4) {
        // Exchange lists them in one line; others write days, or instants.
        0 => format!("EXDATE{},{}", form.time(first), form.time(second).rsplit(':').next().unwrap()),
        1 if !form.days => format!("EXDATE;VALUE=DATE:{}", first.strftime("%Y%m%d")),
        2 if form.zone.is_some() => format!("EXDATE:{}", form.utc(first)),
        _ => format!("EXDATE{}", form.time(first)),
    })
}

fn added(dice: &mut Dice, form: &Form, start: DateTime) -> String {
    let day = start.date().checked_add((1 + dice.roll(300)).days()).unwrap();
    let hour = if form.days { 0 } else { 4 + dice.roll(14) };
    let at = day.at(i8::try_from(hour).unwrap(), 7 * i8::from(!form.days), 0, 0);
    let later = at.checked_add((1 + dice.roll(200)).minutes()).unwrap();
    match dice.roll(4) {
        0 if !form.days && form.zone.is_some() => {
            format!("RDATE;VALUE=PERIOD:{}/PT{}M", form.utc(at), 1 + dice.roll(200))
        }
        1 if !form.days && form.zone.is_some() => {
            format!("RDATE;VALUE=PERIOD:{}/{}", form.utc(at), form.utc(later))
        }
        2 if form.zone.is_some() => format!("RDATE:{}", form.utc(at)),
        _ => format!("RDATE{}", form.time(at)),
    }
}

/// A changed occurrence, every third time with all later ones.
fn change(dice: &mut Dice, form: &Form, slot: RecurrenceId) -> String {
    let at = form.local(slot);
    let range = if dice.one_in(3) { ";RANGE=THISANDFUTURE" } else { "" };
    let key = if form.zone.is_some() && dice.one_in(3) { format!(":{}", form.utc(at)) } else { form.time(at) };
    let day = at.date().checked_add((dice.roll(9) - 4).days()).unwrap();
    let hour = if form.days { 0 } else { 4 + dice.roll(14) };
    let start = day.at(i8::try_from(hour).unwrap(), at.minute(), 0, 0);
    let minutes = 15 * (1 + dice.roll(8));
    event(form, start, &length(dice, form, start, minutes), &[format!("RECURRENCE-ID{range}{key}")])
}
