//! tidecal-core
