//! One suite for both databases: every test of a module runs on SQLite and on PostgreSQL.
//!
//! PostgreSQL is the server of `TIDECAL_TEST_POSTGRES_URL` (a superuser's address); each test has
//! a database of its own there, cloned from a migrated template. Without the variable the tests
//! fail: what is not tested must not look tested.

#![allow(clippy::unwrap_used, missing_docs)]

mod accounts;
mod circuits;
mod claims;
mod commits;
mod credentials;
mod deciding;
mod documented;
mod events;
mod finishes;
mod fixture;
mod harness;
mod loads;
mod local;
mod opening;
mod operators;
mod outbound;
mod round_trip;
mod runbook;
mod signing_in;
mod tenancy;
mod together;
