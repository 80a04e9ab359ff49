//! Names of zones as calendars write them.
#![allow(clippy::unwrap_used, missing_docs)]

use tidecal_ical::{Zone, resolve_zone, windows_zone};

fn fixture() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let rows = include_str!("fixtures/windows-zones.txt").lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let columns: Vec<&str> = line.split('|').collect();
        (columns[0], columns[1], columns[2].split(' ').collect())
    })
    .collect()
}

fn same_rules(a: &str, b: &str) -> bool {
    let offsets = |name: &str| {
        let rules = Zone::iana(name).unwrap().rules();
        let months = (0..240).map(|month| jiff::Timestamp::from_second(946_684_800 + month * 2_629_746).unwrap());
        months.map(|at| rules.to_offset(at)).collect::<Vec<_>>()
    };
    offsets(a) == offsets(b)
}

#[test]
fn every_windows_name_round_trips_and_means_the_zone_that_cldr_says() {
    let rows = fixture();
    assert_eq!(rows.len(), 139);
    for (windows, iana, _) in rows {
        let found = resolve_zone(windows).unwrap_or_else(|| panic!("{windows} is unknown"));
        assert!(!found.guessed, "{windows}");
        assert_eq!(windows_zone(&found.zone), Some(windows));
        assert!(same_rules(found.zone.name(), iana), "{windows}: {} is not {iana}", found.zone.name());
        let shouted = resolve_zone(&windows.to_uppercase()).unwrap();
        assert_eq!(shouted, found, "{windows} in capitals");
    }
}

#[test]
fn every_iana_name_of_cldr_maps_to_its_windows_zone_also_by_its_present_name() {
    let mut count = 0;
    for (windows, _, ids) in fixture() {
        for id in ids {
            count += 1;
            let as_written = Zone::iana(id).unwrap();
            assert_eq!(windows_zone(&as_written), Some(windows), "{id}");
            let present = resolve_zone(id).unwrap();
            assert_eq!(windows_zone(&present.zone), Some(windows), "{id} is now {}", present.zone.name());
            assert!(!present.guessed);
        }
    }
    assert_eq!(count, 445);
}

#[test]
fn every_name_of_the_tz_database_resolves_to_a_zone_with_its_rules() {
    let mut without = Vec::new();
    for name in jiff::tz::db().available() {
        let name = name.to_string();
        if matches!(name.as_str(), "Factory" | "Etc/Unknown" | "localtime" | "posixrules") {
            assert_eq!(resolve_zone(&name), None);
            continue;
        }
        let found = resolve_zone(&name).unwrap_or_else(|| panic!("{name} is unknown"));
        assert!(!found.guessed && same_rules(found.zone.name(), &name), "{name}");
        assert_eq!(resolve_zone(&name.to_lowercase()).as_ref(), Some(&found), "{name} in lower case");
        if windows_zone(&found.zone).is_none() {
            without.push(name);
        }
    }
    assert_eq!(without, ["Antarctica/Troll"]);
}

#[test]
fn names_that_say_which_zone_are_no_guesses() {
    let table = [
        ("Europe/Berlin", "Europe/Berlin"),
        ("EUROPE/berlin", "Europe/Berlin"),
        ("\"America/New_York\"", "America/New_York"),
        (" America/New_York ", "America/New_York"),
        ("US/Eastern", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("Z", "UTC"),
        ("utc", "UTC"),
        ("GMT", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT", "UTC"),
        ("Coordinated Universal Time", "UTC"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Etc/GMT-2", "Etc/GMT-2"),
        ("/mozilla.org/20050126_1/America/Denver", "America/Denver"),
        ("/mozilla.org/20070129_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("/freeassociation.sourceforge.net/Europe/Vienna", "Europe/Vienna"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Vienna", "Europe/Vienna"),
        ("/softwarestudio.org/Tzfile/Asia/Tokyo", "Asia/Tokyo"),
        ("/citadel.org/20210210_1/Australia/Sydney", "Australia/Sydney"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe  standard time", "Europe/Berlin"),
        ("Romance Standard Time", "Europe/Paris"),
        ("Pacific Standard Time (Mexico)", "America/Tijuana"),
        ("UTC-11", "Etc/GMT+11"),
        ("UTC+12", "Etc/GMT-12"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam\\, Berlin\\, Bern\\, Rome\\, Stockholm\\, Vienna", "Europe/Berlin"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-07:00) Mountain Time (US & Canada)", "America/Denver"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("GMT+0200", "Etc/GMT-2"),
        ("GMT+02:00", "Etc/GMT-2"),
        ("GMT-5", "Etc/GMT+5"),
        ("UTC+2", "Etc/GMT-2"),
        ("+0100", "Etc/GMT-1"),
        ("-08:00", "Etc/GMT+8"),
        ("GMT+0000", "UTC"),
    ];
    for (name, zone) in table {
        let found = resolve_zone(name).unwrap_or_else(|| panic!("{name} is unknown"));
        assert_eq!((found.zone.name(), found.guessed), (zone, false), "{name}");
    }
}

#[test]
fn what_is_derived_says_so() {
    let table = [
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien", "Europe/Berlin"),
        ("(GMT+01:00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", "Europe/Berlin"),
        ("(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(UTC+05:30) Chennai, Kalkutta, Mumbai, Neu-Delhi", "Asia/Kolkata"),
        ("(UTC+02:00) Nirgendwo", "Etc/GMT-2"),
        ("(UTC\u{2212}05:00) Lima", "America/Bogota"),
        ("(UTC+01:00) Zagreb", "Europe/Warsaw"),
        ("(UTC+01:00) Oslo", "Europe/Oslo"),
        ("GMT+0530", "Asia/Kolkata"),
        ("America/New York", "America/New_York"),
        ("W. Europe Daylight Time", "Europe/Berlin"),
        ("W. Europe Standard Time 1", "Europe/Berlin"),
        ("Europe/Berlin (Mitteleuropa)", "Europe/Berlin"),
        ("Eastern Time", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("CEST", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
    ];
    for (name, zone) in table {
        let found = resolve_zone(name).unwrap_or_else(|| panic!("{name} is unknown"));
        assert_eq!((found.zone.name(), found.guessed), (zone, true), "{name}");
    }
}

#[test]
fn what_says_nothing_is_no_zone() {
    let long = "x".repeat(100_000);
    let names = [
        "",
        " ",
        "\"\"",
        "Customized Time Zone",
        "Customized Time Zone 1",
        "tzone://Microsoft/Custom",
        "Local",
        "Etc/Unknown",
        "floating",
        "/",
        "///",
        "(",
        "(UTC+99:00)",
        "(UTC+01:00",
        "GMT+",
        "GMT+9999",
        "(UTC+é) Ö",
        "Mars/Olympus",
        &long,
    ];
    for name in names {
        assert_eq!(resolve_zone(name), None, "{name:?}");
    }
}
