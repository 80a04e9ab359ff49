//! `cargo xtask soak`: kills the real binary, restarts it, and compares what it holds with what the vendor holds.
//! What it does and how to read its tally stands in docs/SOAK.md.

mod clock;
mod database;
mod edits;
mod files;
mod http;
mod items;
mod kills;
mod program;
#[path = "../../../crates/tidecal-providers/tests/support/radicale.rs"]
mod radicale;
mod tally;
mod troubles;
mod truth;
mod vendor;
mod world;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use self::database::{Database, Kind};
use self::tally::Tally;
use crate::root;

#[derive(Args)]
pub(crate) struct Options {
    /// How often it is killed; 0: not at all
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// The same seed, the same instants
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Under which database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// At which vendor
    #[arg(long, value_enum, default_value = "google")]
    vendor: vendor::Kind,
    /// Forget what an earlier run that was cut short has done
    #[arg(long)]
    anew: bool,
    /// Then let each of the first so many requests of a first sync and of a delta fail (SQLite)
    #[arg(long, default_value_t = 0)]
    requests: usize,
    /// Then put the database back to an older copy (SQLite)
    #[arg(long)]
    older_copy: bool,
    /// Then fill the disk: a tmpfs, so root alone can do it (SQLite)
    #[arg(long)]
    disk_full: bool,
    /// Then restart a PostgreSQL of its own so often, each time in the middle of a run
    #[arg(long, default_value_t = 0)]
    postgres_restarts: usize,
    /// This server instead of the one that cargo builds
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Runs until all kills are done; fails where anything was wrong.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = root::workspace()?;
    let name = format!("{:?}-{:?}", options.vendor, options.database).to_lowercase();
    let folder = root.join("target/soak").join(&name);
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("tally.json");
    if options.anew {
        let _ = std::fs::remove_file(&file);
    }
    let binary = program::copy_of_binary(&root, &folder, options.binary.as_deref())?;
    let mut tally = Tally::taken_up(&file, options.seed, options.kills);
    while tally.kills < options.kills {
        let kills = (options.kills - tally.kills).min(kills::PHASES.len());
        let database = Database::new(options.database, &folder)?;
        let before = tally.kills;
        let seed = options.seed + before as u64;
        let scene = kills::Scene { folder: &folder, binary: &binary, vendor: options.vendor, seed };
        kills::life(scene, database, kills, &mut tally)?;
        tally.keep(&file)?;
        if tally.kills == before {
            bail!("a life without a kill");
        }
    }
    if options.requests > 0 {
        troubles::every_request(&folder, &binary, options.seed, options.requests, &mut tally)?;
    }
    if options.older_copy {
        troubles::older_copy(&folder, &binary, options.seed, &mut tally)?;
    }
    if options.disk_full {
        troubles::disk_full(&folder, &binary, options.seed, &mut tally)?;
    }
    if options.postgres_restarts > 0 {
        let scene = kills::Scene { folder: &folder, binary: &binary, vendor: options.vendor, seed: options.seed };
        troubles::postgres_restarts(scene, options.postgres_restarts, &mut tally)?;
    }
    println!("\n{name}: {}", tally.told());
    if !tally.faults.is_empty() {
        bail!("{} faults", tally.faults.len());
    }
    Ok(())
}
