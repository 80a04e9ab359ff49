//! The consent page and the error page a person sees: plain HTML forms that work without scripts.

use std::fmt::Write as _;

use super::authorize::{AuthorizeRequest, Refused};
use super::scopes;
use crate::config::Person;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#f0f4f9;color:#1f1f1f;margin:0;padding:2rem 1rem}\
main{max-width:30rem;margin:0 auto;background:#fff;border-radius:1rem;padding:1.5rem 2rem;box-shadow:0 1px 3px #0003}\
h1{font-size:1.4rem;margin:.2rem 0}fieldset{border:0;padding:0;margin:1.2rem 0}legend{font-weight:600}\
label{display:flex;gap:.6rem;padding:.4rem 0;align-items:baseline}small{color:#5f6368}\
button{font:inherit;padding:.5rem 1.4rem;border-radius:1.2rem;border:1px solid #747775;background:#fff;color:#0b57d0;cursor:pointer}\
button.go{background:#0b57d0;border-color:#0b57d0;color:#fff}footer{display:flex;flex-direction:row-reverse;gap:.6rem}\
@media(prefers-color-scheme:dark){body{background:#131314;color:#e3e3e3}main{background:#1e1f20}small{color:#bdc1c6}\
button{background:#1e1f20;color:#a8c7fa}button.go{background:#a8c7fa;border-color:#a8c7fa;color:#062e6f}}";

/// The consent page: choose a person, tick scopes, allow or deny.
pub(super) fn consent(request: &AuthorizeRequest, query: &str, people: &[Person]) -> String {
    let mut choices = String::new();
    let hinted = request.login_hint.as_deref();
    let chosen = people.iter().position(|person| Some(person.email.as_str()) == hinted).unwrap_or(0);
    for (index, person) in people.iter().enumerate() {
        let checked = if index == chosen { " checked" } else { "" };
        // writing to a String cannot fail
        let _ = write!(
            choices,
            "<label><input type=radio name=account value=\"{email}\"{checked} required><span>{name}<br><small>{email}</small></span></label>",
            email = escape(&person.email),
            name = escape(&person.name),
        );
    }
    let mut ticks = String::new();
    for scope in &request.scopes {
        if let Some(text) = scopes::described(scope) {
            let _ = write!(
                ticks,
                "<label><input type=checkbox name=scope value=\"{scope}\" checked><span>{text}<br><small>{scope}</small></span></label>",
                scope = escape(scope),
                text = escape(text),
            );
        }
    }
    document(
        "Sign in - sandbox",
        &format!(
            "<small>Sandbox: nothing here is real</small><h1>An app wants access to your account</h1>\
<form method=post action=\"/o/oauth2/v2/auth/decision\"><input type=hidden name=request value=\"{}\">\
<fieldset><legend>Choose an account</legend>{choices}</fieldset>\
<fieldset><legend>What the app may do</legend>{ticks}</fieldset>\
<footer><button class=go name=decision value=allow>Allow</button><button name=decision value=deny>Cancel</button></footer></form>",
            escape(query),
        ),
    )
}

/// What a person sees when the request itself is wrong.
pub(super) fn refused(refused: &Refused) -> String {
    document(
        "Access blocked - sandbox",
        &format!(
            "<h1>Access blocked: this app's request is invalid</h1><p>{}</p><p><b>Error {}: {}</b></p>",
            escape(&refused.detail),
            refused.status,
            refused.error
        ),
    )
}

pub(crate) fn document(title: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
<title>{title}</title><style>{STYLE}</style></head><body><main>{main}</main></body></html>"
    )
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
