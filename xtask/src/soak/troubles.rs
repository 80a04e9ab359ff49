//! Other troubles than kills: every k-th request fails, the disk is full, the database is an older copy, PostgreSQL
//! restarts.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::clock;
use super::database::Database;
use super::edits::{self, Expected};
use super::kills::{Scene, look, now};
use super::tally::Tally;
use super::truth;
use super::vendor::Kind;
use super::world::World;
use crate::postgres;
use crate::sim::rng::Rng;

/// The request number `k` of a first sync fails, then that of a delta with pushes; each in three ways.
pub(super) fn every_request(folder: &Path, binary: &Path, seed: u64, most: usize, tally: &mut Tally) -> Result<()> {
    let ways = [json!({ "status": 503 }), json!({ "dropConnection": "after" }), json!({ "dropConnection": "during" })];
    for k in 0..most {
        for way in &ways {
            let file = Database::Sqlite(folder.join("soak.db"));
            file.remove()?;
            let mut world = World::begin(folder, binary, file, Kind::Google, seed, 120)?;
            world.vendor.pages(40)?;
            let mut expected = Expected::default();
            let mut rng = Rng::new(seed, 2);
            for run in ["first sync", "delta"] {
                let mut fault = way.clone();
                fault["operation"] = json!("*");
                fault["skip"] = json!(k);
                world.vendor.control("POST", "/faults", &fault)?;
                if run == "first sync" {
                    world.connect()?;
                } else {
                    edits::at_the_vendor(&world, &mut rng, 6, k)?;
                    edits::at_home(&world, &mut rng, &mut expected, 3)?;
                }
                let time = world.until_in_step()?;
                world.vendor.calm()?;
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
    let mut world = World::begin(folder, binary, file, Kind::Google, seed, 240)?;
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

/// A PostgreSQL of its own is stopped (at once, as in a crash, or in order) in the middle of a run with writes on both
/// sides, and started again; the server goes on as the same process.
pub(super) fn postgres_restarts(scene: Scene<'_>, count: usize, tally: &mut Tally) -> Result<()> {
    let own = postgres::Server::of_its_own()?;
    let done = restart(&own, scene, count, tally);
    own.remove()?;
    done
}

fn restart(own: &postgres::Server, scene: Scene<'_>, count: usize, tally: &mut Tally) -> Result<()> {
    let Scene { folder, binary, vendor, seed } = scene;
    own.start()?;
    let database = Database::on(&own.url()?, "soak")?;
    let mut world = World::begin(folder, binary, database, vendor, seed, 240)?;
    let (mut rng, mut expected) = (Rng::new(seed, 4), Expected::default());
    world.connect()?;
    world.until_in_step()?;
    for number in 0..count {
        edits::at_the_vendor(&world, &mut rng, 9, number)?;
        edits::at_home(&world, &mut rng, &mut expected, 9)?;
        world.poke()?;
        let after = Duration::from_micros(rng.next() % 400_000);
        clock::wait(after);
        let how = if rng.chance(500) { "immediate" } else { "fast" };
        own.restart(how)?;
        let time = world.until_in_step()?;
        world.until_in_step()?;
        let mut wrong = truth::differences(&world, &expected, now())?;
        let writes = world.writes_of_a_quiet_sync()?;
        if writes > 0 {
            wrong.push(format!("{writes} writes in a sync that had nothing to do"));
        }
        let story = format!(
            "seed {seed}, restart {}: PostgreSQL stops ({how}) {:.0} ms into a run",
            number + 1,
            after.as_secs_f64() * 1e3
        );
        tally.trouble("PostgreSQL restarted", time, &wrong, &story);
    }
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
    let mut world = World::begin(folder, binary, Database::Sqlite(small.join("soak.db")), Kind::Google, seed, 1500)?;
    world.vendor.pages(60)?;
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
