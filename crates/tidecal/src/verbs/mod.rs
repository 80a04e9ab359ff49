//! One file per verb.

mod config_check;
mod connections;
mod demo;
mod doctor;
mod events;
mod migrate;
mod openapi;
mod plan;
mod progress;
mod sandbox;
mod schema;
mod serve;
mod users;

use anyhow::Result;

use crate::cli::{Cli, ConfigVerb, Verb};
use crate::config::{Config, Values};

/// Runs the verb.
pub(crate) async fn run(cli: Cli, values: Values, config: Config) -> Result<()> {
    let json = cli.global.json;
    match cli.verb {
        Verb::Serve(_) => serve::run(&config, cli.global.config).await,
        Verb::Demo(args) => demo::run(&args, values).await,
        Verb::Sandbox(args) => sandbox::run(&args, json).await,
        Verb::Migrate => migrate::run(&config, json).await,
        Verb::Doctor => doctor::run(&config, json).await,
        Verb::Config { verb: ConfigVerb::Check } => {
            config_check::run(&values, json);
            Ok(())
        }
        Verb::Users { verb } => users::run(&config, verb, json).await,
        Verb::Connections { verb } => connections::run(&config, verb, json).await,
        Verb::Events { verb } => events::run(&config, verb, json).await,
        Verb::Openapi => openapi::run(),
        Verb::Schema => schema::run().await,
    }
}
