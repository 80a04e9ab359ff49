//! OAuth 2.0 authorization code grant with PKCE (RFC 6749, RFC 7636), the same for every vendor.
//!
//! Here: the app and its addresses as values, requests and answers as values ([`TokenGrant`]), one
//! table from token-endpoint errors to failure classes, and [`OAuthClient`] that sends them. What
//! differs between vendors is data ([`Vendor`]).
//!
//! The crate `oauth2` is not used: its typed answers drop what the classes are decided by
//! (`error_subtype`, `error_codes`, the HTTP status, `Retry-After`).
//!
//! Deliberately not here: keeping tokens, deciding when to refresh, single flight, retries.

mod answer;
mod app;
mod client;
mod form;
mod pkce;
mod refusal;
mod vendor;

pub use answer::TokenGrant;
pub use app::{Endpoints, OAuthApp, OAuthConfig};
pub use client::OAuthClient;
pub use form::Consent;
pub use pkce::Pkce;
pub use vendor::{CodeRule, ScopeNeed, Vendor};
