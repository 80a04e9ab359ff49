//! Opening an account for a run: unsealing, and refreshing ahead of expiry (requirements R2.1, R2.3).

use jiff::{SignedDuration, Timestamp};
use tidecal_core::policy::token;
use tidecal_core::remote::{Failure, FailureClass};
use tidecal_providers::Access;
use tidecal_store::{Account, AccountStatus, RefreshTurn, Secrets, StoreError, TokenGrantRow};
use url::Url;

use crate::Engine;
use crate::sync::{Attempts, retry_with};

/// How long whoever lost the race for a refresh waits between two looks at the winner's result.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(250);

/// A refresh with all its retries takes less than this.
const TURN: SignedDuration = SignedDuration::from_secs(60);

/// How long: until the turn of somebody who was cut off has ended for certain.
const PATIENCE: SignedDuration = SignedDuration::from_secs(65);

/// A grant that the vendor has given and that cannot be stored may be lost for good (where refresh
/// tokens rotate, the old one is dead already): storing is tried this often.
const STORE_ATTEMPTS: u32 = 5;

/// An account that is open for a run.
pub(crate) struct OpenAccount {
    /// The row as it is now.
    pub(crate) account: Account,
    /// What opens the vendor.
    pub(crate) access: Access,
}

impl OpenAccount {
    /// Opens the account; a token that expires soon is refreshed first.
    pub(crate) async fn open(engine: &Engine, account: Account) -> Result<Self, Failure> {
        Self::open_with(engine, account, Attempts::Usual).await
    }

    /// The same, asking the vendor as often as that.
    pub(crate) async fn open_with(engine: &Engine, account: Account, attempts: Attempts) -> Result<Self, Failure> {
        let account = refresh_if_due(engine, account, false, attempts).await?;
        let secrets = engine.system().account_secrets(&account.tenant_id, &account.id).await;
        let access = access_from(&account, secrets.map_err(|error| storage(&error))?)?;
        Ok(Self { account, access })
    }

    /// Opens it again with a new token: the vendor did not accept the one it had.
    pub(crate) async fn reopen(engine: &Engine, account: Account, attempts: Attempts) -> Result<Self, Failure> {
        let account = refresh_if_due(engine, account, true, attempts).await?;
        let secrets = engine.system().account_secrets(&account.tenant_id, &account.id).await;
        let access = access_from(&account, secrets.map_err(|error| storage(&error))?)?;
        Ok(Self { account, access })
    }
}

/// Refreshes the account's token if it expires within the vendor's margin (or at once if `force`).
/// One refresh per credential across all nodes: whoever loses the race adopts the result. The new
/// tokens are stored before anyone uses them.
pub(crate) async fn refresh_if_due(
    engine: &Engine,
    account: Account,
    force: bool,
    attempts: Attempts,
) -> Result<Account, Failure> {
    let ahead = engine.registry().adapter(account.provider).and_then(|it| it.capabilities().token_refresh_ahead);
    let (Some(ahead), Some(expiry)) = (ahead, account.token_expiry) else { return Ok(account) };
    if !force && !token::is_due(expiry, engine.now(), ahead) {
        return Ok(account);
    }
    let (system, node) = (engine.system(), &engine.config().node);
    let (tenant, id) = (&account.tenant_id, &account.id);
    let give_up = engine.now().checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
    while engine.now() <= give_up {
        let turn = system.begin_refresh(tenant, id, node, engine.now(), TURN).await.map_err(|error| storage(&error))?;
        match turn {
            RefreshTurn::Mine { credentials_version, .. } if credentials_version != account.credentials_version => {
                // Somebody was faster, or the person reconnected: what is stored now is fresh.
                system.abandon_refresh(tenant, id, node).await.map_err(|error| storage(&error))?;
                return system.get_account(tenant, id).await.map_err(|error| storage(&error));
            }
            RefreshTurn::Mine { credentials_version, secrets } => {
                refresh(engine, &account, credentials_version, secrets, attempts).await?;
                return system.get_account(tenant, id).await.map_err(|error| storage(&error));
            }
            RefreshTurn::Theirs { .. } => engine.clock().sleep(LOOK_AGAIN).await,
            RefreshTurn::NotActive(status) => return Err(needs_person(&account, status)),
        }
    }
    let detail = format!("{}: another server has been refreshing the token for too long", account.provider);
    Err(Failure::new(FailureClass::Transient, detail))
}

