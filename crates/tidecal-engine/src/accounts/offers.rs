//! Which vendors can be connected here.

use tidecal_core::model::Provider;

use crate::Engine;

/// How an account of a vendor is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectBy {
    /// By the vendor's consent page.
    OAuth,
    /// By address, login and app password.
    Password,
    /// By an address alone.
    Url,
}

impl ConnectBy {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OAuth => "oauth",
            Self::Password => "password",
            Self::Url => "url",
        }
    }
}

/// A vendor, offered or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Vendor.
    pub provider: Provider,
    /// How it is connected.
    pub connect: ConnectBy,
    /// Whether it can be connected on this server.
    pub available: bool,
    /// Why not, and what an operator can do.
    pub reason: Option<String>,
}

impl Engine {
    /// All vendors, in the order in which they are shown.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        Provider::ALL.into_iter().map(|provider| self.offer(provider)).collect()
    }

    fn offer(&self, provider: Provider) -> Offer {
        let connect = match provider {
            Provider::Google | Provider::Outlook => ConnectBy::OAuth,
            Provider::Caldav => ConnectBy::Password,
            Provider::Ics => ConnectBy::Url,
        };
        let reason = match (self.registry().adapter(provider).is_some(), provider) {
            (true, _) => None,
            (false, Provider::Google) => Some("Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.".to_owned()),
            (false, Provider::Outlook) => Some("Set OUTLOOK_CLIENT_ID and OUTLOOK_CLIENT_SECRET.".to_owned()),
            (false, _) => Some("Not in this version yet.".to_owned()),
        };
        Offer { provider, connect, available: reason.is_none(), reason }
    }
}
