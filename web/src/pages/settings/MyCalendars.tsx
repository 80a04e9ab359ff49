// The tab "Settings for my calendars": sync all, the report, and each calendar's own settings.
import { useState } from "preact/hooks";
import type { Connection, Session } from "../../api/types";
import { Button } from "../../parts/Button";
import { Empty, Failure } from "../../parts/Notice";
import { calendarColor, Dot, StatusBadge } from "../../parts/marks";
import { Skeleton } from "../../parts/Skeleton";
import { SyncReport } from "../../parts/SyncReport";
import { clockface, useNow } from "../../state/clock";
import { calendars, connections, lastSyncOf, putConnection, reloadSettings, useMine } from "../../state/data";
import { syncBlock } from "../../state/gates";
import { switchConnection } from "../../state/pause";
import { useStore } from "../../state/store";
import { syncAllNow, syncStore } from "../../state/sync";
import { plural } from "../../text/search";
import { fullTime, timeAgo } from "../../time/words";
import { RenameDialog } from "./RenameDialog";

function Switch({ connection }: { connection: Connection }) {
  const [busy, setBusy] = useState(false);
  const flip = async () => {
    setBusy(true);
    await switchConnection(connection, !connection.enabled);
    setBusy(false);
  };
  return (
    <button type="button" role="switch" class="switch" aria-checked={connection.enabled} aria-label={`Keep ${connection.name} in step`} aria-busy={busy} disabled={busy} onClick={() => void flip()}>
      <span class="switch-knob" />
    </button>
  );
}

function CalendarRow({ connection, present }: { connection: Connection; present: number }) {
  const [renaming, setRenaming] = useState(false);
  const last = connection.lastSync === null ? null : Date.parse(connection.lastSync);
  return (
    <li class="mine-row">
      <Dot color={calendarColor(connection.color, connection.calendarId)} />
      <div class="mine-name">
        <p>
          <strong>{connection.name}</strong>
          <Button kind="quiet" size="small" icon="pencil" label={`Rename ${connection.name}`} onClick={() => setRenaming(true)} />
        </p>
        <p class="muted">
          {connection.email} · {last === null ? "never synced" : <time dateTime={connection.lastSync ?? ""} title={fullTime(last, clockface)}>last sync {timeAgo(last, present)}</time>}
        </p>
      </div>
      <StatusBadge status={connection.status} />
      <Switch connection={connection} />
      {renaming && (
        <RenameDialog
          connection={connection}
          onClose={() => setRenaming(false)}
          onRenamed={(changed) => {
            putConnection(changed);
            void calendars.reload();
          }}
        />
      )}
    </li>
  );
}

function Rows({ list }: { list: readonly Connection[] }) {
  const present = useNow();
  if (list.length === 0) {
    return (
      <Empty icon="link" title="No calendars connected">
        <p>Connect an account under “Connections”, then its calendars can be set up here.</p>
      </Empty>
    );
  }
  return (
    <ul class="mine-list">
      {list.map((connection) => (
        <CalendarRow key={connection.id} connection={connection} present={present} />
      ))}
    </ul>
  );
}

export function MyCalendars({ session }: { session: Session }) {
  const { error, loading } = useStore(connections.state);
  const data = useMine();
  const running = useStore(syncStore).kind === "running";
  const present = useNow();
  const last = lastSyncOf(data ?? []);
  return (
    <section class="mine" aria-labelledby="mine-title">
      <header class="mine-head">
        <div>
          <h2 id="mine-title">Settings for my calendars</h2>
          <p class="muted">
            {data === null ? "" : `${plural(data.length, "calendar")} · `}
            {last === null ? "never synced" : `last sync ${timeAgo(last, present)}`}
          </p>
        </div>
        <Button kind="primary" icon="sync" busy={running} tipAlign="end" disabledReason={syncBlock(session, data)} onClick={() => void syncAllNow()}>
          {running ? "Syncing…" : "Sync Now"}
        </Button>
      </header>
      <SyncReport />
      {error && <Failure what="Your calendars could not be loaded" problem={error} onRetry={() => void reloadSettings()} busy={loading} />}
      {data === null ? !error && <Skeleton lines={4} label="Loading calendars" /> : <Rows list={data} />}
    </section>
  );
}
