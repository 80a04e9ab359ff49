//! Chores of the workspace, one verb each. What a person types every day is `./run` and `./test`;
//! these are the parts that shell would do badly.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool answers there")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod arrows;
mod bench;
mod confined;
mod coverage;
mod fuzz;
mod generate;
mod lines;
mod postgres;
mod root;
mod sim;
mod soak;

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

/// Chores of the Tidecal workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run what CI runs: ./test
    Ci,
    /// Compare the dependencies between the crates with the table of ARCHITECTURE.md
    Arrows,
    /// Write the generated documents: docs/schema.md, docs/openapi.json
    Gen {
        /// Write nothing; fail where a document is out of date
        #[arg(long)]
        check: bool,
    },
    /// A PostgreSQL server for tests, under var/
    Pg {
        #[command(subcommand)]
        verb: postgres::Verb,
    },
    /// Feed mutated answers of vendors to their readers
    Fuzz(fuzz::Options),
    /// Measure Tidecal beside a bare floor and beside peers: docs/BENCHMARKS.md
    Bench(bench::Options),
    /// Count which lines of each crate the Rust tests run
    Coverage(coverage::Options),
    /// List files over 500 lines; over 600 fail
    Lines,
    /// Simulate calendars, people and trouble against the core, seed by seed
    Sim(sim::Options),
    /// Kill the real server again and again and compare what it holds with the vendor: docs/SOAK.md
    Soak(soak::Options),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: &Verb) -> Result<()> {
    match verb {
        Verb::Ci => ci(),
        Verb::Arrows => arrows::check(),
        Verb::Gen { check } => generate::run(*check),
        Verb::Pg { verb } => postgres::run(verb),
        Verb::Fuzz(options) => fuzz::run(options),
        Verb::Bench(options) => bench::run(options),
        Verb::Coverage(options) => coverage::run(options),
        Verb::Lines => lines::check(),
        Verb::Sim(options) => sim::run(options),
        Verb::Soak(options) => soak::run(options),
    }
}

fn ci() -> Result<()> {
    let root = root::workspace()?;
    let status = Command::new(root.join(".ci/run")).current_dir(root).status()?;
    if !status.success() {
        bail!("the tests failed");
    }
    Ok(())
}
