//! What the token endpoint answers when it refuses, and what that means (RFC 6749 5.2, and the
//! vendors' additions). Only a dead grant may ever cost a person their connection: everything
//! that is wrong with the app is the operator's matter, everything unknown may pass by itself.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tidecal_core::remote::{Failure, FailureClass};

use super::{CodeRule, Vendor};
use crate::excerpt::{excerpt, excerpt_of_body};

/// At what step of the grant's life the endpoint refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The consent page sent the person back with an error.
    Consent,
    /// A code was exchanged.
    Code,
    /// A refresh token was used; its whole lifetime, if the vendor told.
    Refresh { lifetime: Option<SignedDuration> },
    /// A token was revoked.
    Revoke,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire {
    error: Value,
    error_description: Option<String>,
    #[serde(alias = "suberror")]
    error_subtype: Option<String>,
    error_codes: Vec<Value>,
}

/// An answer that is not a grant.
pub(super) struct Refusal<'a> {
    pub(super) step: Step,
    pub(super) status: u16,
    pub(super) retry_after: Option<SignedDuration>,
    pub(super) body: &'a [u8],
    /// What was sent, so that an echo of it is never shown.
    pub(super) secrets: &'a [&'a SecretString],
}

impl Refusal<'_> {
    pub(super) fn failure(&self, vendor: &Vendor) -> Failure {
        let Some(wire) = serde_json::from_slice::<Wire>(self.body).ok().filter(|wire| !wire.error.is_null()) else {
            return self.without_reason(vendor);
        };
        let (code, said) = reason(&wire, self.secrets);
        let mut detail = format!("{}: {} {code}", vendor.name, self.status);
        if code == "invalid_grant" {
            // The words that the runbook searches for.
            detail.push_str(" (invalid_token)");
        }
        for more in wire.error_subtype.iter().chain(said.iter()) {
            detail.push_str(": ");
            detail.push_str(&excerpt(more, self.secrets));
        }
        for number in &wire.error_codes {
            detail.push_str(&format!(" [{}]", excerpt(&number.to_string(), self.secrets)));
        }
        let subtype = wire.error_subtype.as_deref().unwrap_or_default();
        let rule = self.rule(vendor, &wire);
        let class = rule.map_or_else(|| class_of(self.status, &code), |rule| rule.class);
        let told = rule.map(|rule| rule.remedy).filter(|remedy| !remedy.is_empty());
        Failure {
            remedy: told.map(str::to_owned).or_else(|| remedy(vendor, self.step, &code, subtype, class)),
            http_status: Some(self.status),
            retry_after: self.retry_after,
            outage: class == FailureClass::Transient
                && (self.status >= 500 || rule.is_some() || is_vendors_trouble(&code)),
            vendor_code: Some(code),
            ..Failure::new(class, detail)
        }
    }

    /// What the vendor's numbers say. Redirects carry none but at the beginning of the description.
    fn rule<'v>(&self, vendor: &'v Vendor, wire: &Wire) -> Option<&'v CodeRule> {
        if self.status == 429 || self.status >= 500 {
            return None;
        }
        let told = wire.error_description.as_deref().and_then(|text| text.strip_prefix("AADSTS"));
        let leading = told.and_then(|text| text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        let numbers = wire.error_codes.iter().filter_map(|number| u32::try_from(number.as_u64()?).ok());
        let all: Vec<u32> = numbers.chain(leading.filter(|_| wire.error_codes.is_empty())).collect();
        vendor.codes.iter().find(|rule| rule.numbers.iter().any(|number| all.contains(number)))
    }

    /// No JSON, or JSON without an error: not the vendor's token endpoint speaking.
    fn without_reason(&self, vendor: &Vendor) -> Failure {
        let said = excerpt_of_body(self.body, self.secrets);
        let detail = format!("{}: {} from the token endpoint without a reason: {said}", vendor.name, self.status);
        let class = if self.status == 429 { FailureClass::RateLimited } else { FailureClass::Transient };
        let failure = Failure::new(class, detail).status(self.status).retry_after(self.retry_after);
        if self.status == 429 { failure } else { failure.outage() }
    }
}

