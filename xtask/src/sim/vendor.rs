//! A vendor: the truth, the numbers of its changes, and how it answers questions.
//!
//! The three temperaments differ in what a reading says (`google`, `graph`, `caldav`); how it is cut
//! into pages is the same for all and stands here.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tidecal_core::remote::{
    Cursor, Failure, FailureClass, ItemRef, Next, Page, PageQuery, PageToken, Reading, RemoteChange,
};

use super::count::Counters;
use super::rng::Rng;
use super::truth::{Broken, Item, Piece, Span};
use super::{caldav, google, graph};

/// What kind of vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(crate) enum Temper {
    /// Deltas by token, parts of series, removals that are certain.
    Google,
    /// Removals that prove nothing, whole series sent again, a fixed window.
    Graph,
    /// Ids and versions; one version for a whole series.
    Caldav,
}

impl Temper {
    pub(super) const ALL: [Self; 3] = [Self::Google, Self::Graph, Self::Caldav];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Graph => "graph",
            Self::Caldav => "caldav",
        }
    }
}

/// How a CalDAV server tells what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// By a token, removals named.
    Sync,
    /// By a token; one that is too old is answered with everything and without removals.
    Forgetful,
    /// Only that something changed.
    Tag,
    /// Not at all, and objects have no versions either.
    Nothing,
}

/// Habits of one vendor, drawn once for each seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub(super) page_size: usize,
    /// Full readings name removals, too.
    pub(super) names_removals: bool,
    /// The exceptions of a removed series are named beside it.
    pub(super) names_parts_of_removed: bool,
    /// After a split the exceptions keep their ids (and belong to the new series).
    pub(super) split_keeps_ids: bool,
    /// Cancelled occurrences are left out by the master itself.
    pub(super) excludes: bool,
    pub(super) marks: Marks,
    /// What is written is stored in the server's own words.
    pub(super) rewrites: bool,
    /// A key under which something was made stays taken when that is deleted.
    pub(super) remembers: bool,
}

/// What a vendor claims that is not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    No,
    /// A full list is empty.
    Empty,
    /// A full list ends in the middle and says that it is whole.
    Cut,
}

/// A vendor.
#[derive(Clone, Debug)]
pub(super) struct Vendor {
    pub(super) temper: Temper,
    pub(super) habits: Habits,
    pub(super) items: BTreeMap<String, Item>,
    /// Counts changes.
    pub(super) seq: u64,
    /// Counts names.
    pub(super) serial: u64,
    /// Zone of the calendar.
    pub(super) home: &'static str,
    /// Cursors made before that change are not accepted any more.
    pub(super) oldest: u64,
}

/// What a reading asks for, once tokens are understood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Changes after that number; `None`: everything.
    pub(super) since: Option<u64>,
    pub(super) lower: Timestamp,
    pub(super) upper: Timestamp,
}

/// One thing that a reading says, and where it stands in the order. It is put into words only on
/// the page that it comes to stand on.
pub(super) struct Line<'a> {
    pub(super) key: String,
    change: Box<dyn Fn() -> RemoteChange + 'a>,
    /// A later state follows: it is said only once.
    stale: bool,
}

impl<'a> Line<'a> {
    pub(super) fn new(key: String, change: impl Fn() -> RemoteChange + 'a) -> Self {
        Self { key, change: Box::new(change), stale: false }
    }

    pub(super) fn stale(self) -> Self {
        Self { stale: true, ..self }
    }

    fn change(&self) -> RemoteChange {
        (self.change)()
    }
}

/// Where a reading stands.
#[derive(Clone, Debug)]
struct Token {
    asked: Asked,
    /// Number of the last change when the reading began.
    start: u64,
    /// Tells one empty page from the next.
    number: u64,
    last: String,
}

impl Token {
    fn text(&self) -> String {
        let since = self.asked.since.map_or("all".to_owned(), |since| since.to_string());
        let (lower, upper) = (self.asked.lower.as_second(), self.asked.upper.as_second());
        format!("{since}|{lower}|{upper}|{}|{}|{}", self.start, self.number, self.last)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, '|');
        let since = match parts.next()? {
            "all" => None,
            number => Some(number.parse().ok()?),
        };
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (lower, upper) = (number()?, number()?);
        let (start, count) = (number()?, number()?);
        let asked =
            Asked { since, lower: Timestamp::from_second(lower).ok()?, upper: Timestamp::from_second(upper).ok()? };
        let last = parts.next()?.to_owned();
        Some(Self { asked, start: u64::try_from(start).ok()?, number: u64::try_from(count).ok()?, last })
    }
}

