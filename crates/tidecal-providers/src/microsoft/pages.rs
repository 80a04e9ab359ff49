//! Readings of one calendar, page by page (see [`super::cursor`] for what they are bound to).

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tidecal_core::policy::Window;
use tidecal_core::remote::{
    Cursor, Failure, FailureClass, ItemRef, Next, Page, PageQuery, PageToken, PermanentScope, Reading, RemoteChange,
};

use super::calls::{self, Way};
use super::cursor::{Mark, Place, Stage, Strand, Stretch, Successor, Sum, Told};
use super::errors::{Asked, unreadable_answer};
use super::items::within;
use super::map::{Piece, piece, unreadable};
use super::wire::{Collection, Head};
use super::{Outlook, failure};

/// More pages than any calendar has.
const MOST_PAGES: usize = 2000;

/// One page.
pub(super) async fn fetch(outlook: &Outlook, way: Way<'_>, calendar: &str, query: &PageQuery) -> Result<Page, Failure> {
    let reading = PageReading { outlook, way, calendar };
    if let Some(PageToken(token)) = &query.token {
        let place = Place::decode(token).ok_or_else(|| lost("the page token was not made by this version"))?;
        return reading.go_on(place).await;
    }
    match &query.reading {
        Reading::Full { lower } => {
            let window = Window { from: query.window.from.min(*lower), to: query.window.to };
            reading.full(Stretch::wanted(&window)).await
        }
        Reading::Range { lower, upper } => reading.listing(Stretch { from: *lower, to: *upper }).await,
        Reading::Delta { cursor: Cursor(text) } => match Mark::decode(text) {
            Some(Mark::Delta { live, next }) => reading.changes(live, next, &query.window).await,
            Some(Mark::Listing { stretch, sum }) => reading.compare(stretch, sum, &query.window).await,
            None => Err(lost("the cursor was not made by this version")),
        },
    }
}

fn lost(why: &str) -> Failure {
    Failure::new(FailureClass::CursorLost, format!("outlook: {why}"))
}

struct PageReading<'a> {
    outlook: &'a Outlook,
    way: Way<'a>,
    calendar: &'a str,
}

/// What an answer held.
struct Answered {
    body: Bytes,
    status: u16,
    /// What was asked for, so that a page that leads to itself is known.
    to: String,
}

enum Link {
    Page(String),
    Delta(String),
    None,
}

