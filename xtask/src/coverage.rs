//! `cargo xtask coverage`: which share of the lines of each crate the Rust tests run.
//!
//! Only the workspace's own crates are built to count (a wrapper around the compiler), so that
//! everything else is taken as it was built before. Lines of tests are not counted where they have
//! a file of their own; tests at the end of a file count with it. The simulator is a test of the core
//! like any other: some of its seeds count, too. What is killed writes no counts.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::root;

/// Least share of lines, in percent: of everything (requirement R9.2), and of the core.
const LEAST: [(&str, f64); 2] = [("all", 80.0), ("tidecal-core", 90.0)];
/// What names of LLVM's tools end with, the newest first, and last those without a number.
const LLVM: [&str; 5] = ["-22", "-21", "-20", "-19", ""];
/// The oldest LLVM that reads what the compiler writes.
const OLDEST: u32 = 19;
/// Seeds of the simulator; fewer than from how many on it insists on having met everything.
const SEEDS: &str = "600";
/// Left out: other people's code, tests, benchmarks, chores.
const LEFT_OUT: &str = r"/registry/|/rustc/|/target/|/tests/|/examples/|/xtask/|tests\.rs$|/build\.rs$";

#[derive(Args)]
pub(crate) struct Options {
    /// Only the tests of these packages (the goals then hold for these alone)
    #[arg(long)]
    package: Vec<String>,
}

/// Lines of a crate: all, and those that ran.
#[derive(Clone, Copy, Default)]
struct Lines {
    count: u64,
    covered: u64,
}

impl Lines {
    fn percent(self) -> f64 {
        if self.count == 0 { 100.0 } else { self.covered as f64 * 100.0 / self.count as f64 }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.covered += other.covered;
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let root = root::workspace()?;
    let (profdata, cov) = tools()?;
    let folder = root.join("target/coverage");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("failed to clear target/coverage")?;
    }
    fs::create_dir_all(&folder)?;
    let programs = build(&root, options)?;
    let passed = test(&root, options, &folder)? & simulate(&programs, &folder)?;
    let merged = folder.join("merged.profdata");
    merge(&profdata, &folder, &merged)?;
    let crates = lines_of_crates(&cov, &merged, &programs, &root)?;
    print(&crates);
    if !passed {
        bail!("some tests failed: their lines may be missing above");
    }
    missed(&crates)
}

/// `cargo test` with the compiler that counts.
fn cargo_test(root: &Path, options: &Options) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["test", "--locked", "--no-fail-fast"]);
    command.env("RUSTC_WORKSPACE_WRAPPER", root.join("scripts/rustc-instrumented"));
    if options.package.is_empty() {
        command.arg("--workspace");
    } else {
        command.args(["--package", "xtask"]);
    }
    for package in &options.package {
        command.args(["--package", package]);
    }
    command.args(["--lib", "--bins", "--tests"]);
    command
}

/// The programs that hold tests, and those that the tests start.
fn build(root: &Path, options: &Options) -> Result<BTreeSet<PathBuf>> {
    let output = cargo_test(root, options)
        .args(["--no-run", "--message-format", "json"])
        .stderr(Stdio::inherit())
        .output()
        .context("failed to start cargo")?;
    if !output.status.success() {
        bail!("the tests do not build");
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let parsed = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(parsed.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).collect())
}

fn test(root: &Path, options: &Options, folder: &Path) -> Result<bool> {
    let status = cargo_test(root, options)
        .arg("--quiet")
        .env("LLVM_PROFILE_FILE", folder.join("%8m.profraw"))
        .status()
        .context("failed to start cargo")?;
    Ok(status.success())
}

/// A few seeds of the simulator, by the program that counts.
fn simulate(programs: &BTreeSet<PathBuf>, folder: &Path) -> Result<bool> {
    let program = programs.iter().find(|path| path.file_name().is_some_and(|name| name == "xtask"));
    let status = Command::new(program.context("the chores were not built")?)
        .args(["sim", "--forget", "--seeds", SEEDS])
        .stdout(Stdio::null())
        .env("LLVM_PROFILE_FILE", folder.join("%8m.profraw"))
        .status()?;
    Ok(status.success())
}

