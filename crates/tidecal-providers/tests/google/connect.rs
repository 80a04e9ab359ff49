//! Consent, codes, refreshing, revoking.

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tidecal_core::remote::FailureClass::{Auth, Configuration, RateLimited, Transient};
use tidecal_providers::Access;
use tidecal_providers::oauth::{OAuthApp, Pkce};

use crate::peer::{ADA, Peer, parameter};

const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";

#[tokio::test]
async fn a_consent_becomes_a_lasting_grant_of_a_known_account() {
    let peer = Peer::start().await;
    let pkce = Pkce::from_random([7; 32]);
    let back = peer.consent(&pkce, json!({"account": ADA})).await;
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    let grant = peer.connect_with(ADA, None).await;
    assert!(grant.refresh_token.is_some());
    assert_eq!(grant.expires_in, SignedDuration::from_secs(3599));
    peer.oauth().client.vendor().require_scopes(&grant.scopes).unwrap();
    let account = peer.adapter().fetch_account(&Access::Bearer(grant.access_token)).await.unwrap();
    assert_eq!(account.email, ADA);
    assert!(account.subject.bytes().all(|byte| byte.is_ascii_digit()), "{account:?}");
}

#[tokio::test]
async fn a_refused_consent_says_so() {
    let peer = Peer::start().await;
    let back = peer.consent(&Pkce::from_random([7; 32]), Value::Null).await;
    let failure = peer.oauth().client.consent_failure(&parameter(&back, "error").unwrap(), None);
    assert_eq!((failure.class, failure.vendor_code.as_deref()), (Auth, Some("access_denied")));
}

#[tokio::test]
async fn an_unticked_permission_is_named_at_once_and_later() {
    let peer = Peer::start().await;
    let grant = peer.connect_with(ADA, Some(&[EVENTS])).await;
    let early = peer.oauth().client.vendor().require_scopes(&grant.scopes).unwrap_err();
    assert!(early.remedy.unwrap().contains("See the list of Google calendars"));
    let access = Access::Bearer(grant.access_token);
    let late = peer.adapter().fetch_calendars(&access).await.unwrap_err();
    assert_eq!((late.class, late.http_status), (Auth, Some(403)));
    assert!(late.remedy.unwrap().contains("ticked"));
}

#[tokio::test]
async fn a_code_is_good_once_and_with_its_verifier_only() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let pkce = Pkce::from_random([7; 32]);
    let code = || async {
        let back = peer.consent(&pkce, json!({"account": ADA})).await;
        SecretString::from(parameter(&back, "code").unwrap())
    };
    let first = code().await;
    oauth.client.exchange_code(&oauth.app, &first, &pkce.verifier).await.unwrap();
    let again = oauth.client.exchange_code(&oauth.app, &first, &pkce.verifier).await.unwrap_err();
    let other = Pkce::from_random([8; 32]).verifier;
    let foreign = oauth.client.exchange_code(&oauth.app, &code().await, &other).await.unwrap_err();
    for failure in [again, foreign] {
        assert_eq!((failure.class, failure.vendor_code.as_deref()), (Auth, Some("invalid_grant")));
        assert!(failure.remedy.unwrap().starts_with("Connect again"));
    }
}

#[tokio::test]
async fn a_wrong_app_is_the_operators_matter() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    let wrong_secret = OAuthApp { client_secret: "canary-secret".into(), ..oauth.app.clone() };
    let failure = oauth.client.refresh(&wrong_secret, &refresh, None).await.unwrap_err();
    assert_eq!((failure.class, failure.vendor_code.as_deref()), (Configuration, Some("invalid_client")));
    assert!(failure.remedy.as_deref().unwrap().contains("GOOGLE_CLIENT_SECRET"));
    oauth.client.check_app(&oauth.app).await.unwrap();
    assert_eq!(oauth.client.check_app(&wrong_secret).await.unwrap_err().class, Configuration);
    let pkce = Pkce::from_random([7; 32]);
    let code = parameter(&peer.consent(&pkce, json!({"account": ADA})).await, "code").unwrap().into();
    let elsewhere = OAuthApp { redirect_uri: "http://127.0.0.1:3001/callback".parse().unwrap(), ..oauth.app.clone() };
    let moved = oauth.client.exchange_code(&elsewhere, &code, &pkce.verifier).await.unwrap_err();
    assert_eq!(moved.class, Configuration);
    assert!(moved.remedy.as_deref().unwrap().contains("GOOGLE_REDIRECT_URI"));
    assert!(!format!("{failure:?} {moved:?}").contains("canary"));
}

