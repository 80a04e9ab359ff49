//! The key and the database: reachable, new enough, sealed with a key that we have.

use tidecal_store::{Backend, Posture, Store, StoreOptions, SystemScope};

use super::check::{Check, State};
use crate::compose;
use crate::config::Config;

const MAKE_KEY: &str =
    "make a key once and keep it safe: export CALENDAR_OAUTH_ENCRYPTION_KEY=\"$(openssl rand -base64 32)\"";

/// The findings, and the store if it can be read.
pub(super) async fn check(config: &Config) -> (Vec<Check>, Option<Store>) {
    let mut checks = vec![key(config)];
    let Ok(ring) = compose::key_ring_or_throwaway(config) else { return (checks, None) };
    let store = match Store::connect(&config.database_url, StoreOptions::new(ring)).await {
        Ok(store) => store,
        Err(error) => {
            let step = "set DATABASE_URL to a database that is there: sqlite:<file> or postgres://user@host/name";
            checks.push(Check::wrong("database", error.to_string(), step));
            return (checks, None);
        }
    };
    match store.posture().await {
        Ok(posture) => checks.extend(program(&store, &posture)),
        Err(error) => checks.push(Check::wrong("database", error.to_string(), "see the database's own log")),
    }
    let schema = schema(&store).await;
    let usable = schema.state == State::Good;
    checks.push(schema);
    if usable && config.key.is_some() {
        checks.push(credentials(&store).await);
    }
    if usable {
        return (checks, Some(store));
    }
    store.close().await;
    (checks, None)
}

fn key(config: &Config) -> Check {
    match compose::key_ring(config) {
        Ok(ring) => Check::good("key", format!("credentials are sealed with key {}", ring.key_ids().join(", "))),
        Err(_) if config.key.is_none() => Check::wrong("key", "CALENDAR_OAUTH_ENCRYPTION_KEY is not set", MAKE_KEY),
        Err(error) => Check::wrong("key", format!("{error:#}"), MAKE_KEY),
    }
}

async fn schema(store: &Store) -> Check {
    match store.check_schema().await {
        Ok(()) => Check::good("database", format!("reachable, schema up to date ({})", Store::known_schema_version())),
        Err(error) => {
            let step = "run `tidecal migrate` with this version, or run the version that has migrated the database";
            Check::wrong("database", error.to_string(), step)
        }
    }
}

async fn credentials(store: &Store) -> Check {
    match store.system(SystemScope::for_workers()).check_keys().await {
        Ok(()) => Check::good("stored credentials", "all of them open with the configured keys"),
        Err(error) => {
            let step = "put the key that sealed them into CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD; without it every \
                        account has to be reconnected";
            Check::wrong("stored credentials", error.to_string(), step)
        }
    }
}

/// The database program itself.
fn program(store: &Store, posture: &Posture) -> Vec<Check> {
    let name = format!("{} {}", store.backend(), posture.version);
    if store.backend() == Backend::Sqlite {
        return vec![if posture.slow_journal {
            let step = "move the database file to a local disk: network file systems cannot keep a write-ahead log";
            Check::look("database program", format!("{name}, without a write-ahead log"), step)
        } else {
            Check::good("database program", name)
        }];
    }
    let mut checks = vec![if posture.too_old {
        Check::wrong("database program", format!("{name} is too old"), "upgrade to PostgreSQL 15 or newer")
    } else {
        Check::good("database program", name)
    }];
    checks.push(if posture.transaction_pooling {
        let step =
            "connect to PostgreSQL itself, or set the pooler to session pooling (PgBouncer: pool_mode = session)";
        Check::wrong("database pooling", "a pooler changes the server's session between transactions", step)
    } else {
        Check::good("database pooling", "each session has a server process of its own")
    });
    checks.push(row_security(posture));
    checks
}

fn row_security(posture: &Posture) -> Check {
    const WHAT: &str = "row-level security";
    if posture.protected.is_empty() {
        return Check::good(WHAT, "prepared, not switched on; Tidecal itself keeps tenants apart");
    }
    if !posture.unprotected.is_empty() {
        let tables = posture.unprotected.join(", ");
        let step = format!("switch it on for these as well (ALTER TABLE … ENABLE ROW LEVEL SECURITY): {tables}");
        return Check::look(
            WHAT,
            format!("on for {} tables, off for {}", posture.protected.len(), posture.unprotected.len()),
            step,
        );
    }
    if posture.above_policies {
        let step = "sign in with a role that is no superuser, lacks BYPASSRLS and does not own the tables (or \
                    ALTER TABLE … FORCE ROW LEVEL SECURITY)";
        return Check::look(WHAT, "on, but the role in DATABASE_URL is not bound by it", step);
    }
    Check::good(WHAT, format!("on for {} tables", posture.protected.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posture(on: &[&str], off: &[&str], above: bool) -> Posture {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Posture { protected: names(on), unprotected: names(off), above_policies: above, ..Posture::default() }
    }

    #[test]
    fn half_protection_and_protection_that_does_not_bind_are_named() {
        for (posture, state, word) in [
            (posture(&[], &["calendars"], true), State::Good, "not switched on"),
            (posture(&["calendars"], &["sessions"], false), State::Look, "off for 1"),
            (posture(&["calendars"], &[], true), State::Look, "not bound"),
            (posture(&["calendars"], &[], false), State::Good, "on for 1"),
        ] {
            let check = row_security(&posture);
            assert_eq!(check.state, state, "{check:?}");
            assert!(check.text.contains(word) && (state == State::Good) == check.step.is_empty(), "{check:?}");
        }
    }
}
