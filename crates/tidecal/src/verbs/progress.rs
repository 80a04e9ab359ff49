//! Progress of running syncs on the terminal: a bar per connection.

use std::collections::HashMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tidecal_engine::{Engine, RunNews, RunPhase};
use tokio::task::JoinHandle;

/// Draws until it is dropped. Draws nothing where standard error is no terminal.
pub(crate) struct Progress(JoinHandle<()>);

impl Progress {
    /// Begins to draw; `names` by connection id.
    pub(crate) fn start(engine: &Engine, names: HashMap<String, String>) -> Self {
        let mut news = engine.live().listen();
        Self(tokio::spawn(async move {
            let (all, mut bars) = (MultiProgress::new(), HashMap::new());
            while let Ok(news) = news.recv().await {
                let Some(name) = names.get(&news.connection_id) else { continue };
                let bar = bars.entry(news.connection_id.clone()).or_insert_with(|| bar(&all, name));
                draw(bar, &news);
            }
        }))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn bar(all: &MultiProgress, name: &str) -> ProgressBar {
    let bar = all.add(ProgressBar::new_spinner());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:24!} {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

fn draw(bar: &ProgressBar, news: &RunNews) {
    let stats = news.stats;
    let counts = format!("{} new, {} changed, {} skipped", stats.synced, stats.updated, stats.skipped);
    match (news.phase, &news.message) {
        (RunPhase::Failed, Some(message)) => bar.finish_with_message(format!("failed: {message}")),
        (phase, _) if phase.is_over() => bar.finish_with_message(format!("in step: {counts}")),
        (phase, _) => bar.set_message(format!("{} … {} items seen, {counts}", phase.as_str(), news.seen)),
    }
}
