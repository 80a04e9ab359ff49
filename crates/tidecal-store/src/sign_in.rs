//! Signing in: people, sessions, one-time links, API keys. Tokens come and go as hashes; the
//! tokens themselves are never stored.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{Row, to_millis, values};
use crate::ids::Ids;
use crate::scope::{Role, SignIn, TenantScope};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its id (`profiles.id`).
    pub id: String,
    /// Address in lower case.
    pub email: String,
    /// Name, or empty.
    pub name: String,
}

/// A signed-in person in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What the person may reach.
    pub scope: TenantScope,
    /// The person.
    pub profile: Profile,
    /// The tenant's name.
    pub tenant_name: String,
}

/// A person who wants to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who it is, in each tenant the person belongs to; the first one is the default.
    pub identities: Vec<Identity>,
    /// Argon2id hash in PHC form; `None`: signs in by other means.
    pub password_hash: Option<String>,
}

/// A session or one-time link to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Hash of its token.
    pub token_hash: String,
    /// Tenant that is active in it.
    pub tenant_id: String,
    /// The person.
    pub profile_id: String,
    /// When it begins.
    pub now: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The browser, as it calls itself; empty for a link.
    pub user_agent: String,
}

/// An API key to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// Tenant.
    pub tenant_id: String,
    /// The person in whose name it acts.
    pub profile_id: String,
    /// What it is for.
    pub name: String,
    /// Hash of the key.
    pub key_hash: String,
    /// What it may do.
    pub role: Role,
    /// Now.
    pub now: Timestamp,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Columns of an [`Identity`].
macro_rules! identity_columns {
    () => {
        "m.tenant_id, m.role, p.id AS profile_id, p.email, p.name, t.name AS tenant_name"
    };
}

fn read_identity(row: &Row) -> Result<Identity, StoreError> {
    let profile = Profile { id: row.text("profile_id")?, email: row.text("email")?, name: row.text("name")? };
    let scope = TenantScope { tenant_id: row.text("tenant_id")?, user_id: profile.id.clone(), role: row.word("role")? };
    Ok(Identity { scope, profile, tenant_name: row.text("tenant_name")? })
}

impl SignIn<'_> {
    /// The person of that address.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<Candidate>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    identity_columns!(),
                    ", p.password_hash FROM profiles p JOIN memberships m ON m.profile_id = p.id \
                      JOIN tenants t ON t.id = m.tenant_id WHERE p.email = $1 ORDER BY m.created_at, m.tenant_id"
                ),
                values![email.trim().to_lowercase()],
            )
            .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let password_hash = first.opt_text("password_hash")?;
        let identities = rows.iter().map(read_identity).collect::<Result<_, _>>()?;
        Ok(Some(Candidate { identities, password_hash }))
    }

    /// Who a person is in a tenant.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_identity(&self, tenant_id: &str, profile_id: &str) -> Result<Option<Identity>, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_optional(
                concat!(
                    "SELECT ",
                    identity_columns!(),
                    " FROM profiles p JOIN memberships m ON m.profile_id = p.id \
                      JOIN tenants t ON t.id = m.tenant_id WHERE m.tenant_id = $1 AND p.id = $2"
                ),
                values![tenant_id, profile_id],
            )
            .await?;
        row.as_ref().map(read_identity).transpose()
    }

    /// Stores a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_session(&self, new: &NewSession) -> Result<(), StoreError> {
        self.insert_token(
            "INSERT INTO sessions (token_hash, tenant_id, profile_id, created_at, expires_at, user_agent) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            new,
        )
        .await
    }

    /// Stores a one-time link.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_signin_link(&self, new: &NewSession) -> Result<(), StoreError> {
        self.insert_token(
            "INSERT INTO signin_links (token_hash, tenant_id, profile_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
            new,
        )
        .await
    }

    async fn insert_token(&self, sql: &'static str, new: &NewSession) -> Result<(), StoreError> {
        let mut values =
            values![&new.token_hash, &new.tenant_id, &new.profile_id, to_millis(new.now), to_millis(new.expires_at),];
        if sql.contains("$6") {
            values.push(new.user_agent.as_str().into());
        }
        let mut tx = self.write().await?;
        tx.execute(sql, values).await?;
        tx.commit().await
    }

    /// Who a live session belongs to.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_session(&self, token_hash: &str, now: Timestamp) -> Result<Option<Identity>, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_optional(
                concat!(
                    "SELECT ",
                    identity_columns!(),
                    " FROM sessions s JOIN memberships m ON m.tenant_id = s.tenant_id AND m.profile_id = s.profile_id \
                      JOIN profiles p ON p.id = s.profile_id JOIN tenants t ON t.id = s.tenant_id \
                      WHERE s.token_hash = $1 AND s.expires_at > $2"
                ),
                values![token_hash, now],
            )
            .await?;
        row.as_ref().map(read_identity).transpose()
    }

    /// Ends a session; does nothing if there is none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_session(&self, token_hash: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.execute("DELETE FROM sessions WHERE token_hash = $1", values![token_hash]).await?;
        tx.commit().await
    }

    /// Uses up a one-time link: who it signs in, or `None` if it is unknown, used or expired.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_signin_link(&self, token_hash: &str, now: Timestamp) -> Result<Option<Identity>, StoreError> {
        let mut tx = self.write().await?;
        let taken = tx
            .fetch_optional(
                "DELETE FROM signin_links WHERE token_hash = $1 AND expires_at > $2 RETURNING tenant_id, profile_id",
                values![token_hash, now],
            )
            .await?;
        tx.commit().await?;
        match taken {
            Some(row) => self.find_identity(row.str("tenant_id")?, row.str("profile_id")?).await,
            None => Ok(None),
        }
    }

    /// Stores an API key; returns its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_api_key(&self, new: &NewApiKey) -> Result<String, StoreError> {
        let id = Ids::new(new.now)?.next();
        let values = values![
            &id,
            &new.tenant_id,
            &new.profile_id,
            &new.name,
            &new.key_hash,
            new.role.as_str(),
            to_millis(new.now),
            new.expires_at,
        ];
        let mut tx = self.write().await?;
        tx.execute(
            "INSERT INTO api_keys (id, tenant_id, profile_id, name, key_hash, role, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            values,
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Who a live API key acts for, with the lesser of the key's and the person's role.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_api_key(&self, key_hash: &str, now: Timestamp) -> Result<Option<Identity>, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_optional(
                concat!(
                    "SELECT ",
                    identity_columns!(),
                    ", k.role AS key_role FROM api_keys k JOIN memberships m ON m.tenant_id = k.tenant_id AND m.profile_id = k.profile_id \
                      JOIN profiles p ON p.id = k.profile_id JOIN tenants t ON t.id = k.tenant_id \
                      WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)"
                ),
                values![key_hash, now],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut identity = read_identity(&row)?;
        identity.scope.role = identity.scope.role.min(row.word("key_role")?);
        Ok(Some(identity))
    }
}
