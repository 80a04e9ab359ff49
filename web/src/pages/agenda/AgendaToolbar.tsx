// Title, search, Refresh and Sync.
import type { Session } from "../../api/types";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { reloadAgenda } from "../../state/agenda";
import { clockface, useNow } from "../../state/clock";
import { lastSyncOf, reloadConnections, useMine } from "../../state/data";
import { useStore } from "../../state/store";
import { syncAllNow, syncStore } from "../../state/sync";
import { syncBlock } from "../../state/gates";
import { fullTime, shortDate, timeAgo } from "../../time/words";

function SyncButton({ session }: { session: Session }) {
  const running = useStore(syncStore).kind === "running";
  const list = useMine();
  const present = useNow();
  const last = lastSyncOf(list ?? []);
  const tip = last === null ? "Last sync: never" : `Last sync: ${timeAgo(last, present)} (${fullTime(last, clockface)})`;
  return (
    <Button kind="primary" icon="sync" busy={running} tip={tip} tipAlign="end" disabledReason={syncBlock(session, list)} onClick={() => void syncAllNow()}>
      {running ? "Syncing..." : "Sync"}
    </Button>
  );
}

interface ToolbarProps {
  session: Session;
  query: string;
  onQuery: (query: string) => void;
  busy: boolean;
  from: string;
  today: string;
  onToday: () => void;
}

export function AgendaToolbar({ session, query, onQuery, busy, from, today, onToday }: ToolbarProps) {
  const refresh = () => {
    void reloadAgenda(clockface.zone);
    void reloadConnections();
  };
  return (
    <div class="toolbar">
      <div class="toolbar-title">
        <h1>Coming events</h1>
        {from !== today && (
          <p class="muted">
            From {shortDate(from, clockface.locale)}{" "}
            <Button kind="quiet" size="small" onClick={onToday}>
              Back to today
            </Button>
          </p>
        )}
      </div>
      <label class="search">
        <Icon name="search" />
        <span class="visually-hidden">Search the loaded events</span>
        <input type="search" placeholder="Search events" value={query} onInput={(event) => onQuery(event.currentTarget.value)} />
      </label>
      <div class="toolbar-actions">
        <Button icon="refresh" busy={busy} label="Refresh" tip="Refresh the list" onClick={refresh} />
        <SyncButton session={session} />
      </div>
    </div>
  );
}
