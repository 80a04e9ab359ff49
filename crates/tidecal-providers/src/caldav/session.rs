//! Sending the requests of one account: signing, following redirects, keeping the password at home.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request};
use tidecal_core::remote::{Failure, FailureClass, PermanentScope};
use tidecal_http::{Patience, Transport};
use url::Url;

use super::auth::{Challenges, Credentials};
use super::digest::Challenge;
use super::multistatus::{Multistatus, multistatus};
use super::requests::{Guard, Outgoing};
use super::{NAME, errors, href, trust};

/// How long a listing of a whole calendar may take: a slow server with a large calendar needs
/// minutes, and giving up would only make it begin anew.
const LISTING_TIME: Duration = Duration::from_secs(300);
/// Most redirects of one request.
const MAX_REDIRECTS: usize = 5;

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Where it came from, after redirects.
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// One account for the length of a call.
pub(super) struct Session<'a> {
    pub(super) transport: &'a Transport,
    pub(super) challenges: &'a Challenges,
    pub(super) who: Credentials,
    /// The address that the password was given for.
    pub(super) named: Url,
    /// A person is connecting the account: a refused password is wrong, and redirects may lead to
    /// any host that may have it.
    pub(super) connecting: bool,
}

impl Session<'_> {
    /// The owner's mail address as far as the login tells; empty if it is another kind of name.
    pub(super) fn own_address(&self) -> &str {
        if self.who.username.contains('@') { &self.who.username } else { "" }
    }

    /// Sends a request; redirects are followed with method and body kept, as WebDAV needs it.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        let mut url = outgoing.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.attempt(outgoing, &url).await?;
            let Some(target) = redirect_of(&answer) else { return Ok(answer) };
            // iCloud moves accounts between its hosts; anything else is for a person to look at.
            if !self.connecting && !trust::may_receive(&url, &target) {
                return Err(errors::foreign_host(target.host_str().unwrap_or_default()));
            }
            url = target;
        }
        let class = FailureClass::Permanent(PermanentScope::Account);
        Err(Failure::new(class, format!("{NAME}: {} redirects in circles", url.host_str().unwrap_or_default()))
            .code("redirect-loop")
            .remedy("The server's set-up is at fault; its own CalDAV address, if you know it, may work."))
    }

    /// Sends a request whose answer should be a multistatus.
    pub(super) async fn ask(
        &self,
        outgoing: &Outgoing,
        scope: PermanentScope,
    ) -> Result<(Answer, Multistatus), Failure> {
        let answer = self.send(outgoing).await?;
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(&answer, scope));
        }
        let read = multistatus(&answer.body);
        match read {
            Ok(multistatus) => Ok((answer, multistatus)),
            Err(error) => Err(errors::unreadable(&answer, &error, &self.who.password)),
        }
    }

    /// The failure behind a refusal.
    pub(super) fn refused(&self, answer: &Answer, scope: PermanentScope) -> Failure {
        errors::refused(answer, scope, &self.who.password)
    }

    /// Once, and once more if the server asks for another kind of proof or refuses a password that
    /// was accepted before.
    async fn attempt(&self, outgoing: &Outgoing, url: &Url) -> Result<Answer, Failure> {
        let (answer, sent) = self.once(outgoing, url).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let another = self.challenges.learn(&self.who, url, sent.as_ref(), &answer.headers);
        // A password that was good may be refused once by a server in trouble (iCloud): a second
        // look costs less than a person who is asked to connect again for nothing.
        if another || (sent.is_none() && !self.connecting) {
            return Ok(self.once(outgoing, url).await?.0);
        }
        Ok(answer)
    }

    async fn once(&self, outgoing: &Outgoing, url: &Url) -> Result<(Answer, Option<Challenge>), Failure> {
        if !trust::may_receive(&self.named, url) {
            return Err(errors::foreign_host(url.host_str().unwrap_or_default()));
        }
        let (authorization, sent) = self.challenges.authorization(&self.who, outgoing.method, url);
        let request = request(outgoing, url, &authorization)?;
        let response =
            self.transport.send(request).await.map_err(|error| errors::unreached(&error, self.connecting))?;
        let (parts, body) = response.into_parts();
        Ok((Answer { url: url.clone(), status: parts.status.as_u16(), headers: parts.headers, body }, sent))
    }
}

fn request(outgoing: &Outgoing, url: &Url, authorization: &str) -> Result<Request<Bytes>, Failure> {
    let unsendable =
        || Failure::new(FailureClass::Permanent(PermanentScope::Account), format!("{NAME}: no request can be made"));
    let mut authorization = HeaderValue::from_str(authorization).map_err(|_| unsendable())?;
    authorization.set_sensitive(true);
    let method = Method::from_bytes(outgoing.method.as_bytes()).map_err(|_| unsendable())?;
    let mut builder = Request::builder().method(method).uri(url.as_str()).header(AUTHORIZATION, authorization);
    if let Some(depth) = outgoing.depth {
        builder = builder.header("Depth", depth);
    }
    if !outgoing.body.is_empty() {
        let calendar = outgoing.method == "PUT";
        let kind = if calendar { "text/calendar; charset=utf-8" } else { "application/xml; charset=utf-8" };
        builder = builder.header(CONTENT_TYPE, kind);
    }
    match &outgoing.guard {
        Guard::None => {}
        Guard::New => builder = builder.header(IF_NONE_MATCH, "*"),
        Guard::Version(etag) => builder = builder.header(IF_MATCH, etag),
    }
    if outgoing.slow {
        builder = builder.extension(Patience(LISTING_TIME));
    }
    builder.body(Bytes::from(outgoing.body.clone())).map_err(|_| unsendable())
}

fn redirect_of(answer: &Answer) -> Option<Url> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    if location.starts_with("//") {
        // A scheme-relative address names a host, unlike a DAV href.
        return Url::parse(&format!("{}:{location}", answer.url.scheme())).ok();
    }
    href::resolve(&answer.url, location)
}
