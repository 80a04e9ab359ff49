use serde_json::json;

use super::{SCOPES, aadsts, approve, authorize, code, exchange, token, user_for};
use crate::desk::{ADA, Answer, BEN, Desk, parameter};

#[tokio::test]
async fn a_code_gives_tokens_once_and_every_refresh_a_new_refresh_token() {
    let desk = Desk::new().await;
    let target = approve(&desk, ADA, &[]).await;
    assert_eq!(parameter(&target, "state").unwrap(), "st");
    let code = parameter(&target, "code").unwrap();
    let first = exchange(&desk, &code).await.ok();
    let scope = first.body["scope"].as_str().unwrap();
    assert!(scope.contains("https://graph.microsoft.com/Calendars.ReadWrite") && !scope.contains("offline_access"));
    assert!(first.body["id_token"].is_string());
    assert_eq!(aadsts(&exchange(&desk, &code).await), (400, 54005));
    let old = first.body["refresh_token"].as_str().unwrap();
    let again = token(&desk, &[("grant_type", "refresh_token"), ("refresh_token", old)]).await.ok();
    let new = again.body["refresh_token"].as_str().unwrap();
    assert_ne!(new, old);
    // the old one lives on, so that a lost answer is not fatal
    token(&desk, &[("grant_type", "refresh_token"), ("refresh_token", old)]).await.ok();
    desk.switch(json!({"graph": {"oldRefreshTokensDie": true}})).await;
    token(&desk, &[("grant_type", "refresh_token"), ("refresh_token", new)]).await.ok();
    let dead = token(&desk, &[("grant_type", "refresh_token"), ("refresh_token", new)]).await;
    assert_eq!((aadsts(&dead), dead.body["error"].as_str()), ((400, 70000), Some("invalid_grant")));
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let desk = Desk::new().await;
    let target = approve(&desk, ADA, &[("scope", "Calendars.Read")]).await;
    let answer = exchange(&desk, &parameter(&target, "code").unwrap()).await.ok();
    assert_eq!(answer.body.get("refresh_token"), None);
    assert_eq!(answer.body.get("id_token"), None);
}

#[tokio::test]
async fn wrong_secrets_verifiers_and_tokens_have_their_numbers() {
    let desk = Desk::new().await;
    let one = code(&desk, ADA).await;
    let grant = ("grant_type", "authorization_code");
    for (fields, wanted) in [
        (vec![grant, ("code", &one), ("client_secret", "wrong")], (401, 7_000_215)),
        (vec![grant, ("code", &one), ("client_secret", "")], (401, 7_000_218)),
        (vec![grant, ("code", &one), ("client_id", "00000000-0000-0000-0000-000000000000")], (400, 700_016)),
        (vec![grant, ("code", &one)], (400, 900_144)),
        (vec![grant, ("code", "made-up"), ("code_verifier", "x")], (400, 9_002_313)),
        (vec![grant, ("code", &one), ("code_verifier", "x")], (400, 501_481)),
        (vec![grant, ("code", &one), ("redirect_uri", "http://127.0.0.1:9/other")], (400, 50011)),
        (vec![("grant_type", "password")], (400, 70003)),
        (vec![("grant_type", "refresh_token"), ("refresh_token", "made-up")], (400, 9_002_313)),
    ] {
        let answer = token(&desk, &fields).await;
        assert_eq!(aadsts(&answer), wanted, "{fields:?}");
        let text = answer.body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{}: ", wanted.1)) && text.contains("Trace ID: "));
    }
    exchange(&desk, &one).await.ok();
    let answer = desk.form("/nowhere.test/oauth2/v2.0/token", &[("grant_type", "refresh_token")]).await;
    assert_eq!(aadsts(&answer), (400, 90002));
}

#[tokio::test]
async fn refresh_tokens_age_are_revoked_and_narrow() {
    let desk = Desk::new().await;
    let first = exchange(&desk, &code(&desk, ADA).await).await.ok();
    let refresh = first.body["refresh_token"].as_str().unwrap().to_owned();
    let again = |scope: &'static str| {
        let refresh = refresh.clone();
        let desk = &desk;
        async move { token(desk, &[("grant_type", "refresh_token"), ("refresh_token", &refresh), ("scope", scope)]).await }
    };
    assert_eq!(again("User.Read").await.ok().body["scope"], "https://graph.microsoft.com/User.Read");
    assert_eq!(aadsts(&again("Mail.Send").await), (400, 65001));
    desk.fault(json!({"operation": "entra.refresh", "reason": "AADSTS50076"})).await;
    let asked = again("").await;
    assert_eq!((aadsts(&asked), asked.body["error"].as_str()), ((400, 50076), Some("interaction_required")));
    assert!(asked.body["claims"].as_str().unwrap().contains("access_token"));
    desk.fault(json!({"operation": "entra.refresh", "reason": "temporarily_unavailable"})).await;
    assert_eq!(again("").await.status, 503);
    desk.advance(91 * 24 * 3600).await;
    assert_eq!(aadsts(&again("").await), (400, 700_082));
    let second = exchange(&desk, &code(&desk, ADA).await).await.ok();
    let refresh = second.body["refresh_token"].as_str().unwrap().to_owned();
    desk.control("POST", "oauth/revoke", json!({"account": ADA, "vendor": "microsoft"})).await.ok();
    let answer = token(&desk, &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    assert_eq!(aadsts(&answer), (400, 50173));
}

