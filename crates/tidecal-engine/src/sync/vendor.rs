//! The vendor as one run sees it: an open account, retried calls, a token renewed in mid-run.

use tidecal_core::policy::token::{Refused, after_refusal};
use tidecal_core::remote::{Failure, ItemRef, Page, PageQuery, QuietWrite, RemoteChange, RemoteWrite};
use tidecal_providers::{Access, Adapter};
use tidecal_store::Account;

use super::retry::{Attempts, retry_with};
use crate::Engine;
use crate::accounts::{OpenAccount, refresh_if_due};

/// Calls to one calendar.
pub(crate) struct Vendor<'a> {
    engine: &'a Engine,
    adapter: &'a dyn Adapter,
    calendar: &'a str,
    open: OpenAccount,
    attempts: Attempts,
    reopened: bool,
}

impl<'a> Vendor<'a> {
    pub(crate) async fn open(
        engine: &'a Engine,
        adapter: &'a dyn Adapter,
        account: Account,
        calendar: &'a str,
        attempts: Attempts,
    ) -> Result<Self, Failure> {
        let open = OpenAccount::open_with(engine, account, attempts).await?;
        Ok(Self { engine, adapter, calendar, open, attempts, reopened: false })
    }

    /// The account as the last call used it.
    pub(crate) fn account(&self) -> &Account {
        &self.open.account
    }

    pub(crate) async fn page(&mut self, query: &PageQuery) -> Result<Page, Failure> {
        loop {
            self.keep_fresh().await?;
            let (adapter, calendar, access) = (self.adapter, self.calendar, &self.open.access);
            match retry_with(self.engine, self.attempts, || adapter.fetch_page(access, calendar, query)).await {
                Err(failure) if self.may_reopen(&failure) => self.reopen().await?,
                other => return other,
            }
        }
    }

    pub(crate) async fn items(&mut self, items: &[ItemRef]) -> Result<Vec<RemoteChange>, Failure> {
        loop {
            self.keep_fresh().await?;
            let (adapter, calendar, access) = (self.adapter, self.calendar, &self.open.access);
            match retry_with(self.engine, self.attempts, || adapter.fetch_items(access, calendar, items)).await {
                Err(failure) if self.may_reopen(&failure) => self.reopen().await?,
                other => return other,
            }
        }
    }

    /// Sent again after an unclear failure, too: its guard makes that harmless.
    pub(crate) async fn write(&mut self, write: &RemoteWrite) -> Result<Vec<RemoteChange>, Failure> {
        loop {
            self.keep_fresh().await?;
            let (adapter, calendar, access) = (self.adapter, self.calendar, &self.open.access);
            match retry_with(self.engine, self.attempts, || adapter.write(access, calendar, write)).await {
                Err(failure) if self.may_reopen(&failure) => self.reopen().await?,
                other => return other,
            }
        }
    }

    /// When writes mail nobody; a server that does not say is taken for one that mails guests.
    pub(crate) async fn quiet_write(&mut self) -> QuietWrite {
        let (adapter, calendar, access) = (self.adapter, self.calendar, &self.open.access);
        let asked = retry_with(self.engine, self.attempts, || adapter.quiet_write(access, calendar)).await;
        asked.unwrap_or(QuietWrite::OnlyWithoutAttendees)
    }

    /// A long run outlives its token.
    async fn keep_fresh(&mut self) -> Result<(), Failure> {
        let account = self.open.account.clone();
        let before = account.token_expiry;
        let account = refresh_if_due(self.engine, account, false, self.attempts).await?;
        if account.token_expiry != before {
            self.open = OpenAccount::open_with(self.engine, account, self.attempts).await?;
        }
        Ok(())
    }

    /// Once per run, as the core says.
    fn may_reopen(&self, failure: &Failure) -> bool {
        let is_token = matches!(self.open.access, Access::Bearer(_));
        after_refusal(failure, is_token, self.reopened) == Refused::ReplaceOnce
    }

    async fn reopen(&mut self) -> Result<(), Failure> {
        self.reopened = true;
        self.open = OpenAccount::reopen(self.engine, self.open.account.clone(), self.attempts).await?;
        Ok(())
    }
}
