//! tidecal-sandbox
