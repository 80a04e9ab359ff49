//! From what a person types (domain, mail address, URL) to their account (RFC 6764 5 and 6).
//!
//! SRV and TXT records are not looked up: providers that publish them also answer the well-known
//! address, or are known by name ([`super::presets`]).

use secrecy::SecretString;
use tidecal_core::remote::{Failure, FailureClass, PermanentScope, RemoteAccount};
use tidecal_http::Transport;
use url::Url;

use super::auth::{Challenges, Credentials};
use super::person::{self, Person};
use super::session::Session;
use super::{NAME, errors, presets};

/// Where servers keep their CalDAV root when they do not say (Nextcloud, Baikal, Cyrus, others).
const USUAL_PATHS: [&str; 5] = ["/", "/remote.php/dav/", "/dav.php/", "/dav/", "/caldav/"];
const WELL_KNOWN: &str = "/.well-known/caldav";

/// An account that was found and signed in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// What to keep as the base of [`crate::Access::Password`]: the principal, or else the address
    /// that holds the calendars.
    pub base: Url,
    /// The login that was accepted: what was given, or the typed mail address if that was empty.
    pub username: String,
    /// Whose account it is.
    pub account: RemoteAccount,
}

/// Finds the account behind `input` and signs in. The password is sent to the host that the input
/// names, to its subdomains and to hosts of the same known provider, never elsewhere.
///
/// # Errors
/// `Auth`: the password was refused. `Permanent(Account)`: there is no CalDAV server, or it refers
/// to a host that must be entered by hand. `Transient`: no connection, or trouble at the server.
/// The remedy says what to do.
pub async fn discover(
    transport: &Transport,
    input: &str,
    username: &str,
    password: &SecretString,
) -> Result<Discovered, Failure> {
    let typed = Typed::read(transport, input)?;
    let username = match (username.trim(), &typed.address) {
        ("", Some(address)) => address.clone(),
        (given, _) => given.to_owned(),
    };
    let session = Session {
        transport,
        challenges: &Challenges::default(),
        who: Credentials { username, password: password.clone() },
        named: typed.start.clone(),
        connecting: true,
    };
    let mut best = None;
    for candidate in typed.candidates() {
        match person::find(&session, &candidate).await {
            Ok((person, at)) => match found(&person, at, &session.who.username) {
                Ok(discovered) => return Ok(discovered),
                Err(failure) => keep(&mut best, failure),
            },
            Err(failure) if is_final(&failure) => return Err(failure),
            Err(failure) => keep(&mut best, failure),
        }
    }
    Err(best.filter(|failure| weight(failure) > 0).unwrap_or_else(|| nothing_there(&typed.start)))
}

fn found(person: &Person, at: Url, username: &str) -> Result<Discovered, Failure> {
    if let (false, Some(host)) = (person.has_calendars(), &person.foreign) {
        return Err(errors::foreign_host(host));
    }
    if !person.has_calendars() {
        return Err(nothing_there(&at));
    }
    let base = person.principal.clone().unwrap_or(at);
    let account = person.account(&base, username);
    Ok(Discovered { base, username: username.to_owned(), account })
}

/// What will be the same at every other path of the host.
fn is_final(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::Auth | FailureClass::RateLimited => true,
        _ => failure.http_status.is_none() && failure.vendor_code.is_none(),
    }
}

/// Of several failures, the one that tells most is shown.
fn weight(failure: &Failure) -> u8 {
    match (failure.class, failure.vendor_code.as_deref()) {
        (_, Some("foreign-host")) => 3,
        (FailureClass::Transient, _) if failure.outage => 2,
        (_, Some("redirect-loop")) => 1,
        _ => 0,
    }
}

fn keep(best: &mut Option<Failure>, failure: Failure) {
    if best.as_ref().is_none_or(|known| weight(&failure) > weight(known)) {
        *best = Some(failure);
    }
}

fn nothing_there(url: &Url) -> Failure {
    let host = url.host_str().unwrap_or_default();
    permanent(&format!("there is no CalDAV server at {host}"))
        .code("not-caldav")
        .remedy("Check the address. Providers call it CalDAV address or server address; for Nextcloud it is https://<server>/remote.php/dav/.")
}

fn permanent(detail: &str) -> Failure {
    Failure::new(FailureClass::Permanent(PermanentScope::Account), format!("{NAME}: {detail}"))
}

/// What a person typed, understood.
#[derive(Debug, PartialEq, Eq)]
struct Typed {
    /// Where to begin; its host is the one that the password is for.
    start: Url,
    /// The typed mail address.
    address: Option<String>,
    /// The provider's root is known: nothing else needs to be tried.
    known: bool,
}

