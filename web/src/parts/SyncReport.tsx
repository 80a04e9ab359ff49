// The report of "Sync Now": green and gone after 5 s when all went well, else it stays until it is closed.
import type { ManualSync } from "../api/types";
import { breakdownText, mark, reportState, reportTitle, resultText } from "../text/breakdown";
import { useStore } from "../state/store";
import { dismissReport, syncStore } from "../state/sync";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";

const TONES = { success: "success", running: "info", error: "error" } as const;

function Numbers({ sync }: { sync: ManualSync }) {
  const numbers: [string, number][] = [
    ["Synced", sync.synced],
    ["Updated", sync.updated],
    ["Skipped", sync.skipped],
    ["Total", sync.total],
  ];
  return (
    <ul class="report-numbers">
      {numbers.map(([name, value]) => (
        <li key={name}>
          {name}: <strong>{value}</strong>
        </li>
      ))}
    </ul>
  );
}

function Report({ sync }: { sync: ManualSync }) {
  const state = reportState(sync);
  if (sync.results.length === 0) {
    return (
      <div class={`report report-${sync.success ? "info" : "error"}`}>
        <p class="report-title">{sync.message}</p>
        <Button kind="quiet" size="small" icon="cross" label="Close report" onClick={dismissReport} />
      </div>
    );
  }
  return (
    <div class={`report report-${TONES[state]}`}>
      <p class="report-title">
        {mark(state)} {reportTitle(sync)}
      </p>
      <div class="report-actions">
        <CopyButton text={breakdownText(sync)} />
        <Button kind="quiet" size="small" icon="cross" label="Close report" onClick={dismissReport} />
      </div>
      <Numbers sync={sync} />
      <div class="report-results">
        <p class="report-subtitle">Calendar Results:</p>
        <ul>
          {sync.results.map((result) => (
            <li key={result.connectionId} class={`result-${result.status}`}>
              <span class="result-mark">{mark(result.status)}</span> <strong>{result.calendarName}</strong>: {resultText(result)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Always in the page, so that what enters it is announced. */
export function SyncReport() {
  const state = useStore(syncStore);
  return (
    <div class="report-region" role="status" aria-live="polite">
      {state.kind === "report" && <Report sync={state.sync} />}
      {state.kind === "failed" && (
        <div class="report report-error">
          <p class="report-title">✗ Calendar sync failed</p>
          <div class="report-actions">
            <CopyButton text={`Calendar sync failed: ${state.problem.message}`} />
            <Button kind="quiet" size="small" icon="cross" label="Close report" onClick={dismissReport} />
          </div>
          <p class="report-detail">{state.problem.message}</p>
        </div>
      )}
    </div>
  );
}
