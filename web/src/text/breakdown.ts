// The report of a manual sync. The wording is part of the documented interface. Pure.
import type { ManualSync, SyncResult } from "../api/types";

export type ReportState = "success" | "running" | "error";

/** A failed calendar outweighs one that still runs. */
export function reportState(sync: ManualSync): ReportState {
  if (sync.results.some((result) => result.status === "error")) return "error";
  if (sync.results.some((result) => result.status === "running")) return "running";
  return sync.success ? "success" : "error";
}

const TITLES: Record<ReportState, string> = {
  success: "Calendar sync completed successfully",
  running: "Calendar sync is still running",
  error: "Calendar sync finished with errors",
};

/** The headline of a report; the server's own words when there was nothing to sync. */
export function reportTitle(sync: ManualSync): string {
  return sync.results.length === 0 ? sync.message : TITLES[reportState(sync)];
}

const MARKS: Record<ReportState, string> = { success: "✓", running: "…", error: "✗" };

/** ✓, ✗ or … before a line. */
export function mark(state: ReportState): string {
  return MARKS[state];
}

/** What happened to one calendar, without its name and mark. */
export function resultText(result: SyncResult): string {
  if (result.status === "error") return result.error ?? "failed without a message";
  const counts = `${result.synced} synced, ${result.updated} updated`;
  return result.status === "running" ? `still running, ${counts} so far` : counts;
}

/** The whole report as text, e.g. for the clipboard. */
export function breakdownText(sync: ManualSync): string {
  if (sync.results.length === 0) return sync.message;
  return [
    `${mark(reportState(sync))} ${reportTitle(sync)}`,
    `✅ Synced: ${sync.synced}`,
    `🔄 Updated: ${sync.updated}`,
    `⏭️ Skipped: ${sync.skipped}`,
    `📊 Total: ${sync.total}`,
    "",
    "Calendar Results:",
    ...sync.results.map((result) => `${mark(result.status)} ${result.calendarName}: ${resultText(result)}`),
  ].join("\n");
}