impl Typed {
    fn read(transport: &Transport, input: &str) -> Result<Self, Failure> {
        let input = input.trim();
        let wrong = || {
            permanent("this is no address of a calendar server")
                .code("address")
                .remedy("Enter a domain (example.com), a mail address or a URL that begins with https://.")
        };
        let is_url = input.contains("://");
        let address = (!is_url && input.contains('@')).then(|| input.to_lowercase());
        let place = if is_url { input } else { input.rsplit('@').next().unwrap_or_default() };
        let start = if is_url { Url::parse(place) } else { Url::parse(&format!("https://{place}")) };
        let start = start.ok().filter(|url| url.has_host()).ok_or_else(wrong)?;
        if !matches!(start.scheme(), "https" | "http") {
            return Err(wrong());
        }
        if !start.username().is_empty() || start.password().is_some() {
            return Err(permanent("the address carries a user name or password")
                .code("address")
                .remedy("Enter the address without them; they have fields of their own."));
        }
        let host = start.domain().unwrap_or_default().to_owned();
        if let Some(remedy) = presets::elsewhere(&host) {
            return Err(permanent(&format!("{host} offers no CalDAV with a password"))
                .code("elsewhere")
                .remedy(remedy));
        }
        let root = start.path() == "/";
        Ok(match presets::start(&host).filter(|_| root) {
            Some(start) => Self { start, address, known: true },
            None => Self { start: reachable(transport, start, is_url), address, known: false },
        })
    }

    /// Where to ask, in this order.
    fn candidates(&self) -> Vec<Url> {
        let at = |path: &str| super::href::at_path(&self.start, path);
        if self.known {
            return vec![self.start.clone()];
        }
        if self.start.path() != "/" {
            return vec![self.start.clone(), at(WELL_KNOWN), at("/")];
        }
        std::iter::once(at(WELL_KNOWN)).chain(USUAL_PATHS.map(at)).collect()
    }
}

/// A host without a scheme means https, unless the operator allowed exactly the other.
fn reachable(transport: &Transport, url: Url, has_scheme: bool) -> Url {
    if has_scheme || transport.check(&url).is_ok() {
        return url;
    }
    let plain = url.as_str().replacen("https://", "http://", 1);
    Url::parse(&plain).ok().filter(|plain| transport.check(plain).is_ok()).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidecal_http::{Guard, TransportConfig};

    fn typed(input: &str) -> Result<Typed, Failure> {
        let guard = Guard { allow_private: false, allowed_origins: vec!["http://127.0.0.1:5232".into()] };
        let transport = Transport::new(TransportConfig { guard, ..TransportConfig::default() }).unwrap();
        Typed::read(&transport, input)
    }

    #[test]
    fn domains_addresses_and_urls_are_understood() {
        for (input, start) in [
            ("example.com", "https://example.com/"),
            (" Ada@Example.com ", "https://example.com/"),
            ("https://cloud.example.com/remote.php/dav", "https://cloud.example.com/remote.php/dav"),
            ("cloud.example.com/dav/", "https://cloud.example.com/dav/"),
            ("127.0.0.1:5232", "http://127.0.0.1:5232/"),
            ("ada@icloud.com", "https://caldav.icloud.com/"),
            ("https://fastmail.com", "https://caldav.fastmail.com/dav/"),
        ] {
            assert_eq!(typed(input).unwrap().start.as_str(), start, "{input}");
        }
        assert_eq!(typed("Ada@Example.com").unwrap().address.as_deref(), Some("ada@example.com"));
    }

    #[test]
    fn what_cannot_be_meant_is_answered_with_a_step() {
        for input in
            ["", "   ", "https://", "ftp://example.com/", "file:///etc/passwd", "https://ada:pw@example.com/", "a b"]
        {
            let failure = typed(input).unwrap_err();
            assert_eq!(failure.class, FailureClass::Permanent(PermanentScope::Account), "{input}");
            assert!(failure.remedy.is_some() && !failure.detail.contains("pw"), "{input}");
        }
        assert!(typed("ada@gmail.com").unwrap_err().remedy.unwrap().contains("Google button"));
    }

    #[test]
    fn a_bare_host_is_asked_at_the_well_known_address_first() {
        let paths = |input| -> Vec<String> {
            typed(input).unwrap().candidates().iter().map(|url| url.path().to_owned()).collect()
        };
        assert_eq!(paths("example.com")[..2], ["/.well-known/caldav", "/"]);
        assert_eq!(paths("https://example.com/dav/x/"), ["/dav/x/", "/.well-known/caldav", "/"]);
        assert_eq!(paths("ada@me.com"), ["/"]);
    }
}
