//! Laws and tables of the merge.

use super::*;
use crate::model::{Event, Response};
use tidecal_ical::{Moment, When, Zone};

fn event(title: &str) -> Event {
    let at = |hour| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::utc());
    Event { title: title.into(), ..Event::at(When::Timed { start: at(9), end: at(10) }) }
}

fn guest(email: &str) -> Attendee {
    Attendee { email: email.into(), ..Attendee::default() }
}

fn changed(field: Field, of: &Event) -> Event {
    let mut other = event("changed");
    other.description = "changed".into();
    other.location = "changed".into();
    other.when = When::AllDay { start: jiff::civil::date(2027, 1, 1), end: jiff::civil::date(2027, 1, 2) };
    other.status = crate::model::Status::Tentative;
    other.visibility = crate::model::Visibility::Private;
    other.transparency = crate::model::Transparency::Transparent;
    other.attendees = vec![guest("new@example.com")];
    other.reminders = crate::model::Reminders::Own(vec![]);
    other.conference = Some(crate::model::Conference::default());
    other.categories = vec!["changed".into()];
    other.links = vec![crate::model::Link::default()];
    let mut result = of.clone();
    field.copy(&other, &mut result);
    result
}

#[test]
fn a_change_on_one_side_is_taken_whichever_side_made_it() {
    let base = event("base");
    for field in Field::ALL {
        let edited = changed(field, &base);
        assert!(!field.equal(&base, &edited), "{field:?} must differ");
        for (local, remote) in [(&edited, &base), (&base, &edited)] {
            let merged = merge(Bases::both(Some(&base)), local, remote, ConflictPolicy::Ask);
            assert_eq!(merged.event, edited, "{field:?}");
            assert!(merged.conflicts.is_empty(), "{field:?}");
        }
    }
}

#[test]
fn changes_of_different_fields_both_survive() {
    let base = event("base");
    for mine in Field::ALL {
        for theirs in Field::ALL.into_iter().filter(|theirs| *theirs != mine) {
            let (local, remote) = (changed(mine, &base), changed(theirs, &base));
            let merged = merge(Bases::both(Some(&base)), &local, &remote, ConflictPolicy::Ask);
            assert!(merged.conflicts.is_empty(), "{mine:?} and {theirs:?}");
            assert!(mine.equal(&merged.event, &local) && theirs.equal(&merged.event, &remote), "{mine:?} {theirs:?}");
        }
    }
}

#[test]
fn a_field_that_both_changed_waits_for_a_person_and_keeps_the_local_value() {
    let (base, local, remote) = (event("base"), event("mine"), event("theirs"));
    let merged = merge(Bases::both(Some(&base)), &local, &remote, ConflictPolicy::Ask);
    assert_eq!((merged.conflicts, merged.event.title.as_str()), (vec![Field::Title], "mine"));
}

#[test]
fn a_policy_names_the_winner_and_says_who_was_overruled() {
    let (base, local, remote) = (event("base"), event("mine"), event("theirs"));
    for (policy, winner) in [(ConflictPolicy::Local, "mine"), (ConflictPolicy::Remote, "theirs")] {
        let merged = merge(Bases::both(Some(&base)), &local, &remote, policy);
        assert_eq!((merged.event.title.as_str(), merged.conflicts.len()), (winner, 0));
        assert_eq!(merged.overruled, vec![Field::Title]);
    }
}

#[test]
fn who_wins_over_the_other_side_has_its_word_for_a_base() {
    let (base, local, remote) = (event("base"), event("mine"), event("theirs"));
    let merged = merge(Bases::both(Some(&base)), &local, &remote, ConflictPolicy::Local);
    assert_eq!((merged.event.title.as_str(), merged.local_base.title.as_str()), ("mine", "theirs"));
    // Taken back later, it is no edit any more: the next word from there counts.
    let (bases, next) = (Bases { local: Some(&merged.local_base), remote: Some(&remote) }, event("next"));
    let merged = merge(bases, &remote, &next, ConflictPolicy::Local);
    assert_eq!((merged.event.title.as_str(), merged.overruled.len()), ("next", 0));
}

#[test]
fn the_same_change_on_both_sides_is_no_conflict() {
    let (base, both) = (event("base"), event("both"));
    let merged = merge(Bases::both(Some(&base)), &both, &both, ConflictPolicy::Ask);
    assert_eq!((merged.event.title.as_str(), merged.conflicts.len()), ("both", 0));
}

#[test]
fn without_a_base_every_difference_is_a_conflict() {
    let merged = merge(Bases::default(), &event("mine"), &event("theirs"), ConflictPolicy::Ask);
    assert_eq!((merged.conflicts, merged.event.title.as_str()), (vec![Field::Title], "mine"));
}

