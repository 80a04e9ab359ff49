//! The way to vendors and calendar servers: names, connections, certificates, and the clock.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tidecal_core::model::Provider;
use tidecal_engine::{Clock as _, SystemClock};
use tidecal_http::{Transport, TransportError};
use tidecal_store::Account;
use url::Url;

use super::check::Check;
use crate::compose;
use crate::config::Config;

/// Calendar servers of accounts that are looked at: there may be hundreds.
const SERVERS: usize = 5;

/// A difference that certificates and tokens forgive.
const HARMLESS: SignedDuration = SignedDuration::from_secs(60);

/// From here on tokens look expired or certificates not yet valid.
const HARMFUL: SignedDuration = SignedDuration::from_mins(10);

/// One request to each place that is called, and what it says of the clock.
pub(super) async fn check(config: &Config, transport: &Transport, accounts: &[Account]) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut clock = None;
    for place in places(config, accounts) {
        let (check, skew) = reach(transport, &place).await;
        checks.push(check);
        clock = clock.or(skew.map(|skew| (skew, place.host)));
    }
    if let Some((skew, host)) = clock {
        checks.push(judge_clock(skew, &host));
    }
    checks
}

/// Somewhere that Tidecal sends requests to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    host: String,
    url: Url,
}

fn places(config: &Config, accounts: &[Account]) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    let mut add = |url: &Url| {
        let Ok(root) = url.join("/") else { return };
        let host = root.host_str().unwrap_or_default();
        let host = root.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        places.insert(Place { host, url: root });
    };
    if let Ok(registry) = compose::registry(config) {
        for oauth in Provider::ALL.into_iter().filter_map(|provider| registry.oauth(provider)) {
            add(&oauth.client.endpoints().token);
            add(&oauth.client.endpoints().api_base);
        }
    }
    let servers = accounts.iter().filter_map(|account| account.base_url.as_deref()?.parse::<Url>().ok());
    let servers: BTreeSet<Url> = servers.filter_map(|url| url.join("/").ok()).collect();
    servers.iter().take(SERVERS).for_each(&mut add);
    places
}

/// Any answer will do: that there is one is what counts.
async fn reach(transport: &Transport, place: &Place) -> (Check, Option<SignedDuration>) {
    let what = format!("network: {}", place.host);
    let request = match http::Request::get(place.url.as_str()).body(Default::default()) {
        Ok(request) => request,
        Err(error) => return (Check::wrong(what, error.to_string(), "correct this address"), None),
    };
    match transport.send(request).await {
        Ok(answer) => {
            let date = answer.headers().get(http::header::DATE).and_then(|value| value.to_str().ok());
            let skew = date.and_then(read_date).map(|theirs| SystemClock.now().duration_since(theirs));
            (Check::good(what, "name, connection and certificate are fine"), skew)
        }
        Err(error) => (Check::wrong(what, error.to_string(), step_for(&error, &place.host)), None),
    }
}

/// The exact step for each way to fail.
fn step_for(error: &TransportError, host: &str) -> String {
    match error {
        TransportError::Dns { .. } => {
            format!("DNS: `getent hosts {host}` must print an address; correct /etc/resolv.conf or the name")
        }
        TransportError::Tls { .. } => format!(
            "TLS: install the CA certificates (package ca-certificates), set the clock, and see the certificate with \
             `openssl s_client -connect {}`",
            if host.contains(':') { host.to_owned() } else { format!("{host}:443") }
        ),
        TransportError::Guarded { .. } => {
            "name its origin in TIDECAL_ALLOWED_ORIGINS if this server is meant to be reached".to_owned()
        }
        TransportError::Connect { .. } | TransportError::Timeout { .. } => {
            format!("let this machine out to {host}: firewall, routing, or set TIDECAL_PROXY")
        }
        TransportError::Setup { .. } | TransportError::InvalidUrl { .. } => {
            "correct the setting that is named".to_owned()
        }
        TransportError::TooLarge { .. } | TransportError::Interrupted { .. } => {
            format!("something between here and {host} answers in its place: check proxies and captive portals")
        }
    }
}

/// `Date` as RFC 9110 5.6.7 writes it.
fn read_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp())
}

/// `skew`: how far this machine's clock is ahead.
fn judge_clock(skew: SignedDuration, host: &str) -> Check {
    const STEP: &str = "set the clock and keep it set: `timedatectl set-ntp true` (in a container: on its host)";
    let apart = if skew.is_negative() { -skew } else { skew };
    let words =
        format!("{} s {} of the clock of {host}", apart.as_secs(), if skew.is_negative() { "behind" } else { "ahead" });
    if apart <= HARMLESS {
        Check::good("clock", format!("agrees with {host}"))
    } else if apart <= HARMFUL {
        Check::look("clock", format!("{words}; Tidecal copes with ten minutes"), STEP)
    } else {
        Check::wrong("clock", words, STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn the_clock_is_judged_by_how_far_it_is_off() {
        for (seconds, state, word) in [
            (0, State::Good, "agrees"),
            (-60, State::Good, "agrees"),
            (61, State::Look, "61 s ahead"),
            (-600, State::Look, "600 s behind"),
            (601, State::Wrong, "601 s ahead"),
            (-86_400, State::Wrong, "behind"),
        ] {
            let check = judge_clock(SignedDuration::from_secs(seconds), "vendor.example.com");
            assert_eq!(check.state, state, "{seconds}");
            assert!(check.text.contains(word), "{}", check.text);
            assert_eq!(check.step.contains("timedatectl"), state != State::Good);
        }
    }

    #[test]
    fn a_date_header_is_read_as_the_standard_writes_it() {
        let at: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        assert_eq!(read_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(at));
        assert_eq!(read_date("yesterday"), None);
    }

    #[test]
    fn every_way_to_fail_has_a_step_that_names_where() {
        let host = || "vendor.example.com".to_owned();
        for (error, word) in [
            (TransportError::Dns { host: host() }, "getent hosts vendor.example.com"),
            (TransportError::Tls { host: host(), detail: String::new() }, "vendor.example.com:443"),
            (TransportError::Connect { host: host(), detail: String::new() }, "TIDECAL_PROXY"),
            (TransportError::Timeout { host: host() }, "TIDECAL_PROXY"),
            (TransportError::Guarded { host: host(), reason: String::new() }, "TIDECAL_ALLOWED_ORIGINS"),
        ] {
            assert!(step_for(&error, &host()).contains(word), "{error:?}");
        }
    }
}
