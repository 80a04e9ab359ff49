//! Consent, codes, refreshing.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tidecal_core::remote::FailureClass::{Auth, Configuration, Transient};
use tidecal_providers::Access;
use tidecal_providers::oauth::{OAuthApp, Pkce};

use crate::peer::{ADA, Peer, parameter};

#[tokio::test]
async fn a_consent_becomes_a_lasting_grant_of_a_known_account() {
    let peer = Peer::start().await;
    let pkce = Pkce::from_random([7; 32]);
    let back = peer.consent(&pkce, json!({"account": ADA})).await;
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    let grant = peer.connect_with(ADA, None).await;
    assert!(grant.refresh_token.is_some());
    peer.oauth().client.vendor().require_scopes(&grant.scopes).unwrap();
    let account = peer.adapter().fetch_account(&Access::Bearer(grant.access_token)).await.unwrap();
    assert_eq!(account.email, ADA);
    assert!(!account.subject.is_empty() && account.subject != ADA);
}

#[tokio::test]
async fn a_refused_consent_says_so() {
    let peer = Peer::start().await;
    let back = peer.consent(&Pkce::from_random([7; 32]), Value::Null).await;
    let (error, words) = (parameter(&back, "error").unwrap(), parameter(&back, "error_description"));
    let failure = peer.oauth().client.consent_failure(&error, words.as_deref());
    assert_eq!((failure.class, failure.vendor_code.as_deref()), (Auth, Some("access_denied")));
    assert!(failure.remedy.unwrap().contains("agree"));
}

#[tokio::test]
async fn an_organisation_that_wants_its_administrator_asked_is_named() {
    let peer = Peer::start().await;
    peer.switch(json!({"adminConsentRequired": true})).await;
    let back = peer.consent(&Pkce::from_random([7; 32]), json!({"account": ADA})).await;
    let (error, words) = (parameter(&back, "error").unwrap(), parameter(&back, "error_description"));
    let failure = peer.oauth().client.consent_failure(&error, words.as_deref());
    assert_eq!(failure.class, Auth);
    assert!(failure.remedy.as_deref().unwrap().contains("administrator"), "{failure:?}");
}

#[tokio::test]
async fn a_half_granted_consent_names_what_is_missing_at_once_and_later() {
    let peer = Peer::start().await;
    let grant = peer.connect_with(ADA, Some(&["openid", "offline_access", "User.Read"])).await;
    let early = peer.oauth().client.vendor().require_scopes(&grant.scopes).unwrap_err();
    assert_eq!(early.class, Auth);
    assert!(early.remedy.unwrap().contains("full access to your calendars"));
    let late = peer.adapter().fetch_calendars(&Access::Bearer(grant.access_token)).await.unwrap_err();
    assert_eq!((late.class, late.http_status), (Auth, Some(403)), "{late:?}");
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
        assert_eq!((failure.class, failure.vendor_code.as_deref()), (Auth, Some("invalid_grant")), "{failure:?}");
    }
}

#[tokio::test]
async fn every_refresh_brings_a_new_refresh_token() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let mut refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    for _ in 0..3 {
        let next = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap();
        let rotated = next.refresh_token.unwrap();
        assert_ne!(rotated.expose_secret(), refresh.expose_secret());
        assert_eq!(peer.adapter().fetch_account(&Access::Bearer(next.access_token)).await.unwrap().email, ADA);
        refresh = rotated;
    }
}

#[tokio::test]
async fn a_wrong_or_expired_secret_is_the_operators_matter() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    let wrong = OAuthApp { client_secret: "canary-secret".into(), ..oauth.app.clone() };
    let failure = oauth.client.refresh(&wrong, &refresh, None).await.unwrap_err();
    assert_eq!((failure.class, failure.vendor_code.as_deref()), (Configuration, Some("invalid_client")));
    assert!(failure.remedy.as_deref().unwrap().contains("OUTLOOK_CLIENT_SECRET"));
    assert!(!format!("{failure:?}").contains("canary"));
    oauth.client.check_app(&oauth.app).await.unwrap();
    assert_eq!(oauth.client.check_app(&wrong).await.unwrap_err().class, Configuration);
    oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap();
}

#[tokio::test]
async fn a_revoked_grant_asks_for_a_reconnect_and_says_why() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    for (number, word) in [(50173, "revoked"), (700_082, "90 days"), (50076, "second factor"), (53003, "administrator")]
    {
        let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
        peer.control("POST", "oauth/revoke", json!({"account": ADA, "vendor": "microsoft", "aadsts": number})).await;
        let failure = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap_err();
        assert_eq!(failure.class, Auth, "{number}: {failure:?}");
        assert!(failure.remedy.as_deref().unwrap().contains(word), "{number}: {failure:?}");
    }
}

#[tokio::test]
async fn an_outage_of_the_token_endpoint_disconnects_nobody() {
    let peer = Peer::start().await;
    let oauth = peer.oauth();
    let refresh = peer.connect_with(ADA, None).await.refresh_token.unwrap();
    for fault in [json!({"status": 503}), json!({"status": 500}), json!({"dropConnection": "before"})] {
        let mut fault = fault;
        fault["operation"] = json!("entra.refresh");
        peer.fault(fault.clone()).await;
        let failure = oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap_err();
        assert_eq!(failure.class, Transient, "{fault}: {failure:?}");
    }
    // The grant may have been used up by a lost answer; the old token is good all the same.
    oauth.client.refresh(&oauth.app, &refresh, None).await.unwrap();
}
