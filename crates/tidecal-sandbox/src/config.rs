//! What a sandbox is started with.

use std::net::{Ipv4Addr, SocketAddr};

use crate::clock::ClockStart;

/// A person with an account at the fake vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account's address; also the id of the primary calendar.
    pub email: String,
    /// Display name.
    pub name: String,
    /// IANA zone of the person's calendars; unknown names fall back to UTC.
    pub time_zone: String,
}

impl Person {
    /// A person of that address, name and IANA zone.
    pub fn new(email: &str, name: &str, time_zone: &str) -> Self {
        Self { email: email.to_owned(), name: name.to_owned(), time_zone: time_zone.to_owned() }
    }

    /// The two people every sandbox starts with unless told otherwise: Ada in Vienna and Ben in New York.
    pub fn standard() -> Vec<Self> {
        vec![
            Self::new("ada@example.com", "Ada Keller", "Europe/Vienna"),
            Self::new("ben@example.com", "Ben Okafor", "America/New_York"),
        ]
    }
}

/// Settings of one sandbox. `SandboxConfig::default()` is a complete one.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Address to listen on; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Seed of ids, tokens and seed data: the same seed and start give the same sandbox.
    pub seed: u64,
    /// Accounts. The first two get the written seed data, further ones an empty primary calendar.
    pub people: Vec<Person>,
    /// Whether calendars start filled with seed data (`true`) or empty.
    pub filled: bool,
    /// Virtual clock at an instant, or the system's.
    pub start: ClockStart,
    /// The registered OAuth client's id.
    pub client_id: String,
    /// The registered OAuth client's secret.
    pub client_secret: String,
    /// The registered client's id at Microsoft.
    pub outlook_client_id: String,
    /// The registered client's secret at Microsoft.
    pub outlook_client_secret: String,
    /// The app password of everybody's CalDAV login; the user name is the address.
    pub caldav_password: String,
    /// Redirect URIs registered for the clients (compared exactly).
    pub redirect_uris: Vec<String>,
    /// Also accept every `http://127.0.0.1`, `http://[::1]` and `http://localhost` redirect URI, whatever its port and path.
    pub loopback_redirects: bool,
    /// Refuse unknown body fields and query parameters (the vendor ignores them).
    pub strict: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            people: Person::standard(),
            filled: true,
            start: ClockStart::Real,
            client_id: "sandbox-client.apps.example.com".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            outlook_client_id: "00000000-5a4d-4b0c-8000-000000000001".to_owned(),
            outlook_client_secret: "outlook-sandbox-secret".to_owned(),
            caldav_password: "caldav-sandbox-secret".to_owned(),
            redirect_uris: Vec::new(),
            loopback_redirects: true,
            strict: false,
        }
    }
}

impl std::fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("addr", &self.addr)
            .field("seed", &self.seed)
            .field("people", &self.people)
            .field("filled", &self.filled)
            .field("start", &self.start)
            .field("client_id", &self.client_id)
            .field("outlook_client_id", &self.outlook_client_id)
            .field("redirect_uris", &self.redirect_uris)
            .field("loopback_redirects", &self.loopback_redirects)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}
