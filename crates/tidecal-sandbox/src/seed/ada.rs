//! The first person's calendar: a product lead in Vienna with a family.

use jiff::Span;
use jiff::civil::Weekday;
use serde_json::json;

use super::draft::{Draft, Guest};
use super::planter::Planter;
use super::weekly::{self, Taste, Title};
use crate::config::Person;
use crate::state::World;

const WORK: &[Title] = &[
    ("Design review: onboarding", Some(("10:00", 45))),
    ("Interview: backend engineer", Some(("11:00", 60))),
    ("Roadmap-Abstimmung", Some(("13:30", 60))),
    ("Kundentermin Brauhaus Lindner", Some(("14:00", 90))),
    ("Call with Mireille (Lyon)", Some(("09:00", 30))),
    ("Usability test, round 2", Some(("15:00", 120))),
    ("Budget Q&A", Some(("16:00", 30))),
    ("Vertrag prüfen: Hosting", Some(("11:30", 30))),
    ("Lunch with the new starters", Some(("12:00", 60))),
    ("Pricing workshop", Some(("09:00", 180))),
    ("Abgabe Förderantrag", None),
    ("Jour fixe Marketing", Some(("10:30", 30))),
    ("Point d'équipe avec Lyon", Some(("09:30", 45))),
];

const HOME: &[Title] = &[
    ("Zahnarzt Dr. Lang", Some(("08:00", 45))),
    ("Elternabend Volksschule", Some(("18:30", 90))),
    ("Friseur", Some(("17:00", 60))),
    ("Abendessen mit Jonas & Lena", Some(("19:30", 150))),
    ("Kinderarzt Emil", Some(("07:45", 30))),
    ("Auto: Pickerl §57a", Some(("07:30", 60))),
    ("Konzert im Musikverein", Some(("19:30", 135))),
    ("Paket abholen", None),
    ("Radtour Wachau", None),
    ("Flohmarkt Naschmarkt", Some(("08:00", 180))),
];

const TEAM: &[Guest<'_>] = &[
    ("chidi@example.org", "Chidi Obi", "accepted"),
    ("mireille@example.org", "Mireille Dubois", "tentative"),
    ("tomasz@example.org", "Tomasz Wrona", "needsAction"),
    ("yuki@example.org", "Yuki Tanaka", "declined"),
];

pub(super) fn plant(world: &mut World, person: &Person, other: Option<&Person>) {
    let zone = person.time_zone.as_str();
    let mut p = Planter::new(world, &person.email, &person.email);
    meetings(&mut p, zone, other);
    talks(&mut p, zone, other);
    split_series(&mut p, zone);
    routine(&mut p, zone);
    journeys(&mut p, zone);
    let taste = Taste {
        zone,
        work: WORK,
        home: HOME,
        places: &["Room Danube, 3rd floor", "Café Prückel, Stubenring 24, Wien", "Lindengasse 7, 1070 Wien"],
        guests: TEAM,
    };
    weekly::plant(&mut p, &taste);
}

fn meetings(p: &mut Planter<'_>, zone: &str, other: Option<&Person>) {
    let colleague = other.map(|other| (other.email.as_str(), other.name.as_str()));
    let mut guests = TEAM.to_vec();
    if let Some((email, name)) = colleague {
        guests.insert(0, (email, name, "accepted"));
    }
    let standup = p.plant(
        Draft::new("Team stand-up")
            .at(p.day(-13, 0), "15:00", 15, zone)
            .repeats("RRULE:FREQ=WEEKLY;BYDAY=MO,WE")
            .guests(&guests)
            .meet("atl-stan-dup")
            .remind(&[5]),
    );
    p.move_to(&standup, p.day(-2, 0), (p.day(-2, 1), "15:30", 15), zone);
    p.cancel(&standup, p.day(-1, 2));
    p.cancel(&standup, p.day(1, 0));
    p.move_to(&standup, p.day(2, 2), (p.day(2, 2), "16:30", 30), zone);
    p.change(&standup, p.day(4, 0), |body| {
        body.insert("summary".to_owned(), json!("Team stand-up (with customers)"));
        body.insert("location".to_owned(), json!("Room Danube, 3rd floor"));
    });
    p.plant(
        Draft::new("Board meeting")
            .at(p.nth(-12, 2, Weekday::Tuesday), "09:00", 180, zone)
            .repeats("RRULE:FREQ=MONTHLY;BYDAY=2TU")
            .place("Kärntner Ring 12, 1010 Wien")
            .about("<p>Papers go out <b>one week before</b>.</p><ol><li>Minutes</li><li>Numbers</li><li>Any other business</li></ol>")
            .with("visibility", json!("confidential"))
            .remind(&[1440, 30]),
    );
}

