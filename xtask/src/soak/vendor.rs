//! The vendor's side of a life, whichever vendor it is: the sandbox as Google or as Microsoft, or a real CalDAV
//! server behind the misbehaving proxy. What it holds is read past Tidecal.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock;
use super::files;
use super::http::Peer;
use super::items::{self, Item};
use super::program::Program;
use super::radicale::Radicale;
use super::world::ADA;

const START: Duration = Duration::from_secs(30);
/// Whose CalDAV calendar.
const USER: &str = "ada";

/// Which vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// The sandbox's Google
    Google,
    /// The sandbox's Microsoft
    Outlook,
    /// Radicale behind the proxy
    Caldav,
}

/// The vendor.
pub(super) struct Vendor {
    pub(super) kind: Kind,
    /// The sandbox, or the proxy.
    pub(super) peer: Peer,
    address: SocketAddr,
    dav: Option<(Radicale, String)>,
    _program: Program,
}

impl Vendor {
    /// Starts it and fills Ada's calendar.
    pub(super) fn begin(
        kind: Kind,
        folder: &Path,
        binary: &Path,
        address: SocketAddr,
        seed: u64,
        events: usize,
    ) -> Result<Self> {
        let dav = (kind == Kind::Caldav).then(|| {
            let server = Radicale::start(&[USER]);
            let path = server.calendar(USER, "work");
            (server, path)
        });
        let mut command = Command::new(binary);
        command.args(["sandbox", "--listen", &address.to_string()]);
        match &dav {
            Some((server, _)) => command.args(["--proxy", &server.origin]),
            None => command.args(["--strict", "--seed", &seed.to_string()]),
        };
        let program = Program::start(&mut command, &folder.join("sandbox.log"))?;
        let vendor = Self { kind, peer: Peer::at(address), address, dav, _program: program };
        clock::until(START, || vendor.faults().ok()).context("the vendor does not answer")?;
        vendor.fill(seed, events)?;
        Ok(vendor)
    }

    fn fill(&self, seed: u64, count: usize) -> Result<()> {
        match (self.kind, &self.dav) {
            (Kind::Caldav, Some((server, path))) => {
                for (name, text) in files::filling(seed, count) {
                    server.put(USER, &format!("{path}{name}"), &text);
                }
            }
            (Kind::Outlook, _) => {
                let fill = json!({ "calendar": ADA, "count": count, "seed": seed });
                self.control("POST", "/graph/populate", &fill)?;
            }
            _ => {
                let fill = json!({ "calendarId": ADA, "count": count, "seed": seed });
                self.control("POST", "/populate", &fill)?;
            }
        }
        Ok(())
    }

    /// Settings of the server under test.
    pub(super) fn settings(&self, server: SocketAddr) -> Vec<(&'static str, String)> {
        let here = format!("http://{}", self.address);
        let back = |vendor: &str| format!("http://{server}/api/calendar/oauth/{vendor}/callback");
        match self.kind {
            Kind::Google => vec![
                ("TIDECAL_GOOGLE_BASE_URL", here),
                ("GOOGLE_CLIENT_ID", "sandbox-client.apps.example.com".to_owned()),
                ("GOOGLE_CLIENT_SECRET", "sandbox-secret".to_owned()),
            ],
            Kind::Outlook => vec![
                ("TIDECAL_OUTLOOK_BASE_URL", here),
                ("OUTLOOK_CLIENT_ID", "00000000-5a4d-4b0c-8000-000000000001".to_owned()),
                ("OUTLOOK_CLIENT_SECRET", "outlook-sandbox-secret".to_owned()),
                ("OUTLOOK_REDIRECT_URI", back("outlook")),
            ],
            Kind::Caldav => vec![("TIDECAL_ALLOWED_ORIGINS", here)],
        }
    }

    /// Lets the server into Ada's account.
    pub(super) fn consent(&self, app: &Peer) -> Result<()> {
        let word = match self.kind {
            Kind::Google => "google",
            Kind::Outlook => "outlook",
            Kind::Caldav => {
                let login = json!({
                    "url": format!("http://{}", self.address), "username": USER, "password": format!("pw-{USER}")
                });
                return app.call("POST", "/api/calendar/accounts/caldav", &login).map(drop);
            }
        };
        let begun = app.call("GET", &format!("/api/calendar/oauth/{word}/start"), &Value::Null)?;
        let wish = json!({ "authorizeUrl": begun["authorizationUrl"], "account": ADA });
        let agreed = self.control("POST", "/oauth/approve", &wish)?;
        let back = agreed["redirectUrl"].as_str().context("no consent")?;
        let path = back.split_once("/api/").map(|(_, path)| format!("/api/{path}")).context("no way back")?;
        app.call("GET", &path, &Value::Null).map(drop)
    }

    /// The calendar's name for the API.
    pub(super) fn calendar(&self) -> &str {
        match (self.kind, &self.dav) {
            (Kind::Caldav, Some((_, path))) => path,
            (Kind::Outlook, _) => "calendar",
            _ => ADA,
        }
    }

