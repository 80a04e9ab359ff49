//! `tidecal sandbox`: the fake Google alone, or the misbehaving proxy.

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
    let (client_id, client_secret) = (config.client_id.clone(), config.client_secret.clone());
    let sandbox = tidecal_sandbox::start(config)
        .await
        .with_context(|| format!("cannot listen on {}; choose another port with --listen", args.listen))?;
    let url = &sandbox.base_url;
    if json {
        output::json(&serde_json::json!({ "url": url, "clientId": client_id, "clientSecret": client_secret }));
    } else {
        output::say(&format!(
            "A Google sandbox listens on {url}\n\nPoint Tidecal at it:\n\n    \
             export TIDECAL_GOOGLE_BASE_URL={url}\n    \
             export GOOGLE_CLIENT_ID={client_id}\n    \
             export GOOGLE_CLIENT_SECRET={client_secret}\n\nCtrl-C stops it."
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
