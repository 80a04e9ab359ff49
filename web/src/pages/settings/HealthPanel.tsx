// Overall health and the summary.
import type { Connection, Health } from "../../api/types";
import { Failure, Notice } from "../../parts/Notice";
import { connections, health } from "../../state/data";
import { useStore } from "../../state/store";
import { plural } from "../../text/search";

/** A vendor that is down makes nobody ill, but what it holds is not in step either. */
function healthyText(summary: Health["summary"], list: readonly Connection[]): string {
  if (summary.totalSyncs === 0) return "Nothing is connected yet, so nothing can fail.";
  const waiting = list.filter((connection) => connection.status === "Error");
  if (waiting.length === 0) return "All calendars are in step.";
  return `${plural(waiting.length, "calendar", "calendars")} could not be read and will be tried again: ${waiting.map((one) => one.name).join(", ")}.`;
}

function degradedText(list: readonly Connection[]): string {
  const names = (some: readonly Connection[]) => some.map((one) => one.name).join(", ");
  const ailing = list.filter((connection) => connection.enabled && (connection.status !== "Active" || connection.consecutiveFailures > 0));
  const paused = list.filter((connection) => !connection.enabled);
  const sentences = [
    ailing.length === 0 ? "" : `${plural(ailing.length, "calendar needs", "calendars need")} attention: ${names(ailing)}. The cards below say what to do.`,
    paused.length === 0 ? "" : `${plural(paused.length, "calendar is", "calendars are")} paused: ${names(paused)}.`,
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ") || "A calendar needs attention.";
}

function HealthAlert({ state, list }: { state: Health; list: readonly Connection[] }) {
  if (state.status === "healthy") {
    return (
      <Notice tone="success" title="Healthy">
        <p>{healthyText(state.summary, list)}</p>
      </Notice>
    );
  }
  return (
    <Notice tone="warning" title="Degraded">
      <p>{degradedText(list)}</p>
    </Notice>
  );
}

function Summary({ summary }: { summary: Health["summary"] }) {
  const cards: [string, number, string][] = [
    ["Total Syncs", summary.totalSyncs, ""],
    ["Active", summary.activeSyncs, summary.activeSyncs > 0 ? "stat-good" : ""],
    ["With Errors", summary.syncsWithErrors, summary.syncsWithErrors > 0 ? "stat-bad" : ""],
    ["Connected", summary.connectedProviders, ""],
  ];
  return (
    <dl class="stats">
      {cards.map(([name, value, tone]) => (
        <div key={name} class={`stat ${tone}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function HealthPanel() {
  const { data, error, loading } = useStore(health.state);
  const list = useStore(connections.state).data ?? [];
  if (data === null) {
    if (error) return <Failure what="The state of your calendars could not be loaded" problem={error} onRetry={() => void health.reload()} busy={loading} />;
    return <div class="skeleton-stats" role="status" aria-label="Loading health" />;
  }
  return (
    <section aria-label="Health">
      {/* Nobody knows how it is while the server does not answer; the list below says that. */}
      {error === null && <HealthAlert state={data} list={list} />}
      <Summary summary={data.summary} />
    </section>
  );
}
