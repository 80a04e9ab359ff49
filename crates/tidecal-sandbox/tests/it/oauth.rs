use serde_json::{Value, json};

use crate::desk::{ADA, Answer, BEN, CLIENT, Desk, EVENTS, LIST, REDIRECT, SECRET, parameter};

// a verifier with its S256 challenge (RFC 7636 appendix B)
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn error(answer: &Answer) -> (u16, &str, &str) {
    let text = |name: &str| answer.body[name].as_str().unwrap_or("");
    (answer.status, text("error"), text("error_description"))
}

async fn exchange(desk: &Desk, change: &[(&str, &str)], code: &str) -> Answer {
    let usual = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    let mut fields: Vec<(&str, &str)> =
        usual.into_iter().filter(|(name, _)| !change.iter().any(|(own, _)| own == name)).collect();
    fields.extend(change.iter().filter(|(_, value)| *value != "-"));
    desk.form("/token", &fields).await
}

#[tokio::test]
async fn a_code_with_its_verifier_gives_tokens_that_open_the_api() {
    let desk = Desk::new().await;
    let code = desk.approve(ADA, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
    let answer = exchange(&desk, &[("code_verifier", VERIFIER)], &code).await.ok();
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3599);
    assert!(answer.body["refresh_token"].is_string() && answer.body["id_token"].is_string());
    let token = answer.body["access_token"].as_str().unwrap();
    let info = desk.http.get(desk.url("/oauth2/v2/userinfo")).bearer_auth(token).send().await.unwrap();
    let info = Answer::of(info).await.ok();
    assert_eq!((&info.body["email"], &info.body["name"]), (&json!(ADA), &json!("Ada Keller")));
    assert_eq!(info.body["verified_email"], true);
    assert_eq!(info.body["id"].as_str().unwrap().len(), 21);
}

