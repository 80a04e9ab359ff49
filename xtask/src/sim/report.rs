//! The verb: seeds run on every core, counters, and what a person needs to understand a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::Violation;
use super::count::Counters;
use super::kind::{Kind, Shape};
use super::narrow::narrow;
use super::planner;
use super::vendor::Temper;
use super::world::{Knobs, Report};
use crate::root;

/// Fewer seeds than this need not have met everything.
const ENOUGH: u64 = 1000;
/// Lines of a trace that are printed.
const LINES: usize = 150;

/// What to simulate.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// How many seeds
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only vendors of that temperament (otherwise they take turns)
    #[arg(long, value_enum)]
    temper: Option<Temper>,
    /// How much of a world there is
    #[arg(long, value_enum, default_value = "inbound")]
    world: Shape,
    /// Only that kind of world: `google`, `both:google`, `hub:google+graph`, …
    #[arg(long = "as", value_name = "KIND", conflicts_with = "temper")]
    kind: Option<String>,
    /// Print the whole trace of one seed, and nothing else
    #[arg(long, value_name = "SEED")]
    trace: Option<u64>,
    /// Threads (otherwise as many as there are cores)
    #[arg(long)]
    threads: Option<usize>,
    /// Do not write a seed that fails into `failed_seeds.txt`
    #[arg(long)]
    forget: bool,
    /// Go on after a failure; in the end say which seeds broke which rule (and keep none)
    #[arg(long)]
    survey: bool,
    /// Only the planner, on one random series at a time
    #[arg(long, conflicts_with_all = ["seeds", "temper", "kind", "trace", "forget", "survey"])]
    planner: bool,
    /// How many series for the planner
    #[arg(long, requires = "planner", default_value_t = 100_000)]
    cases: u64,
}

/// A seed that failed.
struct Failed {
    seed: u64,
    kind: Kind,
    violation: Violation,
}

/// Runs the seeds; fails with the first (lowest) one that breaks a rule.
pub(crate) fn run(options: &Options) -> Result<()> {
    let kind_of = options.kinds()?;
    if let Some(seed) = options.trace {
        return trace(seed, kind_of(seed));
    }
    let began = now();
    if options.planner {
        planner::run(options.from, options.cases)?;
        println!("planner: {} cases in {:.1} s", options.cases, began.elapsed().as_secs_f64());
        return Ok(());
    }
    let mut jobs = kept_seeds()?;
    jobs.retain(|(seed, kind)| options.wants(*seed, *kind, &kind_of));
    let kept = jobs.len();
    jobs.extend((options.from..options.from + options.seeds).map(|seed| (seed, kind_of(seed))));
    let (counters, failed) = run_all(&jobs, options.survey, options.threads);
    if options.survey && !failed.is_empty() {
        return survey(&failed);
    }
    if let Some(failed) = failed.first() {
        return explain(failed, options.forget);
    }
    print(&counters);
    println!("sim: {} seeds and {kept} kept ones in {:.1} s, each twice", options.seeds, began.elapsed().as_secs_f64());
    let kinds: BTreeSet<Kind> = jobs.iter().skip(kept).map(|(_, kind)| *kind).collect();
    let missing = counters.missing(&kinds);
    if !missing.is_empty() && options.seeds >= ENOUGH {
        bail!("nothing has exercised: {}", missing.join("; "));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long it took, for the person who waits")]
fn now() -> Instant {
    Instant::now()
}

impl Options {
    /// Which kind of world a seed is played in.
    fn kinds(&self) -> Result<impl Fn(u64) -> Kind + use<>> {
        let (shape, temper) = (self.world, self.temper);
        let only = match &self.kind {
            Some(text) => Some(Kind::read(text).with_context(|| format!("not a kind of world: {text}"))?),
            None => None,
        };
        Ok(move |seed| only.unwrap_or_else(|| Kind::of(seed, shape, temper)))
    }

    /// Whether a kept seed is among what is asked for.
    fn wants(&self, seed: u64, kind: Kind, kind_of: &impl Fn(u64) -> Kind) -> bool {
        let exact = self.kind.is_none() || kind_of(seed) == kind;
        let shape = self.kind.is_some() || self.world == kind.shape();
        exact && shape && self.temper.is_none_or(|only| kind.tempers().iter().all(|temper| *temper == only))
    }
}

/// Failures in the order of the jobs; unless `all` are wanted, nothing begins after one.
fn run_all(jobs: &[(u64, Kind)], all: bool, threads: Option<usize>) -> (Counters, Vec<Failed>) {
    let next = AtomicUsize::new(0);
    let stop = AtomicUsize::new(usize::MAX);
    let results = Mutex::new((Counters::default(), Vec::<(usize, Failed)>::new()));
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let threads = threads.unwrap_or_else(cores);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Counters::default();
                let mut failures = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((seed, kind)) = jobs.get(at).filter(|_| at < stop.load(Ordering::Relaxed)) else {
                        break;
                    };
                    match one(*seed, *kind) {
                        Ok(counters) => own.add(&counters),
                        Err(violation) => {
                            if !all {
                                stop.fetch_min(at, Ordering::Relaxed);
                            }
                            failures.push((at, Failed { seed: *seed, kind: *kind, violation }));
                        }
                    }
                    if at > 0 && at.is_multiple_of(1000) {
                        println!("sim: {at} of {} seeds", jobs.len());
                    }
                }
                let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                results.0.add(&own);
                results.1.append(&mut failures);
            });
        }
    });
    let (counters, mut failures) = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failures.sort_by_key(|(at, _)| *at);
    (counters, failures.into_iter().map(|(_, failed)| failed).collect())
}

