//! Requests that carry a key are answered once: the same request again gets the same answer.

use jiff::Timestamp;

use crate::StoreError;
use crate::database::{to_millis, values};
use crate::scope::Tenant;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownRequest {
    /// Nothing: carry the request out, then call [`Tenant::finish_request`], or
    /// [`Tenant::abandon_request`] if it may be tried again.
    New,
    /// The same request was answered like this.
    Answered {
        /// HTTP status.
        status: i64,
        /// Body.
        body: String,
    },
    /// The same request is being carried out.
    Running,
    /// The key belongs to another request.
    Different,
}

impl Tenant<'_> {
    /// Claims a key for a request of the person; `request_hash` tells requests apart.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin_request(
        &self,
        key: &str,
        request_hash: &str,
        now: Timestamp,
    ) -> Result<KnownRequest, StoreError> {
        let mut tx = self.write().await?;
        let inserted = tx
            .execute(
                "INSERT INTO idempotency_keys (tenant_id, profile_id, idempotency_key, request_hash, created_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                values![self.tenant_id(), &self.scope.user_id, key, request_hash, to_millis(now)],
            )
            .await?;
        let row = tx
            .fetch_one(
                "key",
                "SELECT request_hash, status, body FROM idempotency_keys \
                 WHERE tenant_id = $1 AND profile_id = $2 AND idempotency_key = $3",
                values![self.tenant_id(), &self.scope.user_id, key],
            )
            .await?;
        tx.commit().await?;
        if inserted > 0 {
            return Ok(KnownRequest::New);
        }
        if row.str("request_hash")? != request_hash {
            return Ok(KnownRequest::Different);
        }
        Ok(match row.opt_int("status")? {
            Some(status) => KnownRequest::Answered { status, body: row.opt_text("body")?.unwrap_or_default() },
            None => KnownRequest::Running,
        })
    }

    /// Remembers how the request with that key was answered.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish_request(&self, key: &str, status: i64, body: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.execute(
            "UPDATE idempotency_keys SET status = $4, body = $5 \
             WHERE tenant_id = $1 AND profile_id = $2 AND idempotency_key = $3",
            values![self.tenant_id(), &self.scope.user_id, key, status, body],
        )
        .await?;
        tx.commit().await
    }

    /// Forgets a request that was not carried out, so that it may be tried again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn abandon_request(&self, key: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.execute(
            "DELETE FROM idempotency_keys \
             WHERE tenant_id = $1 AND profile_id = $2 AND idempotency_key = $3 AND status IS NULL",
            values![self.tenant_id(), &self.scope.user_id, key],
        )
        .await?;
        tx.commit().await
    }
}