impl PageReading<'_> {
    /// The first page of everything; by listing where delta is refused (it is documented for the
    /// main calendar alone).
    async fn full(&self, stretch: Stretch) -> Result<Page, Failure> {
        match self.get(&calls::delta(self.calendar, &stretch)).await {
            Ok(answer) => self.page_of_full(&answer, stretch, Told::default()).await,
            Err(refused) if is_refused(&refused) => self.listing(stretch).await,
            Err(failure) => Err(failure),
        }
    }

    async fn listing(&self, stretch: Stretch) -> Result<Page, Failure> {
        let answer = self.get(&calls::view(self.calendar, &stretch)).await?;
        self.page_of_listing(&answer, stretch, Sum::default(), Told::default()).await
    }

    /// Changes since the last reading. A successor is begun once the live stretch is spent.
    async fn changes(&self, live: Strand, next: Option<Successor>, window: &Window) -> Result<Page, Failure> {
        let begin = || Successor { stretch: Stretch::wanted(window), link: None, whole: false };
        let next = next.or_else(|| live.stretch.is_spent(window).then(begin));
        self.go_on(Place { stage: Stage::Live { live, next }, told: Told::default() }).await
    }

    async fn go_on(&self, place: Place) -> Result<Page, Failure> {
        let told = place.told;
        match place.stage {
            Stage::Full(strand) => {
                let answer = self.follow(&strand.link).await?;
                self.page_of_full(&answer, strand.stretch, told).await
            }
            Stage::List { strand, sum } => {
                let answer = self.follow(&strand.link).await?;
                self.page_of_listing(&answer, strand.stretch, sum, told).await
            }
            Stage::Live { live, next } => self.live(live, next, told).await,
            Stage::Next { live, next } => self.successor(live, next, told).await,
        }
    }

    async fn page_of_full(&self, answer: &Answered, stretch: Stretch, mut told: Told) -> Result<Page, Failure> {
        let (changes, link) = self.read(answer, &stretch, &mut told, None).await?;
        let next = match link {
            Link::Page(link) => go_on(Stage::Full(Strand { stretch, link }), told),
            Link::Delta(link) => done(&Mark::Delta { live: Strand { stretch, link }, next: None }),
            Link::None => return Err(self.endless(answer)),
        };
        Ok(Page { changes, next })
    }

    async fn page_of_listing(
        &self,
        answer: &Answered,
        stretch: Stretch,
        mut sum: Sum,
        mut told: Told,
    ) -> Result<Page, Failure> {
        let (changes, link) = self.read(answer, &stretch, &mut told, Some(&mut sum)).await?;
        let next = match link {
            Link::Page(link) => go_on(Stage::List { strand: Strand { stretch, link }, sum }, told),
            Link::None => done(&Mark::Listing { stretch, sum }),
            Link::Delta(_) => return Err(self.endless(answer)),
        };
        Ok(Page { changes, next })
    }

    async fn live(&self, live: Strand, next: Option<Successor>, mut told: Told) -> Result<Page, Failure> {
        let stretch = live.stretch;
        let answer = self.follow(&live.link).await?;
        let (changes, link) = self.read(&answer, &stretch, &mut told, None).await?;
        let next = match (link, next) {
            (Link::Page(link), next) => go_on(Stage::Live { live: Strand { stretch, link }, next }, told),
            (Link::Delta(link), None) => done(&Mark::Delta { live: Strand { stretch, link }, next: None }),
            (Link::Delta(link), Some(next)) => go_on(Stage::Next { live: Strand { stretch, link }, next }, told),
            (Link::None, _) => return Err(self.endless(&answer)),
        };
        Ok(Page { changes, next })
    }

    /// One page of the first reading per run, so that how far it is stands in the cursor with what
    /// it brought; then one run with the changes of both, and the successor is the live one.
    async fn successor(&self, live: Strand, next: Successor, mut told: Told) -> Result<Page, Failure> {
        let stretch = next.stretch;
        let answer = match &next.link {
            Some(link) => self.follow(link).await?,
            None => self.get(&calls::delta(self.calendar, &stretch)).await?,
        };
        let (changes, link) = self.read(&answer, &stretch, &mut told, None).await?;
        let (link, whole) = match link {
            Link::Page(link) => (link, false),
            Link::Delta(link) => (link, true),
            Link::None => return Err(self.endless(&answer)),
        };
        let next = match (next.whole, whole) {
            (true, true) => done(&Mark::Delta { live: Strand { stretch, link }, next: None }),
            (true, false) => {
                go_on(Stage::Next { live, next: Successor { stretch, link: Some(link), whole: true } }, told)
            }
            (false, whole) => done(&Mark::Delta { live, next: Some(Successor { stretch, link: Some(link), whole }) }),
        };
        Ok(Page { changes, next })
    }

    /// Whether a listing still adds up to the same; if not, everything is to be compared.
    async fn compare(&self, stretch: Stretch, before: Sum, window: &Window) -> Result<Page, Failure> {
        if stretch.is_spent(window) {
            return Err(lost("the window has moved on; without delta everything is compared"));
        }
        let mut sum = Sum::default();
        let mut answer = self.get(&calls::versions(self.calendar, &stretch)).await?;
        for _ in 0..MOST_PAGES {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let list = self.collection(&answer, &text)?;
            list.value.iter().flatten().for_each(|raw| add(&mut sum, raw));
            match self.link(&answer, &list)? {
                Link::Page(link) => answer = self.follow(&link).await?,
                _ if sum == before => {
                    let cursor = Cursor(Mark::Listing { stretch, sum }.encode());
                    return Ok(Page { changes: Vec::new(), next: Next::Done(cursor) });
                }
                _ => return Err(lost("something changed, and this calendar does not say what")),
            }
        }
        Err(self.endless(&answer))
    }

    /// A path of ours.
    async fn get(&self, to: &str) -> Result<Answered, Failure> {
        let sent = self.outlook.send(Asked::Events, self.way, (Method::GET, to, Bytes::new())).await;
        let (status, body) = sent.map_err(|refused| failure(refused, Asked::Events))?;
        Ok(Answered { body, status, to: to.to_owned() })
    }

    /// A link of Graph's. If it is not taken any more, it is the place that is lost; what is wrong
    /// with the calendar shows when it is read anew.
    async fn follow(&self, link: &str) -> Result<Answered, Failure> {
        if !self.way.trusted(link) {
            return Err(lost("the link leads to another server"));
        }
        self.get(link).await.map_err(|failure| match (failure.class, failure.http_status) {
            (FailureClass::Permanent(PermanentScope::Calendar), Some(400 | 404 | 410)) => {
                Failure { class: FailureClass::CursorLost, remedy: None, ..failure }
            }
            _ => failure,
        })
    }

    fn collection<'t>(&self, answer: &Answered, text: &'t str) -> Result<Collection<'t>, Failure> {
        let read = serde_json::from_str::<Collection<'t>>(text).map_err(|wrong| wrong.to_string());
        let whole =
            read.and_then(|list| if list.value.is_some() { Ok(list) } else { Err("value: missing".to_owned()) });
        whole.map_err(|why| unreadable_answer(answer.status, &answer.body, &why, self.way.token))
    }

    /// What the page leads to. A next page counts before an end.
    fn link(&self, answer: &Answered, list: &Collection<'_>) -> Result<Link, Failure> {
        let given = |link: &Option<String>| link.clone().filter(|link| !link.is_empty());
        let link = match (given(&list.next_link), given(&list.delta_link)) {
            (Some(link), _) if link == answer.to => return Err(self.wrong(answer, "the next page is this one")),
            (Some(link), _) => Link::Page(link),
            (None, Some(link)) => Link::Delta(link),
            (None, None) => Link::None,
        };
        match &link {
            Link::Page(to) | Link::Delta(to) if !self.way.trusted(to) => {
                Err(self.wrong(answer, "it goes on at another server"))
            }
            _ => Ok(link),
        }
    }

    fn wrong(&self, answer: &Answered, why: &str) -> Failure {
        unreadable_answer(answer.status, &answer.body, why, self.way.token)
    }

    fn endless(&self, answer: &Answered) -> Failure {
        self.wrong(answer, "neither @odata.nextLink nor @odata.deltaLink, or too many of them")
    }

    async fn read(
        &self,
        answer: &Answered,
        stretch: &Stretch,
        told: &mut Told,
        mut sum: Option<&mut Sum>,
    ) -> Result<(Vec<RemoteChange>, Link), Failure> {
        // Bytes that are no text cost their item, not the page.
        let text = String::from_utf8_lossy(&answer.body);
        let damaged = matches!(text, Cow::Owned(_));
        let list = self.collection(answer, &text)?;
        let link = self.link(answer, &list)?;
        let own = self.outlook.owner(self.way, self.calendar, &text).await;
        let items = list.value.unwrap_or_default();
        let mut changes = Vec::with_capacity(items.len());
        for raw in items {
            if let Some(sum) = sum.as_deref_mut() {
                add(sum, raw);
            }
            let text = raw.get();
            if damaged && text.contains(char::REPLACEMENT_CHARACTER) {
                changes.push(unreadable(text, "not valid UTF-8"));
                continue;
            }
            match piece(text, own.as_deref()) {
                Piece::Change(change) => changes.push(change),
                // Whatever the page shows of a series, it is read whole, once per reading.
                Piece::OfSeries(id) if !told.insert(&id) => {}
                Piece::OfSeries(id) | Piece::ById(id) => {
                    changes.push(RemoteChange::Listed(ItemRef { id, version: within(stretch) }));
                }
            }
        }
        Ok((changes, link))
    }
}

fn go_on(stage: Stage, told: Told) -> Next {
    Next::Page(PageToken(Place { stage, told }.encode()))
}

fn done(mark: &Mark) -> Next {
    Next::Done(Cursor(mark.encode()))
}

/// Delta was not understood, rather than not possible at the moment.
fn is_refused(failure: &Failure) -> bool {
    let permanent =
        matches!(failure.class, FailureClass::Permanent(PermanentScope::Calendar) | FailureClass::CursorLost);
    permanent && matches!(failure.http_status, Some(400 | 403 | 404 | 405 | 410)) || failure.http_status == Some(501)
}

/// Id and version of an entry, into the sum.
fn add(sum: &mut Sum, raw: &RawValue) {
    let head: Head = serde_json::from_str(raw.get()).unwrap_or_default();
    let version = head.change_key.clone().filter(|key| !key.is_empty()).unwrap_or_else(|| head.version());
    sum.add(&Sha256::digest(format!("{}|{version}", head.id.unwrap_or_default())));
}