/// Which seeds broke which rule.
fn survey(failed: &[Failed]) -> Result<()> {
    let mut rules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for it in failed {
        rules.entry(it.violation.rule).or_default().push(format!("{} {}", it.seed, it.kind.text()));
    }
    for (rule, seeds) in rules {
        println!("{:6} {rule}: {}", seeds.len(), seeds.iter().take(5).cloned().collect::<Vec<_>>().join(", "));
    }
    bail!("{} seeds failed", failed.len())
}

/// A seed, twice: the second time must be the first one again.
fn one(seed: u64, kind: Kind) -> std::result::Result<Counters, Violation> {
    let first = caught(seed, kind)?;
    if let Some(violation) = first.violation {
        return Err(violation);
    }
    let second = caught(seed, kind)?;
    if second.hash != first.hash {
        let detail = format!("{:016x} and {:016x}", first.hash, second.hash);
        return Err(Violation::new("the same seed is the same simulation", detail));
    }
    Ok(first.counters)
}

fn caught(seed: u64, kind: Kind) -> std::result::Result<Report, Violation> {
    let run = || kind.run(seed, &Knobs::default(), false);
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Violation::new("nothing panics", words.unwrap_or_default())
    })
}

fn explain(failed: &Failed, forget: bool) -> Result<()> {
    let Failed { seed, kind, violation } = failed;
    println!("seed {seed} ({}): {violation}", kind.text());
    if violation.rule != "nothing panics" {
        let (knobs, report) = narrow(*seed, *kind, violation.rule);
        let rounds = if knobs.rounds == Knobs::EVERYTHING { "all".to_owned() } else { knobs.rounds.to_string() };
        println!("narrowed to {rounds} rounds, without {:?}:", knobs.off);
        let lines = concerning(&report.lines, report.violation.and_then(|violation| violation.item).as_deref());
        let from = lines.len().saturating_sub(LINES);
        lines.iter().skip(from).for_each(|line| println!("{line}"));
    }
    if !forget {
        keep(*seed, *kind, violation.rule)?;
    }
    bail!(
        "seed {seed} broke the rule: {}. See all of it: cargo xtask sim --as {} --trace {seed}",
        violation.rule,
        kind.text()
    )
}

/// The lines about an item, the local rows behind it, and what happened to runs; all without one.
fn concerning<'a>(lines: &'a [String], item: Option<&str>) -> Vec<&'a String> {
    const ALWAYS: [&str; 12] = [
        "round",
        "run ",
        "finish",
        "trouble",
        "once more",
        "and again",
        "VIOLATION",
        "crash",
        "operator",
        "a person",
        "the vendor",
        "an older",
    ];
    let Some(item) = item else { return lines.iter().collect() };
    // Of an exception the whole series is of interest.
    let item = item.split(['_', '#']).next().unwrap_or(item);
    let about = lines.iter().filter(|line| line.contains(item));
    let rows: BTreeSet<&str> =
        about.flat_map(|line| line.split([' ', '"'])).filter(|word| word.len() == 36 && word.contains('-')).collect();
    let concerns = |line: &&String| {
        line.contains(item)
            || ALWAYS.iter().any(|start| line.starts_with(start))
            || line.split([' ', '"']).any(|word| rows.contains(word))
    };
    lines.iter().filter(concerns).collect()
}

fn trace(seed: u64, kind: Kind) -> Result<()> {
    let report = kind.run(seed, &Knobs::default(), true);
    report.lines.iter().for_each(|line| println!("{line}"));
    println!("hash {:016x}", report.hash);
    match report.violation {
        Some(violation) => bail!("{violation}"),
        None => Ok(()),
    }
}

fn file() -> Result<PathBuf> {
    Ok(root::workspace()?.join("xtask/src/sim/failed_seeds.txt"))
}

/// Seeds that failed once: `<seed> <kind of world>`, then what was wrong.
fn kept_seeds() -> Result<Vec<(u64, Kind)>> {
    let path = file()?;
    let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let mut seen = BTreeSet::new();
    let mut seeds = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let seed = words.next().and_then(|word| word.parse().ok());
        let kind = words.next().and_then(Kind::read);
        let (Some(seed), Some(kind)) = (seed, kind) else { bail!("{}: not a seed: {line}", path.display()) };
        if seen.insert((seed, kind)) {
            seeds.push((seed, kind));
        }
    }
    Ok(seeds)
}

fn keep(seed: u64, kind: Kind, rule: &str) -> Result<()> {
    if kept_seeds()?.contains(&(seed, kind)) {
        return Ok(());
    }
    let path = file()?;
    let mut text = fs::read_to_string(&path)?;
    text.push_str(&format!("{seed} {} {rule}\n", kind.text()));
    fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
}

fn print(counters: &Counters) {
    for (name, count) in counters.iter() {
        println!("{count:9} {name}");
    }
}