#[tokio::test]
async fn tenants_and_administrators_have_a_say() {
    let desk = Desk::new().await;
    desk.switch(json!({"graph": {"personalAccounts": [BEN]}})).await;
    let try_as = |tenant: &'static str, account: &'static str| {
        let body = json!({"authorizeUrl": authorize(&desk, tenant, &[]), "account": account});
        let desk = &desk;
        async move { desk.control("POST", "oauth/approve", body).await }
    };
    assert_eq!(try_as("common", BEN).await.status, 200);
    assert_eq!(try_as("consumers", BEN).await.status, 200);
    assert!(try_as("organizations", BEN).await.text.contains("AADSTS50020"));
    assert!(try_as("consumers", ADA).await.text.contains("AADSTS50020"));
    assert_eq!(try_as("example.com", ADA).await.status, 200);
    assert!(try_as("nowhere.test", ADA).await.text.contains("AADSTS90002"));
    desk.switch(json!({"graph": {"adminConsentRequired": true}})).await;
    let target = approve(&desk, ADA, &[]).await;
    assert_eq!(parameter(&target, "error").unwrap(), "consent_required");
    assert!(parameter(&target, "error_description").unwrap().starts_with("AADSTS90094"));
    let admin = format!(
        "/common/v2.0/adminconsent?client_id={}&redirect_uri=http://127.0.0.1:9/callback&state=x",
        super::CLIENT
    );
    let answer = desk.form(&admin, &[("decision", "allow")]).await;
    assert_eq!(parameter(answer.location(), "admin_consent").unwrap(), "True");
    assert!(parameter(&approve(&desk, ADA, &[]).await, "code").is_some());
}

#[tokio::test]
async fn the_consent_page_works_without_scripts() {
    let desk = Desk::new().await;
    let page = Answer::of(desk.http.get(authorize(&desk, "common", &[])).send().await.unwrap()).await.ok();
    assert!(page.text.contains("Permissions requested") && page.text.contains("Have full access to your calendars"));
    let query = authorize(&desk, "common", &[]).split_once('?').unwrap().1.to_owned();
    let form = [("request", query.as_str()), ("account", ADA), ("decision", "allow")];
    let answer = desk.form("/common/oauth2/v2.0/decision", &form).await;
    assert!(parameter(answer.location(), "code").is_some());
    let form = [("request", query.as_str()), ("account", ADA), ("decision", "deny")];
    let denied = desk.form("/common/oauth2/v2.0/decision", &form).await;
    assert_eq!(parameter(denied.location(), "error").unwrap(), "access_denied");
    assert_eq!(parameter(denied.location(), "error_subcode").unwrap(), "cancel");
    for (change, shown) in
        [(("client_id", "x"), "AADSTS700016"), (("redirect_uri", "https://evil.example.com/"), "AADSTS50011")]
    {
        let page = Answer::of(desk.http.get(authorize(&desk, "common", &[change])).send().await.unwrap()).await;
        assert!(page.status == 400 && page.text.contains(shown), "{}", page.text);
    }
    for (change, error) in [
        (("scope", "Calendars.Nonsense"), "invalid_client"),
        (("scope", "https://vault.example.com/x Calendars.Read"), "invalid_scope"),
        (("response_type", "token"), "unsupported_response_type"),
        (("prompt", "none"), "login_required"),
    ] {
        let answer = Answer::of(desk.http.get(authorize(&desk, "common", &[change])).send().await.unwrap()).await;
        assert_eq!(parameter(answer.location(), "error").as_deref(), Some(error), "{change:?}");
    }
}

#[tokio::test]
async fn permissions_and_the_life_of_tokens_are_checked() {
    let desk = Desk::new().await;
    let ada = user_for(&desk, ADA, "offline_access Calendars.Read").await;
    ada.get("me/calendars").await.ok();
    assert_eq!(ada.get("me").await.graph(), (403, "ErrorAccessDenied"));
    assert_eq!(ada.create(super::hour("x", 1, 9)).await.graph(), (403, "ErrorAccessDenied"));
    assert_eq!(ada.get("users/ben%40example.com/events").await.graph(), (403, "ErrorAccessDenied"));
    desk.advance(3601).await;
    let expired = ada.get("me/calendars").await;
    assert_eq!(expired.graph(), (401, "InvalidAuthenticationToken"));
    assert!(expired.body["error"]["message"].as_str().unwrap().contains("expired"));
    assert!(!expired.header("www-authenticate").is_empty());
    let nobody = super::User { desk: &desk, token: "made-up".to_owned() };
    assert_eq!(nobody.get("me").await.graph(), (401, "InvalidAuthenticationToken"));
    let full = super::user_for(&desk, ADA, SCOPES).await;
    assert_eq!(full.get("me").await.ok().body["userPrincipalName"], ADA);
    assert_eq!(full.get("me/mailboxSettings").await.ok().body["timeZone"], "W. Europe Standard Time");
}
