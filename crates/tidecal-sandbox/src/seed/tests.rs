use std::collections::BTreeSet;

use crate::clock::ClockStart;
use crate::config::SandboxConfig;
use crate::data::moment::text;
use crate::state::World;

fn world(seed: u64) -> World {
    World::new(SandboxConfig {
        seed,
        start: ClockStart::At("2026-11-21T10:00:00Z".parse().unwrap()),
        ..SandboxConfig::default()
    })
}

fn dump(world: &World) -> Vec<String> {
    world.calendars.values().flat_map(|c| c.events.values().map(|e| e.json.to_string())).collect()
}

#[test]
fn the_same_seed_and_time_give_the_same_data() {
    assert_eq!(dump(&world(1)), dump(&world(1)));
    assert_ne!(dump(&world(1)), dump(&world(2)));
}

#[test]
fn every_person_has_a_lifelike_amount_in_four_calendars() {
    let world = world(1);
    for person in ["ada@example.com", "ben@example.com"] {
        assert_eq!(world.listings[person].entries.len(), 4, "{person}");
        let items = world.calendars[person].events.len();
        assert!((120..=210).contains(&items), "{person} has {items} items");
    }
}

#[test]
fn the_data_covers_what_clients_stumble_over() {
    let world = world(1);
    let bodies: Vec<_> = world.calendars.values().flat_map(|c| c.events.values().map(|e| e.body())).collect();
    let types: BTreeSet<_> = bodies.iter().filter_map(|body| text(body, "eventType")).collect();
    for wanted in ["birthday", "default", "focusTime", "outOfOffice", "workingLocation"] {
        assert!(types.contains(wanted), "no {wanted}");
    }
    let count = |test: &dyn Fn(&crate::data::event::Body) -> bool| bodies.iter().filter(|body| test(body)).count();
    let gaps = count(&|b| text(b, "status") == Some("cancelled") && b.contains_key("recurringEventId"));
    let moved = count(&|b| {
        b.contains_key("recurringEventId")
            && text(b, "status") != Some("cancelled")
            && b["start"]["dateTime"] != b["originalStartTime"]["dateTime"]
    });
    let journeys = count(&|b| b["start"]["timeZone"] != b["end"]["timeZone"]);
    let split = count(&|b| text(b, "id").is_some_and(|id| id.contains("_R")));
    let rooms = count(&|b| b.contains_key("conferenceData"));
    let declined = count(&|b| {
        b.get("attendees")
            .and_then(|list| list.as_array())
            .is_some_and(|list| list.iter().any(|a| a["self"] == true && a["responseStatus"] == "declined"))
    });
    for (what, number, least) in [
        ("gaps", gaps, 8),
        ("moved occurrences", moved, 4),
        ("journeys", journeys, 4),
        ("split series items", split, 3),
        ("rooms", rooms, 20),
        ("declined invitations", declined, 1),
    ] {
        assert!(number >= least, "{number} {what}");
    }
}

#[test]
fn a_meeting_of_both_stands_in_both_calendars_under_one_id() {
    let world = world(1);
    let (ada, ben) = (&world.calendars["ada@example.com"], &world.calendars["ben@example.com"]);
    let (id, standup) =
        ada.events.iter().find(|(_, e)| text(&e.body(), "summary") == Some("Team stand-up") && e.recurring).unwrap();
    assert_eq!(standup.body()["organizer"]["self"], true);
    let copy = ben.events[id].body();
    assert!(copy["organizer"].get("self").is_none());
    assert_eq!(copy["iCalUID"], standup.body()["iCalUID"]);
    assert_eq!(copy["start"]["timeZone"], "Europe/Vienna");
    assert!(copy["start"]["dateTime"].as_str().unwrap().ends_with("-04:00"));
    assert!(ben.exceptions(id).count() >= 4, "exceptions are copied, too");
}

#[test]
fn people_see_titles_on_all_their_calendars() {
    let world = world(1);
    for (person, listing) in &world.listings {
        for (id, entry) in &listing.entries {
            let hidden = world.calendars[id]
                .events
                .values()
                .filter(|stored| stored.private && !entry.role.sees_private() && !stored.cancelled)
                .count();
            let team = id.starts_with("team-") && person.starts_with("ben");
            assert_eq!(hidden, usize::from(team), "{person} on {id}");
        }
    }
}

#[test]
fn bulk_data_has_the_number_asked_for() {
    let mut world = world(1);
    assert_eq!(super::populate::populate(&mut world, "ada@example.com", 500, 9), 500);
}
