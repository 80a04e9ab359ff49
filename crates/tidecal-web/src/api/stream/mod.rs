//! What happens right now.

pub(crate) mod listen;
