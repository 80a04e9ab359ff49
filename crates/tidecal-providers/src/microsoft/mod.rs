//! Outlook and Microsoft 365, by Microsoft Graph v1.0.
//!
//! Here: requests (`calls`, `batch`), Graph's JSON (`wire`), its mapping (`map`, `fields`, `time`,
//! `body`, `pattern`), readings of a calendar (`pages`, `cursor`) and of items (`items`), writes
//! (`write`, `put`, `occurrences`), the room that a mailbox has (`mailbox`), errors, the vendor's OAuth ways (`vendor`, `aadsts`).
//!
//! Deliberately not here: retries, waiting, refreshing tokens, storing anything. Beta endpoints are
//! not used.

mod aadsts;
mod batch;
mod body;
mod calls;
mod cursor;
mod errors;
mod fields;
mod items;
mod mailbox;
mod map;
mod occurrences;
mod pages;
mod pattern;
mod put;
mod time;
mod vendor;
mod wire;
mod write;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use jiff::SignedDuration;
use tidecal_core::remote::{
    Capabilities, Failure, FailureClass, ItemRef, Page, PageQuery, QuietWrite, RemoteAccount, RemoteCalendar,
    RemoteChange, RemoteWrite,
};
use tidecal_http::{Transport, retry_after};
use url::Url;

use self::calls::Way;
use self::errors::{Asked, Refusal, Refused, refusal, unreadable_answer};
use self::items::ItemReading;
use self::mailbox::Mailboxes;
use self::write::Writing;
use crate::unreached::unreached;
use crate::{Access, Adapter};

pub(crate) use self::vendor::VENDOR;
pub use self::vendor::{COMMON, endpoints, endpoints_at};

const CAPABILITIES: Capabilities = Capabilities {
    writes: true,
    quiet_write: QuietWrite::OnlyWithoutAttendees,
    writes_whole_series: false,
    lists_without_bodies: false,
    bounded_reading: true,
    page_tokens_last: true,
    items_per_fetch: 30,
    token_refresh_ahead: Some(SignedDuration::from_mins(5)),
};

/// More pages of calendars than any account has: a server that goes on is broken.
const MOST_CALENDAR_PAGES: usize = 100;

/// The adapter.
#[derive(Clone, Debug)]
pub struct Outlook {
    transport: Transport,
    base: Url,
    mailboxes: Mailboxes,
}

