// One connected calendar: how it fares and what can be done.
import { useState } from "preact/hooks";
import { resyncConnection, syncConnection } from "../../api/client";
import type { Account, Connection, Session } from "../../api/types";
import { Button } from "../../parts/Button";
import { Badge, calendarColor, Dot, StatusBadge } from "../../parts/marks";
import { Tip } from "../../parts/Tip";
import { clockface, useNow } from "../../state/clock";
import { reloadConnections } from "../../state/data";
import { switchConnection } from "../../state/pause";
import { connectionBlock } from "../../state/gates";
import { progressStore } from "../../state/live";
import { followLink } from "../../state/router";
import { useStore } from "../../state/store";
import { showFailure, showToast } from "../../state/toasts";
import { fullTime, relativeTime, runLength, timeAgo } from "../../time/words";
import { CardTroubles } from "./CardTroubles";
import { DeleteDialog } from "./DeleteDialog";
import { DirectionSelect } from "./DirectionSelect";
import { VerdictCounts } from "./VerdictCounts";
import type { Connect } from "./useConnect";

function Moment({ time, present, never, past = false }: { time: string | null; present: number; never: string; past?: boolean }) {
  if (time === null) return <span>{never}</span>;
  const then = Date.parse(time);
  return (
    <Tip text={fullTime(then, clockface)}>
      <time dateTime={time}>{past ? timeAgo(then, present) : relativeTime(then, present)}</time>
    </Tip>
  );
}

function Facts({ connection }: { connection: Connection }) {
  const present = useNow();
  const due = connection.nextSync !== null && Date.parse(connection.nextSync) < present ? "due now" : null;
  // What does not run has no next time, whatever time is still written down.
  const next = connection.isActive ? due : connection.enabled ? "—" : "Paused";
  return (
    <dl class="facts">
      <div>
        <dt>Last sync</dt>
        <dd>
          <Moment time={connection.lastSync} present={present} never="Never" past />
        </dd>
      </div>
      <div>
        <dt>Next sync</dt>
        <dd>{next ?? <Moment time={connection.nextSync} present={present} never="soon" />}</dd>
      </div>
      <div>
        <dt>Direction</dt>
        <dd>
          <DirectionSelect connection={connection} />
        </dd>
      </div>
    </dl>
  );
}

function Metrics({ connection }: { connection: Connection }) {
  const { metrics, lastSync, consecutiveFailures } = connection;
  return (
    <dl class="metrics">
      <div>
        <dt>Events synced</dt>
        <dd>{metrics.eventsSynced.toLocaleString("en")}</dd>
      </div>
      <div>
        <dt>Duration</dt>
        <dd>{lastSync === null ? "—" : runLength(metrics.syncDuration)}</dd>
      </div>
      <div class={consecutiveFailures > 0 ? "metric-bad" : ""}>
        <dt>Failures</dt>
        <dd>{consecutiveFailures}</dd>
      </div>
    </dl>
  );
}

const PHASES: Record<string, string> = { started: "Starting", listing: "Listing events", fetching: "Fetching events", comparing: "Comparing", writing: "Writing changes" };

/** The running sync as the stream tells it, else as the last load of the page saw it. */
function useProgress(connection: Connection): { phase: string; seen: number } | null {
  const signal = useStore(progressStore).get(connection.id);
  if (signal) return { phase: signal.phase, seen: signal.seen };
  if (!connection.syncing) return null;
  return connection.progress ?? { phase: "started", seen: 0 };
}

function Progress({ phase, seen, name }: { phase: string; seen: number; name: string }) {
  const text = `${PHASES[phase] ?? "Syncing"}…${seen > 0 ? ` ${seen.toLocaleString("en")} seen` : ""}`;
  return (
    <div class="progress">
      <div class="progress-bar" role="progressbar" aria-label={`Syncing ${name}`} aria-valuetext={text} />
      <span class="muted">{text}</span>
    </div>
  );
}

