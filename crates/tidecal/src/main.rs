//! The `tidecal` program: reads the configuration, puts the parts together, runs one verb.
//!
//! Results go to standard output, logs and progress to standard error. Exit codes: 0 done, 1 not
//! done (the message says what to do), 2 wrong usage or configuration.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cli;
mod compose;
mod config;
mod log;
mod output;
mod server;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Verb};
use crate::config::{Config, ConfigError, Values};

/// Also SQLite's: a sync makes and drops millions of small pieces, and what it leaves goes back to
/// the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let (values, config) = match configuration(&cli) {
        Ok(read) => read,
        Err(error) => {
            output::complain(&format!("configuration: {error}"));
            return ExitCode::from(2);
        }
    };
    log::start(&config.log, config.log_json);
    match verbs::run(cli, values, config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn configuration(cli: &Cli) -> Result<(Values, Config), ConfigError> {
    let mut values = Values::read(cli.global.config.as_deref())?;
    if let Some(database) = &cli.global.database {
        values.set("DATABASE_URL", database);
    }
    if let Verb::Serve(serve) = &cli.verb
        && let Some(listen) = serve.listen
    {
        values.set("TIDECAL_LISTEN", listen.to_string());
    }
    let config = Config::from_values(&values)?;
    Ok((values, config))
}
