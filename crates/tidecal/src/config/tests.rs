//! What configuration accepts and what it says about the rest.

use super::*;
use secrecy::ExposeSecret;

fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_values(&Values::collect(environment, None)?)
}

#[test]
fn nothing_set_is_a_working_single_node() {
    let config = config(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:3000/");
    assert_eq!((config.interval_minutes, config.months_back, config.months_ahead), (15, 3, 12));
    assert!(config.google.is_none() && config.gates == GateSettings::default());
}

#[test]
fn a_wrong_value_is_named_with_its_variable() {
    for (name, value) in [
        ("TIDECAL_LISTEN", "3000"),
        ("TIDECAL_PUBLIC_URL", "not a url"),
        ("CALENDAR_SYNC_ENABLED", "maybe"),
        ("CALENDAR_SYNC_INTERVAL_MINUTES", "0"),
        ("CALENDAR_SYNC_MONTHS_BACK", "many"),
        ("TIDECAL_LOG_FORMAT", "xml"),
    ] {
        assert_eq!(config(&[(name, value)]).unwrap_err().variable, name);
    }
    assert_eq!(config(&[("GOOGLE_CLIENT_ID", "x")]).unwrap_err().variable, "GOOGLE_CLIENT_SECRET");
    assert_eq!(config(&[("OUTLOOK_CLIENT_SECRET", "x")]).unwrap_err().variable, "OUTLOOK_CLIENT_ID");
    let app = [("OUTLOOK_CLIENT_ID", "x"), ("OUTLOOK_CLIENT_SECRET", "y"), ("OUTLOOK_TENANT_ID", "../evil")];
    assert_eq!(config(&app).unwrap_err().variable, "OUTLOOK_TENANT_ID");
}

#[test]
fn an_outlook_app_takes_everybody_unless_told_otherwise() {
    let app = |tenant: &str| {
        let pairs = [("OUTLOOK_CLIENT_ID", "x"), ("OUTLOOK_CLIENT_SECRET", "y"), ("OUTLOOK_TENANT_ID", tenant)];
        config(&pairs).unwrap().outlook.unwrap()
    };
    assert_eq!(app("").tenant, "common");
    assert_eq!(app("contoso.example.com").tenant, "contoso.example.com");
    assert_eq!(app("").redirect_uri.as_str(), "http://127.0.0.1:3000/api/calendar/oauth/outlook/callback");
}

#[test]
fn the_first_key_seals_and_the_others_only_open() {
    let config = config(&[
        ("NEXTAUTH_SECRET", "third"),
        ("ENCRYPTION_KEY", "second"),
        ("CALENDAR_OAUTH_ENCRYPTION_KEYS_OLD", "fourth, fifth"),
    ])
    .unwrap();
    assert_eq!(config.key.unwrap().expose_secret(), "second");
    let old: Vec<&str> = config.old_keys.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(old, ["third", "fourth", "fifth"]);
}

#[test]
fn a_list_that_is_set_but_empty_is_empty_and_not_unset() {
    let name = "CALENDAR_ALLOWLIST_PROVIDER_IDS";
    assert_eq!(config(&[]).unwrap().gates.people, None);
    assert_eq!(config(&[(name, "")]).unwrap().gates.people, Some(BTreeSet::new()));
    let two = config(&[(name, "a, b")]).unwrap().gates.people.unwrap();
    assert_eq!(two.into_iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn an_empty_switch_keeps_its_default() {
    let config = config(&[("TIDECAL_ALLOW_PRIVATE_NETWORKS", ""), ("CALENDAR_JOBS_ENABLED", "")]).unwrap();
    assert!(!config.allow_private && config.gates.jobs);
}

#[test]
fn the_environment_wins_over_the_file_and_unknown_names_in_the_file_are_errors() {
    let environment = [("TIDECAL_LISTEN".to_owned(), "127.0.0.1:4000".to_owned())];
    let file = "TIDECAL_LISTEN = \"127.0.0.1:5000\"\nCALENDAR_SYNC_MONTHS_BACK = 6\nCALENDAR_JOBS_ENABLED = false";
    let values = Values::collect(environment.into_iter(), Some(file)).unwrap();
    let config = Config::from_values(&values).unwrap();
    assert_eq!((config.listen.port(), config.months_back, config.gates.jobs), (4000, 6, false));
    let unknown = Values::collect(std::iter::empty(), Some("CALENDAR_SINK = 1")).unwrap_err();
    assert_eq!(unknown.variable, "CALENDAR_SINK");
}
