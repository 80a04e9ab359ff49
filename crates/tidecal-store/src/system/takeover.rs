//! A node that was killed comes back under its name: what it held then is free at once.

use crate::StoreError;
use crate::database::values;
use crate::scope::System;

impl System<'_> {
    /// Gives up the leases and the turns to refresh that an earlier process of that name has left.
    /// Should that process still live, its next commit is refused: the epoch rises. Returns how many
    /// leases there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release_leases_of(&self, owner: &str) -> Result<u64, StoreError> {
        let mut tx = self.write_now().await?;
        let leases = tx
            .execute(
                "UPDATE external_calendar_connections SET \
                    lease_owner = NULL, lease_until = NULL, lease_epoch = lease_epoch + 1 WHERE lease_owner = $1",
                values![owner],
            )
            .await?;
        tx.execute(
            "UPDATE calendar_accounts SET refresh_owner = NULL, refresh_until = NULL WHERE refresh_owner = $1",
            values![owner],
        )
        .await?;
        tx.commit().await?;
        Ok(leases)
    }
}