#[test]
fn guests_merge_by_address_and_answer_for_themselves() {
    let mut base = event("base");
    base.attendees = vec![guest("ada@example.com"), guest("ben@example.com")];
    let mut local = base.clone();
    local.attendees = vec![guest("ada@example.com"), guest("cleo@example.com")]; // ben out, cleo in
    local.attendees[0].name = "Ada".into();
    let mut remote = base.clone();
    remote.attendees.push(guest("dan@example.com")); // dan in
    remote.attendees[0].response = Response::Accepted;
    let merged = merge(Bases::both(Some(&base)), &local, &remote, ConflictPolicy::Ask).event.attendees;
    let who: Vec<&str> = merged.iter().map(|it| it.email.as_str()).collect();
    assert_eq!(who, ["ada@example.com", "cleo@example.com", "dan@example.com"]);
    assert_eq!(merged[0].response, Response::Accepted);
}

#[test]
fn a_description_that_the_server_wrapped_in_html_is_not_a_change() {
    let mut base = event("base");
    base.description = "Agenda\none".into();
    let mut remote = base.clone();
    remote.description = "<html><body>Agenda<br>one</body></html>".into();
    assert!(same(&base, &remote));
}

#[test]
fn a_guest_whom_the_vendor_never_listed_is_not_lost_when_it_changes_something_else() {
    let guests = |list: &[&str]| list.iter().map(|email| guest(email)).collect::<Vec<_>>();
    let mine = Event { attendees: guests(&["ada@example.com", "eve@example.com"]), ..event("base") };
    let base_there = Event { attendees: guests(&["ada@example.com"]), ..event("base") };
    let theirs = Event { title: "theirs".into(), ..base_there.clone() };
    let bases = Bases { local: Some(&mine), remote: Some(&base_there) };
    let merged = merge(bases, &mine, &theirs, ConflictPolicy::Remote).event;
    assert_eq!((merged.title.as_str(), &merged.attendees), ("theirs", &mine.attendees));
    // Nor does one come in whom only the vendor lists, and always did.
    let base_there = Event { attendees: guests(&["ada@example.com", "room@example.com"]), ..event("base") };
    let theirs = Event { title: "theirs".into(), ..base_there.clone() };
    let bases = Bases { local: Some(&mine), remote: Some(&base_there) };
    let merged = merge(bases, &mine, &theirs, ConflictPolicy::Remote);
    assert_eq!((&merged.event.attendees, &merged.local_base.attendees), (&mine.attendees, &mine.attendees));
}

#[test]
fn guests_who_were_added_or_removed_here_wait_for_their_way_out() {
    let guests = |list: &[&str]| list.iter().map(|email| guest(email)).collect::<Vec<_>>();
    let base = Event { attendees: guests(&["ada@example.com", "eve@example.com"]), ..event("base") };
    let mine = Event { attendees: guests(&["ada@example.com", "new@example.com"]), ..base.clone() };
    let theirs = Event { title: "theirs".into(), ..base.clone() };
    let merged = merge(Bases::both(Some(&base)), &mine, &theirs, ConflictPolicy::Ask);
    assert_eq!((merged.event.attendees, merged.local_base.attendees), (mine.attendees, base.attendees));
}

#[test]
fn what_a_vendor_only_spells_otherwise_is_no_conflict_where_nothing_was_agreed_on() {
    let mine = event("base");
    let theirs = changed(Field::Reminders, &mine);
    let merged = merge(Bases::both(None), &mine, &theirs, ConflictPolicy::Ask);
    assert_eq!((merged.conflicts.len(), &merged.event.reminders), (0, &mine.reminders));
    assert_eq!(merge(Bases::both(None), &theirs, &mine, ConflictPolicy::Ask).conflicts, [Field::Reminders]);
    // Nor is a zone that the vendor calls otherwise.
    let at =
        |hour, zone: &str| Moment::zoned(jiff::civil::date(2026, 11, 21).at(hour, 0, 0, 0), Zone::iana(zone).unwrap());
    let vienna = Event::at(When::Timed { start: at(9, "Europe/Vienna"), end: at(10, "Europe/Vienna") });
    let berlin = Event::at(When::Timed { start: at(9, "Europe/Berlin"), end: at(10, "Europe/Berlin") });
    let london = Event::at(When::Timed { start: at(9, "Europe/London"), end: at(10, "Europe/London") });
    assert_eq!(merge(Bases::both(None), &vienna, &berlin, ConflictPolicy::Ask).conflicts, []);
    assert_eq!(merge(Bases::both(None), &vienna, &london, ConflictPolicy::Ask).conflicts, [Field::Time]);
}
