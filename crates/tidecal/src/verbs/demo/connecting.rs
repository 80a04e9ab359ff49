//! What the demo's people do in the browser: consent or sign in, then connect every calendar that is offered.

use anyhow::{Context, Result, bail};
use secrecy::SecretString;
use serde_json::json;
use tidecal_core::model::Provider;
use tidecal_engine::{CaldavLogin, ConnectCalendar, Engine, OAuthAnswer};
use tidecal_http::Transport;
use tidecal_store::{Account, Connection, ConnectionPatch, SyncDirection, TenantScope};
use url::Url;

/// Names of the calendars that become one: what the team has at each vendor. The first one found makes
/// the local calendar, so Google's comes first and is the home of meetings.
const SHARED: [&str; 2] = ["Team Atlas", "Team"];

/// A person of the demo, and the way to the sandbox.
pub(super) struct Connecting<'a> {
    pub(super) engine: &'a Engine,
    pub(super) transport: &'a Transport,
    pub(super) sandbox: &'a Url,
    pub(super) caldav_password: &'a str,
    pub(super) scope: &'a TenantScope,
    pub(super) email: &'a str,
}

impl Connecting<'_> {
    /// Google alone.
    pub(super) async fn google(&self) -> Result<()> {
        let account = self.consent(Provider::Google).await?;
        self.calendars(&account, None).await.map(drop)
    }

    /// Google, Outlook and CalDAV; what the team has at each of them is one calendar, both ways.
    pub(super) async fn everything(&self) -> Result<()> {
        let google = self.consent(Provider::Google).await?;
        let team = self.calendars(&google, None).await?;
        let outlook = self.consent(Provider::Outlook).await?;
        let team = self.calendars(&outlook, team).await?;
        let login = CaldavLogin {
            url: self.sandbox.to_string(),
            username: self.email.to_owned(),
            password: SecretString::from(self.caldav_password),
            account_id: None,
        };
        let caldav = self.engine.connect_caldav(self.scope, login).await?;
        self.calendars(&caldav, team).await.map(drop)
    }

    /// Connects what the account offers, the shared calendar to the local one that is given. Answers the
    /// shared calendar's.
    async fn calendars(&self, account: &Account, team: Option<String>) -> Result<Option<String>> {
        let mut team = team;
        for offered in self.engine.offered_calendars(self.scope, &account.id).await? {
            let is_shared = SHARED.contains(&offered.calendar.name.as_str());
            let request = ConnectCalendar {
                account_id: account.id.clone(),
                external_calendar_id: offered.calendar.id,
                name: None,
                calendar_id: team.clone().filter(|_| is_shared),
                enabled: true,
            };
            let connection = self.engine.connect_calendar(self.scope, request).await?;
            if is_shared {
                self.write_out(&connection).await?;
                team = Some(connection.calendar_id);
            }
        }
        Ok(team)
    }

    /// Chooses "both ways" where that can be chosen.
    async fn write_out(&self, connection: &Connection) -> Result<()> {
        if self.engine.directions_of(connection).contains(&SyncDirection::Bidirectional) {
            let patch =
                ConnectionPatch { sync_direction: Some(SyncDirection::Bidirectional), ..ConnectionPatch::default() };
            self.engine.update_connection(self.scope, &connection.id, &patch).await?;
        }
        Ok(())
    }

    async fn consent(&self, provider: Provider) -> Result<Account> {
        let session = format!("demo-{}-{}", provider.as_str(), self.email);
        let consent = self.engine.begin_oauth(self.scope, &session, provider, None).await?;
        let answer = self.approve(&consent).await?;
        Ok(self.engine.complete_oauth(&session, provider, answer).await?)
    }

    /// Clicks "Allow" on the sandbox's consent page, without a browser.
    async fn approve(&self, consent: &Url) -> Result<OAuthAnswer> {
        let body = json!({ "authorizeUrl": consent.as_str(), "account": self.email }).to_string();
        let request = http::Request::post(self.sandbox.join("/_sandbox/oauth/approve")?.as_str())
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body.into())?;
        let response = self.transport.send(request).await?;
        let answer: serde_json::Value = serde_json::from_slice(response.body()).context("the sandbox's answer")?;
        let Some(url) = answer["redirectUrl"].as_str() else { bail!("the sandbox did not agree: {answer}") };
        let url: Url = url.parse()?;
        let parameter =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        Ok(OAuthAnswer {
            state: parameter("state").unwrap_or_default(),
            code: parameter("code").map(SecretString::from),
            error: parameter("error"),
            error_description: parameter("error_description"),
        })
    }
}
