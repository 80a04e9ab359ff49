//! tidecal-ical
