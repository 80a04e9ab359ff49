//! Which kind of world a seed is played in.

use super::both;
use super::vendor::Temper;
use super::world::{self, Knobs, Report};

/// How much of a world there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// One calendar that is only read.
    Inbound,
    /// One calendar, both ways.
    Both,
    /// Two calendars in step with one, both ways.
    Hub,
}

/// A shape, with its vendors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Inbound(Temper),
    Both(Temper),
    Hub(Temper, Temper),
}

impl Kind {
    /// Vendors take turns, but for one that is given.
    pub(super) fn of(seed: u64, shape: Shape, temper: Option<Temper>) -> Self {
        let turn = |number: u64| Temper::ALL[usize::try_from(number % 3).unwrap_or(0)];
        let (first, second) = (temper.unwrap_or(turn(seed)), temper.unwrap_or(turn(seed / 3)));
        match shape {
            Shape::Inbound => Self::Inbound(first),
            Shape::Both => Self::Both(first),
            Shape::Hub => Self::Hub(first, second),
        }
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Inbound(_) => Shape::Inbound,
            Self::Both(_) => Shape::Both,
            Self::Hub(..) => Shape::Hub,
        }
    }

    pub(super) fn tempers(self) -> Vec<Temper> {
        match self {
            Self::Inbound(temper) | Self::Both(temper) => vec![temper],
            Self::Hub(first, second) => vec![first, second],
        }
    }

    /// `google`, `both:google`, `hub:google+graph`.
    pub(super) fn text(self) -> String {
        match self {
            Self::Inbound(temper) => temper.as_str().to_owned(),
            Self::Both(temper) => format!("both:{}", temper.as_str()),
            Self::Hub(first, second) => format!("hub:{}+{}", first.as_str(), second.as_str()),
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let temper = |word: &str| Temper::ALL.into_iter().find(|it| it.as_str() == word);
        match text.split_once(':') {
            None => temper(text).map(Self::Inbound),
            Some(("both", word)) => temper(word).map(Self::Both),
            Some(("hub", words)) => {
                let (first, second) = words.split_once('+')?;
                Some(Self::Hub(temper(first)?, temper(second)?))
            }
            Some(_) => None,
        }
    }

    pub(super) fn run(self, seed: u64, knobs: &Knobs, kept: bool) -> Report {
        match self {
            Self::Inbound(temper) => world::run(seed, temper, knobs, kept),
            Self::Both(_) | Self::Hub(..) => both::run(seed, &self.tempers(), knobs, kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back_and_all_take_turns() {
        let of = |shape| (0..9).map(move |seed| Kind::of(seed, shape, None));
        let kinds: std::collections::BTreeSet<Kind> =
            [Shape::Inbound, Shape::Both, Shape::Hub].into_iter().flat_map(of).collect();
        assert_eq!(kinds.len(), 3 + 3 + 9);
        assert!(kinds.iter().all(|kind| Kind::read(&kind.text()) == Some(*kind)));
        assert_eq!(Kind::read("hub:google"), None);
    }
}
