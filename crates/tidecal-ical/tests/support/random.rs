//! Random rules, valid by RFC 5545 3.3.10.

use proptest::collection::btree_set;
use proptest::option::weighted;
use proptest::prelude::*;

/// A rule without COUNT and UNTIL.
pub fn rule() -> impl Strategy<Value = String> {
    let freq = prop_oneof![
        1 => Just("MINUTELY"), 2 => Just("HOURLY"), 4 => Just("DAILY"), 6 => Just("WEEKLY"), 6 => Just("MONTHLY"), 6 => Just("YEARLY"),
    ];
    freq.prop_flat_map(|freq| (Just(freq), interval(freq), days(freq), times(freq), week_start()))
        .prop_map(|(freq, interval, days, times, week_start)| format!("FREQ={freq}{interval}{days}{times}{week_start}"))
}

fn interval(freq: &'static str) -> impl Strategy<Value = String> {
    let most: u32 = if freq == "MINUTELY" { 400 } else { 5 };
    prop_oneof![3 => Just(String::new()), 2 => (2..=most).prop_map(|interval| format!(";INTERVAL={interval}"))]
}

fn week_start() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 1 => weekday().prop_map(|day| format!(";WKST={day}"))]
}

fn weekday() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
}

fn list(name: &'static str, numbers: impl Strategy<Value = i32>, odds: f64) -> impl Strategy<Value = String> {
    weighted(odds, btree_set(numbers, 1..4)).prop_map(move |numbers| match numbers {
        Some(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!(";{name}={}", numbers.join(","))
        }
        None => String::new(),
    })
}

fn signed(most: i32) -> impl Strategy<Value = i32> {
    prop_oneof![3 => 1..=most, 1 => -most..=-1]
}

fn by_day(freq: &'static str) -> BoxedStrategy<String> {
    let plain = btree_set(weekday(), 1..5).prop_map(|days| days.into_iter().collect::<Vec<_>>().join(","));
    let nth = match freq {
        "MONTHLY" => 5,
        "YEARLY" => 53,
        _ => 0,
    };
    if nth == 0 {
        return plain.prop_map(|days| format!(";BYDAY={days}")).boxed();
    }
    let counted = prop::collection::vec((signed(nth), weekday()), 1..3)
        .prop_map(|days| days.into_iter().map(|(nth, day)| format!("{nth}{day}")).collect::<Vec<_>>().join(","));
    prop_oneof![1 => plain, 1 => counted].prop_map(|days| format!(";BYDAY={days}")).boxed()
}

fn days(freq: &'static str) -> BoxedStrategy<String> {
    let month = list("BYMONTH", 1..=12, 0.3);
    let day = prop_oneof![1 => Just(String::new()), 1 => by_day(freq)];
    let month_day = list("BYMONTHDAY", signed(31), 0.3);
    let year_day = list("BYYEARDAY", signed(366), 0.4);
    let week = list("BYWEEKNO", signed(53), 0.95);
    match freq {
        "WEEKLY" => (month, day).prop_map(|(month, day)| month + &day).boxed(),
        "DAILY" | "MONTHLY" => {
            (month, month_day, day).prop_map(|(month, of_month, day)| month + &of_month + &day).boxed()
        }
        "YEARLY" => {
            let usual = (month, month_day, day).prop_map(|(month, of_month, day)| month + &of_month + &day);
            let plain_day = prop_oneof![1 => Just(String::new()), 1 => by_day("WEEKLY")];
            let by_week = (week, plain_day).prop_map(|(week, day)| week + &day);
            prop_oneof![4 => usual, 1 => year_day, 1 => by_week].boxed()
        }
        _ => (month, month_day, day, year_day)
            .prop_map(
                |(month, of_month, day, of_year)| if of_year.is_empty() { month + &of_month + &day } else { of_year },
            )
            .boxed(),
    }
}

fn times(freq: &'static str) -> impl Strategy<Value = String> {
    let odds = if matches!(freq, "HOURLY" | "MINUTELY") { 0.3 } else { 0.15 };
    let times = (list("BYHOUR", 0..=23, odds), list("BYMINUTE", 0..=59, odds), list("BYSECOND", 0..=59, 0.1));
    let position = list("BYSETPOS", signed(4), 0.2);
    (times, position).prop_map(|((hour, minute, second), position)| hour + &minute + &second + &position)
}