#[tokio::test]
async fn a_refresh_keeps_the_refresh_token_unless_the_vendor_rotates_it() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let first = peer.connect_with(ADA, None).await;
    let refresh = first.refresh_token.unwrap();
    let second = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap();
    assert!(second.refresh_token.is_none());
    assert_ne!(second.access_token.expose_secret(), first.access_token.expose_secret());
    peer.switch(json!({"rotateRefreshTokens": true})).await;
    let third = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap();
    assert!(third.refresh_token.is_some());
}

#[tokio::test]
async fn a_revoked_grant_asks_for_a_reconnect() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    peer.control("oauth/revoke", json!({"account": ADA})).await;
    let failure = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap_err();
    assert_eq!(failure.class, Auth);
    assert!(failure.detail.contains("invalid_token"), "{}", failure.detail);
    assert!(failure.remedy.unwrap().starts_with("Reconnect Google"));
}

#[tokio::test]
async fn an_app_in_testing_mode_is_told_after_seven_days() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    peer.switch(json!({"refreshTokenLifetimeSeconds": 604_800})).await;
    let grant = peer.connect_with(ADA, None).await;
    let lifetime = grant.refresh_token_expires_in;
    assert_eq!(lifetime, Some(SignedDuration::from_hours(7 * 24)));
    peer.control("clock", json!({"advanceSeconds": 604_801})).await;
    let refresh = grant.refresh_token.unwrap();
    let failure = oauth.client.refresh(&oauth.app, &refresh, lifetime).await.unwrap_err();
    assert_eq!(failure.class, Auth);
    assert!(failure.remedy.unwrap().contains("testing mode"));
}

#[tokio::test]
async fn revoking_ends_the_grant_and_may_be_repeated() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    oauth.client.revoke(&refresh).await.unwrap();
    oauth.client.revoke(&refresh).await.unwrap();
    assert_eq!(oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap_err().class, Auth);
}

#[tokio::test]
async fn trouble_at_the_token_endpoint_disconnects_nobody() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    let rows = [
        (json!({"status": 503}), Transient, true),
        (json!({"status": 500, "body": {"error": "internal_failure"}}), Transient, true),
        (json!({"status": 502, "html": true}), Transient, true),
        (json!({"status": 200, "html": true}), Transient, true),
        (json!({"status": 404, "html": true}), Transient, true),
        (json!({"truncateBodyTo": 20}), Transient, true),
        (json!({"dropConnection": "before"}), Transient, true),
        (json!({"dropConnection": "during"}), Transient, true),
        (
            json!({"status": 429, "body": {"error": "rate_limit_exceeded"}, "headers": {"Retry-After": "30"}}),
            RateLimited,
            false,
        ),
        (json!({"status": 401, "body": {"error": "invalid_client"}}), Configuration, false),
    ];
    for (mut fault, class, outage) in rows {
        fault["operation"] = json!("oauth.refresh");
        peer.fault(fault.clone()).await;
        let failure = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap_err();
        assert_eq!((failure.class, failure.outage), (class, outage), "{fault}: {failure:?}");
        let wait = (class == RateLimited).then(|| SignedDuration::from_secs(30));
        assert_eq!(failure.retry_after, wait, "{fault}");
        assert!(!format!("{failure:?}").contains(refresh.expose_secret()), "{fault}");
    }
    oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap();
}
