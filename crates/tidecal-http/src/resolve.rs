//! Name look-up under the guard: the addresses that are checked are the very ones that are
//! connected to, so a name cannot change its meaning in between.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::TransportError;
use crate::guard::Rules;

/// How names become addresses.
pub(crate) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The system's resolver.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|name| {
        async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.map(|found| found.ip()).collect()) }.boxed()
    })
}

/// Resolves names; with rules, refuses a name one of whose addresses is closed.
#[derive(Clone)]
pub(crate) struct Resolver {
    pub(crate) lookup: Lookup,
    pub(crate) rules: Option<Arc<Rules>>,
}

impl Resolver {
    /// All addresses of `name`, or the reason why it has none that may be used.
    pub(crate) async fn addresses(&self, name: String) -> Result<Vec<IpAddr>, TransportError> {
        let found = (self.lookup)(name.clone()).await.unwrap_or_default();
        if found.is_empty() {
            return Err(TransportError::Dns { host: name });
        }
        if let Some(rules) = &self.rules {
            for address in &found {
                rules.check_address(&name, *address)?;
            }
        }
        Ok(found)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.addresses(name.as_str().to_owned()).await?;
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Guard;

    fn resolver(answers: &'static [&'static str]) -> Resolver {
        let rules = Rules::new(&Guard::default()).unwrap();
        let lookup: Lookup =
            Arc::new(move |_| async move { Ok(answers.iter().map(|text| text.parse().unwrap()).collect()) }.boxed());
        Resolver { lookup, rules: Some(Arc::new(rules)) }
    }

    #[tokio::test]
    async fn one_closed_address_closes_the_name() {
        let mixed = resolver(&["93.184.216.34", "127.0.0.1"]).addresses("mixed.example.com".into()).await;
        assert!(matches!(mixed, Err(TransportError::Guarded { .. })), "{mixed:?}");
        let public = resolver(&["93.184.216.34", "2606:2800::1"]).addresses("public.example.com".into()).await;
        assert_eq!(public.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_name_without_addresses_is_named() {
        let none = resolver(&[]).addresses("nowhere.example.com".into()).await;
        assert_eq!(none, Err(TransportError::Dns { host: "nowhere.example.com".into() }));
    }
}
