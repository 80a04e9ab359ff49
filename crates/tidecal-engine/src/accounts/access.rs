//! Opening an account for a run: unsealing, and refreshing ahead of expiry (requirements R2.1, R2.3).

use jiff::SignedDuration;
use tidecal_core::remote::{Failure, FailureClass};
use tidecal_providers::Access;
use tidecal_store::{Account, Refresh, RefreshedTokens, Secrets, StoreError};
use url::Url;

use crate::Engine;
use crate::sync::retry;

/// How long whoever lost the race for a refresh waits between two looks at the winner's result.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(250);

/// How often; together as long as a refresh with all its retries may take.
const LOOKS: u32 = 120;

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
        let account = refresh_if_due(engine, account, false).await?;
        let secrets = engine.system().account_secrets(&account).await.map_err(|error| storage(&error))?;
        let access = access_from(&account, secrets)?;
        Ok(Self { account, access })
    }

    /// Opens it again with a new token: the vendor did not accept the one it had.
    pub(crate) async fn reopen(engine: &Engine, account: Account) -> Result<Self, Failure> {
        let account = refresh_if_due(engine, account, true).await?;
        let secrets = engine.system().account_secrets(&account).await.map_err(|error| storage(&error))?;
        let access = access_from(&account, secrets)?;
        Ok(Self { account, access })
    }
}

/// Refreshes the account's token if it expires within the vendor's margin (or at once if `force`).
/// One refresh per credential across all nodes: whoever loses the race adopts the result. The new
/// tokens are stored before anyone uses them.
pub(crate) async fn refresh_if_due(engine: &Engine, account: Account, force: bool) -> Result<Account, Failure> {
    let ahead = engine.registry().adapter(account.provider).and_then(|it| it.capabilities().token_refresh_ahead);
    let (Some(ahead), Some(expiry)) = (ahead, account.token_expiry) else { return Ok(account) };
    if !force && expiry.duration_since(engine.now()) > ahead {
        return Ok(account);
    }
    for _ in 0..LOOKS {
        let begun = engine.system().begin_refresh(&account, &engine.config().node, engine.now()).await;
        match begun.map_err(|error| storage(&error))? {
            Refresh::Mine(secrets) => return refresh(engine, &account, secrets).await,
            Refresh::Adopted(account) => return Ok(*account),
            Refresh::Running => engine.clock().sleep(LOOK_AGAIN).await,
        }
    }
    Err(Failure::new(FailureClass::Transient, "tokens: another node has been refreshing this account for too long"))
}

async fn refresh(engine: &Engine, account: &Account, secrets: Secrets) -> Result<Account, Failure> {
    let result = ask_for_tokens(engine, account, secrets).await;
    let stored = match &result {
        Ok(tokens) => engine.system().finish_refresh(account, &engine.config().node, tokens, engine.now()).await,
        Err(_) => engine.system().abandon_refresh(account, &engine.config().node, engine.now()).await,
    };
    result?;
    stored.map_err(|error| storage(&error))
}

async fn ask_for_tokens(engine: &Engine, account: &Account, secrets: Secrets) -> Result<RefreshedTokens, Failure> {
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
    let grant = retry(engine, || oauth.client.refresh(&oauth.app, &refresh_token, None)).await?;
    let now = engine.now();
    Ok(RefreshedTokens {
        access_token: grant.access_token,
        refresh_token: grant.refresh_token,
        token_expiry: now.checked_add(grant.expires_in).unwrap_or(now),
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