fn merge(profdata: &OsString, folder: &Path, merged: &Path) -> Result<()> {
    let mut command = Command::new(profdata);
    command.args(["merge", "-sparse", "-o"]).arg(merged);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "profraw") {
            command.arg(path);
        }
    }
    if !command.status()?.success() {
        bail!("llvm-profdata could not merge the counts");
    }
    Ok(())
}

fn lines_of_crates(
    cov: &OsString,
    merged: &Path,
    programs: &BTreeSet<PathBuf>,
    root: &Path,
) -> Result<BTreeMap<String, Lines>> {
    let mut command = Command::new(cov);
    command.args(["export", "-summary-only", "-ignore-filename-regex", LEFT_OUT, "-instr-profile"]).arg(merged);
    for program in programs {
        command.arg("-object").arg(program);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("llvm-cov could not read the counts");
    }
    let summary: Value = serde_json::from_slice(&output.stdout).context("llvm-cov wrote no JSON")?;
    let mut crates: BTreeMap<String, Lines> = BTreeMap::new();
    for file in summary["data"][0]["files"].as_array().into_iter().flatten() {
        let path = Path::new(file["filename"].as_str().unwrap_or_default());
        let Ok(inside) = path.strip_prefix(root.join("crates")) else { continue };
        let Some(name) = inside.iter().next().and_then(|part| part.to_str()) else { continue };
        let number = |key: &str| file["summary"]["lines"][key].as_u64().unwrap_or_default();
        let lines = Lines { count: number("count"), covered: number("covered") };
        crates.entry(name.to_owned()).or_default().add(lines);
        crates.entry("all".to_owned()).or_default().add(lines);
    }
    Ok(crates)
}

fn print(crates: &BTreeMap<String, Lines>) {
    println!("{:<20} {:>8} {:>8} {:>7}", "lines", "all", "run", "share");
    for (name, lines) in crates {
        println!("{name:<20} {:>8} {:>8} {:>6.1}%", lines.count, lines.covered, lines.percent());
    }
}

/// Fails where a goal is missed.
fn missed(crates: &BTreeMap<String, Lines>) -> Result<()> {
    for (name, least) in LEAST {
        if let Some(lines) = crates.get(name).filter(|lines| lines.percent() < least) {
            bail!("{name}: {:.1} % of lines are run, {least} % are wanted", lines.percent());
        }
    }
    Ok(())
}

/// LLVM's two tools, of one version.
fn tools() -> Result<(OsString, OsString)> {
    let found = LLVM.iter().find(|version| {
        let output = Command::new(format!("llvm-cov{version}")).arg("--version").output();
        output.is_ok_and(|output| llvm_version(&String::from_utf8_lossy(&output.stdout)).is_some_and(|it| it >= OLDEST))
    });
    let version = found.context("LLVM's tools, 19 or newer, are missing: apt-get install llvm-19, then start again")?;
    Ok((format!("llvm-profdata{version}").into(), format!("llvm-cov{version}").into()))
}

/// The number in "LLVM version 19.1.7".
fn llvm_version(said: &str) -> Option<u32> {
    let (_, after) = said.split_once("LLVM version ")?;
    after.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_tool_says() {
        assert_eq!(llvm_version("Debian LLVM version 19.1.7\n  Optimized build."), Some(19));
        assert_eq!(llvm_version("Ubuntu LLVM version 14.0.0"), Some(14));
        assert_eq!(llvm_version(""), None);
    }

    #[test]
    fn a_goal_that_is_missed_is_named_and_one_that_is_met_is_not() {
        let crates = |all, core| {
            let lines = |covered| Lines { count: 1000, covered };
            BTreeMap::from([("all".to_owned(), lines(all)), ("tidecal-core".to_owned(), lines(core))])
        };
        assert!(missed(&crates(800, 900)).is_ok());
        let error = missed(&crates(900, 899)).unwrap_err().to_string();
        assert_eq!(error, "tidecal-core: 89.9 % of lines are run, 90 % are wanted");
        assert!(missed(&crates(799, 950)).unwrap_err().to_string().starts_with("all: 79.9 %"));
    }
}
