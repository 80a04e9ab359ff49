//! The command line: verbs and their options. What they do stands in `verbs/`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A calendar synchronisation server.
///
/// Start with `tidecal demo`: it needs no account, no network and no configuration.
#[derive(Debug, Parser)]
#[command(name = "tidecal", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options of every verb.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Configuration file (TOML; the same names as the environment variables, which win).
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database instead of DATABASE_URL: sqlite:<file> or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the server: HTTP, scheduler, jobs.
    Serve(Serve),
    /// Run the server with two people whose calendars live in a built-in sandbox; prints a sign-in link.
    Demo(Demo),
    /// Run the sandbox alone: a fake Google, a fake Microsoft, a CalDAV server.
    Sandbox(SandboxArgs),
    /// Bring the database up to this version; say that it was restored from a backup.
    Migrate(Migrate),
    /// Look for problems of the set-up and name the remedy of each.
    Doctor,
    /// Show and check the configuration.
    Config {
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    /// People who may sign in.
    Users {
        #[command(subcommand)]
        verb: UsersVerb,
    },
    /// Connected calendars.
    Connections {
        #[command(subcommand)]
        verb: ConnectionsVerb,
    },
    /// Events of the local calendars.
    Events {
        #[command(subcommand)]
        verb: EventsVerb,
    },
    /// Sync now and wait for the result; or tell what a sync would do.
    Sync(SyncArgs),
    /// Why an event is here, or is not: what was seen, decided and written.
    Why(WhyArgs),
    /// What waits for a person: runs that a brake has stopped, writes that would mail somebody.
    Held {
        #[command(subcommand)]
        verb: HeldVerb,
    },
    /// Events that both sides changed, until somebody chooses.
    Conflicts {
        #[command(subcommand)]
        verb: ConflictsVerb,
    },
    /// Keys that seal the stored credentials.
    Keys {
        #[command(subcommand)]
        verb: KeysVerb,
    },
    /// Print the HTTP API as an OpenAPI document.
    Openapi,
    /// Print the tables and views of a fresh database.
    Schema,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Migrate {
    /// The database was restored from a backup: compare every connection with its vendor before
    /// anything is deleted, and hold what would go out until somebody releases it.
    #[arg(long)]
    pub(crate) restored: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SyncArgs {
    /// Ids of connections (or their beginnings); none: all.
    #[arg(value_name = "CONNECTION")]
    pub(crate) id: Vec<String>,
    /// Tell what would happen, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct WhyArgs {
    /// Id of the event here, the vendor's id of its item, or a part of its title.
    #[arg(value_name = "ID|TITLE")]
    pub(crate) what: String,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Serve {
    /// Address and port instead of TIDECAL_LISTEN.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Demo {
    /// Address and port of the server; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,
    /// Keep the demo's database here (default: a temporary folder that goes with the demo).
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Seed of the sandbox's people and events.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Address and port.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4400")]
    pub(crate) listen: SocketAddr,
    /// Seed of its people and events.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Refuse what the vendor would ignore: unknown fields and parameters.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Be a misbehaving proxy before this CalDAV server instead (switched under /_proxy).
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) proxy: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// List every variable with its value and where it comes from; secrets are not shown.
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersVerb {
    /// Add a person (and the tenant, if it does not exist); asks for the password unless it comes by standard input.
    Add {
        /// E-mail address to sign in with.
        email: String,
        /// Display name.
        #[arg(long)]
        name: Option<String>,
        /// Name of the tenant.
        #[arg(long, default_value = "default")]
        tenant: String,
        /// owner, admin or member.
        #[arg(long, default_value = "owner")]
        role: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a one-time sign-in link for a person.
    Link {
        /// Whose.
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsVerb {
    /// List connections with their health.
    List,
    /// Connect calendars of a CalDAV server; the password comes by standard input or prompt.
    AddCaldav {
        /// Domain, e-mail address or URL of the server.
        url: String,
        /// Login.
        #[arg(long)]
        username: String,
        /// Whose calendars they are (e-mail of a user).
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// Connect only the calendar of this name or id; repeatable. Default: all.
        #[arg(long, value_name = "NAME")]
        calendar: Vec<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Show one connection with its last runs.
    Show {
        /// Its id (or the beginning of it).
        id: String,
    },
    /// Sync now and wait for the result; the same as `tidecal sync`.
    Sync(SyncArgs),
    /// Read everything again and compare; unchanged events are not written.
    Resync {
        /// Id (or its beginning).
        id: String,
        /// Let deletions pass that the brake held back.
        #[arg(long)]
        release: bool,
    },
    /// Close the circuit and clear errors and waits, as the runbook's recovery statement does.
    Reset {
        /// Id (or its beginning).
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsVerb {
    /// List coming events, series expanded.
    List {
        /// First day (YYYY-MM-DD); default today.
        #[arg(long, value_name = "DATE")]
        from: Option<jiff::civil::Date>,
        /// Number of days.
        #[arg(long, default_value_t = 14)]
        days: u16,
        /// Only of this person (e-mail).
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
    /// The same as `tidecal why`.
    Why(WhyArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum HeldVerb {
    /// List what waits.
    List {
        /// Only of this person (e-mail).
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
    /// Let it go: the run does what it held back, or the guests may be mailed about this write.
    Release {
        /// Id from the list (or its beginning).
        id: String,
    },
    /// Give it up: deletions made here come back, or the write is not sent until the event is edited.
    Discard {
        /// Id from the list (or its beginning).
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConflictsVerb {
    /// List open conflicts.
    List {
        /// Settled ones, too.
        #[arg(long)]
        all: bool,
        /// Only of this person (e-mail).
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
    /// Show one side by side: as agreed, here, there.
    Show {
        /// Id from the list (or its beginning).
        id: String,
    },
    /// Settle one: by a side, or field by field.
    Resolve {
        /// Id from the list (or its beginning).
        id: String,
        /// The side that counts: `local` goes out, `remote` comes in.
        #[arg(long, value_name = "SIDE", value_parser = ["local", "remote"], conflicts_with = "field",
            required_unless_present = "field")]
        keep: Option<String>,
        /// The side of one field (`title=local`); repeatable. Each field that both changed needs one.
        #[arg(long, value_name = "FIELD=SIDE")]
        field: Vec<String>,
        /// Guests may be mailed about the outcome.
        #[arg(long)]
        notify: bool,
    },
    /// Have one decided anew: both sides are read again.
    Reset {
        /// Id from the list (or its beginning).
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysVerb {
    /// Seal all credentials anew with CALENDAR_OAUTH_ENCRYPTION_KEY; those sealed with a key of
    /// CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD are opened with that one. Then the old key is not needed.
    Rotate,
}
