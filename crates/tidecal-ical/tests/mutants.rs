//! Texts of other people's making, broken at random: whatever is read can be written, read again,
//! edited and expanded within its budget, and nothing panics.
#![allow(clippy::unwrap_used, missing_docs)]

use jiff::Timestamp;
use tidecal_ical::edit::{Change, Edit, apply};
use tidecal_ical::{Budget, Component, Range, ReadLimits, VEvent, Zone, expand, read, series_end, write};

const SEEDS: [&[u8]; 5] = [
    include_bytes!("fixtures/google.ics"),
    include_bytes!("fixtures/apple.ics"),
    include_bytes!("fixtures/junk.ics"),
    include_bytes!("fixtures/latin1.ics"),
    include_bytes!("fixtures/folded-in-character.ics"),
];

/// What breaks readers: put in, or in place of something.
const PIECES: [&str; 24] = [
    "\r\n",
    "\n ",
    ":",
    ";",
    "=",
    ",",
    "\"",
    "\\",
    "\0",
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "BEGIN:VALARM\r\n",
    "RRULE:FREQ=SECONDLY;BYSECOND=0,1,2,3,59\r\n",
    "RRULE:FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2\r\n",
    "COUNT=4294967295",
    "INTERVAL=4294967295",
    "UNTIL=99991231T235959Z",
    "-53",
    "99991231T235960Z",
    "00010101T000000",
    "P999999999W",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260101T000000Z\r\n",
    "TZID=Europe/Berlin",
    "RDATE;VALUE=PERIOD:20260101T000000Z/P1D\r\n",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides.max(1) as u64).unwrap()
    }
}

fn mutant(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = SEEDS[dice.roll(SEEDS.len())].to_vec();
    for _ in 0..1 + dice.roll(6) {
        let at = dice.roll(bytes.len());
        let end = (at + dice.roll(40)).min(bytes.len());
        match dice.roll(5) {
            0 => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => drop(bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].bytes()).collect::<Vec<_>>()),
        }
    }
    bytes
}

fn understood(bytes: &[u8]) -> Option<Vec<VEvent>> {
    let components = read(bytes, &ReadLimits::default()).ok()?.components;
    let events = components.into_iter().filter_map(|component| match component {
        Component::Event(event) => Some(VEvent { raw: String::new(), ..*event }),
        Component::Unreadable { .. } => None,
    });
    Some(events.collect())
}

/// Half of the inputs: the halves run side by side.
fn hold(seed: u64) {
    let mut dice = Dice(seed);
    let range = Range { start: Timestamp::MIN, end: Timestamp::MAX };
    let budget = Budget { candidates: 2_000, occurrences: 50 };
    let mut read_at_all = 0;
    for _ in 0..10_000 {
        let bytes = mutant(&mut dice);
        assert_eq!(apply(&bytes, &[]).unwrap_or_else(|_| bytes.clone()), bytes);
        let Some(events) = understood(&bytes) else { continue };
        read_at_all += 1;
        for event in &events {
            let found = expand(&event.when, &event.recurrence, range, &Zone::utc(), budget);
            assert!(found.is_ok_and(|found| found.occurrences.len() <= 50));
            let _ = series_end(&event.when, &event.recurrence, &Zone::utc(), budget);
        }
        let once = understood(write(None, &events).as_bytes()).unwrap();
        let twice = understood(write(None, &once).as_bytes()).unwrap();
        assert_eq!(once, twice, "{}", String::from_utf8_lossy(&bytes));
        let title = Edit::Change { slot: None, change: Change::Summary("A, b".into()) };
        if let Ok(edited) = apply(&bytes, std::slice::from_ref(&title)) {
            assert_eq!(apply(&edited, &[title]).unwrap(), edited);
            assert!(understood(&edited).unwrap().iter().any(|event| event.summary == "A, b"));
        }
    }
    assert!(read_at_all > 5_000, "{read_at_all}");
}

#[test]
fn broken_texts_are_read_alike_twice() {
    hold(1);
}

#[test]
fn other_broken_texts_are_read_alike_twice() {
    hold(2);
}