#[tokio::test]
async fn a_wrong_or_missing_verifier_is_an_invalid_grant() {
    let desk = Desk::new().await;
    let code = desk.approve(ADA, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
    let missing = exchange(&desk, &[], &code).await;
    assert_eq!(error(&missing), (400, "invalid_grant", "Missing code verifier."));
    let other = format!("{VERIFIER}x");
    let wrong = exchange(&desk, &[("code_verifier", &other)], &code).await;
    assert_eq!(error(&wrong), (400, "invalid_grant", "Invalid code verifier."));
    // neither attempt used the code up
    exchange(&desk, &[("code_verifier", VERIFIER)], &code).await.ok();
}

#[tokio::test]
async fn a_code_serves_once_and_for_ten_minutes() {
    let desk = Desk::new().await;
    let code = desk.approve(ADA, &[]).await;
    desk.exchange(&code).await.ok();
    assert_eq!(error(&desk.exchange(&code).await), (400, "invalid_grant", "Bad Request"));
    let code = desk.approve(ADA, &[]).await;
    desk.advance(600).await;
    assert_eq!(error(&desk.exchange(&code).await), (400, "invalid_grant", "Bad Request"));
    assert_eq!(error(&desk.exchange("4/made-up").await), (400, "invalid_grant", "Malformed auth code."));
}

#[tokio::test]
async fn wrong_requests_to_the_token_endpoint_are_named_as_the_vendor_names_them() {
    let desk = Desk::new().await;
    let code = desk.approve(ADA, &[]).await;
    for (change, status, name) in [
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("client_id", "somebody-else"), 401, "invalid_client"),
        (("client_secret", "-"), 400, "invalid_request"),
        (("client_id", "-"), 400, "invalid_request"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
        (("grant_type", "-"), 400, "invalid_request"),
        (("code", "-"), 400, "invalid_request"),
        (("redirect_uri", "http://127.0.0.1:9/other"), 400, "redirect_uri_mismatch"),
    ] {
        let answer = exchange(&desk, &[change], &code).await;
        let (got, reason, description) = error(&answer);
        assert_eq!((got, reason), (status, name), "{change:?}");
        assert!(!description.is_empty());
    }
    let answer = desk.http.post(desk.url("/token")).body("{}").send().await.unwrap();
    assert_eq!(Answer::of(answer).await.status, 400);
}

#[tokio::test]
async fn the_client_may_also_authenticate_by_basic() {
    let desk = Desk::new().await;
    let code = desk.approve(ADA, &[]).await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", REDIRECT)];
    let request = desk.http.post(desk.url("/token")).basic_auth(CLIENT, Some(SECRET)).form(&fields);
    Answer::of(request.send().await.unwrap()).await.ok();
}

async fn has_refresh(desk: &Desk, account: &str, extra: &[(&str, &str)]) -> bool {
    let code = desk.approve(account, extra).await;
    desk.exchange(&code).await.ok().body["refresh_token"].is_string()
}

#[tokio::test]
async fn a_refresh_token_comes_with_the_first_offline_consent_or_a_forced_one() {
    let desk = Desk::new().await;
    assert!(!has_refresh(&desk, ADA, &[("access_type", "online")]).await);
    assert!(has_refresh(&desk, BEN, &[]).await);
    assert!(!has_refresh(&desk, BEN, &[]).await, "the second consent brings none");
    assert!(has_refresh(&desk, BEN, &[("prompt", "consent")]).await);
    assert!(has_refresh(&desk, BEN, &[("prompt", "select_account consent")]).await);
    desk.switch(json!({"noRefreshTokenOnReconsent": true})).await;
    assert!(!has_refresh(&desk, BEN, &[("prompt", "consent")]).await);
}

async fn refresh_token(desk: &Desk, account: &str) -> String {
    let code = desk.approve(account, &[("prompt", "consent")]).await;
    desk.exchange(&code).await.ok().body["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn refreshing_gives_an_access_token_and_keeps_the_refresh_token() {
    let desk = Desk::new().await;
    let refresh = refresh_token(&desk, ADA).await;
    for _ in 0..2 {
        let answer = desk.refresh(&refresh).await.ok();
        assert!(answer.body["access_token"].is_string());
        assert_eq!(answer.body.get("refresh_token"), None);
    }
    desk.switch(json!({"rotateRefreshTokens": true})).await;
    let fresh = desk.refresh(&refresh).await.ok().body["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(error(&desk.refresh(&refresh).await).1, "invalid_grant", "the old one is dead");
    desk.refresh(&fresh).await.ok();
}

#[tokio::test]
async fn revoking_either_token_ends_the_whole_grant() {
    let desk = Desk::new().await;
    let refresh = refresh_token(&desk, ADA).await;
    let access = desk.refresh(&refresh).await.body["access_token"].as_str().unwrap().to_owned();
    desk.form("/revoke", &[("token", &access)]).await.ok();
    let gone = desk.refresh(&refresh).await;
    assert_eq!(gone.body, json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}));
    assert_eq!(gone.status, 400);
    let again = desk.form("/revoke", &[("token", &access)]).await;
    assert_eq!(error(&again).1, "invalid_token");
    // the person may do the same from their account page
    let refresh = refresh_token(&desk, ADA).await;
    desk.control("POST", "oauth/revoke", json!({"account": ADA})).await.ok();
    assert_eq!(error(&desk.refresh(&refresh).await).1, "invalid_grant");
}

#[tokio::test]
async fn an_access_token_ends_by_the_sandbox_clock() {
    let desk = Desk::new().await;
    let ada = desk.caller(ADA).await;
    ada.list("").await.ok();
    desk.advance(3598).await;
    ada.list("").await.ok();
    desk.advance(1).await;
    let answer = ada.list("").await;
    assert_eq!(answer.refusal(), (401, "authError"));
    assert_eq!(answer.body["error"]["errors"][0]["location"], "Authorization");
    assert_eq!(answer.body["error"]["status"], "UNAUTHENTICATED");
    assert!(answer.header("www-authenticate").contains("invalid_token"));
    desk.switch(json!({"tokenLifetimeSeconds": 60})).await;
    let short = desk.caller(ADA).await;
    desk.advance(60).await;
    assert_eq!(short.list("").await.status, 401);
}

#[tokio::test]
async fn unknown_and_missing_tokens_are_told_apart() {
    let desk = Desk::new().await;
    let mut nobody = desk.caller(ADA).await;
    nobody.token = "made-up".to_owned();
    assert_eq!(nobody.list("").await.refusal(), (401, "authError"));
    let bare = desk.http.get(desk.url("/calendar/v3/calendars/primary/events")).send().await.unwrap();
    assert_eq!(Answer::of(bare).await.refusal(), (401, "required"));
}

#[tokio::test]
async fn unticked_scopes_are_missing_from_the_answer_and_refused_by_the_api() {
    let desk = Desk::new().await;
    let url = desk.authorize_url(&[("scope", &format!("{EVENTS} {LIST} email"))]);
    let body = json!({"authorizeUrl": url, "account": ADA, "scopes": [EVENTS]});
    let answer = desk.control("POST", "oauth/approve", body).await.ok();
    let code = parameter(answer.body["redirectUrl"].as_str().unwrap(), "code").unwrap();
    let scope = desk.exchange(&code).await.ok().body["scope"].as_str().unwrap().to_owned();
    assert!(scope.contains(EVENTS) && !scope.contains(LIST) && scope.contains("userinfo.email"));
    let ada = desk.caller_for(ADA, EVENTS).await;
    ada.list("").await.ok();
    let refused = ada.get("users/me/calendarList").await;
    assert_eq!(refused.refusal(), (403, "insufficientPermissions"));
    assert_eq!(refused.body["error"]["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    let lister = desk.caller_for(ADA, LIST).await;
    lister.get("users/me/calendarList").await.ok();
    assert_eq!(lister.list("").await.status, 403);
    let reader = desk.caller_for(ADA, "https://www.googleapis.com/auth/calendar.readonly").await;
    reader.list("").await.ok();
    assert_eq!(reader.insert(json!({})).await.status, 403);
}

#[tokio::test]
async fn in_testing_mode_refresh_tokens_die_after_seven_days() {
    let desk = Desk::new().await;
    desk.switch(json!({"refreshTokenLifetimeSeconds": 604_800})).await;
    let code = desk.approve(ADA, &[]).await;
    let answer = desk.exchange(&code).await.ok();
    assert_eq!(answer.body["refresh_token_expires_in"], 604_800);
    let refresh = answer.body["refresh_token"].as_str().unwrap();
    desk.advance(604_799).await;
    assert_eq!(desk.refresh(refresh).await.ok().body["refresh_token_expires_in"], 1);
    desk.advance(1).await;
    assert_eq!(error(&desk.refresh(refresh).await).1, "invalid_grant");
}

#[tokio::test]
async fn the_hundred_and_first_refresh_token_ends_the_oldest() {
    let desk = Desk::new().await;
    let first = refresh_token(&desk, ADA).await;
    let second = refresh_token(&desk, ADA).await;
    for _ in 0..99 {
        refresh_token(&desk, ADA).await;
    }
    assert_eq!(error(&desk.refresh(&first).await).1, "invalid_grant");
    desk.refresh(&second).await.ok();
}

#[tokio::test]
async fn faults_answer_oauth_errors_in_their_own_form() {
    let desk = Desk::new().await;
    let refresh = refresh_token(&desk, ADA).await;
    desk.fault(json!({"operation": "oauth.refresh", "reason": "invalid_grant"})).await;
    desk.fault(json!({"operation": "oauth.refresh", "reason": "internal_failure"})).await;
    desk.fault(json!({"operation": "oauth.refresh", "reason": "invalid_rapt"})).await;
    assert_eq!(error(&desk.refresh(&refresh).await).1, "invalid_grant");
    assert_eq!(desk.refresh(&refresh).await.status, 500);
    let rapt = desk.refresh(&refresh).await;
    assert_eq!(rapt.body["error_subtype"], "invalid_rapt");
    desk.refresh(&refresh).await.ok();
    let lines = desk.control("GET", "ledger?operation=oauth.refresh", Value::Null).await;
    assert_eq!(lines.items().len(), 4);
    assert!(!lines.text.contains(&refresh), "no token in the ledger");
}