    /// The sandbox's control API.
    pub(super) fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        self.peer.call(method, &format!("/_sandbox{path}"), body)
    }

    fn ours(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let room = if self.kind == Kind::Caldav { "_proxy" } else { "_sandbox" };
        self.peer.call(method, &format!("/{room}/{path}"), body)
    }

    /// Faults that no request has met yet.
    pub(super) fn faults(&self) -> Result<usize> {
        let list = self.ours("GET", "faults", &Value::Null)?;
        Ok(list.as_array().or(list["items"].as_array()).map_or(0, Vec::len))
    }

    /// One request, after `skip` others of that kind, is held back for a moment.
    pub(super) fn hold(&self, operation: &str, skip: usize, time: Duration) -> Result<()> {
        let key = if self.kind == Kind::Caldav { "method" } else { "operation" };
        self.ours("POST", "faults", &json!({ key: operation, "skip": skip, "delayMs": time.as_millis() })).map(drop)
    }

    /// Nothing fails any more.
    pub(super) fn calm(&self) -> Result<()> {
        self.ours("DELETE", "faults", &Value::Null).map(drop)
    }

    /// Longest page of a list, where that can be chosen.
    pub(super) fn pages(&self, length: usize) -> Result<()> {
        match self.kind {
            Kind::Google => self.control("PATCH", "/switches", &json!({ "shortPages": length })).map(drop),
            Kind::Outlook => Ok(()),
            Kind::Caldav => self.ours("PATCH", "tempers", &json!({ "pageSize": length })).map(drop),
        }
    }

    /// The access tokens expire.
    pub(super) fn expire(&self) -> Result<()> {
        let word = match self.kind {
            Kind::Google => "google",
            Kind::Outlook => "microsoft",
            Kind::Caldav => return Ok(()),
        };
        self.control("POST", "/oauth/expire-access-tokens", &json!({ "vendor": word })).map(drop).context("expiry")
    }

    /// Forgets what was asked so far.
    pub(super) fn forget(&self) -> Result<()> {
        self.ours("DELETE", "ledger", &Value::Null).map(drop)
    }

    /// Writes since then.
    pub(super) fn writes(&self) -> Result<usize> {
        if self.kind == Kind::Caldav {
            let lines = self.ours("GET", "ledger", &Value::Null)?;
            let is_write = |line: &&Value| line["method"] == "PUT" || line["method"] == "DELETE";
            return Ok(lines.as_array().map_or(0, |lines| lines.iter().filter(is_write).count()));
        }
        let lines = self.control("GET", "/ledger?writes=true", &Value::Null)?;
        Ok(lines["items"].as_array().map_or(0, Vec::len))
    }

    /// Requests that break the contract, and mails.
    pub(super) fn complaints(&self) -> Result<Vec<String>> {
        let mut complaints = Vec::new();
        if self.kind != Kind::Caldav {
            for list in ["violations", "mails"] {
                let items = self.control("GET", &format!("/{list}"), &Value::Null)?;
                if items["items"] != json!([]) {
                    complaints.push(format!("{list}: {}", items["items"]));
                }
            }
        }
        Ok(complaints)
    }

    /// Everything that it holds.
    pub(super) fn items(&self, now: Timestamp) -> Result<Vec<Item>> {
        match (self.kind, &self.dav) {
            (Kind::Caldav, Some((server, path))) => files::items(&server.files_of(path), path, now),
            (Kind::Outlook, _) => {
                let stored = self.control("GET", &format!("/graph/events/{ADA}"), &Value::Null)?;
                Ok(items::of_outlook(&stored, now))
            }
            _ => {
                let stored = self.control("GET", &format!("/events/{ADA}"), &Value::Null)?;
                Ok(items::of_google(&stored, now))
            }
        }
    }

    /// A new event by another person's hand.
    pub(super) fn create(&self, title: &str, start: &str, end: &str) -> Result<()> {
        match (self.kind, &self.dav) {
            (Kind::Caldav, Some((server, path))) => {
                let name = title.replace(' ', "-").to_lowercase();
                server.put(USER, &format!("{path}{name}.ics"), &files::text(&name, title, start, end));
            }
            (Kind::Outlook, _) => {
                let at = |text: &str| json!({ "dateTime": text.trim_end_matches('Z'), "timeZone": "UTC" });
                let body = json!({ "subject": title, "start": at(start), "end": at(end) });
                self.control("POST", &format!("/graph/events/{ADA}"), &body)?;
            }
            _ => {
                let body = json!({ "summary": title, "start": { "dateTime": start }, "end": { "dateTime": end } });
                self.control("POST", &format!("/events/{ADA}"), &body)?;
            }
        }
        Ok(())
    }

    /// Another title by another person's hand; none: deleted. An event that is gone already stays so.
    pub(super) fn change(&self, item: &Item, title: Option<&str>) -> Result<()> {
        if let Some((server, path)) = &self.dav {
            let file = server.files_of(path).join(item.id.rsplit('/').next().unwrap_or_default());
            let Ok(stored) = std::fs::read_to_string(&file) else { return Ok(()) };
            let answer = match title {
                Some(title) => {
                    let text = files::retitled(&stored, title);
                    server.request(USER, "PUT", &item.id, &[("Content-Type", "text/calendar; charset=utf-8")], &text)
                }
                None => server.request(USER, "DELETE", &item.id, &[], ""),
            };
            if !(200..300).contains(&answer.status) {
                bail!("the editor was refused: {} {}", answer.status, answer.body);
            }
            return Ok(());
        }
        let (room, member) = if self.kind == Kind::Outlook { ("/graph", "subject") } else { ("", "summary") };
        let path = format!("/_sandbox{room}/events/{ADA}/{}", encoded(&item.id));
        match title {
            Some(title) => self.peer.ask("PATCH", &path, &json!({ member: title }))?,
            None => self.peer.ask("DELETE", &path, &Value::Null)?,
        };
        Ok(())
    }
}

/// An id in a path.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    id.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
