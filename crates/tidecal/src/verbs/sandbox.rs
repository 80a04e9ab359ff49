//! `tidecal sandbox`: the fake Google, the fake Microsoft and the CalDAV server alone, or the misbehaving proxy.

use anyhow::{Context, Result};
use tidecal_sandbox::{ProxyConfig, SandboxConfig};

use crate::cli::SandboxArgs;
use crate::output;

/// Runs until Ctrl-C.
pub(crate) async fn run(args: &SandboxArgs, json: bool) -> Result<()> {
    if let Some(upstream) = &args.proxy {
        return proxy(args, upstream, json).await;
    }
    let config = SandboxConfig { addr: args.listen, seed: args.seed, strict: args.strict, ..SandboxConfig::default() };
    let known = config.clone();
    let sandbox = tidecal_sandbox::start(config)
        .await
        .with_context(|| format!("cannot listen on {}; choose another port with --listen", args.listen))?;
    let url = &sandbox.base_url;
    let (client_id, client_secret) = (&known.client_id, &known.client_secret);
    let (outlook_id, outlook_secret) = (&known.outlook_client_id, &known.outlook_client_secret);
    let people: Vec<&str> = known.people.iter().map(|person| person.email.as_str()).collect();
    if json {
        output::json(&serde_json::json!({
            "url": url, "clientId": client_id, "clientSecret": client_secret,
            "outlookClientId": outlook_id, "outlookClientSecret": outlook_secret,
            "caldavUsers": people, "caldavPassword": known.caldav_password,
        }));
    } else {
        output::say(&format!(
            "A sandbox of Google, Microsoft and CalDAV listens on {url}\n\nPoint Tidecal at it:\n\n    \
             export TIDECAL_GOOGLE_BASE_URL={url}\n    \
             export GOOGLE_CLIENT_ID={client_id}\n    \
             export GOOGLE_CLIENT_SECRET={client_secret}\n    \
             export TIDECAL_OUTLOOK_BASE_URL={url}\n    \
             export OUTLOOK_CLIENT_ID={outlook_id}\n    \
             export OUTLOOK_CLIENT_SECRET={outlook_secret}\n    \
             export TIDECAL_ALLOWED_ORIGINS={url}\n\n\
             CalDAV takes {url}, the user {} and the password {}.\n\nCtrl-C stops it.",
            people.join(" or "),
            known.caldav_password
        ));
    }
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}

async fn proxy(args: &SandboxArgs, upstream: &str, json: bool) -> Result<()> {
    let config = ProxyConfig { addr: args.listen, ..ProxyConfig::before(upstream) };
    let proxy = tidecal_sandbox::start_proxy(config)
        .await
        .with_context(|| format!("cannot listen on {}; choose another port with --listen", args.listen))?;
    let url = &proxy.base_url;
    if json {
        output::json(&serde_json::json!({ "url": url, "upstream": upstream }));
    } else {
        output::say(&format!(
            "A proxy before {upstream} listens on {url}\n\nLet Tidecal reach it, and connect the account there:\n\n    \
             export TIDECAL_ALLOWED_ORIGINS={url}\n\nIts habits are switched under {url}/_proxy/tempers, for instance\n\n    \
             curl -X PATCH {url}/_proxy/tempers -d '{{\"pageSize\": 2}}'\n\nCtrl-C stops it."
        ));
    }
    tokio::signal::ctrl_c().await?;
    proxy.shutdown().await;
    Ok(())
}
