//! The pages a person sees: plain HTML forms that work without scripts.

use std::fmt::Write as _;

use url::Url;

use super::authorize::AuthorizeRequest;
use super::errors::EntraError;
use super::{scopes, tenant};
use crate::oauth::page::{document, escape};
use crate::state::World;

/// The consent page: choose a person, accept or cancel. Single permissions cannot be left out here.
pub(super) fn consent(world: &World, request: &AuthorizeRequest, query: &str) -> String {
    let mut choices = String::new();
    let hinted = request.login_hint.as_deref();
    let people: Vec<_> =
        world.config.people.iter().filter(|person| tenant::admits(world, &request.tenant, &person.email)).collect();
    let chosen = people.iter().position(|person| Some(person.email.as_str()) == hinted).unwrap_or(0);
    for (index, person) in people.iter().enumerate() {
        let checked = if index == chosen { " checked" } else { "" };
        let kind = if tenant::is_personal(world, &person.email) { "personal account" } else { "work account" };
        // writing to a String cannot fail
        let _ = write!(
            choices,
            "<label><input type=radio name=account value=\"{email}\"{checked} required><span>{name}<br><small>{email}, {kind}</small></span></label>",
            email = escape(&person.email),
            name = escape(&person.name),
        );
    }
    let mut wishes = String::new();
    for scope in &request.scopes {
        let _ = write!(wishes, "<li>{}</li>", escape(scopes::described(scope)));
    }
    let action = format!("/{}/oauth2/v2.0/decision", escape(&request.tenant));
    document(
        "Permissions requested - sandbox",
        &format!(
            "<small>Sandbox: nothing here is real</small><h1>Permissions requested</h1>\
<form method=post action=\"{action}\"><input type=hidden name=request value=\"{}\">\
<fieldset><legend>Pick an account</legend>{choices}</fieldset>\
<fieldset><legend>This app would like to</legend><ul>{wishes}</ul></fieldset>\
<footer><button class=go name=decision value=allow>Accept</button><button name=decision value=deny>Cancel</button></footer></form>",
            escape(query),
        ),
    )
}

/// The administrator's page for the whole organisation.
pub(super) fn admin(action: &str) -> String {
    document(
        "Permissions requested - sandbox",
        &format!(
            "<small>Sandbox: nothing here is real</small><h1>Review for your organisation</h1>\
<form method=post action=\"{}\"><p>Allow this app for everybody in the organisation?</p>\
<footer><button class=go name=decision value=allow>Accept</button><button name=decision value=deny>Cancel</button></footer></form>",
            escape(action),
        ),
    )
}

/// What a person sees when the request itself is wrong.
pub(super) fn refused(error: &EntraError) -> String {
    document(
        "Sign in - sandbox",
        &format!(
            "<h1>Sorry, but we're having trouble signing you in.</h1><p><b>AADSTS{}: {}</b></p>",
            error.code,
            escape(&error.message)
        ),
    )
}

/// `response_mode=form_post`: a form with the parameters of a redirect. The vendor's posts itself by script.
pub(super) fn posted(target: &str) -> String {
    let Ok(mut url) = Url::parse(target) else {
        return String::new();
    };
    let mut fields = String::new();
    for (name, value) in url.query_pairs() {
        let _ = write!(fields, "<input type=hidden name=\"{}\" value=\"{}\">", escape(&name), escape(&value));
    }
    url.set_query(None);
    document(
        "Working... - sandbox",
        &format!(
            "<form method=post action=\"{}\">{fields}<button class=go>Continue</button></form><script>document.forms[0].submit()</script>",
            escape(url.as_str())
        ),
    )
}
