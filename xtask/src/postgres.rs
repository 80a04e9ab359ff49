//! A PostgreSQL server for tests: its own data under var/, its own port on 127.0.0.1, nobody
//! else's server touched. Durability is off: what it holds may be lost.
//!
//! PostgreSQL refuses to run as root; then it runs as the user `postgres`.

use std::cell::Cell;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Subcommand;

use crate::root;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Start it, unless it runs; print its URL
    Start,
    /// Stop it, if it runs
    Stop,
    /// Print its URL; fail if it does not run
    Url,
}

pub(crate) fn run(verb: &Verb) -> Result<()> {
    let server = Server::find()?;
    match verb {
        Verb::Start => {
            if server.port().is_none() {
                server.start()?;
            }
        }
        Verb::Stop => return server.stop(),
        Verb::Url => {}
    }
    println!("{}", server.url().context("cargo xtask pg start starts the one for tests")?);
    Ok(())
}

/// One server.
pub(crate) struct Server {
    /// Where initdb and pg_ctl are.
    programs: PathBuf,
    /// Holds `data` and `log`.
    folder: PathBuf,
    /// The user to run it as, where we are root.
    user: Option<&'static str>,
    /// Chosen at the first start, and kept: who is connected finds it again.
    fixed: Cell<Option<u16>>,
    /// What was committed outlives the server's own crash (not the machine's).
    keeps: bool,
}

impl Server {
    fn find() -> Result<Self> {
        let user = user()?;
        Ok(Self { programs: programs()?, folder: folder(user)?, user, fixed: Cell::new(None), keeps: false })
    }

    /// Another one, for whoever means to stop it while it is in use.
    pub(crate) fn of_its_own() -> Result<Self> {
        let user = user()?;
        let folder = Path::new("/var/tmp").join(format!("tidecal-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        if let Some(user) = user
            && !owned(&folder, user)?
        {
            bail!("the user {user} cannot write to {}", folder.display());
        }
        Ok(Self { programs: programs()?, folder, user, fixed: Cell::new(None), keeps: true })
    }

    /// Address of its first database.
    pub(crate) fn url(&self) -> Result<String> {
        let port = self.port().context("the PostgreSQL server does not run")?;
        Ok(format!("postgres://postgres@127.0.0.1:{port}/postgres"))
    }

    /// Stops it in that way of `pg_ctl` (`fast`, or `immediate` as in a crash) and starts it on the same port.
    pub(crate) fn restart(&self, how: &str) -> Result<()> {
        let mut command = self.command("pg_ctl");
        command.args(["-w", "-m", how, "stop"]);
        self.carry_out(&mut command, "pg_ctl stop")?;
        self.start()
    }

    /// Stops it and takes its data away.
    pub(crate) fn remove(&self) -> Result<()> {
        self.stop()?;
        fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The port on which it listens; none if it does not run.
    fn port(&self) -> Option<u16> {
        if !self.data().join("PG_VERSION").exists() {
            return None;
        }
        let running = self.command("pg_ctl").arg("status").stdout(Stdio::null()).status().ok()?.success();
        let about = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        about.lines().nth(3)?.parse().ok().filter(|_| running)
    }

    pub(crate) fn start(&self) -> Result<()> {
        if !self.data().join("PG_VERSION").exists() {
            let mut command = self.command("initdb");
            command.args(["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
            self.carry_out(&mut command, "initdb")?;
        }
        // Freed again at once; nobody else is likely to take it in the moment before pg_ctl does.
        let port = match self.fixed.get() {
            Some(port) => port,
            None => TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port(),
        };
        self.fixed.set(Some(port));
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 \
             -c fsync=off -c full_page_writes=off -c synchronous_commit={}",
            if self.keeps { "on" } else { "off" }
        );
        let mut command = self.command("pg_ctl");
        command.arg("-l").arg(self.folder.join("log")).args(["-w", "-t", "60", "-o", &options, "start"]);
        self.carry_out(&mut command, "pg_ctl start")
    }

    fn stop(&self) -> Result<()> {
        if self.port().is_none() {
            return Ok(());
        }
        let mut command = self.command("pg_ctl");
        command.args(["-w", "-m", "fast", "stop"]);
        self.carry_out(&mut command, "pg_ctl stop")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = as_user(self.user, self.programs.join(program));
        command.arg("-D").arg(self.data());
        command
    }

    fn carry_out(&self, command: &mut Command, what: &str) -> Result<()> {
        // pg_ctl leaves the server behind; it must not hold our own output open.
        let status = command.stdout(Stdio::null()).status().with_context(|| format!("failed to start {what}"))?;
        if !status.success() {
            bail!("{what} failed; see {}", self.folder.join("log").display());
        }
        Ok(())
    }
}

/// Who runs a server where we are root.
fn user() -> Result<Option<&'static str>> {
    let is_root = fs::metadata("/proc/self")?.uid() == 0;
    Ok(is_root.then_some("postgres"))
}

/// The newest version that Debian's packages have put down.
fn programs() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    found.sort();
    let newest = found.pop().context("no PostgreSQL server here: apt-get install postgresql-15")?;
    Ok(newest.1)
}

/// var/postgres in the workspace, or, where the server's user cannot get there (a clone below
/// /root), a folder of its own.
fn folder(user: Option<&'static str>) -> Result<PathBuf> {
    let root = root::workspace()?;
    let near = root.join("var/postgres");
    fs::create_dir_all(&near)?;
    let Some(user) = user else { return Ok(near) };
    if owned(&near, user)? {
        return Ok(near);
    }
    let name: String = root.display().to_string().replace('/', "-");
    let away = Path::new("/var/tmp").join(format!("tidecal-postgres{name}"));
    fs::create_dir_all(&away)?;
    if !owned(&away, user)? {
        bail!("the user {user} can write neither to {} nor to {}", near.display(), away.display());
    }
    Ok(away)
}

/// Gives a folder to a user; says whether that user can really write there.
fn owned(folder: &Path, user: &'static str) -> Result<bool> {
    let given = Command::new("chown").arg(user).arg(folder).status()?.success();
    let mut writable = as_user(Some(user), "test");
    Ok(given && writable.arg("-w").arg(folder).stderr(Stdio::null()).status()?.success())
}

fn as_user(user: Option<&str>, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
    };
    command.current_dir("/");
    command
}
