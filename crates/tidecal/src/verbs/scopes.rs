//! On whose behalf a verb acts: an operator sees everybody's, and acts as the one whose it is.

use anyhow::{Context, Result, bail};
use tidecal_store::{Role, Store, SystemScope, TenantScope};

/// Whose calendars: one person's, or everybody's.
pub(super) async fn scopes(store: &Store, user: Option<&str>) -> Result<Vec<TenantScope>> {
    if let Some(email) = user {
        let candidate = store.sign_in().find_user_by_email(email).await?;
        let candidate = candidate.with_context(|| format!("no user has the address {email}"))?;
        let own = |scope: TenantScope| TenantScope { role: Role::Member, ..scope };
        return Ok(candidate.identities.into_iter().map(|identity| own(identity.scope)).collect());
    }
    let tenants = store.system(SystemScope::for_workers()).list_tenants().await?;
    let all = |tenant_id| TenantScope { tenant_id, user_id: String::new(), role: Role::Admin };
    Ok(tenants.into_iter().map(|tenant| all(tenant.id)).collect())
}

/// The person behind a connection, with an administrator's sight.
pub(super) async fn scope_of(store: &Store, connection_id: &str) -> Result<TenantScope> {
    Ok(store.system(SystemScope::for_workers()).scope_of_connection(connection_id).await?)
}

/// The one of these whose id begins so; `list`: the verb that tells the ids.
pub(super) fn one<T>(all: Vec<T>, id: impl Fn(&T) -> &str, prefix: &str, list: &str) -> Result<T> {
    let mut found: Vec<T> = all.into_iter().filter(|it| id(it).starts_with(prefix)).collect();
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (Some(_), more) => bail!("{prefix:?} fits {} of them: give more of the id", more + 1),
        (None, _) => bail!("nothing has an id that begins with {prefix:?}; see `tidecal {list}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_enough_if_it_says_which() {
        let found = |prefix: &str| one(vec!["01a1-1", "01a1-2", "02"], |it| it, prefix, "held list");
        assert_eq!(found("01a1-2").unwrap(), "01a1-2");
        assert_eq!(found("01").unwrap_err().to_string(), "\"01\" fits 2 of them: give more of the id");
        assert!(found("3").unwrap_err().to_string().ends_with("see `tidecal held list`"));
    }
}
