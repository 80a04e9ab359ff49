//! Google Calendar, API version 3.
//!
//! Here: requests as values (`calls`), the JSON (`wire`), its mapping (`map`, `fields`, `time`),
//! writing (`write`, `body`), the error catalogue (`catalogue`, `errors`), the vendor's OAuth ways (`vendor`).
//!
//! Deliberately not here: retries, waiting, refreshing tokens, storing anything; pages are read
//! one at a time and reported as they come.

mod body;
mod calls;
mod catalogue;
mod errors;
mod fields;
mod items;
mod map;
mod time;
mod vendor;
mod wire;
mod write;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use tidecal_core::remote::{
    Capabilities, Failure, FailureClass, ItemRef, Page, PageQuery, QuietWrite, RemoteAccount, RemoteCalendar,
    RemoteChange, RemoteWrite,
};
use tidecal_http::{Transport, retry_after};
use url::Url;

use self::calls::{GetAccount, ListCalendars, ListEvents, Way};
use self::errors::{Answer, Asked, Refusal, refusal, unreadable_answer};
use self::items::ItemReading;
use self::write::Writer;
use crate::unreached::unreached;
use crate::{Access, Adapter};

pub(crate) use self::vendor::VENDOR;
pub use self::vendor::{endpoints, endpoints_at};

const CAPABILITIES: Capabilities = Capabilities {
    writes: true,
    quiet_write: QuietWrite::Always,
    writes_whole_series: false,
    lists_without_bodies: false,
    bounded_reading: true,
    page_tokens_last: true,
    items_per_fetch: 50,
    token_refresh_ahead: Some(SignedDuration::from_mins(5)),
};

/// More pages of calendars than any account has: a server that goes on is broken.
const MOST_CALENDAR_PAGES: usize = 100;

/// The adapter.
#[derive(Clone, Debug)]
pub struct Google {
    transport: Transport,
    /// With a trailing slash.
    base: String,
}

impl Google {
    /// Speaks to the API at `api_base` (see [`endpoints`]).
    #[must_use]
    pub fn new(transport: Transport, api_base: &Url) -> Self {
        let mut base = api_base.as_str().to_owned();
        if !base.ends_with('/') {
            base.push('/');
        }
        Self { transport, base }
    }

    fn way<'a>(&'a self, access: &'a Access) -> Result<Way<'a>, Failure> {
        match access {
            Access::Bearer(token) => Ok(Way { base: &self.base, token }),
            Access::Password { .. } | Access::Open { .. } => {
                Err(Failure::new(FailureClass::Configuration, "google: an OAuth access token is needed"))
            }
        }
    }

    /// The body of a 2xx, with its status.
    async fn send(
        &self,
        asked: Asked,
        way: Way<'_>,
        request: Result<http::Request<Bytes>, http::Error>,
    ) -> Result<(u16, Bytes), Refusal> {
        let request = request.map_err(|wrong| {
            let detail = format!("google: the request could not be formed: {wrong}");
            Refusal::Failed(Failure::new(FailureClass::Permanent(asked.scope()), detail))
        })?;
        let answer =
            self.transport.send(request).await.map_err(|error| Refusal::Failed(unreached("google", &error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok((status.as_u16(), answer.into_body()));
        }
        Err(refusal(&Answer {
            asked,
            status: status.as_u16(),
            retry_after: retry_after(answer.headers()),
            body: answer.body(),
            token: way.token,
        }))
    }

    /// Sends and reads, where "gone" is not an answer.
    async fn ask<T>(
        &self,
        asked: Asked,
        way: Way<'_>,
        request: Result<http::Request<Bytes>, http::Error>,
        parse: impl FnOnce(&[u8]) -> Result<T, String> + Send,
    ) -> Result<T, Failure> {
        let (status, body) = self.send(asked, way, request).await.map_err(|refused| failure(refused, asked))?;
        parse(&body).map_err(|why| unreadable_answer(status, &body, &why, way.token))
    }
}

/// A request that is not about one event cannot end with "no such event".
fn failure(refused: Refusal, asked: Asked) -> Failure {
    match refused {
        Refusal::Failed(failure) => failure,
        Refusal::Gone { .. } | Refusal::Taken => {
            Failure::new(FailureClass::Permanent(asked.scope()), "google: an answer to another question")
        }
    }
}

#[async_trait]
impl Adapter for Google {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn fetch_account(&self, access: &Access) -> Result<RemoteAccount, Failure> {
        let way = self.way(access)?;
        self.ask(Asked::Account, way, GetAccount::request(way), GetAccount::parse).await
    }

    async fn fetch_calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>, Failure> {
        let way = self.way(access)?;
        let mut calendars = Vec::new();
        let mut page: Option<String> = None;
        for _ in 0..MOST_CALENDAR_PAGES {
            let list = ListCalendars { page: page.as_deref() };
            let read = |body: &[u8]| list.parse(body);
            let (found, next) = self.ask(Asked::Calendars, way, list.request(way), read).await?;
            calendars.extend(found);
            page = next;
            if page.is_none() {
                calendars.sort_by_key(|calendar: &RemoteCalendar| !calendar.primary);
                return Ok(calendars);
            }
        }
        Err(Failure::new(FailureClass::Transient, "google: the list of calendars does not end").outage())
    }

    async fn fetch_page(&self, access: &Access, calendar: &str, query: &PageQuery) -> Result<Page, Failure> {
        let way = self.way(access)?;
        let list = ListEvents { calendar, query };
        let Ok(bounds) = list.bounds() else {
            return Err(Failure::new(FailureClass::CursorLost, "google: the cursor was not made by this version"));
        };
        self.ask(Asked::Events, way, list.request(way, &bounds), |body| list.parse(body)).await
    }

    async fn fetch_items(
        &self,
        access: &Access,
        calendar: &str,
        items: &[ItemRef],
    ) -> Result<Vec<RemoteChange>, Failure> {
        let mut reading = ItemReading::new(self, self.way(access)?, calendar);
        let mut changes = Vec::with_capacity(items.len());
        for item in items {
            changes.push(reading.fetch(&item.id).await?);
        }
        Ok(changes)
    }

    async fn write(&self, access: &Access, calendar: &str, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        let writer = Writer { google: self, way: self.way(access)?, calendar, mail: write.mail };
        writer.write(write).await
    }
}

/// A page as fuzzing sees it.
#[cfg(test)]
pub(crate) fn read_page(body: &[u8]) -> String {
    use crate::fuzz::{outcome, shape};
    let reading = tidecal_core::remote::Reading::Full { lower: jiff::Timestamp::MIN };
    let query = PageQuery { reading, token: None, window: tidecal_core::policy::Window::EVERYTHING };
    match (ListEvents { calendar: "a", query: &query }).parse(body) {
        Ok(page) => {
            let versions = page.changes.iter().filter_map(|change| match change {
                RemoteChange::Series(series) => series.components.first().map(|component| component.version.as_str()),
                _ => None,
            });
            assert!(versions.into_iter().all(|version| !version.is_empty()), "a component without a version");
            outcome(&page.changes)
        }
        Err(why) => shape(&why),
    }
}
