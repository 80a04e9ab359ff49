// "Sync Now" for all calendars. One run at a time, its report shared by the toolbar and the settings page.
import { syncAll } from "../api/client";
import { asProblem, type ApiProblem } from "../api/problem";
import type { ManualSync } from "../api/types";
import { reportState } from "../text/breakdown";
import { reloadConnections } from "./data";
import { createStore } from "./store";

export type SyncState =
  | { kind: "idle" }
  | { kind: "running" }
  | { kind: "report"; sync: ManualSync }
  | { kind: "failed"; problem: ApiProblem };

/** How long good news stays; errors stay until they are closed. */
const DISMISS_MS = 5000;

export const syncStore = createStore<SyncState>({ kind: "idle" });
let dismissal: ReturnType<typeof setTimeout> | null = null;

export function dismissReport(): void {
  if (dismissal !== null) clearTimeout(dismissal);
  dismissal = null;
  if (syncStore.get().kind !== "running") syncStore.set({ kind: "idle" });
}

/** Tells pages that embed this one; documented: `calendarSyncComplete` with {success, message}. */
function announce(success: boolean, message: string): void {
  window.dispatchEvent(new CustomEvent("calendarSyncComplete", { detail: { success, message } }));
}

/** Syncs all calendars and shows the report. Never rejects. */
export async function syncAllNow(): Promise<void> {
  if (syncStore.get().kind === "running") return;
  dismissReport();
  syncStore.set({ kind: "running" });
  try {
    const sync = await syncAll();
    syncStore.set({ kind: "report", sync });
    if (sync.results.length > 0 && reportState(sync) === "success") dismissal = setTimeout(dismissReport, DISMISS_MS);
    announce(sync.success, sync.message);
  } catch (error) {
    const problem = asProblem(error);
    syncStore.set({ kind: "failed", problem });
    announce(false, problem.message);
  }
  await reloadConnections();
}
