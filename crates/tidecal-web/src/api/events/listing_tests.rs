//! What is kept, for whom, and for how long.

use tidecal_core::sync::EventKind;
use tidecal_ical::Recurrence;
use tidecal_store::Role;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn range() -> Range {
    Range { start: at("2026-11-01T00:00:00Z"), end: at("2026-12-13T00:00:00Z") }
}

fn scope(tenant: &str) -> TenantScope {
    TenantScope { tenant_id: tenant.to_owned(), user_id: "ada".to_owned(), role: Role::Member }
}

fn calendar(id: &str, seq: i64) -> Calendar {
    Calendar {
        id: id.to_owned(),
        owner_id: "ada".to_owned(),
        name: String::new(),
        color: None,
        time_zone: None,
        seq,
        created_at: at("2026-11-01T00:00:00Z"),
    }
}

fn key(tenant: &str, seq: i64) -> Key {
    Key::of(&scope(tenant), &[calendar("work", seq)], range(), None)
}

/// Two series that begin each day at the same time.
fn listing() -> Listing {
    let series = |id: &str| EventTimes {
        id: id.to_owned(),
        calendar_id: "work".to_owned(),
        series_id: id.to_owned(),
        kind: EventKind::Master,
        recurrence_id: None,
        when: When::AllDay { start: "2026-11-02".parse().unwrap(), end: "2026-11-03".parse().unwrap() },
        recurrence: Some(Recurrence { rules: vec!["FREQ=DAILY;COUNT=5".to_owned()], ..Recurrence::default() }),
        cancelled: false,
    };
    Listing::of(vec![series("b"), series("a")], range(), None, |_| Zone::utc())
}

#[test]
fn a_listing_goes_on_behind_every_position() {
    let listing = listing();
    let all: Vec<Position> = listing.after(None).map(|listed| listed.position()).collect();
    assert_eq!(all.len(), 10);
    assert!(all.is_sorted());
    for (number, position) in all.iter().enumerate() {
        let rest: Vec<Position> = listing.after(Some(position)).map(|listed| listed.position()).collect();
        assert_eq!(rest, all[number + 1..]);
        // Of an instance that is not there any more.
        let between = Position { id: format!("{}x", position.id), ..position.clone() };
        assert_eq!(listing.after(Some(&between)).next().map(|listed| listed.position()), all.get(number + 1).cloned());
    }
}

#[test]
fn a_listing_is_found_for_its_own_tenant_calendar_version_and_window_alone() {
    let listings = Listings::default();
    listings.keep(key("one", 1), &Arc::new(listing()));
    assert!(listings.find(&key("one", 1)).is_some());
    assert!(listings.find(&key("two", 1)).is_none(), "another tenant");
    assert!(listings.find(&key("one", 2)).is_none(), "a change since");
    let other = |calendars: &[Calendar], range, from| listings.find(&Key::of(&scope("one"), calendars, range, from));
    assert!(other(&[calendar("play", 1)], range(), None).is_none(), "another calendar");
    assert!(other(&[calendar("work", 1), calendar("play", 1)], range(), None).is_none(), "more calendars");
    let moved = Calendar { time_zone: Some("Asia/Tokyo".to_owned()), ..calendar("work", 1) };
    assert!(other(&[moved], range(), None).is_none(), "another zone");
    let longer = Range { end: at("2026-12-14T00:00:00Z"), ..range() };
    assert!(other(&[calendar("work", 1)], longer, None).is_none(), "another window");
    assert!(other(&[calendar("work", 1)], range(), Some(range().start)).is_none(), "a later piece");
}

#[test]
fn a_new_version_takes_the_place_of_the_old_one() {
    let listings = Listings::default();
    for seq in 1..100 {
        listings.keep(key("one", seq), &Arc::new(listing()));
    }
    let kept = listings.kept.lock().unwrap();
    assert_eq!((kept.entries.len(), kept.by_use.len()), (1, 1));
    assert_eq!(kept.bytes, kept.entries.values().map(|entry| entry.weight).sum::<usize>());
}

#[test]
fn what_was_not_asked_for_longest_makes_room_and_what_is_too_large_is_not_kept() {
    let one = Arc::new(listing());
    let weight = one.weight() + key("one", 1).weight();
    let listings = Listings { most_bytes: 3 * weight, ..Listings::default() };
    for tenant in ["one", "two", "three"] {
        listings.keep(key(tenant, 1), &one);
    }
    assert!(listings.find(&key("one", 1)).is_some());
    listings.keep(key("four", 1), &one);
    let found = ["one", "two", "three", "four"].map(|tenant| listings.find(&key(tenant, 1)).is_some());
    assert_eq!(found, [true, false, true, true]);
    assert!(listings.kept.lock().unwrap().bytes <= 3 * weight);
    let small = Listings { most_bytes: 2 * weight - 1, ..Listings::default() };
    small.keep(key("one", 1), &one);
    assert!(small.find(&key("one", 1)).is_none());
}
