//! tidecal-web
