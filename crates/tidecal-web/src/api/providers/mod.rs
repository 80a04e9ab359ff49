//! Vendors.

pub(crate) mod list;
