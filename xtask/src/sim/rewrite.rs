//! Servers that store what they are sent in their own words.

use super::truth::{Body, Clock};

/// As such a server stores it. Once more changes nothing.
pub(super) fn rewritten(mut body: Body) -> Body {
    body.title = body.title.split_whitespace().collect::<Vec<_>>().join(" ");
    body.place = body.place.to_uppercase();
    if let Ok(start) = body.start.with().second(0).build() {
        body.start = start;
    }
    body.clock = match body.clock {
        Clock::Zone("Asia/Kolkata") => Clock::Zone("Asia/Calcutta"),
        Clock::Zone("UTC") => Clock::Zone("Etc/UTC"),
        clock => clock,
    };
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_time_changes_nothing_and_the_first_time_does() {
        let body = Body {
            title: " two  words ".to_owned(),
            place: "here".to_owned(),
            text: String::new(),
            start: "2026-10-19T09:00:30".parse().unwrap(),
            minutes: 30,
            clock: Clock::Zone("Asia/Kolkata"),
            rule: None,
            tentative: false,
            guests: Default::default(),
            left_out: Default::default(),
        };
        let once = rewritten(body.clone());
        assert_ne!(once, body);
        assert_eq!((once.title.as_str(), once.place.as_str()), ("two words", "HERE"));
        assert_eq!(rewritten(once.clone()), once);
    }
}
