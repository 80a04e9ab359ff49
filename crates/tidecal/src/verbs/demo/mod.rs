//! `tidecal demo`: server and sandbox in one, with two people whose calendars fill over HTTP. One of them has
//! accounts at Google, at Microsoft and on a CalDAV server, and a calendar that is in step with all three.
//!
//! The demo writes nothing into the database but its people and their connection settings, and
//! those by the same services as a browser: consent, callback, choice of calendars.

mod connecting;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tidecal_engine::{Clock, SystemClock};
use tidecal_sandbox::{Sandbox, SandboxConfig};
use tidecal_store::{NewMember, Role, Store, TenantScope};
use url::Url;

use super::users;
use crate::cli::Demo;
use crate::config::{Config, Values};
use crate::{compose, output, server};
use connecting::Connecting;

/// The people of the demo: at the sandbox under the same addresses.
const PEOPLE: [(&str, &str, Role); 2] =
    [("ada@example.com", "Ada Keller", Role::Owner), ("ben@example.com", "Ben Okafor", Role::Member)];

/// Runs until Ctrl-C.
pub(crate) async fn run(args: &Demo, values: Values) -> Result<()> {
    let listener = server::listen(args.listen).await?;
    let address = listener.local_addr()?;
    let sandbox_config = SandboxConfig { seed: args.seed, ..SandboxConfig::default() };
    let apps = sandbox_config.clone();
    let sandbox = tidecal_sandbox::start(sandbox_config).await.context("cannot start the sandbox")?;
    let folder = Folder::open(args.data.as_deref())?;
    let config = configure(values, &folder, &sandbox, &apps, address)?;

    let store = compose::open_migrated(&config, compose::key_ring(&config)?).await?;
    let engine = compose::engine(&config, store.clone(), compose::passing_node())?;
    let shutdown = server::signals(&engine, None)?;
    let (filler, transport) = (engine.clone(), compose::transport(&config)?);
    let base: Url = sandbox.base_url.parse()?;
    let password = apps.caldav_password.clone();
    let people = add_people(&store).await?;
    let filling = tokio::spawn(async move {
        for (scope, email) in people {
            let (engine, transport, sandbox, scope) = (&filler, &transport, &base, &scope);
            let person = Connecting { engine, transport, sandbox, caldav_password: &password, scope, email };
            let done = if email == PEOPLE[0].0 { person.everything().await } else { person.google().await };
            if let Err(error) = done {
                output::complain(&format!("cannot connect {email} to the sandbox: {error:#}"));
            }
        }
    });
    greet(&store, &config, &sandbox, &apps).await?;
    server::serve(&config, engine, listener, shutdown).await?;
    filling.abort();
    store.close().await;
    sandbox.shutdown().await;
    Ok(())
}

fn configure(
    mut values: Values,
    folder: &Folder,
    sandbox: &Sandbox,
    apps: &SandboxConfig,
    address: std::net::SocketAddr,
) -> Result<Config> {
    values.set("DATABASE_URL", format!("sqlite:{}", folder.path().join("tidecal.db").display()));
    values.set("TIDECAL_LISTEN", address.to_string());
    values.set("TIDECAL_PUBLIC_URL", format!("http://{address}"));
    values.set("TIDECAL_GOOGLE_BASE_URL", &sandbox.base_url);
    values.set("GOOGLE_CLIENT_ID", &apps.client_id);
    values.set("GOOGLE_CLIENT_SECRET", &apps.client_secret);
    values.set("GOOGLE_REDIRECT_URI", format!("http://{address}/api/calendar/oauth/google/callback"));
    values.set("TIDECAL_OUTLOOK_BASE_URL", &sandbox.base_url);
    values.set("OUTLOOK_CLIENT_ID", &apps.outlook_client_id);
    values.set("OUTLOOK_CLIENT_SECRET", &apps.outlook_client_secret);
    values.set("OUTLOOK_REDIRECT_URI", format!("http://{address}/api/calendar/oauth/outlook/callback"));
    values.set("CALENDAR_OAUTH_ENCRYPTION_KEY", folder.key()?);
    Ok(Config::from_values(&values)?)
}

async fn add_people(store: &Store) -> Result<Vec<(TenantScope, &'static str)>> {
    let mut people = Vec::new();
    for (email, name, role) in PEOPLE {
        if store.sign_in().find_user_by_email(email).await?.is_some() {
            continue; // A kept database knows them, and their connections, already.
        }
        let member = NewMember { email: email.into(), name: name.into(), password_hash: None, role };
        let user_id = users::add(store, "Demo", &member, SystemClock.now()).await?;
        let identity = store.sign_in().find_user_by_email(email).await?;
        let scope = identity.and_then(|it| it.identities.into_iter().next()).map(|it| it.scope);
        let scope = scope.with_context(|| format!("the demo's user {user_id} is gone"))?;
        people.push((scope, email));
    }
    Ok(people)
}

async fn greet(store: &Store, config: &Config, sandbox: &Sandbox, apps: &SandboxConfig) -> Result<()> {
    let now = SystemClock.now();
    let (ada, ben) = (PEOPLE[0].0, PEOPLE[1].0);
    let first = users::sign_in_link(store, ada, &config.public_url, now).await?;
    let second = users::sign_in_link(store, ben, &config.public_url, now).await?;
    output::say(&format!(
        "\n  Tidecal is running with a sandbox of Google, Microsoft and CalDAV at {0}\n\n  \
         Sign in as Ada (owner):  {first}\n  \
         Sign in as Ben (member): {second}\n\n  \
         Ada has all three; her team's calendar is in step with each of them.\n  \
         CalDAV takes {0}, {ada} or {ben}, and the password {1}.\n\n  \
         Each link works once. Ctrl-C stops everything.\n",
        sandbox.base_url, apps.caldav_password
    ));
    Ok(())
}

/// Where the demo's database and key are: a folder that is kept, or one that goes with the demo.
enum Folder {
    Kept(PathBuf),
    Temporary(PathBuf),
}

impl Folder {
    fn open(kept: Option<&Path>) -> Result<Self> {
        if let Some(path) = kept {
            std::fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
            return Ok(Self::Kept(path.to_owned()));
        }
        let path = std::env::temp_dir().join(format!("tidecal-demo-{}", compose::random_hex(8)));
        std::fs::create_dir(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self::Temporary(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::Temporary(path) => path,
        }
    }

    /// The key of this folder's database: a demo that is kept can be opened again.
    fn key(&self) -> Result<String> {
        let file = self.path().join("key");
        if let Ok(key) = std::fs::read_to_string(&file) {
            return Ok(key.trim().to_owned());
        }
        let key = compose::random_hex(32);
        std::fs::write(&file, &key).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(key)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // Left behind if it cannot be removed; the system's own sweeping takes it.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
