//! tidecal-ui