/// Code and words: OAuth's `{"error": "code", "error_description"}` or the API's
/// `{"error": {"status", "message"}}`, which front ends send.
fn reason(wire: &Wire, secrets: &[&SecretString]) -> (String, Option<String>) {
    match &wire.error {
        Value::String(code) => (excerpt(code, secrets), wire.error_description.clone()),
        other => {
            let text = |key| other.get(key).and_then(Value::as_str).map(str::to_owned);
            (text("status").unwrap_or_else(|| "error".to_owned()).to_lowercase(), text("message"))
        }
    }
}

fn class_of(status: u16, code: &str) -> FailureClass {
    match code {
        _ if status == 429 => FailureClass::RateLimited,
        "rate_limit_exceeded" | "resource_exhausted" | "slow_down" => FailureClass::RateLimited,
        _ if status >= 500 || is_vendors_trouble(code) => FailureClass::Transient,
        "invalid_grant"
        | "access_denied"
        | "admin_policy_enforced"
        | "org_internal"
        | "interaction_required"
        | "consent_required"
        | "login_required"
        | "account_selection_required" => FailureClass::Auth,
        "invalid_client"
        | "unauthorized_client"
        | "deleted_client"
        | "disabled_client"
        | "redirect_uri_mismatch"
        | "invalid_scope"
        | "invalid_request"
        | "unsupported_grant_type"
        | "unsupported_response_type" => FailureClass::Configuration,
        _ if status == 401 => FailureClass::Configuration,
        _ => FailureClass::Transient,
    }
}

fn is_vendors_trouble(code: &str) -> bool {
    ["internal_failure", "server_error", "temporarily_unavailable", "unavailable", "internal"].contains(&code)
}

fn remedy(vendor: &Vendor, step: Step, code: &str, subtype: &str, class: FailureClass) -> Option<String> {
    let title = vendor.title;
    match class {
        FailureClass::Configuration => Some(app_remedy(vendor, code)),
        FailureClass::Auth => Some(match code {
            "invalid_grant" => dead_grant(vendor, step, subtype),
            "access_denied" => format!("Connect again and allow access on {title}'s page."),
            "admin_policy_enforced" | "org_internal" => {
                format!("Ask the administrator of this {title} organisation to allow the app, then reconnect.")
            }
            _ => format!("Reconnect: {title} asks for a new sign-in."),
        }),
        _ => None,
    }
}

/// For codes that speak of the app, not of a person.
fn app_remedy(vendor: &Vendor, code: &str) -> String {
    let Vendor { title, id_setting, secret_setting, redirect_setting, console, .. } = vendor;
    match code {
        "redirect_uri_mismatch" => {
            format!("Register the redirect URI exactly as {redirect_setting} says at {console}.")
        }
        "unauthorized_client" | "deleted_client" | "disabled_client" => {
            format!("The app of {id_setting} may not be used: check it at {console}.")
        }
        "invalid_scope" => format!("Enable the calendar API and its scopes for the app at {console}."),
        "invalid_request" | "unsupported_grant_type" | "unsupported_response_type" => {
            format!("{title} did not accept the request: check {id_setting} and {redirect_setting}.")
        }
        _ => format!("{title} does not know this app: compare {id_setting} and {secret_setting} with {console}."),
    }
}

fn dead_grant(vendor: &Vendor, step: Step, subtype: &str) -> String {
    let title = vendor.title;
    match step {
        Step::Consent | Step::Code => "Connect again: the sign-in took too long or was used twice.".to_owned(),
        _ if subtype == "invalid_rapt" => {
            format!("Reconnect: the organisation asks for a new sign-in to {title} from time to time.")
        }
        Step::Refresh { lifetime: Some(lifetime) } => match vendor.testing_lifetime {
            Some(testing) if lifetime <= testing => format!(
                "Reconnect {title}. The app's consent screen is in testing mode, where access ends after {} days: \
                 publish it at {} to end this.",
                testing.as_hours() / 24,
                vendor.console
            ),
            _ => format!("Reconnect {title}: access had been granted for a limited time, and that is over."),
        },
        Step::Refresh { lifetime: None } | Step::Revoke => {
            let mut remedy = format!("Reconnect {title}: access was revoked, or it expired.");
            if let Some(testing) = vendor.testing_lifetime {
                let (days, console) = (testing.as_hours() / 24, vendor.console);
                remedy.push_str(&format!(
                    " If this happens every {days} days, the app is still in testing mode: publish it at {console}."
                ));
            }
            remedy
        }
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
