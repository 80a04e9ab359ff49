//! Fuzzing for longer than a test run does: the targets are tests of `tidecal-providers`, this sets time and seed.

use std::process::Command;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::root;

/// What is fuzzed, for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// What is read.
    target: Target,
    /// How long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The same seed begins with the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// Every target, one after the other.
    All,
    /// Pages of Google events.
    GooglePages,
    /// Pages of Graph events.
    GraphPages,
    /// Calendar objects.
    Icalendar,
    /// WebDAV answers.
    Multistatus,
    /// Recurrence rules and their expansion.
    Rrule,
}

impl Target {
    /// Where its test is.
    fn test(self) -> &'static str {
        match self {
            Self::All => "fuzz::targets::",
            Self::GooglePages => "fuzz::targets::google_pages",
            Self::GraphPages => "fuzz::targets::graph_pages",
            Self::Icalendar => "fuzz::targets::icalendar_objects",
            Self::Multistatus => "fuzz::targets::multistatus",
            Self::Rrule => "fuzz::targets::rrule",
        }
    }
}

/// Fails if an input was found that breaks something; it is kept under
/// `crates/tidecal-providers/regressions`, to be committed with the mend.
pub(crate) fn run(options: &Options) -> Result<()> {
    let status = Command::new("cargo")
        .args(["test", "--locked", "--quiet", "--package", "tidecal-providers", "--lib", "--", "--nocapture"])
        .args(["--test-threads", "1", options.target.test()])
        .env("TIDECAL_FUZZ_SECONDS", options.seconds.to_string())
        .env("TIDECAL_FUZZ_SEED", options.seed.to_string())
        .current_dir(root::workspace()?)
        .status()?;
    if !status.success() {
        bail!("an input breaks its reader; it is kept under crates/tidecal-providers/regressions");
    }
    Ok(())
}
