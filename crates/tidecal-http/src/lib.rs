//! tidecal-http
