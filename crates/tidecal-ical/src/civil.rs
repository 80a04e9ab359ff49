//! Calendar arithmetic on plain integers: days since 1970-01-01 and seconds of a wall clock.
//!
//! Wall-clock seconds count what a clock on the wall shows and know no zone; the expansion of a
//! rule works on them alone and turns to [`jiff`] only for the instants of what it found.

use jiff::civil::{Date, DateTime};

/// Seconds of a day without a clock change.
pub(crate) const DAY: i64 = 86_400;

/// Day number of 9999-12-31, the last date an iCalendar text can spell.
pub(crate) const LAST_DAY: i64 = 2_932_896;

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Counts from 1 March, so that
/// the leap day is the last day of a year.
pub(crate) fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day number; the reverse of [`day_of`].
pub(crate) fn date_of(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

/// Day of the week, Monday being 0.
pub(crate) fn weekday_of(day: i64) -> u8 {
    u8::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// Whether the year has a 29 February.
pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// 365 or 366.
pub(crate) fn days_in_year(year: i64) -> i64 {
    365 + i64::from(is_leap(year))
}

/// Number of days of a month (1 to 12).
pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}

/// Week-numbering year, week and number of weeks of that year: ISO 8601 with any first day of the
/// week (RFC 5545 3.3.10, WKST). A week belongs to the year that holds its fourth day.
pub(crate) fn week_of(day: i64, week_start: u8) -> (i64, i64, i64) {
    let fourth = |day: i64| day + 3 - (i64::from(weekday_of(day)) - i64::from(week_start)).rem_euclid(7);
    let middle = fourth(day);
    let (year, _, _) = date_of(middle);
    let first = day_of(year, 1, 1);
    let last_week = fourth(day_of(year, 12, 28));
    (year, (middle - first) / 7 + 1, (last_week - first) / 7 + 1)
}

/// First day of the first week of a week-numbering year, and its number of weeks (see [`week_of`]).
pub(crate) fn weeks_of_year(year: i64, week_start: u8) -> (i64, i64) {
    // The week that holds 4 January is the first one.
    let begin = |year: i64| {
        let day = day_of(year, 1, 4);
        day - (i64::from(weekday_of(day)) - i64::from(week_start)).rem_euclid(7)
    };
    let first = begin(year);
    (first, (begin(year + 1) - first) / 7)
}

/// Wall-clock seconds of a date and time.
pub(crate) fn seconds_of(at: DateTime) -> i64 {
    day_number(at.date()) * DAY + i64::from(at.hour()) * 3_600 + i64::from(at.minute()) * 60 + i64::from(at.second())
}

/// Day number of a date.
pub(crate) fn day_number(date: Date) -> i64 {
    day_of(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// The date of a day number; `None` outside the years jiff can express.
pub(crate) fn date(day: i64) -> Option<Date> {
    let (year, month, day) = date_of(day);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The date and time of wall-clock seconds; `None` outside the years jiff can express.
pub(crate) fn date_time(seconds: i64) -> Option<DateTime> {
    let of_day = i32::try_from(seconds.rem_euclid(DAY)).ok()?;
    let small = |value: i32| i8::try_from(value).ok();
    let date = date(seconds.div_euclid(DAY))?;
    Some(date.at(small(of_day / 3_600)?, small(of_day / 60 % 60)?, small(of_day % 60)?, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_run_both_ways() {
        assert_eq!(day_of(1970, 1, 1), 0);
        assert_eq!(day_of(9999, 12, 31), LAST_DAY);
        for day in (-800_000..800_000).step_by(7) {
            let (year, month, of_month) = date_of(day);
            assert_eq!(day_of(year, month, of_month), day);
            assert_eq!(date(day).map(day_number), Some(day));
        }
    }

    #[test]
    fn weeks_are_numbered_as_iso_8601_does() {
        assert_eq!(week_of(day_of(2026, 1, 1), 0), (2026, 1, 53));
        assert_eq!(week_of(day_of(2027, 1, 1), 0), (2026, 53, 53));
        assert_eq!(week_of(day_of(2021, 1, 3), 0), (2020, 53, 53));
        assert_eq!(week_of(day_of(2026, 1, 3), 6), (2025, 53, 53));
        assert_eq!(week_of(day_of(2026, 1, 4), 6), (2026, 1, 52));
    }

    #[test]
    fn a_year_has_the_weeks_that_its_days_are_in() {
        for day in (-80_000..80_000).step_by(3) {
            for start in 0..7 {
                let (year, week, weeks) = week_of(day, start);
                let (first, count) = weeks_of_year(year, start);
                assert!((first + (week - 1) * 7..first + week * 7).contains(&day), "{day} {start}");
                assert_eq!(count, weeks);
            }
        }
    }

    #[test]
    fn seconds_of_a_date_time_run_both_ways() {
        let at = jiff::civil::date(1995, 2, 28).at(23, 59, 58, 0);
        assert_eq!(date_time(seconds_of(at)), Some(at));
    }
}
