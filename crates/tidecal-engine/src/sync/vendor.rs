//! The vendor as one run sees it: an open account, retried calls, a token renewed in mid-run.

use tidecal_core::remote::{Failure, FailureClass, ItemRef, Page, PageQuery, RemoteChange};
use tidecal_providers::{Access, Adapter};
use tidecal_store::Account;

use super::retry;
use crate::Engine;
use crate::accounts::{OpenAccount, refresh_if_due};

/// Calls to one calendar.
pub(super) struct Vendor<'a> {
    engine: &'a Engine,
    adapter: &'a dyn Adapter,
    calendar: &'a str,
    open: OpenAccount,
    reopened: bool,
}

impl<'a> Vendor<'a> {
    pub(super) async fn open(
        engine: &'a Engine,
        adapter: &'a dyn Adapter,
        account: Account,
        calendar: &'a str,
    ) -> Result<Self, Failure> {
        let open = OpenAccount::open(engine, account).await?;
        Ok(Self { engine, adapter, calendar, open, reopened: false })
    }

    pub(super) async fn page(&mut self, query: &PageQuery) -> Result<Page, Failure> {
        loop {
            self.keep_fresh().await?;
            let (adapter, calendar, access) = (self.adapter, self.calendar, &self.open.access);
            match retry(self.engine, || adapter.fetch_page(access, calendar, query)).await {
                Err(failure) if self.may_reopen(&failure) => self.reopen().await?,
                other => return other,
            }
        }
    }

    pub(super) async fn items(&mut self, items: &[ItemRef]) -> Result<Vec<RemoteChange>, Failure> {
        loop {
            self.keep_fresh().await?;
            let (adapter, calendar, access) = (self.adapter, self.calendar, &self.open.access);
            match retry(self.engine, || adapter.fetch_items(access, calendar, items)).await {
                Err(failure) if self.may_reopen(&failure) => self.reopen().await?,
                other => return other,
            }
        }
    }

    /// A long run outlives its token.
    async fn keep_fresh(&mut self) -> Result<(), Failure> {
        let account = self.open.account.clone();
        let before = account.token_expiry;
        let account = refresh_if_due(self.engine, account, false).await?;
        if account.token_expiry != before {
            self.open = OpenAccount::open(self.engine, account).await?;
        }
        Ok(())
    }

    /// A token that was thought good is refused: once per run it is replaced, whatever its expiry
    /// said (clocks differ, grants change). A refused password is not tried twice.
    fn may_reopen(&self, failure: &Failure) -> bool {
        failure.class == FailureClass::Auth
            && failure.http_status == Some(401)
            && !self.reopened
            && matches!(self.open.access, Access::Bearer(_))
    }

    async fn reopen(&mut self) -> Result<(), Failure> {
        self.reopened = true;
        self.open = OpenAccount::reopen(self.engine, self.open.account.clone()).await?;
        Ok(())
    }
}
