//! Requests, and answers that are not about events.

use super::*;
use serde_json::json;
use tidecal_core::policy::Window;

fn base() -> Url {
    Url::parse("https://graph.example.com/v1.0/").unwrap()
}

fn token() -> SecretString {
    SecretString::from("EwB.canary")
}

fn stretch() -> Stretch {
    let window = Window { from: "2026-08-21T00:00:00Z".parse().unwrap(), to: "2027-11-20T10:00:00Z".parse().unwrap() };
    Stretch::wanted(&window)
}

#[test]
fn a_first_delta_names_its_stretch_and_nothing_else() {
    let token = token();
    let way = Way { base: &base(), token: &token };
    let request = way.request((Method::GET, &delta("AA/B+C=", &stretch()), Bytes::new()), None).unwrap();
    assert_eq!(
        request.uri().to_string(),
        "https://graph.example.com/v1.0/me/calendars/AA%2FB%2BC%3D/calendarView/delta\
         ?startDateTime=2026-08-21T00%3A00%3A00Z&endDateTime=2028-02-19T00%3A00%3A00Z"
    );
    let prefer = request.headers()["prefer"].to_str().unwrap();
    for wish in ["IdType=\"ImmutableId\"", "outlook.timezone=\"UTC\"", "odata.maxpagesize=500"] {
        assert!(prefer.contains(wish), "{prefer}");
    }
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer EwB.canary");
    assert!(!format!("{request:?}").contains("canary"), "the header is marked as sensitive");
}

#[test]
fn an_event_is_asked_for_with_its_exceptions_and_marks() {
    let path = event("c", "e");
    assert!(path.starts_with("me/calendars/c/events/e?$select=id,changeKey,"), "{path}");
    assert!(path.contains("cancelledOccurrences&$expand=singleValueExtendedProperties%28$filter%3Did%20eq"), "{path}");
    assert!(!path.contains([' ', '+']), "{path}");
}

#[test]
fn tokens_go_nowhere_but_to_graph() {
    let (base, token) = (base(), token());
    let way = Way { base: &base, token: &token };
    assert!(way.trusted("https://graph.example.com/v1.0/me/calendarView/delta?$skiptoken=x"));
    for link in [
        "https://graph.example.org/v1.0/me",
        "http://graph.example.com/v1.0/me",
        "https://graph.example.com:8443/v1.0/me",
        "https://graph.example.com@evil.test/v1.0/me",
        "https://graph.example.com/beta/me",
        "https://graph.example.com.evil.test/v1.0/me",
        "/v1.0/me",
        "",
    ] {
        assert!(!way.trusted(link), "{link}");
    }
}

#[test]
fn calendars_come_with_colours_and_rights() {
    let body = json!({"value": [
        {"id": "a", "name": "Calendar", "color": "auto", "hexColor": "", "canEdit": true, "isDefaultCalendar": true},
        {"id": "b", "name": "Team", "color": "lightBlue", "hexColor": "", "canEdit": true},
        {"id": "c", "name": " ", "hexColor": "#E3008C", "canEdit": false},
        {"name": "without id"}, 7,
    ], "@odata.nextLink": "https://graph.example.com/v1.0/me/calendars?$skip=4"});
    let (calendars, next) = parse_calendars(body.to_string().as_bytes()).unwrap();
    let seen: Vec<_> =
        calendars.iter().map(|c| (c.id.as_str(), c.name.as_str(), c.color.as_deref(), c.access)).collect();
    assert_eq!(
        seen,
        [
            ("a", "Calendar", None, AccessRole::Writer),
            ("b", "Team", Some("#a6d1f5"), AccessRole::Writer),
            ("c", "c", Some("#e3008c"), AccessRole::Reader),
        ]
    );
    assert!(calendars[0].primary && next.is_some());
    assert!(parse_calendars(b"{}").is_err() && parse_calendars(b"<html>").is_err());
}

#[test]
fn an_account_is_its_id_and_a_guest_has_a_sign_in_name_only() {
    let account = parse_account(br#"{"id":"117","mail":"ada@example.com","displayName":"Ada"}"#).unwrap();
    assert_eq!(
        (account.subject.as_str(), account.email.as_str(), account.name.as_str()),
        ("117", "ada@example.com", "Ada")
    );
    let personal = parse_account(br#"{"id":"118","mail":null,"userPrincipalName":"ben@example.org"}"#).unwrap();
    assert_eq!(personal.email, "ben@example.org");
    assert!(parse_account(br#"{"mail":"ada@example.com"}"#).is_err());
    assert_eq!(parse_owner(br#"{"owner":{"address":"Ada@Example.com"}}"#).unwrap(), "ada@example.com");
}