fn talks(p: &mut Planter<'_>, zone: &str, other: Option<&Person>) {
    let Some(Person { email, name, .. }) = other else { return };
    let talk = p.plant(
        Draft::new(&format!("1:1 {name}"))
            .at(p.day(-12, 3), "16:00", 30, zone)
            .repeats("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH")
            .guests(&[(email, name, "accepted")])
            .meet("ada-ben-talk"),
    );
    p.cancel(&talk, p.day(2, 3));
}

fn split_series(p: &mut Planter<'_>, zone: &str) {
    let rule = "RRULE:FREQ=WEEKLY;BYDAY=TU";
    let old =
        p.plant(Draft::new("Sprint planning").at(p.day(-13, 1), "10:00", 60, zone).repeats(rule).meet("atl-plan-one"));
    p.cancel(&old, p.day(-8, 1));
    let from = p.day(-3, 1);
    let draft = Draft::new("Sprint planning").at(from, "10:30", 90, zone).repeats(rule).meet("atl-plan-one");
    if let Some(new) = p.split(&old, from, draft) {
        p.cancel(&new, p.day(5, 1));
        p.move_to(&new, p.day(1, 1), (p.day(1, 3), "10:30", 90), zone);
    }
}

fn routine(p: &mut Planter<'_>, zone: &str) {
    let focus = p.plant(
        Draft::new("Focus time")
            .at(p.day(-6, 1), "08:00", 120, zone)
            .repeats("RRULE:FREQ=WEEKLY;BYDAY=TU,TH")
            .focus_time(),
    );
    p.cancel(&focus, p.day(0, 3));
    p.plant(Draft::new("Home").days(p.day(-4, 4), 1).repeats("RRULE:FREQ=WEEKLY;BYDAY=FR").working_at_home());
    p.plant(
        Draft::new("Klavierstunde Emil")
            .at(p.day(-10, 2), "16:30", 45, zone)
            .repeats("RRULE:FREQ=WEEKLY;COUNT=36")
            .place("Musikschule Neubau"),
    );
    p.plant(Draft::new("Biomüll").days(p.day(-12, 3), 1).repeats("RRULE:FREQ=WEEKLY;INTERVAL=2").free());
    p.plant(
        Draft::new("Miete überweisen")
            .days(p.month_end(-13, false), 1)
            .repeats("RRULE:FREQ=MONTHLY;BYMONTHDAY=1")
            .free()
            .private(),
    );
    p.plant(Draft::new("Steuererklärung").days(p.next(6, 30), 1).repeats("RRULE:FREQ=YEARLY").free());
    p.plant(
        Draft::new("Therapie")
            .at(p.day(-5, 2), "18:00", 50, zone)
            .repeats("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=20")
            .private(),
    );
}

fn journeys(p: &mut Planter<'_>, zone: &str) {
    let york = "America/New_York";
    p.plant(Draft::new("Skiurlaub Tirol").days(p.next(2, 6), 8).place("Alpbach").remind(&[2880]));
    p.plant(Draft::new("Offsite in Lyon").days(p.day(4, 1), 3).place("Lyon Part-Dieu"));
    p.plant(Draft::new("Sommerurlaub Kvarner").days(p.next(7, 18), 16).place("Cres"));
    p.plant(Draft::new("Conference: Calendars & Time").days(p.day(-7, 2), 3).place("Utrecht").free());
    p.plant(
        Draft::new("Flight VIE → JFK (EX 87)")
            .journey((p.day(6, 0), "10:15", zone), (p.day(6, 0), "14:20", york))
            .place("Vienna Airport, Terminal 3")
            .about("Booking <b>K7QX2M</b>, seat 14A"),
    );
    p.plant(
        Draft::new("Flight JFK → VIE (EX 88)")
            .journey((p.day(6, 4), "17:40", york), (p.day(6, 5), "08:10", zone))
            .place("JFK Terminal 4"),
    );
    p.plant(Draft::new("Visit New York office").days(p.day(6, 1), 4).place("New York"));
    p.plant(
        Draft::new("Out of office")
            .journey(
                (p.next(7, 18), "00:00", zone),
                (p.next(7, 18).saturating_add(Span::new().days(16)), "00:00", zone),
            )
            .out_of_office(),
    );
    p.plant(
        Draft::new("Silvester").journey(
            (p.next(12, 31), "21:00", zone),
            (p.next(12, 31).saturating_add(Span::new().days(1)), "02:00", zone),
        ),
    );
}
