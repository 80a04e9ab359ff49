//! CalDAV (RFC 4791) with collection synchronisation (RFC 6578).
//!
//! Ids: a calendar is the path of its collection (with its host where that differs from the
//! account's), an item is the path of its resource. Versions are `ETag`s, opaque; where a server
//! sends none, a hash of the body.
//!
//! Passwords only (Basic, Digest); [`trust`] has the rule about hosts. Not here: scheduling
//! of our own (RFC 6638): invitations are the server's to send, where it does.

mod auth;
mod calendars;
mod cursor;
mod digest;
mod discover;
mod errors;
mod href;
mod items;
mod multistatus;
mod pages;
mod person;
mod presets;
mod requests;
mod session;
mod trust;
mod write;
mod xml;

use async_trait::async_trait;
use secrecy::SecretString;
use tidecal_core::remote::{
    Capabilities, Failure, FailureClass, ItemRef, Page, PageQuery, PermanentScope, QuietWrite, RemoteAccount,
    RemoteCalendar, RemoteChange, RemoteWrite,
};
use tidecal_http::Transport;
use url::Url;

use self::auth::{Challenges, Credentials};
pub use self::discover::{Discovered, discover};
use self::session::Session;
use self::write::Writer;
use crate::{Access, Adapter};

/// How failures of this adapter begin.
const NAME: &str = "caldav";

/// Bodies per report. Measured with 2 000 objects on Radicale: 10 at a time take twice as long as
/// 50, 500 at a time a fifth less; one broken object makes its whole batch be fetched one by one.
const ITEMS_PER_FETCH: usize = 50;

static CAPABILITIES: Capabilities = Capabilities {
    writes: true,
    quiet_write: QuietWrite::OnlyWithoutAttendees,
    writes_whole_series: true,
    lists_without_bodies: true,
    bounded_reading: false,
    page_tokens_last: false,
    items_per_fetch: ITEMS_PER_FETCH,
    token_refresh_ahead: None,
};

/// Speaks to any CalDAV server. Clones share what was learnt about servers that want Digest.
#[derive(Clone, Debug)]
pub struct Caldav {
    transport: Transport,
    challenges: Challenges,
}

impl Caldav {
    /// An adapter that sends through `transport`.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self { transport, challenges: Challenges::default() }
    }

    /// Finds an account: see [`discover`].
    ///
    /// # Errors
    /// As [`discover`].
    pub async fn discover(&self, input: &str, username: &str, password: &SecretString) -> Result<Discovered, Failure> {
        discover(&self.transport, input, username, password).await
    }

    fn session<'a>(&'a self, access: &'a Access) -> Result<(Session<'a>, &'a Url), Failure> {
        let Access::Password { base, username, password } = access else {
            let detail = format!("{NAME}: the account has no user name and password");
            return Err(Failure::new(FailureClass::Auth, detail));
        };
        let who = Credentials { username: username.clone(), password: password.clone() };
        let session = Session {
            transport: &self.transport,
            challenges: &self.challenges,
            who,
            named: base.clone(),
            connecting: false,
        };
        Ok((session, base))
    }
}

#[async_trait]
impl Adapter for Caldav {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn fetch_account(&self, access: &Access) -> Result<RemoteAccount, Failure> {
        let (session, base) = self.session(access)?;
        let (person, at) = person::find(&session, base).await?;
        Ok(person.account(&at, &session.who.username))
    }

    async fn fetch_calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>, Failure> {
        let (session, base) = self.session(access)?;
        calendars::fetch(&session, base).await
    }

    async fn fetch_page(&self, access: &Access, calendar: &str, query: &PageQuery) -> Result<Page, Failure> {
        let (session, base) = self.session(access)?;
        match pages::fetch(&session, &calendars::url_of(base, calendar)?, query).await {
            Err(failure) if calendars::is_missing(&failure) => {
                Err(calendars::looked_up(&session, base, calendar, failure).await)
            }
            other => other,
        }
    }

    async fn fetch_items(
        &self,
        access: &Access,
        calendar: &str,
        items: &[ItemRef],
    ) -> Result<Vec<RemoteChange>, Failure> {
        let (session, base) = self.session(access)?;
        items::fetch(&session, &calendars::url_of(base, calendar)?, items).await
    }

    /// A server that does not announce scheduling (RFC 6638 2) sends no invitations, so guests can be
    /// written in silence. One that announces an older kind is taken for one that mails.
    async fn quiet_write(&self, access: &Access, calendar: &str) -> Result<QuietWrite, Failure> {
        let (session, base) = self.session(access)?;
        let answer = session.send(&requests::options(calendars::url_of(base, calendar)?)).await?;
        if !(200..300).contains(&answer.status) {
            return Err(session.refused(&answer, PermanentScope::Calendar));
        }
        let announced: Vec<&str> = answer
            .headers
            .get_all("DAV")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(',').map(str::trim))
            .collect();
        let speaks_caldav = announced.contains(&"calendar-access");
        let schedules = announced.iter().any(|it| matches!(*it, "calendar-auto-schedule" | "calendar-schedule"));
        Ok(if speaks_caldav && !schedules { QuietWrite::Always } else { QuietWrite::OnlyWithoutAttendees })
    }

    /// A resource beside the others, named by the key.
    fn new_item(&self, calendar: &str) -> (String, String) {
        let path = Url::parse(calendar).map_or_else(|_| calendar.to_owned(), |url| url.path().to_owned());
        (format!("{}/", path.trim_end_matches('/')), ".ics".to_owned())
    }

    async fn write(&self, access: &Access, calendar: &str, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        let (session, base) = self.session(access)?;
        let writer = Writer { session: &session, calendar: &calendars::url_of(base, calendar)? };
        writer.write(write).await
    }
}

/// An answer as fuzzing sees it.
#[cfg(test)]
pub(crate) fn read_answer(body: &[u8]) -> String {
    let read = multistatus::multistatus(body);
    let conditions = multistatus::conditions(body).len();
    match read {
        Ok(answer) => {
            let calendar = Url::parse("https://dav.example.com/cal/");
            let changes = calendar.map(|calendar| pages::read_changes(&calendar, answer)).unwrap_or_default();
            crate::fuzz::outcome(&changes)
        }
        Err(wrong) => format!("{conditions}{:?}", std::mem::discriminant(&wrong)),
    }
}
