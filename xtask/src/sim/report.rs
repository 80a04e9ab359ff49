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
use super::narrow::narrow;
use super::planner;
use super::vendor::Temper;
use super::world::{self, Knobs, Report};
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
    /// Print the whole trace of one seed, and nothing else
    #[arg(long, value_name = "SEED")]
    trace: Option<u64>,
    /// Do not write a seed that fails into `failed_seeds.txt`
    #[arg(long)]
    forget: bool,
    /// Go on after a failure; in the end say which seeds broke which rule (and keep none)
    #[arg(long)]
    survey: bool,
    /// Only the planner, on one random series at a time
    #[arg(long, conflicts_with_all = ["seeds", "temper", "trace", "forget", "survey"])]
    planner: bool,
    /// How many series for the planner
    #[arg(long, requires = "planner", default_value_t = 100_000)]
    cases: u64,
}

/// A seed that failed.
struct Failed {
    seed: u64,
    temper: Temper,
    violation: Violation,
}

/// Runs the seeds; fails with the first (lowest) one that breaks a rule.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(seed) = options.trace {
        return trace(seed, options.temper.unwrap_or_else(|| temper_of(seed)));
    }
    let began = now();
    if options.planner {
        planner::run(options.from, options.cases)?;
        println!("planner: {} cases in {:.1} s", options.cases, began.elapsed().as_secs_f64());
        return Ok(());
    }
    let mut jobs = kept_seeds()?;
    jobs.retain(|(_, temper)| options.temper.is_none_or(|only| only == *temper));
    let kept = jobs.len();
    jobs.extend(
        (options.from..options.from + options.seeds)
            .map(|seed| (seed, options.temper.unwrap_or_else(|| temper_of(seed)))),
    );
    let (counters, failed) = run_all(&jobs, options.survey);
    if options.survey && !failed.is_empty() {
        return survey(&failed);
    }
    if let Some(failed) = failed.first() {
        return explain(failed, options.forget);
    }
    print(&counters);
    println!("sim: {} seeds and {kept} kept ones in {:.1} s, each twice", options.seeds, began.elapsed().as_secs_f64());
    let tempers = options.temper.map_or_else(|| Temper::ALL.to_vec(), |temper| vec![temper]);
    let missing = counters.missing(&tempers);
    if !missing.is_empty() && options.seeds >= ENOUGH {
        bail!("nothing has exercised: {}", missing.join("; "));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long it took, for the person who waits")]
fn now() -> Instant {
    Instant::now()
}

/// Vendors take turns.
fn temper_of(seed: u64) -> Temper {
    match seed % 3 {
        0 => Temper::Google,
        1 => Temper::Graph,
        _ => Temper::Caldav,
    }
}

/// Failures in the order of the jobs; unless `all` are wanted, nothing begins after one.
fn run_all(jobs: &[(u64, Temper)], all: bool) -> (Counters, Vec<Failed>) {
    let next = AtomicUsize::new(0);
    let stop = AtomicUsize::new(usize::MAX);
    let results = Mutex::new((Counters::default(), Vec::<(usize, Failed)>::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Counters::default();
                let mut failures = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((seed, temper)) = jobs.get(at).filter(|_| at < stop.load(Ordering::Relaxed)) else {
                        break;
                    };
                    match one(*seed, *temper) {
                        Ok(counters) => own.add(&counters),
                        Err(violation) => {
                            if !all {
                                stop.fetch_min(at, Ordering::Relaxed);
                            }
                            failures.push((at, Failed { seed: *seed, temper: *temper, violation }));
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
        rules.entry(it.violation.rule).or_default().push(format!("{} {}", it.seed, it.temper.as_str()));
    }
    for (rule, seeds) in rules {
        println!("{:6} {rule}: {}", seeds.len(), seeds.iter().take(5).cloned().collect::<Vec<_>>().join(", "));
    }
    bail!("{} seeds failed", failed.len())
}

/// A seed, twice: the second time must be the first one again.
fn one(seed: u64, temper: Temper) -> std::result::Result<Counters, Violation> {
    let first = caught(seed, temper)?;
    if let Some(violation) = first.violation {
        return Err(violation);
    }
    let second = caught(seed, temper)?;
    if second.hash != first.hash {
        let detail = format!("{:016x} and {:016x}", first.hash, second.hash);
        return Err(Violation::new("the same seed is the same simulation", detail));
    }
    Ok(first.counters)
}

fn caught(seed: u64, temper: Temper) -> std::result::Result<Report, Violation> {
    let run = || world::run(seed, temper, &Knobs::default(), false);
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Violation::new("nothing panics", words.unwrap_or_default())
    })
}

fn explain(failed: &Failed, forget: bool) -> Result<()> {
    let Failed { seed, temper, violation } = failed;
    println!("seed {seed} ({}): {violation}", temper.as_str());
    if violation.rule != "nothing panics" {
        let (knobs, report) = narrow(*seed, *temper, violation.rule);
        let rounds = if knobs.rounds == Knobs::EVERYTHING { "all".to_owned() } else { knobs.rounds.to_string() };
        println!("narrowed to {rounds} rounds, without {:?}:", knobs.off);
        let lines = concerning(&report.lines, report.violation.and_then(|violation| violation.item).as_deref());
        let from = lines.len().saturating_sub(LINES);
        lines.iter().skip(from).for_each(|line| println!("{line}"));
    }
    if !forget {
        keep(*seed, *temper, violation.rule)?;
    }
    bail!(
        "seed {seed} broke the rule: {}. See all of it: cargo xtask sim --temper {} --trace {seed}",
        violation.rule,
        temper.as_str()
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

fn trace(seed: u64, temper: Temper) -> Result<()> {
    let report = world::run(seed, temper, &Knobs::default(), true);
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

/// Seeds that failed once: `<seed> <temper>`, then what was wrong.
fn kept_seeds() -> Result<Vec<(u64, Temper)>> {
    let path = file()?;
    let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let mut seen = BTreeSet::new();
    let mut seeds = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let seed = words.next().and_then(|word| word.parse().ok());
        let temper = words.next().and_then(|word| Temper::ALL.into_iter().find(|it| it.as_str() == word));
        let (Some(seed), Some(temper)) = (seed, temper) else { bail!("{}: not a seed: {line}", path.display()) };
        if seen.insert((seed, temper)) {
            seeds.push((seed, temper));
        }
    }
    Ok(seeds)
}

fn keep(seed: u64, temper: Temper, rule: &str) -> Result<()> {
    if kept_seeds()?.contains(&(seed, temper)) {
        return Ok(());
    }
    let path = file()?;
    let mut text = fs::read_to_string(&path)?;
    text.push_str(&format!("{seed} {} {rule}\n", temper.as_str()));
    fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
}

fn print(counters: &Counters) {
    for (name, count) in counters.iter() {
        println!("{count:9} {name}");
    }
}
