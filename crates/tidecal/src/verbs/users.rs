//! `tidecal users`: people who may sign in.

use std::io::Read;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tidecal_engine::{Clock, OsRandom, Random, SystemClock};
use tidecal_store::{NewMember, NewSession, Store, SystemScope};
use tidecal_web::{hash_password, hash_token, new_token};

use crate::cli::UsersVerb;
use crate::config::Config;
use crate::{compose, output};

/// How long a sign-in link is good for.
const LINK_LIVES: SignedDuration = SignedDuration::from_mins(60);

/// Runs the verb.
pub(crate) async fn run(config: &Config, verb: UsersVerb, json: bool) -> Result<()> {
    let store = compose::open_migrated(config, compose::key_ring_or_throwaway(config)?).await?;
    match verb {
        UsersVerb::Add { email, name, tenant, role, password_stdin } => {
            let password = read_password(password_stdin)?;
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
            let hash = hash_password(&password, salt())?;
            let member = NewMember { email, name, password_hash: Some(hash), role: role.parse()? };
            let id = add(&store, &tenant, &member, SystemClock.now()).await?;
            if json {
                output::json(&serde_json::json!({ "id": id, "email": member.email, "tenant": tenant }));
            } else {
                output::say(&format!("{} may sign in at {}", member.email, config.public_url));
            }
        }
        UsersVerb::Link { email } => {
            let link = sign_in_link(&store, &email, &config.public_url, SystemClock.now()).await?;
            if json {
                output::json(&serde_json::json!({ "email": email, "link": link }));
            } else {
                output::say(&link);
            }
        }
    }
    store.close().await;
    Ok(())
}

/// Adds a person to the tenant of that name, which is made if it does not exist. Returns the id.
pub(crate) async fn add(store: &Store, tenant: &str, member: &NewMember, now: Timestamp) -> Result<String> {
    let system = store.system(SystemScope::for_workers());
    let existing = system.list_tenants().await?.into_iter().find(|row| row.name == tenant);
    let scope = match existing {
        Some(row) => system.add_member(&row.id, member, now).await,
        None => system.create_tenant_with_owner(tenant, member, now).await,
    };
    Ok(scope.with_context(|| format!("cannot add {}", member.email))?.user_id)
}

/// A link that signs a person in, once.
pub(crate) async fn sign_in_link(store: &Store, email: &str, public_url: &url::Url, now: Timestamp) -> Result<String> {
    let Some(candidate) = store.sign_in().find_user_by_email(email).await? else {
        bail!("no user has the address {email}; add one with `tidecal users add {email}`")
    };
    let Some(identity) = candidate.identities.first() else { bail!("{email} belongs to no tenant") };
    let token = new_token(&OsRandom);
    let link = NewSession {
        token_hash: hash_token(&token),
        tenant_id: identity.scope.tenant_id.clone(),
        profile_id: identity.profile.id.clone(),
        now,
        expires_at: now.checked_add(LINK_LIVES).unwrap_or(now),
        user_agent: String::new(),
    };
    store.sign_in().insert_signin_link(&link).await?;
    Ok(public_url.join(&format!("/signin/{}", token.expose_secret()))?.to_string())
}

fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    OsRandom.fill(&mut salt);
    salt
}

/// Asked for on a terminal, unseen; else from standard input, where it stays out of the shell's history.
pub(crate) fn read_password(stdin: bool) -> Result<SecretString> {
    use std::io::IsTerminal;
    let text = if !stdin && std::io::stdin().is_terminal() {
        rpassword::prompt_password("Password: ").context("cannot read the password")?
    } else {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the password from standard input")?;
        text
    };
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("the password is empty");
    }
    Ok(SecretString::from(password))
}
