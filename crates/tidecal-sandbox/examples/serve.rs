//! Starts a sandbox on a port given as the first argument (0 or none: a free one) and prints its URL. The clock is
//! virtual and stands at 2026-11-21T10:00:00Z; `--real` takes the system's, `--empty` leaves the calendars empty,
//! `--strict` refuses unknown fields and parameters. Runs until it is killed.
#![allow(clippy::print_stdout)]

use std::net::{Ipv4Addr, SocketAddr};

use tidecal_sandbox::{ClockStart, SandboxConfig, start};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let port = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(0_u16);
    let clock = if has("--real") { ClockStart::Real } else { ClockStart::At("2026-11-21T10:00:00Z".parse()?) };
    let sandbox = start(SandboxConfig {
        addr: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        start: clock,
        filled: !has("--empty"),
        strict: has("--strict"),
        ..SandboxConfig::default()
    })
    .await?;
    println!("{}", sandbox.base_url);
    std::future::pending::<()>().await;
    Ok(())
}
