//! Other troubles than kills: every k-th request fails, the disk is full, the database is an older copy.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::clock;
use super::database::Database;
use super::edits::{self, Expected};
use super::kills::{look, now};
use super::tally::Tally;
use super::truth;
use super::world::World;
use crate::sim::rng::Rng;

/// The request number `k` of a first sync fails, then that of a delta with pushes; each in three ways.
pub(super) fn every_request(folder: &Path, binary: &Path, seed: u64, most: usize, tally: &mut Tally) -> Result<()> {
    let ways = [json!({ "status": 503 }), json!({ "dropConnection": "after" }), json!({ "dropConnection": "during" })];
    for k in 0..most {
        for way in &ways {
            let file = Database::Sqlite(folder.join("soak.db"));
            file.remove()?;
            let mut world = World::begin(folder, binary, file, seed, 120)?;
            world.control("PATCH", "/switches", &json!({ "shortPages": 40 }))?;
            let mut expected = Expected::default();
            let mut rng = Rng::new(seed, 2);
            for run in ["first sync", "delta"] {
                let mut fault = way.clone();
                fault["operation"] = json!("*");
                fault["skip"] = json!(k);
                world.control("POST", "/faults", &fault)?;
                if run == "first sync" {
                    world.connect()?;
                } else {
                    edits::at_the_vendor(&world, &mut rng, 6, k)?;
                    edits::at_home(&world, &mut rng, &mut expected, 3)?;
                }
                let time = world.until_in_step()?;
                world.control("DELETE", "/faults", &Value::Null)?;
                world.until_in_step()?;
                let wrong = truth::differences(&world, &expected, now())?;
                let story = format!("seed {seed}, request {} of a {run} fails: {way}", k + 1);
                tally.trouble("failed request", time, &wrong, &story);
            }
            world.kill()?;
        }
    }
    Ok(())
}

/// The server is stopped and its file is put back to what it was some edits ago.
pub(super) fn older_copy(folder: &Path, binary: &Path, seed: u64, tally: &mut Tally) -> Result<()> {
    let path = folder.join("soak.db");
    let file = Database::Sqlite(path.clone());
    file.remove()?;
    let mut world = World::begin(folder, binary, file, seed, 240)?;
    let (mut rng, mut expected) = (Rng::new(seed, 3), Expected::default());
    world.connect()?;
    edits::at_home(&world, &mut rng, &mut expected, 6)?;
    world.until_in_step()?;
    world.until_in_step()?;
    world.kill()?;
    let copy = folder.join("older.db");
    world.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")?;
    std::fs::copy(&path, &copy)?;

    world.recover()?;
    edits::at_the_vendor(&world, &mut rng, 9, 1)?;
    edits::at_home(&world, &mut rng, &mut expected, 6)?;
    world.until_in_step()?;
    world.until_in_step()?;
    world.kill()?;
    world.database.remove()?;
    std::fs::copy(&copy, &path)?;
    // What was written here since then is known to the vendor alone: it comes back from there, under whatever id.
    let (time, wrong) = look(&mut world, &Expected::default())?;
    tally.trouble("older copy", time, &wrong, &format!("seed {seed}, an older copy of the database"));
    world.kill()
}

/// The database lies on a file system of two megabytes; it is given more once a sync has failed.
pub(super) fn disk_full(folder: &Path, binary: &Path, seed: u64, tally: &mut Tally) -> Result<()> {
    let small = folder.join("small");
    std::fs::create_dir_all(&small)?;
    mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"], &small).context("a tmpfs can be mounted by root only")?;
    let done = fill_up(folder, &small, binary, seed, tally);
    let gone = Command::new("umount").arg("--lazy").arg(&small).status()?.success();
    if !gone {
        bail!("{} is still mounted", small.display());
    }
    done
}

fn fill_up(folder: &Path, small: &Path, binary: &Path, seed: u64, tally: &mut Tally) -> Result<()> {
    let mut world = World::begin(folder, binary, Database::Sqlite(small.join("soak.db")), seed, 1500)?;
    world.control("PATCH", "/switches", &json!({ "shortPages": 60 }))?;
    world.connect()?;
    let failed = clock::until(Duration::from_secs(30), || match world.sync() {
        Ok((status, _)) if status == "success" => Some(false),
        Ok((status, _)) if status == "error" => Some(true),
        Ok(_) => None,
        Err(_) => Some(true),
    });
    if failed != Some(true) {
        bail!("the disk never got full: {failed:?}");
    }
    mount(&["-o", "remount,size=64m"], small)?;
    let time = world.until_in_step()?;
    let wrong = truth::differences(&world, &Expected::default(), now())?;
    tally.trouble("disk full", time, &wrong, &format!("seed {seed}, the disk was full and has room again"));
    world.kill()
}

fn mount(options: &[&str], at: &Path) -> Result<()> {
    if !Command::new("mount").args(options).arg(at).status()?.success() {
        bail!("mount {} failed", at.display());
    }
    Ok(())
}
