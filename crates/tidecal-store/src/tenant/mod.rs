//! What people do in their tenant. Another tenant's rows, and for a member other people's, do not
//! exist here: they are "not found".

mod accounts;
mod calendars;
mod connections;
mod events;
mod mappings;
mod oauth_states;
mod requests;

pub use connections::DeletedConnection;
pub use events::{CalendarChoice, WindowRows};
pub use oauth_states::{NewOAuthState, OAuthState};