function ResumeButton({ connection }: { connection: Connection }) {
  const [busy, setBusy] = useState(false);
  const resume = async () => {
    setBusy(true);
    await switchConnection(connection, true);
    setBusy(false);
  };
  return (
    <Button size="small" kind="primary" icon="sync" busy={busy} onClick={() => void resume()}>
      Resume
    </Button>
  );
}

function Actions({ connection, account, session, connect, running }: CardProps & { running: boolean }) {
  const [asked, setAsked] = useState<"sync" | "resync" | null>(null);
  const [deleting, setDeleting] = useState(false);
  const blocked = connectionBlock(session, connection);
  const needsReconnect = connection.reauthRequired || account.status !== "active";
  const start = async (what: "sync" | "resync") => {
    setAsked(what);
    try {
      await (what === "sync" ? syncConnection : resyncConnection)(connection.id);
      if (what === "resync") showToast("success", `Resync of ${connection.name} started`, "Everything is compared anew; nothing is deleted meanwhile.");
    } catch (error) {
      showFailure(`${connection.name} was not synced`, error);
    }
    await reloadConnections();
    setAsked(null);
  };
  const busy = running || asked !== null;
  return (
    <footer class="card-actions">
      {needsReconnect && (
        <Button size="small" kind="primary" icon="link" busy={connect.opening === account.id} onClick={() => connect.reconnect(account)}>
          Reconnect
        </Button>
      )}
      {!needsReconnect && !connection.enabled && <ResumeButton connection={connection} />}
      {!needsReconnect && connection.enabled && (
        <Button size="small" kind="primary" icon="sync" busy={busy} disabledReason={blocked} tipAlign="start" onClick={() => void start("sync")}>
          {busy ? "Syncing…" : "Sync Now"}
        </Button>
      )}
      <Button size="small" icon="refresh" disabledReason={needsReconnect ? "Reconnect the account first." : (blocked ?? (busy ? "A sync is running." : null))} tip="Forgets the cursor and compares every event anew" onClick={() => void start("resync")}>
        Resync
      </Button>
      <span class="card-actions-gap" />
      {account.status === "active" && (
        <Button size="small" kind="quiet" icon="unplug" onClick={() => connect.disconnect(account)}>
          Disconnect
        </Button>
      )}
      <Button size="small" kind="danger" icon="trash" onClick={() => setDeleting(true)}>
        Delete
      </Button>
      {deleting && <DeleteDialog connection={connection} onClose={() => setDeleting(false)} />}
    </footer>
  );
}

interface CardProps {
  connection: Connection;
  account: Account;
  session: Session;
  connect: Connect;
}

export function ConnectionCard(props: CardProps) {
  const { connection } = props;
  const progress = useProgress(connection);
  const titleId = `connection-${connection.id}`;
  return (
    <article class={`card card-${connection.status.toLowerCase()}`} aria-labelledby={titleId} data-connection-id={connection.id}>
      <header class="card-head">
        <Dot color={calendarColor(connection.color, connection.calendarId)} />
        <div class="card-name">
          <h3 id={titleId}>{connection.name}</h3>
          <p class="muted">{connection.email === connection.name ? "Main calendar" : connection.email}</p>
        </div>
        <div class="card-badges">
          <StatusBadge status={connection.status} />
          {connection.counts.conflicted > 0 && (
            <a class="badge-link" href={`${location.pathname}?tab=conflicts`} onClick={followLink}>
              <Badge tone="warning" text={`Conflict (${connection.counts.conflicted})`} />
            </a>
          )}
          {connection.oauthComplete && <Badge tone="info" icon="check" text="OAuth Complete" />}
        </div>
      </header>
      {progress && <Progress phase={progress.phase} seen={progress.seen} name={connection.name} />}
      <Facts connection={connection} />
      <Metrics connection={connection} />
      <VerdictCounts connection={connection} />
      <CardTroubles connection={connection} />
      <Actions {...props} running={progress !== null} />
    </article>
  );
}
