//! tidecal-store
