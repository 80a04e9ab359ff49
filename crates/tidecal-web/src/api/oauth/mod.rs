//! Connecting by a vendor's consent page (requirement R1.4).

pub(crate) mod callback;
pub(crate) mod start;
