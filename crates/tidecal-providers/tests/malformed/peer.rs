//! A server that says one thing, and an adapter that listens.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tidecal_core::policy::Window;
use tidecal_core::remote::{Cursor, Failure, ItemRef, PageQuery, Reading, RemoteChange};
use tidecal_http::{Guard, Transport, TransportConfig};
use tidecal_providers::caldav::Caldav;
use tidecal_providers::google::Google;
use tidecal_providers::microsoft::Outlook;
use tidecal_providers::{Access, Adapter};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::generator::Case;
use crate::{changes, documents};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Vendor {
    Google,
    Outlook,
    Caldav,
}

/// What is asked, and so what the answer should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    GoogleEvents,
    GoogleEvent,
    GoogleCalendars,
    OutlookEvents,
    OutlookBatch,
    OutlookCalendars,
    DavListing,
    DavBodies,
    DavObject,
    DavCalendars,
}

impl Vendor {
    pub(crate) fn targets(self) -> &'static [Target] {
        match self {
            Self::Google => &[Target::GoogleEvents, Target::GoogleEvent, Target::GoogleCalendars],
            Self::Outlook => &[Target::OutlookEvents, Target::OutlookBatch, Target::OutlookCalendars],
            Self::Caldav => &[Target::DavListing, Target::DavBodies, Target::DavObject, Target::DavCalendars],
        }
    }
}

pub(crate) struct Peer {
    target: Target,
    adapter: Box<dyn Adapter>,
    access: Access,
    said: Arc<Mutex<Case>>,
}

impl Peer {
    pub(crate) async fn start(vendor: Vendor, target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let guard = Guard { allow_private: false, allowed_origins: vec![origin.clone()] };
        let config = TransportConfig { guard, request_timeout: Duration::from_secs(2), ..TransportConfig::default() };
        let transport = Transport::new(config).unwrap();
        let base = Url::parse(&format!("{origin}/")).unwrap();
        let token = || Access::Bearer(SecretString::from("canary"));
        let (adapter, access): (Box<dyn Adapter>, Access) = match vendor {
            Vendor::Google => (Box::new(Google::new(transport, &base)), token()),
            Vendor::Outlook => (Box::new(Outlook::new(transport, &base.join("v1.0/").unwrap())), token()),
            Vendor::Caldav => {
                let password = SecretString::from("canary");
                let base = base.join("cal/ada/").unwrap();
                (Box::new(Caldav::new(transport)), Access::Password { base, username: "ada".into(), password })
            }
        };
        let said = Arc::new(Mutex::new(Case::well(String::new())));
        let shared = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let case = Arc::clone(&shared);
                tokio::spawn(serve(stream, case, target, origin.clone()));
            }
        });
        Self { target, adapter, access, said }
    }

    /// Every request is answered so from now on.
    pub(crate) fn serve(&self, case: &Case) {
        *self.said.lock().unwrap() = case.clone();
    }

    /// The call whose answer is tried.
    pub(crate) async fn call(&self) -> Result<Vec<RemoteChange>, Failure> {
        let (adapter, access) = (&self.adapter, &self.access);
        let page = |reading| PageQuery { reading, token: None, window: Window::EVERYTHING };
        let item = |id: &str| [ItemRef { id: id.to_owned(), version: String::new() }];
        match self.target {
            Target::GoogleEvents | Target::OutlookEvents => {
                let lower = "2026-08-21T00:00:00Z".parse::<Timestamp>().unwrap();
                let from = "2026-08-21T00:00:00Z".parse().unwrap();
                let window = Window { from, to: "2027-11-21T00:00:00Z".parse().unwrap() };
                let query = PageQuery { window, ..page(Reading::Full { lower }) };
                adapter.fetch_page(access, "cal", &query).await.map(changes)
            }
            Target::GoogleEvent => adapter.fetch_items(access, "cal", &item("first")).await,
            Target::OutlookBatch => adapter.fetch_items(access, "cal", &item("AAMk1")).await,
            Target::GoogleCalendars | Target::OutlookCalendars | Target::DavCalendars => {
                let calendars = adapter.fetch_calendars(access).await?;
                // So that there is something to look at.
                let listed = calendars.into_iter().map(|calendar| ItemRef { id: calendar.id, version: calendar.name });
                Ok(listed.map(RemoteChange::Listed).collect())
            }
            Target::DavListing => {
                let cursor = Cursor("1:sync:http://example.com/sync/6".into());
                adapter.fetch_page(access, "/cal/ada/work/", &page(Reading::Delta { cursor })).await.map(changes)
            }
            Target::DavBodies | Target::DavObject => {
                adapter.fetch_items(access, "/cal/ada/work/", &item("/cal/ada/work/a.ics")).await
            }
        }
    }
}

async fn serve(mut stream: TcpStream, said: Arc<Mutex<Case>>, target: Target, origin: String) {
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut chunk = [0; 8 * 1024];
    while !is_whole(&request) {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&chunk[..count]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let said = said.lock().unwrap().clone();
    let case = aside(target, &request).unwrap_or(said);
    // The other side may have heard enough.
    let _ = case.write(&mut stream, &origin).await;
    let _ = stream.shutdown().await;
}

/// What is answered well, because it is not what the test is about.
fn aside(target: Target, request: &str) -> Option<Case> {
    let dav = |inner: &str| Some(Case::well(documents::multistatus(inner)).with_status(207));
    match target {
        Target::DavCalendars if request.contains("current-user-principal") => dav(
            "<d:response><d:href>/cal/ada/</d:href><d:propstat><d:prop><c:calendar-home-set><d:href>/cal/ada/</d:href></c:calendar-home-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
        ),
        // The report leaves the object out, so that it is asked for by itself.
        Target::DavObject if request.starts_with("REPORT") => dav(""),
        Target::DavObject | Target::DavBodies if request.starts_with("PROPFIND") => dav(
            "<d:response><d:href>/cal/ada/work/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
        ),
        _ => None,
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}