impl Vendor {
    /// The number of the next change.
    pub(super) fn tick(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    /// A page of a reading.
    pub(super) fn page(
        &self,
        query: &PageQuery,
        lie: Lie,
        rng: &mut Rng,
        counters: &mut Counters,
    ) -> Result<Page, Failure> {
        let token = self.token(query)?;
        if let Some(since) = token.asked.since
            && let Some(answer) = self.without_list(since, token.asked)?
        {
            return Ok(answer);
        }
        let mut lines = match self.temper {
            Temper::Google => google::lines(self, &token.asked),
            Temper::Graph => graph::lines(self, &token.asked, token.start),
            Temper::Caldav => caldav::lines(self, &token.asked),
        };
        lines.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(self.cut(lines, &token, lie, rng, counters))
    }

    /// Servers that cannot list changes say only whether there are any.
    fn without_list(&self, since: u64, asked: Asked) -> Result<Option<Page>, Failure> {
        let blind = self.temper == Temper::Caldav && matches!(self.habits.marks, Marks::Tag | Marks::Nothing);
        if !blind {
            return Ok(None);
        }
        if self.habits.marks == Marks::Tag && since == self.seq {
            return Ok(Some(Page { changes: Vec::new(), next: Next::Done(self.cursor(since, &asked)) }));
        }
        Err(lost("the calendar changed"))
    }

    fn token(&self, query: &PageQuery) -> Result<Token, Failure> {
        if let Some(PageToken(text)) = &query.token {
            return Token::read(text).ok_or_else(|| lost("an unknown page token"));
        }
        let asked = match &query.reading {
            Reading::Full { lower } => {
                // Only a window has an end.
                let days = if self.temper == Temper::Graph { 900 } else { 100_000 };
                let upper = lower.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX);
                Asked { since: None, lower: *lower, upper }
            }
            Reading::Range { lower, upper } => Asked { since: None, lower: *lower, upper: *upper },
            Reading::Delta { cursor: Cursor(text) } => {
                let read = Token::read(text).ok_or_else(|| lost("an unknown cursor"))?;
                let since = read.asked.since.unwrap_or(0);
                if since < self.oldest {
                    if self.temper == Temper::Caldav && self.habits.marks == Marks::Forgetful {
                        return Ok(Token { asked: Asked { since: None, ..read.asked }, start: self.seq, ..read });
                    }
                    return Err(lost("the cursor is too old"));
                }
                read.asked
            }
        };
        Ok(Token { asked, start: self.seq, number: 0, last: String::new() })
    }

    fn cursor(&self, since: u64, asked: &Asked) -> Cursor {
        let asked = Asked { since: Some(since), ..*asked };
        Cursor(Token { asked, start: 0, number: 0, last: String::new() }.text())
    }

    /// One page of the lines: short, empty, with repeats, as it happens.
    fn cut(&self, lines: Vec<Line<'_>>, token: &Token, lie: Lie, rng: &mut Rng, counters: &mut Counters) -> Page {
        let full = token.asked.since.is_none();
        let (old, rest): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.key <= token.last);
        let blind = self.temper == Temper::Caldav && matches!(self.habits.marks, Marks::Tag | Marks::Nothing);
        let mut room = if blind { usize::MAX } else { 1 + rng.below(self.habits.page_size) };
        let mut changes = Vec::new();
        let may_repeat = self.temper != Temper::Caldav;
        let again = rng.below(old.len());
        if let Some(line) = old.into_iter().nth(again)
            && may_repeat
            && rng.chance(60)
            && !line.stale
        {
            changes.push(line.change());
            counters.hit("page: repeat of an earlier page");
        }
        if full && lie == Lie::Empty {
            counters.hit("lie: an empty list");
            return Page { changes: Vec::new(), next: Next::Done(self.cursor(token.start, &token.asked)) };
        }
        if !blind && rng.chance(40) {
            room = 0;
            counters.hit("page: empty with a next one");
        }
        let (mut last, total) = (token.last.clone(), rest.len());
        let mut taken = 0;
        for line in rest {
            // Lines of one key stay together.
            if taken >= room && line.key != last {
                break;
            }
            taken += 1;
            let change = line.change();
            last = line.key;
            if may_repeat && rng.chance(25) {
                changes.push(change.clone());
                counters.hit("page: repeat in the page");
            }
            changes.push(change);
        }
        let next = if taken >= total && room > 0 {
            Next::Done(self.cursor(token.start, &token.asked))
        } else if full && lie == Lie::Cut {
            counters.hit("lie: a list cut short");
            Next::Done(self.cursor(token.start, &token.asked))
        } else {
            counters.hit(if full { "page cut: full" } else { "page cut: delta" });
            Next::Page(PageToken(Token { last, number: token.number + 1, ..token.clone() }.text()))
        };
        Page { changes, next }
    }

    /// Bodies by id.
    pub(super) fn fetch(&self, items: &[ItemRef]) -> Vec<RemoteChange> {
        let one = |item: &ItemRef| match self.temper {
            Temper::Google => google::fetch(self, &item.id),
            Temper::Graph => graph::fetch(self, &item.id),
            Temper::Caldav => caldav::fetch(self, &item.id),
        };
        items.iter().map(one).collect()
    }

    pub(super) fn span(&self, item: &Item, slot: Option<jiff::civil::DateTime>, piece: &Piece) -> Span {
        item.span(slot, piece, self.home)
    }

    /// Whether a broken entry takes the whole item with it.
    pub(super) fn is_unreadable(&self, item: &Item) -> bool {
        self.temper != Temper::Google && item.master.as_ref().is_some_and(|piece| piece.broken == Broken::Whole)
    }
}

/// 410 and kin.
pub(super) fn lost(why: &str) -> Failure {
    Failure::new(FailureClass::CursorLost, format!("model: {why}"))
}
