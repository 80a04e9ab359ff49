//! Who asks: passwords, sessions in a cookie, API keys as bearer tokens, and a brake on guessing.

mod caller;
pub(crate) mod cookie;
mod password;
mod session;
mod throttle;
mod token;

pub(crate) use caller::{Caller, MaybeCaller, bearer};
pub(crate) use password::verify;
pub use password::{PasswordError, hash_password};
pub(crate) use session::start_session;
pub(crate) use throttle::Throttle;
pub use token::{hash_token, new_token};
