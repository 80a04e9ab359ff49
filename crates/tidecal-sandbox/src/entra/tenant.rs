//! Tenants: which path segments exist, and which accounts may sign in below them.

use crate::random::opaque_guid;
use crate::state::World;

/// The tenant of all personal accounts.
pub(crate) const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The id of the sandbox's own organisation.
pub(crate) fn own(world: &World) -> String {
    opaque_guid(world.config.seed, "tenant")
}

/// Whether an account is a personal one (by switch); all others belong to the sandbox's organisation.
pub(crate) fn is_personal(world: &World, email: &str) -> bool {
    world.switches.graph.personal_accounts.iter().any(|own| own.eq_ignore_ascii_case(email))
}

/// The tenant id of an account, as in the `tid` claim.
pub(crate) fn of_account(world: &World, email: &str) -> String {
    if is_personal(world, email) { PERSONAL.to_owned() } else { own(world) }
}

/// The account's object id.
pub(crate) fn object_id(world: &World, email: &str) -> String {
    opaque_guid(world.config.seed, &format!("object {email}"))
}

/// Whether the segment names a tenant at all.
pub(crate) fn exists(world: &World, segment: &str) -> bool {
    matches!(segment, "common" | "organizations" | "consumers")
        || segment == PERSONAL
        || segment.eq_ignore_ascii_case(&own(world))
        || world
            .config
            .people
            .iter()
            .any(|person| person.email.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(segment)))
}

/// Whether an account may sign in below the segment.
pub(crate) fn admits(world: &World, segment: &str, email: &str) -> bool {
    match segment {
        "common" => true,
        "consumers" | PERSONAL => is_personal(world, email),
        _ => !is_personal(world, email),
    }
}
