// Choosing among an account's calendars. What is connected already is shown, not asked again.
import { useEffect, useState } from "preact/hooks";
import { createConnection, listRemoteCalendars } from "../../api/client";
import { asProblem, type ApiProblem } from "../../api/problem";
import type { RemoteCalendar } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Failure, Notice } from "../../parts/Notice";
import { calendarColor, Dot } from "../../parts/marks";
import { Skeleton } from "../../parts/Skeleton";
import { calendars, reloadConnections } from "../../state/data";
import { showToast } from "../../state/toasts";
import { plural } from "../../text/search";
import { placeOf } from "../../time/words";

function Choice({ calendar, chosen, onToggle }: { calendar: RemoteCalendar; chosen: boolean; onToggle: () => void }) {
  const connected = calendar.connectionId !== null;
  const facts = [calendar.primary ? "primary" : "", calendar.readOnly ? "read only" : "", calendar.timeZone === null ? "" : placeOf(calendar.timeZone), connected ? "connected already" : ""];
  return (
    <li>
      <label class="choice">
        <input type="checkbox" checked={connected || chosen} disabled={connected} onChange={onToggle} />
        <Dot color={calendarColor(calendar.color, calendar.externalCalendarId)} />
        <span class="choice-text">
          <strong>{calendar.name}</strong>
          <span class="muted">{facts.filter((fact) => fact !== "").join(" · ")}</span>
        </span>
      </label>
    </li>
  );
}

/** Connects one after the other; the ones that fail are named, the others stand. */
async function connectAll(accountId: string, chosen: readonly RemoteCalendar[]): Promise<string[]> {
  const failures: string[] = [];
  for (const calendar of chosen) {
    try {
      await createConnection(accountId, calendar.externalCalendarId, calendar.name);
    } catch (error) {
      failures.push(`${calendar.name}: ${asProblem(error).message}`);
    }
  }
  return failures;
}

function useRemoteCalendars(accountId: string) {
  const [list, setList] = useState<RemoteCalendar[] | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const loading = new AbortController();
    setProblem(null);
    listRemoteCalendars(accountId, loading.signal).then(
      ({ items }) => {
        setList(items);
        // The main calendar is what most people came for.
        setChosen(new Set(items.filter((one) => one.primary && one.connectionId === null).map((one) => one.externalCalendarId)));
      },
      (error: unknown) => !loading.signal.aborted && setProblem(asProblem(error)),
    );
    return () => loading.abort();
  }, [accountId, attempt]);
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return { list, chosen, problem, toggle, retry: () => setAttempt(attempt + 1) };
}

export function CalendarPicker({ accountId, onClose }: { accountId: string; onClose: () => void }) {
  const { list, chosen, problem, toggle, retry } = useRemoteCalendars(accountId);
  const [busy, setBusy] = useState(false);
  const [failures, setFailures] = useState<string[]>([]);

  const save = async () => {
    setBusy(true);
    const wanted = (list ?? []).filter((one) => chosen.has(one.externalCalendarId));
    const failed = await connectAll(accountId, wanted);
    await Promise.all([reloadConnections(), calendars.reload()]);
    setBusy(false);
    if (wanted.length > failed.length) showToast("success", `${plural(wanted.length - failed.length, "calendar")} connected`, "The first sync has started.");
    if (failed.length === 0) onClose();
    else {
      setFailures(failed);
      retry();
    }
  };

  return (
    <Dialog
      title="Choose calendars"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{chosen.size === 0 ? "Close" : "Not now"}</Button>
          <Button kind="primary" icon="check" busy={busy} disabledReason={chosen.size === 0 ? "Choose at least one calendar." : null} tipAlign="end" onClick={() => void save()}>
            {busy ? "Connecting…" : chosen.size === 0 ? "Connect" : `Connect ${plural(chosen.size, "calendar")}`}
          </Button>
        </>
      }
    >
      <p class="muted">Events flow in from the calendars you choose. Nothing is written to them.</p>
      {failures.length > 0 && (
        <Notice tone="error" role="alert" title="Not all could be connected">
          {failures.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </Notice>
      )}
      {problem && <Failure what="The account's calendars could not be listed" problem={problem} onRetry={retry} />}
      {list === null && !problem && <Skeleton lines={4} label="Loading calendars" />}
      {list !== null && list.length === 0 && <p>This account has no calendars. Create one at the vendor, then come back.</p>}
      {list !== null && (
        <ul class="choices">
          {list.map((calendar) => (
            <Choice key={calendar.externalCalendarId} calendar={calendar} chosen={chosen.has(calendar.externalCalendarId)} onToggle={() => toggle(calendar.externalCalendarId)} />
          ))}
        </ul>
      )}
    </Dialog>
  );
}
