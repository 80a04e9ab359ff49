//! Spellings of single fields. Whole requests are tested at the interface.

use super::*;

#[test]
fn times_are_read_as_dates_wall_clock_times_and_instants() {
    let read = |text: &str| time("start", text).ok();
    assert_eq!(read("2026-12-07"), Some(TimeText::Date(jiff::civil::date(2026, 12, 7))));
    let nine = jiff::civil::date(2026, 12, 7).at(9, 0, 0, 0);
    for text in ["2026-12-07T09:00:00", "2026-12-07T09:00", " 2026-12-07T09:00:00 "] {
        assert_eq!(read(text), Some(TimeText::Local(nine)), "{text}");
    }
    let at = "2026-12-07T08:00:00Z".parse().unwrap();
    for text in ["2026-12-07T08:00:00Z", "2026-12-07T09:00:00+01:00", "2026-12-07T09:00+01:00"] {
        assert_eq!(read(text), Some(TimeText::Instant(at)), "{text}");
    }
    for wrong in [
        "",
        "2026-13-07",
        "2026-12-07 09:00",
        "2026-12-07T25:00:00",
        "2026-12-07T09:00:00+99:00",
        "today",
        "2026-12-07T09:00:00[Europe/Vienna]",
        "1765094400",
        "20261207T090000Z",
        "ääääääääääääääää",
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn addresses_are_told_from_what_is_none() {
    for good in ["a@b.test", "ada+cal@example.com", "o'neil@sub.example.org", "ada@localhost", "grüße@example.com"] {
        assert!(is_address(good), "{good}");
    }
    let long = format!("{}@example.com", "a".repeat(65));
    for wrong in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "a@b@c.test",
        "a@.test",
        "a@b..test",
        "<a@b.test>",
        "a@b.test,c@d.test",
        "a@b.test\n",
        &long,
    ] {
        assert!(!is_address(wrong), "{wrong}");
    }
}
