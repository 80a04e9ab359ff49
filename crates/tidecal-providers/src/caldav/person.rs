//! Whose login this is, and where their calendars are (RFC 5397, RFC 4791 6.2.1).

use tidecal_core::remote::{Failure, FailureClass, PermanentScope, RemoteAccount};
use url::Url;

use super::multistatus::Response;
use super::requests::{self, WHO};
use super::session::Session;
use super::xml::Ns;
use super::{NAME, errors, href, presets, trust};

const ACCOUNT: PermanentScope = PermanentScope::Account;

/// What one address says of the person who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// Their principal, if the server has such a thing.
    pub(super) principal: Option<Url>,
    /// Collections that hold their calendars; several are possible.
    pub(super) homes: Vec<Url>,
    /// A host that a home is on and that must not have the password.
    pub(super) foreign: Option<String>,
    /// The address itself is a calendar.
    pub(super) is_calendar: bool,
    name: String,
    email: Option<String>,
}

impl Person {
    /// Whether there is anything to read.
    pub(super) fn has_calendars(&self) -> bool {
        self.is_calendar || !self.homes.is_empty()
    }

    /// The account, known by its principal.
    pub(super) fn account(&self, base: &Url, username: &str) -> RemoteAccount {
        let subject = self.principal.as_ref().unwrap_or(base);
        RemoteAccount {
            subject: subject.to_string(),
            email: self.email.clone().unwrap_or_else(|| username.to_owned()),
            name: self.name.clone(),
        }
    }
}

/// Asks `start`, and the principal that it names. The second value is where `start` led.
pub(super) async fn find(session: &Session<'_>, start: &Url) -> Result<(Person, Url), Failure> {
    let (mut person, at) = ask(session, start).await?;
    let Some(principal) = person.principal.clone().filter(|principal| *principal != at && person.homes.is_empty())
    else {
        return Ok((person, at));
    };
    if !trust::may_receive(&session.named, &principal) {
        return Err(errors::foreign_host(principal.host_str().unwrap_or_default()));
    }
    let (own, principal) = ask(session, &principal).await?;
    person = Person { principal: Some(principal), is_calendar: person.is_calendar, ..own };
    Ok((person, at))
}

async fn ask(session: &Session<'_>, url: &Url) -> Result<(Person, Url), Failure> {
    let (answer, multistatus) = session.ask(&requests::propfind(url.clone(), "0", WHO), ACCOUNT).await?;
    let own = multistatus.responses.into_iter().next().unwrap_or_default();
    let current = own.prop(Ns::Dav, "current-user-principal");
    if current.is_some_and(|current| current.child(Ns::Dav, "unauthenticated").is_some()) {
        let detail = format!("{NAME}: 401 at {}: the server took the request for a stranger's", answer.host());
        return Err(Failure::new(FailureClass::Auth, detail).status(401).remedy(presets::password_remedy(&answer.url)));
    }
    Ok((read(session, &answer.url, &own), answer.url))
}

fn read(session: &Session<'_>, at: &Url, own: &Response) -> Person {
    let mut person = Person {
        principal: own.href_in(Ns::Dav, "current-user-principal").and_then(|to| href::resolve(at, to)),
        is_calendar: own.has_type(Ns::Caldav, "calendar"),
        name: own.text(Ns::Dav, "displayname").unwrap_or_default().to_owned(),
        email: address(own),
        ..Person::default()
    };
    let homes = own.prop(Ns::Caldav, "calendar-home-set").into_iter().flat_map(|set| set.all(Ns::Dav, "href"));
    for home in homes.filter_map(|home| href::resolve(at, home.words()?)) {
        if !trust::may_receive(&session.named, &home) {
            person.foreign = home.host_str().map(str::to_owned);
        } else if !person.homes.contains(&home) {
            person.homes.push(home);
        }
    }
    person
}

/// The first mail address among those that mean this person.
fn address(own: &Response) -> Option<String> {
    let set = own.prop(Ns::Caldav, "calendar-user-address-set")?;
    set.all(Ns::Dav, "href").filter_map(|it| it.words()).find_map(|it| {
        let (scheme, address) = it.split_once(':')?;
        scheme.eq_ignore_ascii_case("mailto").then(|| address.to_lowercase())
    })
}
