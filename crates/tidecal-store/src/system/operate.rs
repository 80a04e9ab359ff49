//! The operator's side: tenants and people, all connections, the health of the deployment, keys.

use jiff::Timestamp;

use super::{ACCESS_TOKEN, PASSWORD, REFRESH_TOKEN};
use crate::database::{to_millis, values};
use crate::ids::Ids;
use crate::record::{Connection, HealthRow, connection_columns, health_columns, read_connection, read_health};
use crate::scope::{Role, System, TenantScope};
use crate::{SealContext, StoreError};

/// A person to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// Address; compared in lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// Argon2id hash in PHC form; `None`: signs in by other means.
    pub password_hash: Option<String>,
    /// What the person may do.
    pub role: Role,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRow {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl System<'_> {
    /// Makes a tenant and its owner. A person who is known by that address keeps the profile.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_tenant_with_owner(
        &self,
        name: &str,
        owner: &NewMember,
        now: Timestamp,
    ) -> Result<TenantScope, StoreError> {
        let now = to_millis(now);
        let tenant_id = Ids::new(now)?.next();
        let mut tx = self.write_now().await?;
        tx.execute("INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)", values![&tenant_id, name, now])
            .await?;
        let user_id = insert_member(&mut tx, &tenant_id, owner, now).await?;
        tx.commit().await?;
        Ok(TenantScope { tenant_id, user_id, role: owner.role })
    }

    /// Adds a person to a tenant.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if the person belongs to it already, [`StoreError::NotFound`] without
    /// such a tenant.
    pub async fn add_member(
        &self,
        tenant_id: &str,
        member: &NewMember,
        now: Timestamp,
    ) -> Result<TenantScope, StoreError> {
        let now = to_millis(now);
        let mut tx = self.write_now().await?;
        tx.fetch_one("tenant", "SELECT 1 AS one FROM tenants WHERE id = $1", values![tenant_id]).await?;
        let user_id = insert_member(&mut tx, tenant_id, member, now).await?;
        tx.commit().await?;
        Ok(TenantScope { tenant_id: tenant_id.to_owned(), user_id, role: member.role })
    }

    /// All tenants, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_tenants(&self) -> Result<Vec<TenantRow>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx.fetch_all("SELECT id, name, created_at FROM tenants ORDER BY id", Vec::new()).await?;
        rows.iter()
            .map(|row| {
                Ok(TenantRow { id: row.text("id")?, name: row.text("name")?, created_at: row.time("created_at")? })
            })
            .collect()
    }

    /// The scope of the person behind a connection with an admin's sight, so that an operator's
    /// command goes the way that the API goes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn scope_of_connection(&self, connection_id: &str) -> Result<TenantScope, StoreError> {
        let mut tx = self.read().await?;
        let row = tx
            .fetch_one(
                "connection",
                "SELECT tenant_id, provider_id FROM external_calendar_connections WHERE id = $1",
                values![connection_id],
            )
            .await?;
        Ok(TenantScope { tenant_id: row.text("tenant_id")?, user_id: row.text("provider_id")?, role: Role::Admin })
    }

    /// All connections of the deployment after the given id, in the order of their ids.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list_connections(&self, after: Option<&str>, limit: i64) -> Result<Vec<Connection>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                concat!(
                    "SELECT ",
                    connection_columns!(),
                    " FROM external_calendar_connections c \
                      JOIN calendar_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id \
                      WHERE c.id > $1 ORDER BY c.id LIMIT $2"
                ),
                values![after.unwrap_or(""), limit],
            )
            .await?;
        rows.iter().map(read_connection).collect()
    }

    /// Health of the whole deployment, without names.
    ///
    /// # Errors
    /// What the database says.
    pub async fn health(&self) -> Result<Vec<HealthRow>, StoreError> {
        let mut tx = self.read().await?;
        let rows = tx.fetch_all(concat!("SELECT ", health_columns!(), " ORDER BY c.id"), Vec::new()).await?;
        rows.iter().map(|row| read_health(row, false)).collect()
    }

    /// Whether every stored credential can be opened with the configured keys: a wrong key is
    /// found at the start, not at the first sync.
    ///
    /// # Errors
    /// [`StoreError::KeyMismatch`].
    pub async fn check_keys(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        let rows = tx
            .fetch_all(
                "SELECT DISTINCT SUBSTR(COALESCE(access_token, refresh_token, password), 1, 5) AS head \
                 FROM calendar_accounts WHERE COALESCE(access_token, refresh_token, password) IS NOT NULL",
                Vec::new(),
            )
            .await?;
        for row in rows {
            self.store.key_ring().check_head(&row.bytes("head")?)?;
        }
        Ok(())
    }

    /// Seals anew, with the first key, the credentials of up to `limit` accounts after the given
    /// id; returns the last id that was looked at, `None` at the end.
    ///
    /// # Errors
    /// What cannot be opened, or what the database says.
    pub async fn reseal_accounts(&self, after: Option<&str>, limit: i64) -> Result<Option<String>, StoreError> {
        let keys = self.store.key_ring();
        let mut tx = self.write().await?;
        let rows = tx
            .fetch_all(
                "SELECT id, tenant_id, access_token, refresh_token, password FROM calendar_accounts \
                 WHERE id > $1 ORDER BY id LIMIT $2 {for_update}",
                values![after.unwrap_or(""), limit],
            )
            .await?;
        let mut last = None;
        for row in rows {
            let (id, tenant) = (row.text("id")?, row.text("tenant_id")?);
            let mut sealed = Vec::with_capacity(3);
            for column in [ACCESS_TOKEN, REFRESH_TOKEN, PASSWORD] {
                let context = SealContext { tenant: &tenant, account: &id, column };
                sealed.push(match row.opt_bytes(column)? {
                    Some(old) if keys.is_outdated(&old) => Some(keys.seal(&keys.open(&old, context)?, context)?),
                    other => other,
                });
            }
            let [access, refresh, password] = <[_; 3]>::try_from(sealed).map_err(|_| StoreError::SealBroken)?;
            // The credentials stay the same: their version does not rise.
            tx.execute(
                "UPDATE calendar_accounts SET access_token = $3, refresh_token = $4, password = $5 \
                 WHERE tenant_id = $1 AND id = $2",
                values![&tenant, &id, access, refresh, password],
            )
            .await?;
            last = Some(id);
        }
        tx.commit().await?;
        Ok(last)
    }
}

async fn insert_member(
    tx: &mut crate::database::Tx,
    tenant_id: &str,
    member: &NewMember,
    now: Timestamp,
) -> Result<String, StoreError> {
    let email = member.email.trim().to_lowercase();
    let known = tx.fetch_optional("SELECT id FROM profiles WHERE email = $1", values![&email]).await?;
    let id = match known {
        Some(row) => row.text("id")?,
        None => {
            let id = Ids::new(now)?.next();
            let values = values![&id, &email, &member.name, &member.password_hash, now];
            tx.execute(
                "INSERT INTO profiles (id, email, name, password_hash, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $5)",
                values,
            )
            .await?;
            id
        }
    };
    let inserted = tx
        .execute(
            "INSERT INTO memberships (tenant_id, profile_id, role, created_at) VALUES ($1, $2, $3, $4)",
            values![tenant_id, &id, member.role.as_str(), now],
        )
        .await;
    match inserted {
        Err(error) if error.is_unique_violation() => Err(StoreError::Exists("member")),
        other => other.map(|_| id),
    }
}