impl Outlook {
    /// Speaks to Graph at `api_base`, version included (see [`endpoints`]).
    #[must_use]
    pub fn new(transport: Transport, api_base: &Url) -> Self {
        let mut base = api_base.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", api_base.path()));
        }
        Self { transport, base, mailboxes: Mailboxes::default() }
    }

    fn way<'a>(&'a self, access: &'a Access) -> Result<Way<'a>, Failure> {
        match access {
            Access::Bearer(token) => Ok(Way { base: &self.base, token }),
            Access::Password { .. } | Access::Open { .. } => {
                Err(Failure::new(FailureClass::Configuration, "outlook: an OAuth access token is needed"))
            }
        }
    }

    /// The body of a 2xx, with its status. `to`: a path below the root, or a link that Graph sent.
    async fn send(&self, asked: Asked, way: Way<'_>, what: (Method, &str, Bytes)) -> Result<(u16, Bytes), Refusal> {
        self.send_guarded(asked, way, what, None).await
    }

    /// The same, if the event is at that version.
    async fn send_guarded(
        &self,
        asked: Asked,
        way: Way<'_>,
        what: (Method, &str, Bytes),
        version: Option<&str>,
    ) -> Result<(u16, Bytes), Refusal> {
        let to = what.1;
        let request = way.request(what, version).map_err(|wrong| {
            let detail = format!("outlook: the request could not be formed: {wrong}");
            Refusal::Failed(Failure::new(FailureClass::Permanent(asked.scope()), detail))
        })?;
        let mailbox = self.mailboxes.of(way.token);
        let _room = mailbox.enter(if to == batch::PATH { mailbox::IN_FLIGHT } else { 1 }).await;
        let answer =
            self.transport.send(request).await.map_err(|error| Refusal::Failed(unreached("outlook", &error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok((status.as_u16(), answer.into_body()));
        }
        let challenge = answer.headers().get(http::header::WWW_AUTHENTICATE).and_then(|it| it.to_str().ok());
        Err(refusal(&Refused {
            asked,
            status: status.as_u16(),
            retry_after: retry_after(answer.headers()),
            claims: challenge.is_some_and(|text| text.contains("insufficient_claims")),
            body: answer.body(),
            token: way.token,
        }))
    }

    /// Reads, where "gone" is not an answer.
    async fn get<T>(
        &self,
        asked: Asked,
        way: Way<'_>,
        to: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, String> + Send,
    ) -> Result<T, Failure> {
        let sent = self.send(asked, way, (Method::GET, to, Bytes::new())).await;
        let (status, body) = sent.map_err(|refused| failure(refused, asked))?;
        parse(&body).map_err(|why| unreadable_answer(status, &body, &why, way.token))
    }

    /// Reads several events side by side; each answer is a body, or why there is none.
    async fn get_events(&self, way: Way<'_>, paths: &[String]) -> Result<Vec<Result<Bytes, Refusal>>, Failure> {
        let mut answers = Vec::with_capacity(paths.len());
        for paths in paths.chunks(mailbox::IN_FLIGHT as usize) {
            let sent = self.send(Asked::Events, way, (Method::POST, batch::PATH, batch::body(paths))).await;
            let (status, body) = sent.map_err(|refused| failure(refused, Asked::Events))?;
            let members = batch::parse(&body, paths.len());
            let members = members.map_err(|why| unreadable_answer(status, &body, &why, way.token))?;
            answers.extend(members.into_iter().map(|member| {
                if (200..300).contains(&member.status) {
                    return Ok(member.body);
                }
                Err(refusal(&Refused {
                    asked: Asked::Event,
                    status: member.status,
                    retry_after: member.retry_after,
                    claims: false,
                    body: &member.body,
                    token: way.token,
                }))
            }));
        }
        Ok(answers)
    }

    /// The id of the copy with that key.
    async fn find(&self, way: Way<'_>, calendar: &str, key: &str) -> Result<Option<String>, Failure> {
        let read = |body: &[u8]| {
            let list: wire::Collection<'_> = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
            let entries = list.value.ok_or("value: missing")?;
            let head = |raw: &&serde_json::value::RawValue| serde_json::from_str::<wire::Head>(raw.get()).ok()?.id;
            Ok(entries.iter().find_map(head))
        };
        self.get(Asked::Events, way, &calls::by_key(calendar, key), read).await
    }

    /// Whose calendar it is, asked once per calendar and only where guests make it matter. That it
    /// is not known costs a mark beside a guest, nothing else.
    async fn owner(&self, way: Way<'_>, calendar: &str, body: &str) -> Option<String> {
        if !has_guests(body) {
            return None;
        }
        let mailbox = self.mailboxes.of(way.token);
        if let Some(owner) = mailbox.owner(calendar) {
            return Some(owner);
        }
        let owner = self.get(Asked::Events, way, &calls::calendar(calendar), calls::parse_owner).await.ok()?;
        mailbox.remember_owner(calendar, &owner);
        Some(owner)
    }
}

/// Whether any list of guests in the answer has somebody in it.
fn has_guests(body: &str) -> bool {
    body.split("\"attendees\"").skip(1).any(|rest| {
        let mut rest = rest.chars().filter(|c| !c.is_whitespace());
        rest.next() == Some(':') && rest.next() == Some('[') && rest.next() == Some('{')
    })
}

/// A request that is not about one event cannot end with "no such event".
fn failure(refused: Refusal, asked: Asked) -> Failure {
    match refused {
        Refusal::Failed(failure) => failure,
        Refusal::Gone | Refusal::Taken(_) => {
            Failure::new(FailureClass::Permanent(asked.scope()), "outlook: an answer to another question")
        }
    }
}

#[async_trait]
impl Adapter for Outlook {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn fetch_account(&self, access: &Access) -> Result<RemoteAccount, Failure> {
        self.get(Asked::Account, self.way(access)?, calls::ACCOUNT, calls::parse_account).await
    }

    async fn fetch_calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>, Failure> {
        let way = self.way(access)?;
        let mut calendars = Vec::new();
        let mut page = calls::calendars();
        for _ in 0..MOST_CALENDAR_PAGES {
            let (found, next) = self.get(Asked::Calendars, way, &page, calls::parse_calendars).await?;
            calendars.extend(found);
            match next {
                Some(link) if way.trusted(&link) => page = link,
                Some(_) => break,
                None => {
                    calendars.sort_by_key(|calendar: &RemoteCalendar| !calendar.primary);
                    return Ok(calendars);
                }
            }
        }
        let detail = "outlook: the list of calendars does not end, or goes on at another server";
        Err(Failure::new(FailureClass::Transient, detail).outage())
    }

    async fn fetch_page(&self, access: &Access, calendar: &str, query: &PageQuery) -> Result<Page, Failure> {
        pages::fetch(self, self.way(access)?, calendar, query).await
    }

    async fn fetch_items(
        &self,
        access: &Access,
        calendar: &str,
        items: &[ItemRef],
    ) -> Result<Vec<RemoteChange>, Failure> {
        ItemReading::new(self, self.way(access)?, calendar).fetch(items).await
    }

    fn new_item(&self, _calendar: &str) -> (String, String) {
        (write::NEW.to_owned(), String::new())
    }

    async fn write(&self, access: &Access, calendar: &str, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        Writing { outlook: self, way: self.way(access)?, calendar }.write(write).await
    }
}

/// The entries of a page as fuzzing sees them.
#[cfg(test)]
pub(crate) fn read_page(body: &[u8]) -> String {
    use crate::fuzz::{outcome, shape};
    let text = String::from_utf8_lossy(body);
    let page: Result<wire::Collection<'_>, _> = serde_json::from_str(&text);
    let entries = match page {
        Ok(page) => page.value.unwrap_or_default(),
        Err(wrong) => return shape(&wrong.to_string()),
    };
    let read = |raw: &serde_json::value::RawValue| {
        let piece = match map::piece(raw.get(), Some("b@example.com")) {
            map::Piece::Change(change) => outcome(&[change]),
            map::Piece::OfSeries(_) => "s".to_owned(),
            map::Piece::ById(_) => "i".to_owned(),
        };
        piece + &outcome(&[map::item(raw.get(), None)])
    };
    entries.into_iter().take(20).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::has_guests;

    #[test]
    fn an_empty_list_of_guests_asks_for_nobody() {
        assert!(!has_guests(r#"{"value":[{"attendees":[]},{"attendees": [ ]},{"subject":"attendees"}]}"#));
        assert!(has_guests("{\"attendees\":[]},{\"attendees\" : [\n {\"type\":\"required\"}]}"));
    }
}
