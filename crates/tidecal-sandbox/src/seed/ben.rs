//! The second person's calendar: head of sales in New York who learns French.

use jiff::civil::Weekday;
use serde_json::json;

use super::draft::{Draft, Guest};
use super::planter::Planter;
use super::weekly::{self, Taste, Title};
use crate::config::Person;
use crate::state::World;

const WORK: &[Title] = &[
    ("Pipeline check", Some(("09:30", 30))),
    ("Demo for Harbor Freight Co-op", Some(("11:00", 60))),
    ("Contract call: Dubois SARL", Some(("08:30", 45))),
    ("Quarterly forecast", Some(("14:00", 90))),
    ("Appel client: Maison Laurent", Some(("09:00", 30))),
    ("Proposal deadline: City of Albany", None),
    ("Sales training", Some(("13:00", 120))),
    ("Coffee with Grace", Some(("10:00", 30))),
    ("Expense reports", Some(("16:30", 30))),
    ("Partner sync Montréal", Some(("15:00", 45))),
    ("Legal review", Some(("11:30", 60))),
];

const HOME: &[Title] = &[
    ("Dentist", Some(("08:00", 60))),
    ("Cours de français", Some(("18:30", 90))),
    ("Knicks game", Some(("19:30", 180))),
    ("Brunch with Aunt Ngozi", Some(("11:00", 120))),
    ("Dîner chez Zoë", Some(("20:00", 150))),
    ("Car inspection", Some(("07:30", 60))),
    ("Pick up dry cleaning", None),
    ("Half marathon training", Some(("06:30", 75))),
    ("Vet: Biscuit", Some(("17:15", 30))),
];

const TEAM: &[Guest<'_>] = &[
    ("grace@example.org", "Grace Okafor", "accepted"),
    ("laurent@example.org", "P. Laurent", "needsAction"),
    ("zoe@example.org", "Zoë Moreau", "tentative"),
];

pub(super) fn plant(world: &mut World, person: &Person, other: Option<&Person>) {
    let zone = person.time_zone.as_str();
    let mut p = Planter::new(world, &person.email, &person.email);
    meetings(&mut p, zone, other);
    routine(&mut p, zone);
    journeys(&mut p, zone);
    let taste = Taste {
        zone,
        work: WORK,
        home: HOME,
        places: &["Conference room B", "350 Hudson St, New York", "Phone"],
        guests: TEAM,
    };
    weekly::plant(&mut p, &taste);
}

fn meetings(p: &mut Planter<'_>, zone: &str, other: Option<&Person>) {
    let review = p.plant(
        Draft::new("Sales weekly")
            .at(p.day(-13, 0), "09:00", 45, zone)
            .repeats("RRULE:FREQ=WEEKLY;BYDAY=MO")
            .guests(TEAM)
            .meet("ben-week-sale"),
    );
    p.cancel(&review, p.day(-4, 0));
    p.move_to(&review, p.day(1, 0), (p.day(1, 1), "09:00", 45), zone);
    p.cancel(&review, p.day(7, 0));
    if let Some(other) = other {
        // one that the other person has declined, one not answered, one accepted as optional
        for (title, day, answer) in [
            ("Pipeline review (optional)", 2, "declined"),
            ("Customer visit debrief", 3, "needsAction"),
            ("Pricing for France", 4, "accepted"),
        ] {
            p.plant(
                Draft::new(title)
                    .at(p.day(1, day), "10:00", 45, zone)
                    .guests(&[(other.email.as_str(), other.name.as_str(), answer), TEAM[0]])
                    .meet("ben-adas-call"),
            );
        }
    }
    p.plant(
        Draft::new("Commission payout")
            .days(p.month_end(-12, true), 1)
            .repeats("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1")
            .free()
            .private(),
    );
    p.plant(
        Draft::new("Book club")
            .at(p.nth(-12, 1, Weekday::Thursday), "19:00", 120, zone)
            .repeats("RRULE:FREQ=MONTHLY;BYDAY=1TH")
            .about("Ce mois-ci : <i>L'Étranger</i>"),
    );
}

fn routine(p: &mut Planter<'_>, zone: &str) {
    let gym = p.plant(
        Draft::new("Gym").at(p.day(-8, 1), "07:00", 60, zone).repeats("RRULE:FREQ=WEEKLY;BYDAY=TU,TH,SA").free(),
    );
    for week in [-3, 2, 5] {
        p.cancel(&gym, p.day(week, 5));
    }
    p.plant(
        Draft::new("Deep work").at(p.day(-5, 2), "08:00", 150, zone).repeats("RRULE:FREQ=WEEKLY;BYDAY=WE").focus_time(),
    );
    p.plant(Draft::new("Home").days(p.day(-4, 3), 1).repeats("RRULE:FREQ=WEEKLY;BYDAY=TH,FR").working_at_home());
    p.plant(Draft::new("Rent").days(p.month_end(-13, false), 1).repeats("RRULE:FREQ=MONTHLY;BYMONTHDAY=1").free());
    p.plant(
        Draft::new("Daily wind-down")
            .at(p.day(-1, 0), "17:45", 10, zone)
            .repeats("RRULE:FREQ=DAILY;COUNT=60")
            .with("colorId", json!("2")),
    );
}

fn journeys(p: &mut Planter<'_>, zone: &str) {
    let paris = "Europe/Paris";
    let pacific = "America/Los_Angeles";
    p.plant(Draft::new("Vacances en Provence").days(p.next(7, 4), 14).place("Aix-en-Provence"));
    p.plant(Draft::new("Trade show Las Vegas").days(p.day(10, 1), 4).place("Las Vegas"));
    p.plant(
        Draft::new("Flight JFK → SFO (EX 415)")
            .journey((p.day(3, 1), "08:00", zone), (p.day(3, 1), "11:35", pacific))
            .place("JFK Terminal 5"),
    );
    p.plant(Draft::new("Red-eye SFO → JFK").journey((p.day(3, 3), "22:10", pacific), (p.day(3, 4), "06:40", zone)));
    p.plant(Draft::new("Flight JFK → CDG").journey((p.next(7, 4), "18:30", zone), (p.next(7, 5), "07:55", paris)));
    p.plant(
        Draft::new("Out of office")
            .journey((p.next(7, 4), "12:00", zone), (p.next(7, 18), "12:00", zone))
            .out_of_office(),
    );
    p.plant(Draft::new("Family reunion, Atlanta").days(p.day(-5, 4), 3).place("Atlanta"));
}
