//! One life of a calendar: a sandbox, a database, the server, a person who has connected her calendar both ways.

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
    /// The sandbox's control API.
    pub(super) vendor: Peer,
    /// The server's API, signed in.
    pub(super) app: Peer,
    /// Of the connection; empty before [`World::connect`].
    pub(super) connection: String,
    /// Of the local calendar.
    pub(super) calendar: String,
    account: String,
    ports: [SocketAddr; 2],
    /// Put before the server's command, such as a limit for its files.
    pub(super) wrapper: Vec<String>,
    server: Option<Program>,
    _sandbox: Program,
}

impl World {
    /// A filled sandbox, and a server with one account and no connection.
    pub(super) fn begin(folder: &Path, binary: &Path, database: Database, seed: u64, events: usize) -> Result<Self> {
        let ports = [free_port()?, free_port()?];
        let mut command = Command::new(binary);
        command.args(["sandbox", "--strict", "--seed", &seed.to_string(), "--listen", &ports[0].to_string()]);
        let sandbox = Program::start(&mut command, &folder.join("sandbox.log"))?;
        let mut world = Self {
            folder: folder.to_owned(),
            binary: binary.to_owned(),
            database,
            vendor: Peer::at(ports[0]),
            app: Peer::at(ports[1]),
            connection: String::new(),
            calendar: String::new(),
            account: String::new(),
            ports,
            wrapper: Vec::new(),
            server: None,
            _sandbox: sandbox,
        };
        clock::until(START, || world.control("GET", "", &Value::Null).ok()).context("the sandbox does not answer")?;
        let fill = json!({ "calendarId": ADA, "count": events, "seed": seed });
        world.control("POST", "/populate", &fill)?;
        world.add_person()?;
        world.start()?;
        world.consent()?;
        Ok(world)
    }

    /// The sandbox's control API.
    pub(super) fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        self.vendor.call(method, &format!("/_sandbox{path}"), body)
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
            ("TIDECAL_LISTEN", self.ports[1].to_string()),
            ("TIDECAL_GOOGLE_BASE_URL", format!("http://{}", self.ports[0])),
            ("GOOGLE_CLIENT_ID", "sandbox-client.apps.example.com".to_owned()),
            ("GOOGLE_CLIENT_SECRET", "sandbox-secret".to_owned()),
            ("CALENDAR_OAUTH_ENCRYPTION_KEY", "5".repeat(64)),
            ("CALENDAR_MASS_DELETE_MOST", "100000".to_owned()),
            ("CALENDAR_MASS_DELETE_PERCENT", "100".to_owned()),
        ];
        command.envs(settings);
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

    fn consent(&mut self) -> Result<()> {
        self.app.call("POST", "/api/session", &json!({ "email": ADA, "password": PASSWORD }))?;
        let begun = self.app.call("GET", "/api/calendar/oauth/google/start", &Value::Null)?;
        let wish = json!({ "authorizeUrl": begun["authorizationUrl"], "account": ADA });
        let agreed = self.control("POST", "/oauth/approve", &wish)?;
        let back = agreed["redirectUrl"].as_str().context("no consent")?;
        let path = back.split_once("/api/").map(|(_, path)| format!("/api/{path}")).context("no way back")?;
        self.app.call("GET", &path, &Value::Null)?;
        let accounts = self.app.call("GET", "/api/calendar/accounts", &Value::Null)?;
        accounts["items"][0]["id"].as_str().context("no account")?.clone_into(&mut self.account);
        Ok(())
    }

    /// Connects the calendar both ways; its first sync begins at once.
    pub(super) fn connect(&mut self) -> Result<()> {
        let wish = json!({ "accountId": self.account, "externalCalendarId": ADA, "syncDirection": "bidirectional" });
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
        self.control("DELETE", "/ledger", &Value::Null)?;
        self.until_in_step()?;
        let lines = self.control("GET", "/ledger?writes=true", &Value::Null)?;
        Ok(lines["items"].as_array().map_or(0, Vec::len))
    }
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
