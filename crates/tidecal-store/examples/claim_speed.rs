//! How fast due connections are claimed while many are waiting:
//! `cargo run --release -p tidecal-store --example claim_speed -- <url> [connections]` on an empty
//! database. One tenant has nine in ten of them; claims are small, as by workers that get free.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tidecal_core::model::Provider;
use tidecal_store::{
    ClaimQuery, KeyRing, NewAccount, NewConnection, NewMember, Role, Secrets, Store, StoreOptions, SyncDirection,
    SystemScope,
};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite::memory:".to_owned());
    let many: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5_000);
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let ring = KeyRing::from_secrets(&SecretString::from("a key that is long enough to be used here"), &[]).unwrap();
    let store = Store::connect(&url, StoreOptions::new(ring)).await.unwrap();
    store.migrate().await.unwrap();
    fill(&store, "big", many * 9 / 10, now).await;
    fill(&store, "small", many / 10, now).await;
    for limit in [1, 8, 100] {
        measure(&store, limit, now).await;
    }
}

async fn measure(store: &Store, limit: i64, now: Timestamp) {
    let system = store.system(SystemScope::for_workers());
    let (begun, mut claimed, mut claims) = (Instant::now(), 0, 0);
    while claims < 100 {
        let query = ClaimQuery {
            now,
            due_by: now,
            owner: "speed",
            // Over at once: what is waiting stays as much as it is.
            lease_for: SignedDuration::ZERO,
            limit,
            only: None,
            tenant_id: None,
            listed: None,
        };
        let taken = system.claim_due(query).await.unwrap().len();
        if taken == 0 {
            break;
        }
        claimed += taken;
        claims += 1;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{limit:>4} at once: {:.1} ms a claim, {:.0} connections/s",
        seconds * 1e3 / f64::from(claims),
        claimed as f64 / seconds
    );
}

async fn fill(store: &Store, name: &str, many: usize, now: Timestamp) {
    let member =
        NewMember { email: format!("{name}@example.com"), name: name.into(), password_hash: None, role: Role::Owner };
    let scope = store.system(SystemScope::for_workers()).create_tenant_with_owner(name, &member, now).await.unwrap();
    let tenant = store.tenant(&scope);
    let mut account_id = String::new();
    for number in 0..many {
        if number % 10 == 0 {
            let (account, _) = tenant.insert_or_reconnect_account(&account(name, number), now).await.unwrap();
            account_id = account.id;
        }
        tenant.insert_connection(&connection(&account_id, number), now).await.unwrap();
    }
}

fn account(name: &str, number: usize) -> NewAccount {
    NewAccount {
        provider: Provider::Google,
        subject: format!("{name}-{number}"),
        email: format!("{name}@example.com"),
        name: name.into(),
        base_url: None,
        server_info: None,
        scopes: String::new(),
        token_expiry: None,
        secrets: Secrets::default(),
        reconnect: None,
    }
}

fn connection(account_id: &str, number: usize) -> NewConnection {
    NewConnection {
        account_id: account_id.to_owned(),
        external_calendar_id: format!("calendar-{number}"),
        name: format!("Calendar {number}"),
        calendar_color: None,
        time_zone: None,
        read_only: false,
        calendar_id: None,
        sync_direction: SyncDirection::Inbound,
        sync_enabled: true,
    }
}
