//! Circles: local calendars that would feed each other through calendars of vendors.
//!
//! Marks keep a copy from being copied again (invariant 16), and yet a circle makes every event take
//! the long way round and confuses people: it is refused when it is configured.

use std::collections::BTreeSet;

/// A connection, as far as circles go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Local calendar.
    pub calendar: String,
    /// The vendor's calendar: equal for equal ones, whichever account reaches them.
    pub remote: String,
    /// Changes there come in.
    pub reads: bool,
    /// Changes here go out.
    pub writes: bool,
}

/// Why a link is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circle {
    /// The local calendar has that calendar of the vendor already.
    Twice,
    /// What goes out by it would come back into its local calendar through another one, or what comes
    /// in by it would go back.
    Closed,
}

/// Whether `new` makes a circle together with the links that are there.
#[must_use]
pub fn circle_of(new: &Link, others: &[Link]) -> Option<Circle> {
    let pair = |link: &&Link| (&link.calendar, &link.remote) == (&new.calendar, &new.remote);
    if others.iter().any(|link| pair(&link)) {
        return Some(Circle::Twice);
    }
    let comes_back = new.writes && leads(others, Place::Remote(&new.remote), Place::Calendar(&new.calendar));
    let goes_back = new.reads && leads(others, Place::Calendar(&new.calendar), Place::Remote(&new.remote));
    (comes_back || goes_back).then_some(Circle::Closed)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Calendar(&'a str),
    Remote(&'a str),
}

/// Whether changes at one place reach the other.
fn leads<'a>(links: &'a [Link], from: Place<'a>, to: Place<'a>) -> bool {
    let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(place) = open.pop() {
        if place == to {
            return true;
        }
        let next = links.iter().filter_map(|link| match place {
            Place::Calendar(id) if link.writes && link.calendar == id => Some(Place::Remote(&link.remote)),
            Place::Remote(id) if link.reads && link.remote == id => Some(Place::Calendar(&link.calendar)),
            Place::Calendar(_) | Place::Remote(_) => None,
        });
        for place in next {
            if seen.insert(place) {
                open.push(place);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(calendar: &str, remote: &str, reads: bool, writes: bool) -> Link {
        Link { calendar: calendar.into(), remote: remote.into(), reads, writes }
    }

    #[test]
    fn a_hub_and_a_shared_calendar_are_no_circles() {
        let hub = [link("home", "work", true, true), link("home", "club", true, true)];
        assert_eq!(circle_of(&link("home", "team", true, true), &hub), None);
        // Two people's local calendars with one calendar of the team.
        assert_eq!(circle_of(&link("bens", "work", true, true), &hub), None);
    }

    #[test]
    fn the_same_calendar_through_another_account_is_refused() {
        let known = [link("home", "work", true, false)];
        assert_eq!(circle_of(&link("home", "work", true, true), &known), Some(Circle::Twice));
    }

    #[test]
    fn local_calendars_that_would_feed_each_other_are_refused_whichever_link_comes_last() {
        let ring = [
            link("home", "work", true, false),
            link("home", "club", false, true),
            link("bens", "club", true, false),
            link("bens", "work", false, true),
        ];
        for last in 0..ring.len() {
            let mut others = ring.to_vec();
            let new = others.remove(last);
            assert_eq!(circle_of(&new, &others), Some(Circle::Closed), "{new:?}");
            let one_way = Link { reads: new.writes, writes: new.reads, ..new };
            assert_eq!(circle_of(&one_way, &others), None, "the other way round nothing comes back: {one_way:?}");
        }
    }
}
