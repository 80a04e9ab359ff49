//! Brakes, at whole runs.

use jiff::SignedDuration;

use super::tests::{World, event, gone, last, lost, more, single, world_with};
use crate::policy::Guard;
use crate::remote::{FailureClass, RemoteChange};
use crate::sync::instruction::Outcome;

fn rewritten(numbers: std::ops::Range<usize>) -> Vec<RemoteChange> {
    numbers.map(|n| single(&format!("e{n:03}"), "2", event(&format!("rewritten {n:03}"), 1))).collect()
}

fn held(world: &mut World) -> String {
    match world.run().outcome {
        Outcome::Held(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn count(world: &World, word: &str) -> usize {
    world.memory.titles().iter().filter(|title| title.starts_with(word)).count()
}

#[test]
fn a_mass_deletion_in_a_delta_changes_nothing_at_all() {
    let mut world = world_with(100);
    world.script.pages.push_back(last((0..60).map(|n| gone(&format!("e{n:03}"))).collect(), "c2"));
    let finish = world.run();
    assert!(matches!(finish.outcome, Outcome::Held(_)));
    assert_eq!(world.memory.events.len(), 100);
}

#[test]
fn rewriting_most_of_a_calendar_waits_for_a_person() {
    let mut world = world_with(40);
    world.script.pages.push_back(last(rewritten(0..21), "c2"));
    assert_eq!(held(&mut world), "21 of 40 events of the local calendar would be rewritten at once");
    assert_eq!((count(&world, "rewritten"), count(&world, "title")), (0, 40));
    assert!(world.memory.cursor.as_deref().unwrap().ends_with("|c1"), "told again by the next delta");

    world.released = true;
    world.script.pages.push_back(last(rewritten(0..21), "c2"));
    assert_eq!(world.run().outcome, Outcome::Done);
    assert_eq!((count(&world, "rewritten"), count(&world, "title")), (21, 19));
}

#[test]
fn half_a_calendar_and_a_small_one_may_be_rewritten() {
    for (events, changed) in [(40, 20), (19, 19)] {
        let mut world = world_with(events);
        world.script.pages.push_back(last(rewritten(0..changed), "c2"));
        assert_eq!(world.run().outcome, Outcome::Done, "{changed} of {events}");
        assert_eq!(count(&world, "rewritten"), changed);
    }
}

#[test]
fn pages_of_rewriting_count_together() {
    let mut world = world_with(40);
    world.script.pages.push_back(more(rewritten(0..15), "p2"));
    world.script.pages.push_back(last(rewritten(15..30), "c2"));
    assert_eq!(held(&mut world), "30 of 40 events of the local calendar would be rewritten at once");
    assert_eq!(count(&world, "rewritten"), 15, "the page before was no harm");
}

#[test]
fn new_versions_of_the_same_content_are_no_rewriting() {
    let mut world = world_with(40);
    let same = (0..40).map(|n| single(&format!("e{n:03}"), "2", event(&format!("title {n:03}"), 1))).collect();
    world.script.pages.push_back(last(same, "c2"));
    assert_eq!(world.run().outcome, Outcome::Done);
}

#[test]
fn a_calendar_that_is_suddenly_empty_waits_however_wide_the_deletion_guard_is() {
    let wide = Guard { most: 1_000, share_from: 1_000, share_percent: 100 };
    let mut world = world_with(12);
    world.guard = wide;
    world.script.pages.push_back(lost());
    world.script.pages.push_back(last(vec![], "c9"));
    assert_eq!(held(&mut world), "the vendor's calendar is suddenly empty: it had 12 events");
    assert_eq!(world.memory.events.len(), 12);

    let mut world = world_with(12);
    world.guard = wide;
    world.script.pages.push_back(last((0..12).map(|n| gone(&format!("e{n:03}"))).collect(), "c2"));
    assert_eq!(held(&mut world), "the vendor's calendar is suddenly empty: it had 12 events");

    let mut world = world_with(12);
    world.guard = wide;
    world.script.pages.push_back(last((0..11).map(|n| gone(&format!("e{n:03}"))).collect(), "c2"));
    assert_eq!(world.run().outcome, Outcome::Done, "one is left");
}

#[test]
fn a_clock_that_jumped_stops_the_run_before_it_asks_anybody() {
    let mut world = world_with(3);
    world.last_look = world.now.checked_add(SignedDuration::from_mins(30)).ok();
    let asked = world.script.queries.len();
    let Outcome::Failed(failure) = world.run().outcome else { panic!("it ran") };
    assert_eq!(failure.class, FailureClass::Configuration);
    assert_eq!(failure.detail, "sync: this server's clock stands 30 minutes before its last sync");
    assert_eq!(world.script.queries.len(), asked);

    // The clock stays as it is: it is believed.
    world.last_look = Some(world.now);
    world.script.pages.push_back(last(vec![], "c2"));
    assert_eq!(world.run().outcome, Outcome::Done);
}
