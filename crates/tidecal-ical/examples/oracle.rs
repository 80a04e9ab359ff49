//! Prints occurrences as this crate finds them, one JSON object a line, for `oracle/compare.py`.
//!
//! `oracle cases COUNT SEED`: random series in ten zones. `oracle texts COUNT SEED`: random calendar
//! texts with changed occurrences. `oracle files FROM TO PATH…`: what the
//! calendars in these files hold between two dates, changed occurrences in place.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "oracle/cases.rs"]
mod cases;
#[path = "oracle/dice.rs"]
mod dice;
#[path = "oracle/files.rs"]
mod files;
#[path = "oracle/texts.rs"]
mod texts;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["cases", count, seed] => cases::print(count.parse().unwrap(), seed.parse().unwrap()),
        ["texts", count, seed] => texts::print(count.parse().unwrap(), seed.parse().unwrap()),
        ["files", from, to, ref paths @ ..] => files::print(from, to, paths),
        _ => println!("usage: oracle cases COUNT SEED | oracle texts COUNT SEED | oracle files FROM TO PATH…"),
    }
}
