//! Accounts and the calendars they offer: connecting, reconnecting, disconnecting, tokens.

mod access;
mod caldav;
mod calendars;
mod disconnect;
mod oauth;
mod offers;

pub use caldav::CaldavLogin;
pub use calendars::{ConnectCalendar, OfferedCalendar};
pub use oauth::OAuthAnswer;
pub use offers::{ConnectBy, Offer};

pub(crate) use access::{OpenAccount, refresh_if_due, storage};
