//! Both directions: people edit the local calendar and one or two connected ones, and every run
//! reads and writes.
//!
//! The vendors are those of the inbound worlds, which also carry out writes here. `memory` knows what
//! people did and what they saw when they did it; `oracle` holds the end of a seed against it.

mod commit;
mod ledger;
mod load;
mod memory;
mod oracle;
mod people;
mod store;
mod watch;
mod worker;
mod world;

pub(super) use world::run;
