//! One life of a calendar: a vendor, a database, the server, a person who has connected her calendar both ways.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::clock;
use super::database::Database;
use super::http::Peer;
use super::program::Program;
use super::vendor::{self, Vendor};

/// Whose calendar; also its id at the vendor.
pub(super) const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// How long a server may take to answer at all.
const START: Duration = Duration::from_secs(30);
/// How long one that is working again may take, before it is given up.
const GIVE_UP: Duration = Duration::from_secs(90);

/// Everything of one life.
pub(super) struct World {
    folder: PathBuf,
    binary: PathBuf,
    /// Where the server keeps everything.
    pub(super) database: Database,
    /// The other side.
    pub(super) vendor: Vendor,
    /// The server's API, signed in.
    pub(super) app: Peer,
    /// Of the connection; empty before [`World::connect`].
    pub(super) connection: String,
    /// Of the local calendar.
    pub(super) calendar: String,
    account: String,
    address: SocketAddr,
    /// Put before the server's command, such as a limit for its files.
    pub(super) wrapper: Vec<String>,
    server: Option<Program>,
}

impl World {
    /// A filled calendar at the vendor, and a server with one account and no connection.
    pub(super) fn begin(
        folder: &Path,
        binary: &Path,
        database: Database,
        vendor: vendor::Kind,
        seed: u64,
        events: usize,
    ) -> Result<Self> {
        let address = free_port()?;
        let vendor = Vendor::begin(vendor, folder, binary, free_port()?, seed, events)?;
        let mut world = Self {
            folder: folder.to_owned(),
            binary: binary.to_owned(),
            database,
            vendor,
            app: Peer::at(address),
            connection: String::new(),
            calendar: String::new(),
            account: String::new(),
            address,
            wrapper: Vec::new(),
            server: None,
        };
        world.add_person()?;
        world.start()?;
        world.app.call("POST", "/api/session", &json!({ "email": ADA, "password": PASSWORD }))?;
        world.vendor.consent(&world.app)?;
        let accounts = world.app.call("GET", "/api/calendar/accounts", &Value::Null)?;
        accounts["items"][0]["id"].as_str().context("no account")?.clone_into(&mut world.account);
        Ok(world)
    }

    /// A verb of the binary.
    pub(super) fn verb(&self, verb: &[&str]) -> Command {
        let mut command = match self.wrapper.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command.args(verb).env_clear().env("PATH", "/usr/bin:/bin");
        let settings = [
            ("DATABASE_URL", self.database.url()),
            ("TIDECAL_LISTEN", self.address.to_string()),
            ("CALENDAR_OAUTH_ENCRYPTION_KEY", "5".repeat(64)),
            ("CALENDAR_MASS_DELETE_MOST", "100000".to_owned()),
            ("CALENDAR_MASS_DELETE_PERCENT", "100".to_owned()),
        ];
        command.envs(settings).envs(self.vendor.settings(self.address));
        command
    }

    fn add_person(&self) -> Result<()> {
        let mut command = self.verb(&["users", "add", ADA, "--tenant", "Soak", "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            std::io::Write::write_all(&mut input, PASSWORD.as_bytes())?;
        }
        if !child.wait()?.success() {
            bail!("users add failed");
        }
        Ok(())
    }

    /// Starts the server and waits until it is ready.
    pub(super) fn start(&mut self) -> Result<()> {
        let mut server = Program::start(&mut self.verb(&["serve"]), &self.folder.join("serve.log"))?;
        let ready = clock::until(START, || {
            let ready = self.app.ask("GET", "/readyz", &Value::Null).is_ok_and(|answer| answer.status == 200);
            (ready || server.has_ended()).then_some(ready)
        });
        self.server = Some(server);
        if ready != Some(true) {
            bail!("the server does not get ready; see {}", self.folder.join("serve.log").display());
        }
        Ok(())
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.server.take().map_or(Ok(()), |mut server| server.kill())
    }

    /// Connects the calendar both ways; its first sync begins at once.
    pub(super) fn connect(&mut self) -> Result<()> {
        let calendar = self.vendor.calendar();
        let wish =
            json!({ "accountId": self.account, "externalCalendarId": calendar, "syncDirection": "bidirectional" });
        let made = self.app.call("POST", "/api/calendar/connections", &wish)?;
        made["id"].as_str().context("no connection")?.clone_into(&mut self.connection);
        made["calendarId"].as_str().context("no calendar")?.clone_into(&mut self.calendar);
        Ok(())
    }

    /// Makes the connection due now, and does not wait.
    pub(super) fn poke(&self) -> Result<()> {
        let path = format!("/api/calendar/connections/{}/sync", self.connection);
        self.app.call("POST", &path, &Value::Null).map(drop)
    }

    /// One manual sync; its status (`success`, `running`, `error`) and what it says.
    pub(super) fn sync(&self) -> Result<(String, String)> {
        let answer = self.app.call("POST", "/api/calendar/sync/manual", &json!({}))?;
        let result = &answer["results"][0];
        let status = result["status"].as_str().unwrap_or("none").to_owned();
        Ok((status, result["error"].as_str().unwrap_or_default().to_owned()))
    }

    /// Syncs until it succeeds; how long that took.
    pub(super) fn until_in_step(&self) -> Result<Duration> {
        let begun = clock::now();
        let mut last = String::new();
        let done = clock::until(GIVE_UP, || {
            match self.sync() {
                Ok((status, _)) if status == "success" => return Some(()),
                Ok((status, said)) => last = format!("{status} {said}"),
                Err(error) => last = format!("{error:#}"),
            }
            clock::wait(Duration::from_millis(20));
            None
        });
        done.with_context(|| format!("no successful sync within {} s: {last}", GIVE_UP.as_secs()))?;
        Ok(begun.elapsed())
    }

    /// Starts the server again; the time until it was ready and had synced.
    pub(super) fn recover(&mut self) -> Result<Duration> {
        let begun = clock::now();
        self.start()?;
        self.until_in_step()?;
        Ok(begun.elapsed())
    }

    /// Writes at the vendor in one more sync, which ought to have nothing to do.
    pub(super) fn writes_of_a_quiet_sync(&self) -> Result<usize> {
        self.vendor.forget()?;
        self.until_in_step()?;
        self.vendor.writes()
    }
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
