//! SIGKILL at seeded instants of a first sync, a delta, a commit, a refresh and pushes; then a restart, and the
//! comparison. Six kills are one life of one calendar.
//!
//! The instant: one request of the phase is held back by the sandbox for a moment. A kill while it is held loses a
//! request that was never carried out; a kill shortly after finds an answer that was lost, or a commit under way.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::clock;
use super::database::Database;
use super::edits::{self, Expected};
use super::tally::Tally;
use super::truth;
use super::vendor::Kind;
use super::world::World;
use crate::sim::rng::Rng;

/// Kills of one life, in their order.
pub(super) const PHASES: [Phase; 6] =
    [Phase::First, Phase::Delta, Phase::Push, Phase::Commit, Phase::Refresh, Phase::Push];

/// How long the request is held.
const HELD: Duration = Duration::from_millis(60);
/// How long the phase may take to make the request at all.
const ARRIVAL: Duration = Duration::from_secs(4);

/// What the server is doing when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    First,
    Delta,
    Commit,
    Refresh,
    Push,
}

impl Phase {
    /// As the tally has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::First => "first sync",
            Self::Delta => "delta",
            Self::Commit => "commit",
            Self::Refresh => "refresh",
            Self::Push => "push",
        }
    }
}

/// When: which request of the phase, and how long after it arrived.
struct Instant {
    operation: &'static str,
    skip: usize,
    after: Duration,
}

/// Which requests make up a phase at a vendor, and how many there may be.
fn requests(kind: Kind, phase: Phase, rng: &mut Rng) -> (&'static str, usize) {
    let one_of = |rng: &mut Rng, all: [&'static str; 4]| rng.pick(&all).copied().unwrap_or(all[0]);
    match (kind, phase) {
        (Kind::Google, Phase::First) => ("events.list", 5),
        (Kind::Google, Phase::Delta | Phase::Commit) => ("events.list", 3),
        (Kind::Google, Phase::Refresh) => ("oauth.refresh", 1),
        (Kind::Google, Phase::Push) => {
            (one_of(rng, ["events.insert", "events.insert", "events.patch", "events.delete"]), 2)
        }
        (Kind::Outlook, Phase::First) => ("graph.*", 4),
        (Kind::Outlook, Phase::Delta | Phase::Commit) => ("graph.*", 2),
        (Kind::Outlook, Phase::Refresh) => ("entra.refresh", 1),
        (Kind::Outlook, Phase::Push) => (
            one_of(rng, ["graph.events.create", "graph.events.create", "graph.events.patch", "graph.events.delete"]),
            2,
        ),
        (Kind::Caldav, Phase::First) => ("REPORT", 5),
        // There is no token to be refreshed.
        (Kind::Caldav, Phase::Delta | Phase::Commit | Phase::Refresh) => ("REPORT", 2),
        (Kind::Caldav, Phase::Push) => (one_of(rng, ["PUT", "PUT", "PUT", "DELETE"]), 3),
    }
}

impl Instant {
    fn draw(kind: Kind, phase: Phase, rng: &mut Rng) -> Self {
        let (operation, skips) = requests(kind, phase, rng);
        let held = u64::try_from(HELD.as_micros()).unwrap_or(0);
        let early = phase != Phase::Commit && rng.chance(500);
        let micros = if early { rng.next() % held } else { held + rng.next() % 25_000 };
        Self { operation, skip: rng.below(skips), after: Duration::from_micros(micros) }
    }

    fn told(&self) -> String {
        format!(
            "{} number {}, {:.1} ms after it arrived",
            self.operation,
            self.skip + 1,
            self.after.as_secs_f64() * 1e3
        )
    }
}

/// What is run where.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) folder: &'a Path,
    pub(super) binary: &'a Path,
    pub(super) vendor: Kind,
    pub(super) seed: u64,
}

/// One life with so many kills (at most six); what was wrong goes into the tally.
pub(super) fn life(scene: Scene<'_>, database: Database, kills: usize, tally: &mut Tally) -> Result<()> {
    let Scene { folder, binary, vendor, seed } = scene;
    let mut rng = Rng::new(seed, 1);
    let mut world = World::begin(folder, binary, database, vendor, seed, 240)?;
    let mut expected = Expected::default();
    for (number, phase) in PHASES.iter().copied().take(kills).enumerate() {
        let instant = Instant::draw(vendor, phase, &mut rng);
        let mut story = format!("seed {seed}, kill {}: {}, {}", number + 1, phase.word(), instant.told());
        let struck = strike(&mut world, phase, &instant, number, &mut rng, &mut expected)?;
        if !struck {
            story.push_str(" (no such request; killed at rest)");
        }
        world.vendor.calm()?;
        match look(&mut world, &expected) {
            Ok((time, wrong)) => tally.kill(phase.word(), struck, time, &wrong, &story),
            Err(error) => {
                let _ = write!(story, ": {error:#}");
                tally.kill(phase.word(), struck, Duration::ZERO, &["it does not work again".to_owned()], &story);
                break;
            }
        }
    }
    world.kill()?;
    world.database.remove()
}

/// Restarts, lets it come to rest, compares.
pub(super) fn look(world: &mut World, expected: &Expected) -> Result<(Duration, Vec<String>)> {
    let time = world.recover()?;
    world.until_in_step()?;
    let writes = world.writes_of_a_quiet_sync()?;
    let mut wrong = truth::differences(world, expected, now())?;
    if writes > 0 {
        wrong.push(format!("{writes} writes in a sync that had nothing to do"));
    }
    Ok((time, wrong))
}

fn strike(
    world: &mut World,
    phase: Phase,
    instant: &Instant,
    number: usize,
    rng: &mut Rng,
    expected: &mut Expected,
) -> Result<bool> {
    let pages = if phase == Phase::First { 40 } else { 3 };
    world.vendor.pages(pages)?;
    match phase {
        Phase::Delta | Phase::Commit => edits::at_the_vendor(world, rng, 9, number)?,
        Phase::Refresh => {
            edits::at_the_vendor(world, rng, 3, number)?;
            world.vendor.expire()?;
        }
        Phase::First | Phase::Push => {}
    }
    world.vendor.hold(instant.operation, instant.skip, HELD)?;
    match phase {
        Phase::First => world.connect()?,
        Phase::Push => {
            edits::at_home(world, rng, expected, 9)?;
            world.poke()?;
        }
        _ => world.poke()?,
    }
    let arrived = clock::until(ARRIVAL, || (world.vendor.faults().ok()? == 0).then_some(()));
    clock::wait(instant.after);
    world.kill()?;
    Ok(arrived.is_some())
}

#[expect(clippy::disallowed_methods, reason = "the server under test has no other clock either")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
