//! tidecal-providers
