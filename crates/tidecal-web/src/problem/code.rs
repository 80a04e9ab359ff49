//! The stable words behind problems, each with its status and title.

use axum::http::StatusCode;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $status:ident, $title:literal;)*) => {
        /// What kind of problem it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in JSON.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// HTTP status.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// Words for people, the same for every problem of this code.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// Nobody is signed in.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    /// Address and password do not belong together.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "Wrong e-mail address or password";
    /// The role does not suffice.
    Forbidden = "forbidden", FORBIDDEN, "Forbidden";
    /// A kill switch is off.
    GateClosed = "gate_closed", FORBIDDEN, "Switched off";
    /// An allowlist does not name the person or connection.
    NotAllowlisted = "not_allowlisted", FORBIDDEN, "Not on the allowlist";
    /// A page of another site made the browser send this.
    CrossSite = "cross_site", FORBIDDEN, "Cross-site request refused";
    /// Not there, or not the caller's.
    NotFound = "not_found", NOT_FOUND, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The remote calendar has a connection.
    AlreadyConnected = "already_connected", CONFLICT, "Connected already";
    /// The sign-in at the vendor was of another account than the one to reconnect.
    DifferentAccount = "different_account", CONFLICT, "Another account";
    /// The same thing exists.
    AlreadyExists = "already_exists", CONFLICT, "Exists already";
    /// The connection is switched off.
    ConnectionDisabled = "connection_disabled", CONFLICT, "The connection is switched off";
    /// A deletion wants `confirm=true`.
    ConfirmationRequired = "confirmation_required", CONFLICT, "Confirmation required";
    /// The vendor no longer accepts the grant or password.
    ReauthRequired = "reauth_required", CONFLICT, "Reconnect the account";
    /// The change would be refused where the event comes from, or never reach it.
    ChangeRefused = "change_refused", CONFLICT, "This cannot be changed here";
    /// Something else hangs on it.
    InUse = "in_use", CONFLICT, "Still in use";
    /// The same request is being carried out.
    RequestRunning = "request_running", CONFLICT, "This request is being carried out";
    /// The object has another version than `If-Match` says.
    VersionMoved = "version_moved", PRECONDITION_FAILED, "Changed meanwhile";
    /// The body is larger than any request needs.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "Body too large";
    /// The body is not JSON by its own account.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type";
    /// A field, parameter or body does not do.
    InvalidInput = "invalid_input", UNPROCESSABLE_ENTITY, "Invalid input";
    /// The key of a request belongs to another one.
    KeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "This key belongs to another request";
    /// No vendor has that word.
    UnknownProvider = "unknown_provider", UNPROCESSABLE_ENTITY, "Unknown provider";
    /// This deployment has no app at the vendor.
    NotSetUp = "not_set_up", UNPROCESSABLE_ENTITY, "Not set up on this server";
    /// The OAuth answer belongs to no flow of this browser.
    StateUnknown = "state_unknown", UNPROCESSABLE_ENTITY, "Sign-in not started here";
    /// The vendor's server said no.
    VendorRefused = "vendor_refused", UNPROCESSABLE_ENTITY, "The calendar server refused";
    /// Too many attempts.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests";
    /// The vendor's rate limit.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Rate limit exceeded";
    /// A defect.
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed";
    /// The vendor did not answer, or not sensibly.
    VendorUnreachable = "vendor_unreachable", BAD_GATEWAY, "The calendar server cannot be reached";
    /// The database did not answer.
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE, "Database unavailable";
    /// The deployment is set up wrongly.
    Misconfigured = "misconfigured", SERVICE_UNAVAILABLE, "The server is set up wrongly";
    /// It took too long.
    Timeout = "timeout", SERVICE_UNAVAILABLE, "It took too long";
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
