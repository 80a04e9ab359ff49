//! Lets go of authorisations that nobody saved (requirement R1.4): an account without a calendar
//! after an hour was a draft, and a grant that nobody uses should not live.

use jiff::SignedDuration;
use tidecal_store::{Account, Role, TenantScope};

use crate::Engine;

/// How long a person may take to choose calendars.
const DRAFT_LIVES: SignedDuration = SignedDuration::from_hours(1);

/// Accounts of one round.
const ROUND: i64 = 50;

/// Revokes and deletes drafts.
pub(crate) async fn sweep(engine: &Engine) {
    let now = engine.now();
    let before = now.checked_sub(DRAFT_LIVES).unwrap_or(now);
    let drafts = match engine.system().list_draft_accounts(before, ROUND).await {
        Ok(drafts) => drafts,
        Err(error) => {
            tracing::error!(category = "calendar_sync", job = "drafts", error_code = "database", %error, "cannot list drafts");
            return;
        }
    };
    for draft in drafts {
        if let Err(error) = engine.delete_account(&owner_of(&draft), &draft.id).await {
            tracing::warn!(category = "calendar_sync", job = "drafts", account_id = %draft.id, %error, "cannot delete a draft");
        }
    }
}

/// The draft's owner, with no more than the owner's own rights.
fn owner_of(draft: &Account) -> TenantScope {
    TenantScope { tenant_id: draft.tenant_id.clone(), user_id: draft.owner_id.clone(), role: Role::Member }
}
