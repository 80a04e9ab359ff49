//! Reading, checking and writing the JSON of a recurrence.

use jiff::civil::{Date, Weekday};
use serde_json::{Map, Value, json};

use super::{End, Kind, Pattern, Recurrence};
use crate::graph::errors::{GraphError, Result};
use crate::graph::zones::Zone;

const KINDS: [(&str, Kind); 6] = [
    ("daily", Kind::Daily),
    ("weekly", Kind::Weekly),
    ("absoluteMonthly", Kind::AbsoluteMonthly),
    ("relativeMonthly", Kind::RelativeMonthly),
    ("absoluteYearly", Kind::AbsoluteYearly),
    ("relativeYearly", Kind::RelativeYearly),
];
const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];
const INDEXES: [(&str, i8); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

fn named<T: Copy>(list: &[(&str, T)], value: Option<&Value>) -> Result<Option<T>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let text = value.as_str().unwrap_or_default();
            let found = list.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
            let found = found.ok_or_else(|| GraphError::body(format!("Requested value '{text}' was not found.")))?;
            Ok(Some(found.1))
        }
    }
}

fn name_of<T: PartialEq>(list: &[(&'static str, T)], value: &T) -> &'static str {
    list.iter().find(|(_, own)| own == value).map_or("", |(name, _)| name)
}

/// A number in `0..=most`; 0 is the placeholder of unused members.
fn number(pattern: &Map<String, Value>, name: &str, most: i64) -> Result<i64> {
    match pattern.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(value) => value.as_i64().filter(|number| (0..=most).contains(number)).ok_or_else(GraphError::property),
    }
}

fn day(value: Option<&Value>) -> Result<Option<Date>> {
    let Some(text) = value.and_then(Value::as_str) else {
        return Ok(None);
    };
    let broken = || GraphError::body(format!("Cannot convert the literal '{text}' to the expected type 'Edm.Date'."));
    let date: Date = text.parse().map_err(|_| broken())?;
    Ok(Some(date).filter(|date| date.year() > 1))
}

impl Pattern {
    fn read(value: &Value) -> Result<Self> {
        let pattern = value.as_object().ok_or_else(GraphError::property)?;
        let days = match pattern.get("daysOfWeek") {
            None | Some(Value::Null) => Vec::new(),
            Some(list) => list
                .as_array()
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter_map(|one| named(&DAYS, Some(one)).transpose())
                .collect::<Result<_>>()?,
        };
        let small = |number: i64| i8::try_from(number).unwrap_or(0);
        let own = Self {
            kind: named(&KINDS, pattern.get("type"))?.ok_or_else(GraphError::property)?,
            interval: number(pattern, "interval", 999)?,
            days,
            first_day: named(&DAYS, pattern.get("firstDayOfWeek"))?.unwrap_or(Weekday::Sunday),
            day_of_month: small(number(pattern, "dayOfMonth", 31)?),
            index: named(&INDEXES, pattern.get("index"))?.unwrap_or(1),
            month: small(number(pattern, "month", 12)?),
        };
        own.checked()
    }

    /// What each kind needs.
    fn checked(mut self) -> Result<Self> {
        let complete = match self.kind {
            Kind::Daily => true,
            Kind::Weekly | Kind::RelativeMonthly => !self.days.is_empty(),
            Kind::AbsoluteMonthly => self.day_of_month > 0,
            Kind::AbsoluteYearly => self.day_of_month > 0 && self.month > 0,
            Kind::RelativeYearly => !self.days.is_empty() && self.month > 0,
        };
        // a day that the month never has
        let longest = match self.month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let possible = self.kind != Kind::AbsoluteYearly || self.day_of_month <= longest;
        if !complete || !possible || self.interval < 1 {
            return Err(GraphError::property());
        }
        self.drop_unused();
        Ok(self)
    }

    fn drop_unused(&mut self) {
        let absolute = matches!(self.kind, Kind::AbsoluteMonthly | Kind::AbsoluteYearly);
        let relative = matches!(self.kind, Kind::RelativeMonthly | Kind::RelativeYearly);
        if !absolute {
            self.day_of_month = 0;
        }
        if !relative {
            self.index = 1;
        }
        if !relative && self.kind != Kind::Weekly {
            self.days.clear();
        }
        if !matches!(self.kind, Kind::AbsoluteYearly | Kind::RelativeYearly) {
            self.month = 0;
        }
        if self.kind != Kind::Weekly {
            self.first_day = Weekday::Sunday;
        }
    }

    /// All members; unused ones hold the vendor's placeholders.
    fn to_json(&self) -> Value {
        let days: Vec<&str> = self.days.iter().map(|day| name_of(&DAYS, day)).collect();
        let mut json = json!({
            "type": name_of(&KINDS, &self.kind),
            "interval": self.interval,
            "month": self.month,
            "dayOfMonth": self.day_of_month,
            "firstDayOfWeek": name_of(&DAYS, &self.first_day),
            "index": name_of(&INDEXES, &self.index),
        });
        if !days.is_empty() {
            json["daysOfWeek"] = json!(days);
        }
        json
    }
}

impl Recurrence {
    /// Reads `{pattern, range}` of an event that starts on `start` in `zone`.
    pub(crate) fn read(value: &Value, start: Date, zone: &Zone) -> Result<Self> {
        let pattern = Pattern::read(value.get("pattern").unwrap_or(&Value::Null))?;
        let range = value.get("range").and_then(Value::as_object).ok_or_else(GraphError::property)?;
        let first = day(range.get("startDate"))?.ok_or_else(GraphError::property)?;
        if first != start {
            return Err(GraphError::invalid("The recurrence range's startDate must be the date of the event's start."));
        }
        let kinds = [("endDate", 0), ("noEnd", 1), ("numbered", 2)];
        let end = match named(&kinds, range.get("type"))?.ok_or_else(GraphError::property)? {
            0 => End::On(day(range.get("endDate"))?.filter(|last| *last >= first).ok_or_else(GraphError::property)?),
            1 => End::Never,
            _ => match number(range, "numberOfOccurrences", 999)? {
                0 => return Err(GraphError::property()),
                count => End::After(usize::try_from(count).unwrap_or(1)),
            },
        };
        // members that the type does not use are validated all the same
        day(range.get("endDate"))?;
        number(range, "numberOfOccurrences", 999)?;
        let zone = match range.get("recurrenceTimeZone").and_then(Value::as_str).filter(|name| !name.is_empty()) {
            None => zone.clone(),
            Some(name) => {
                let own = Zone::read(name).ok_or_else(|| GraphError::zone(name))?;
                if own.tz.iana_name() == zone.tz.iana_name() { zone.clone() } else { own }
            }
        };
        Ok(Self { pattern, start: first, end, zone })
    }

    pub(crate) fn to_json(&self) -> Value {
        let (kind, last, count) = match self.end {
            End::Never => ("noEnd", None, 0),
            End::On(date) => ("endDate", Some(date), 0),
            End::After(count) => ("numbered", None, count),
        };
        let last = last.map_or_else(|| "0001-01-01".to_owned(), |date| date.to_string());
        json!({
            "pattern": self.pattern.to_json(),
            "range": {
                "type": kind,
                "startDate": self.start.to_string(),
                "endDate": last,
                "recurrenceTimeZone": self.zone.name,
                "numberOfOccurrences": count,
            },
        })
    }
}
