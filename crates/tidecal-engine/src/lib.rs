//! tidecal-engine