fn needs_person(account: &Account, status: AccountStatus) -> Failure {
    let detail = format!("{}: the account is {status}, its token expired", account.provider);
    Failure::new(FailureClass::Auth, detail).remedy("Reconnect the account.")
}

async fn refresh(
    engine: &Engine,
    account: &Account,
    version: i64,
    secrets: Secrets,
    attempts: Attempts,
) -> Result<(), Failure> {
    let (system, tenant, id) = (engine.system(), &account.tenant_id, &account.id);
    match ask_for_tokens(engine, account, secrets, attempts).await {
        Ok(tokens) => store_tokens(engine, account, version, &tokens).await,
        Err(failure) => {
            let given_back = system.abandon_refresh(tenant, id, &engine.config().node).await;
            given_back.map_err(|error| storage(&error))?;
            Err(failure)
        }
    }
}

/// Before anybody uses them, and more than once if the database is away for a moment.
async fn store_tokens(engine: &Engine, account: &Account, version: i64, tokens: &TokenGrantRow) -> Result<(), Failure> {
    let (tenant, id) = (&account.tenant_id, &account.id);
    let mut attempt = 0;
    loop {
        let stored = engine.system().finish_refresh(tenant, id, version, tokens, engine.now()).await;
        let Err(error) = stored else { return Ok(()) };
        attempt += 1;
        if attempt >= STORE_ATTEMPTS || !error.is_transient() {
            return Err(storage(&error));
        }
        engine.clock().sleep(SignedDuration::from_secs(1)).await;
    }
}

async fn ask_for_tokens(
    engine: &Engine,
    account: &Account,
    secrets: Secrets,
    attempts: Attempts,
) -> Result<TokenGrantRow, Failure> {
    let name = account.provider;
    let Some(oauth) = engine.registry().oauth(account.provider) else {
        let detail = format!("{name}: no OAuth app is set up any more");
        return Err(Failure::new(FailureClass::Configuration, detail));
    };
    let Some(refresh_token) = secrets.refresh_token else {
        let detail = format!("{name}: token expired and there is no refresh token");
        let failure = Failure::new(FailureClass::Auth, detail).code("no_refresh_token");
        return Err(failure.remedy("Reconnect the account."));
    };
    let lifetime = account.grant_lifetime;
    let ask = || oauth.client.refresh(&oauth.app, &refresh_token, lifetime);
    let grant = retry_with(engine, attempts, ask).await?;
    let now = engine.now();
    Ok(TokenGrantRow {
        access_token: grant.access_token,
        refresh_token: grant.refresh_token,
        expiry: now.checked_add(grant.expires_in).ok(),
        grant_ends_at: grant.refresh_token_expires_in.and_then(|left| now.checked_add(left).ok()),
    })
}

fn access_from(account: &Account, secrets: Secrets) -> Result<Access, Failure> {
    let reconnect = |what: &str| {
        let detail = format!("{}: no {what} is stored for this account", account.provider);
        Failure::new(FailureClass::Auth, detail).remedy("Reconnect the account.")
    };
    if let Some(token) = secrets.access_token {
        return Ok(Access::Bearer(token));
    }
    let password = secrets.password.ok_or_else(|| reconnect("credential"))?;
    let base: Option<Url> = account.base_url.as_deref().and_then(|base| base.parse().ok());
    let base = base.ok_or_else(|| reconnect("server address"))?;
    Ok(Access::Password { base, username: account.email.clone(), password })
}

/// A database failure in the words of a run.
pub(crate) fn storage(error: &StoreError) -> Failure {
    let class = if matches!(error, StoreError::KeyMismatch { .. }) {
        FailureClass::Configuration
    } else {
        FailureClass::Transient
    };
    Failure::new(class, format!("database: {error}"))
}
