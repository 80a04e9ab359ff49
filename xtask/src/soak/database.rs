//! The database under test, looked at from outside: by Python's sqlite3 or by psql, not by the store.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use serde_json::Value;

/// Prints the rows of a query as JSON.
const ASK_SQLITE: &str = "import json, sqlite3, sys\n\
db = sqlite3.connect(sys.argv[1], timeout=20)\n\
db.row_factory = sqlite3.Row\n\
print(json.dumps([dict(row) for row in db.execute(sys.argv[2])]))";

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A file.
    Sqlite,
    /// A database of its own on the server for tests: cargo xtask pg start
    Postgres,
}

/// One database.
#[derive(Clone, Debug)]
pub(super) enum Database {
    /// The file.
    Sqlite(PathBuf),
    /// Server, with the slash behind it, and name.
    Postgres { server: String, name: String },
}

impl Database {
    /// An empty one.
    pub(super) fn new(kind: Kind, folder: &Path) -> Result<Self> {
        match kind {
            Kind::Sqlite => {
                let file = Self::Sqlite(folder.join("soak.db"));
                file.remove()?;
                Ok(file)
            }
            Kind::Postgres => Self::on(&server_for_tests()?, &format!("soak_{}", std::process::id())),
        }
    }

    /// An empty database on a PostgreSQL server.
    pub(super) fn on(server: &str, name: &str) -> Result<Self> {
        let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
        let made = Self::Postgres { server: format!("{server}/"), name: name.to_owned() };
        psql(&format!("{server}/postgres"), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        psql(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(made)
    }

    /// As `DATABASE_URL` has it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { server, name } => format!("{server}{name}"),
        }
    }

    /// Rows of a query, each an object.
    pub(super) fn rows(&self, query: &str) -> Result<Vec<Value>> {
        let text = match self {
            Self::Sqlite(path) => output(Command::new("python3").args(["-c", ASK_SQLITE]).arg(path).arg(query))?,
            Self::Postgres { .. } => {
                psql(&self.url(), &format!("SELECT COALESCE(json_agg(q), '[]') FROM ({query}) AS q"))?
                    // SQLite's spelling of instants.
                    .replace("+00:00\"", ".000Z\"")
            }
        };
        serde_json::from_str(text.trim()).with_context(|| format!("rows of {query}"))
    }

    /// What the database says of its own state; none if it is sound (PostgreSQL has no such question).
    pub(super) fn damage(&self) -> Result<Option<String>> {
        if let Self::Postgres { .. } = self {
            return Ok(None);
        }
        let said = self.rows("PRAGMA integrity_check")?;
        let keys = self.rows("PRAGMA foreign_key_check")?;
        let sound = said.len() == 1 && said[0]["integrity_check"] == "ok" && keys.is_empty();
        Ok((!sound).then(|| format!("{said:?} {keys:?}")))
    }

    /// Takes it away.
    pub(super) fn remove(&self) -> Result<()> {
        match self {
            Self::Sqlite(path) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
            }
            Self::Postgres { server, name } => {
                psql(&format!("{server}postgres"), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
            }
        }
        Ok(())
    }
}

fn psql(url: &str, statement: &str) -> Result<String> {
    output(Command::new("psql").args([
        "--no-psqlrc",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        url,
        "-c",
        statement,
    ]))
}

fn server_for_tests() -> Result<String> {
    let itself = std::env::current_exe()?;
    let url = output(Command::new(itself).args(["pg", "url"]))?;
    Ok(url.trim().to_owned())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{} does not start", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{}: {}", command.get_program().display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
