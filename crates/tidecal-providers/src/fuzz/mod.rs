//! Mutation fuzzing of everything that reads what a vendor wrote: `cargo xtask fuzz` by the clock, and the same few
//! thousand inputs of each target in every test run.
//!
//! An input is right when its reader comes back, soon, and says the same the second time. Inputs that break this are
//! kept under `regressions/<target>/` and come first from then on. Works on stable Rust: the mutator is our own, and
//! what an input leads to (not the code it runs through) tells whether it is worth keeping.

mod mutate;
mod targets;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use mutate::Mutator;
pub(crate) use targets::{outcome, shape};

/// One reader.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) name: &'static str,
    /// Well-formed inputs.
    pub(super) corpus: fn() -> Vec<Vec<u8>>,
    /// Pieces that mean something to the reader.
    pub(super) words: &'static [&'static str],
    /// Reads, checks, and describes what came of it in a few words.
    pub(super) run: fn(&[u8]) -> String,
}

/// Longest time for one input, on a slow machine in a debug build.
const LONGEST: Duration = Duration::from_secs(10);
/// Inputs of each target whatever the clock says: a test run tries the same ones everywhere.
const LEAST_INPUTS: u64 = 3_000;
/// Most inputs that are kept for mutation.
const MOST_KEPT: usize = 500;

/// Seconds and seed come from `cargo xtask fuzz`.
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment what is wanted of it")]
fn wish(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[expect(clippy::disallowed_methods, reason = "fuzzing ends by the clock")]
fn now() -> Instant {
    Instant::now()
}

pub(super) fn fuzz(target: Target) {
    let (seconds, seed) = (wish("TIDECAL_FUZZ_SECONDS", 0), wish("TIDECAL_FUZZ_SEED", 1));
    let worker = Worker::start(target.run);
    let mut kept = (target.corpus)();
    for (path, input) in regressions(target.name) {
        if let Err(wrong) = worker.try_on(&input) {
            panic!("{}: {} is broken again: {wrong}", target.name, path.display());
        }
        kept.push(input);
    }
    let mut seen: HashSet<u64> = HashSet::new();
    let mut mutator = Mutator::new(seed, target.words);
    let (end, mut count) = (now() + Duration::from_secs(seconds), 0u64);
    while count < LEAST_INPUTS || now() < end {
        let input = mutator.next(&kept);
        count += 1;
        let said = match worker.try_on(&input) {
            Ok(said) => said,
            Err(wrong) => {
                let path = save(target.name, &input);
                panic!("{}: input {count} of seed {seed}: {wrong}; kept as {}", target.name, path.display());
            }
        };
        if seen.insert(hash(&said)) && kept.len() < MOST_KEPT {
            kept.push(input);
        }
    }
    println!("{}: {count} inputs in {seconds} s, {} outcomes, seed {seed}", target.name, seen.len());
}

/// Runs inputs in a thread of its own, so that one without an end is noticed.
struct Worker {
    inputs: mpsc::Sender<Vec<u8>>,
    outcomes: mpsc::Receiver<Result<String, String>>,
}

impl Worker {
    fn start(run: fn(&[u8]) -> String) -> Self {
        let (inputs, waiting) = mpsc::channel::<Vec<u8>>();
        let (done, outcomes) = mpsc::channel();
        std::thread::spawn(move || {
            for input in waiting {
                let outcome = catch_unwind(AssertUnwindSafe(|| run(&input)));
                let outcome = outcome.map_err(|panic| match panic.downcast::<String>() {
                    Ok(text) => *text,
                    Err(panic) => {
                        panic.downcast::<&str>().map_or_else(|_| "a panic".to_owned(), |text| (*text).to_owned())
                    }
                });
                if done.send(outcome).is_err() {
                    return;
                }
            }
        });
        Self { inputs, outcomes }
    }

    fn try_on(&self, input: &[u8]) -> Result<String, String> {
        self.inputs.send(input.to_vec()).map_err(|_| "the reader is gone".to_owned())?;
        self.outcomes.recv_timeout(LONGEST).map_err(|_| format!("no end within {LONGEST:?}"))?
    }
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(target)
}

/// In the order of their names.
fn regressions(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder(target)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn save(target: &str, input: &[u8]) -> PathBuf {
    let path = folder(target).join(format!("{:016x}", hash(input)));
    std::fs::create_dir_all(folder(target)).unwrap();
    std::fs::write(&path, input).unwrap();
    path
}

fn hash(value: &(impl std::hash::Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
