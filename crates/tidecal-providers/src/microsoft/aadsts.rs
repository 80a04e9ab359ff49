//! Entra's error numbers (`AADSTS…`) and what they mean.
//!
//! Source: Microsoft's page "Microsoft Entra authentication and authorization error codes". What is
//! not listed is decided by the OAuth word beside the number.

use tidecal_core::remote::FailureClass;

use crate::oauth::CodeRule;

const fn rule(numbers: &'static [u32], class: FailureClass, remedy: &'static str) -> CodeRule {
    CodeRule { numbers, class, remedy }
}

const AUTH: FailureClass = FailureClass::Auth;
const CONFIGURATION: FailureClass = FailureClass::Configuration;

/// The rows, each number in one of them.
pub(super) const CODES: &[CodeRule] = &[
    rule(
        &[7_000_215],
        CONFIGURATION,
        "OUTLOOK_CLIENT_SECRET is not a secret of this app: copy the secret's value, not its id, from Certificates & secrets.",
    ),
    rule(
        &[7_000_222],
        CONFIGURATION,
        "OUTLOOK_CLIENT_SECRET has expired: make a new one under Certificates & secrets and set it. Nobody has to reconnect.",
    ),
    rule(
        &[700_016, 700_011, 90_002, 90_013],
        CONFIGURATION,
        "OUTLOOK_CLIENT_ID is not known in this tenant: compare it and OUTLOOK_TENANT_ID with the app's overview page.",
    ),
    rule(
        &[50_194, 50_020, 9_001_023],
        CONFIGURATION,
        "The app takes accounts of one organisation only: set OUTLOOK_TENANT_ID to that tenant, or let the app accept accounts of any organisation.",
    ),
    rule(&[50_011], CONFIGURATION, "Register the redirect URI exactly as OUTLOOK_REDIRECT_URI says, as type Web."),
    rule(
        &[70_002, 7_000_218, 700_025, 7_000_214],
        CONFIGURATION,
        "The app must be registered as type Web with a client secret: compare it with OUTLOOK_CLIENT_ID and OUTLOOK_CLIENT_SECRET.",
    ),
    rule(
        &[70_011, 28_002, 28_003, 650_053, 650_056],
        CONFIGURATION,
        "Add the delegated permissions Calendars.ReadWrite, User.Read and offline_access to the app.",
    ),
    rule(
        &[900_144, 90_014, 900_561],
        CONFIGURATION,
        "Microsoft did not accept the request: check OUTLOOK_CLIENT_ID and OUTLOOK_REDIRECT_URI.",
    ),
    rule(
        &[700_084],
        AUTH,
        "Reconnect Outlook. The app's redirect URI is of type single-page application, where access ends after a day: register it as type Web to end this.",
    ),
    rule(&[700_082], AUTH, "Reconnect Outlook: access was not used for 90 days."),
    rule(&[50_173, 70_000, 70_008, 54_005], AUTH, "Reconnect Outlook: access was revoked, or it expired."),
    rule(&[70_043], AUTH, "Reconnect Outlook: the organisation asks for a new sign-in from time to time."),
    rule(
        &[50_074, 50_076, 50_078, 50_079, 50_158, 50_072],
        AUTH,
        "Reconnect Outlook: the organisation asks for a second factor.",
    ),
    rule(
        &[53_000, 53_001, 53_002, 53_003, 53_004, 50_131, 530_032, 530_034],
        AUTH,
        "A policy of the organisation blocks this sign-in: ask its administrator, then reconnect.",
    ),
    rule(&[50_057], AUTH, "The account is disabled: ask its administrator, then reconnect."),
    rule(&[50_034, 16_000, 50_058], AUTH, "Reconnect Outlook with an account that exists in this organisation."),
    rule(&[50_055, 50_144], AUTH, "The account's password has expired: set a new one, then reconnect."),
    rule(&[65_001, 65_002], AUTH, "Reconnect and agree on Microsoft's page: consent is missing, or it was withdrawn."),
    rule(&[65_004], AUTH, "Connect again and agree on Microsoft's page."),
    rule(
        &[90_094, 90_093, 900_941, 900_981],
        AUTH,
        "Ask an administrator of the organisation to consent to the app, then connect again.",
    ),
    rule(
        &[50_196, 90_055, 90_033, 90_006, 90_012, 90_024, 50_033, 90_051, 80_007, 20_033],
        FailureClass::Transient,
        "",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_stands_in_one_row() {
        let mut all: Vec<u32> = CODES.iter().flat_map(|rule| rule.numbers.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_a_person_or_an_operator_must_do_is_said() {
        for rule in CODES {
            assert_eq!(rule.remedy.is_empty(), rule.class == FailureClass::Transient, "{:?}", rule.numbers);
        }
    }
}
