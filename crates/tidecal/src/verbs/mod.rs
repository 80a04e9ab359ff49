//! One file per verb.

mod config_check;
mod conflicts;
mod connections;
mod demo;
mod doctor;
mod events;
mod held;
mod keys;
mod migrate;
mod openapi;
mod plan;
mod progress;
mod sandbox;
mod schema;
mod scopes;
mod serve;
mod users;

use anyhow::Result;

use crate::cli::{Cli, ConfigVerb, ConnectionsVerb, EventsVerb, Verb};
use crate::config::{Config, Values};

/// Runs the verb.
pub(crate) async fn run(cli: Cli, values: Values, config: Config) -> Result<()> {
    let json = cli.global.json;
    match cli.verb {
        Verb::Serve(_) => serve::run(&config, cli.global.config).await,
        Verb::Demo(args) => demo::run(&args, values).await,
        Verb::Sandbox(args) => sandbox::run(&args, json).await,
        Verb::Migrate(args) => migrate::run(&config, &args, json).await,
        Verb::Doctor => doctor::run(&config, json).await,
        Verb::Config { verb: ConfigVerb::Check } => {
            config_check::run(&values, json);
            Ok(())
        }
        Verb::Users { verb } => users::run(&config, verb, json).await,
        Verb::Connections { verb } => connections::run(&config, verb, json).await,
        Verb::Events { verb } => events::run(&config, verb, json).await,
        Verb::Sync(args) => connections::run(&config, ConnectionsVerb::Sync(args), json).await,
        Verb::Why(args) => events::run(&config, EventsVerb::Why(args), json).await,
        Verb::Held { verb } => held::run(&config, verb, json).await,
        Verb::Conflicts { verb } => conflicts::run(&config, verb, json).await,
        Verb::Keys { verb } => keys::run(&config, &verb, json).await,
        Verb::Openapi => openapi::run(),
        Verb::Schema => schema::run().await,
    }
}
