import { expect, test } from "vitest";
import type { ManualSync, SyncResult } from "../src/api/types";
import { breakdownText, reportState, reportTitle } from "../src/text/breakdown";

const result = (calendarName: string, fields: Partial<SyncResult> = {}): SyncResult => ({
  connectionId: calendarName,
  email: "user@example.com",
  calendarName,
  status: "success",
  synced: 10,
  updated: 2,
  skipped: 1,
  total: 13,
  ...fields,
});
const sync = (results: SyncResult[], fields: Partial<ManualSync> = {}): ManualSync => ({
  success: results.every((one) => one.status !== "error"),
  message: `Synced ${results.length} of ${results.length} calendar(s)`,
  synced: 15,
  updated: 3,
  skipped: 2,
  total: 20,
  results,
  timestamp: "2024-01-01T12:00:00.000Z",
  ...fields,
});

test("the documented breakdown, to the letter", () => {
  const report = sync([result("Primary Calendar"), result("Work Calendar", { synced: 5, updated: 1 })]);
  expect(breakdownText(report)).toBe(
    [
      "✓ Calendar sync completed successfully",
      "✅ Synced: 15",
      "🔄 Updated: 3",
      "⏭️ Skipped: 2",
      "📊 Total: 20",
      "",
      "Calendar Results:",
      "✓ Primary Calendar: 10 synced, 2 updated",
      "✓ Work Calendar: 5 synced, 1 updated",
    ].join("\n"),
  );
});

test("a calendar that failed is named with its reason, and the report is no success", () => {
  const report = sync([result("Primary"), result("Home", { status: "error", error: "Authentication failed: reconnect" })]);
  expect(reportState(report)).toBe("error");
  expect(breakdownText(report)).toContain("✗ Calendar sync finished with errors");
  expect(breakdownText(report)).toContain("✗ Home: Authentication failed: reconnect");
});

test("a calendar still running is said to be", () => {
  const report = sync([result("Primary"), result("Big", { status: "running", synced: 120, updated: 0 })], { success: false });
  expect(reportState(report)).toBe("running");
  expect(breakdownText(report)).toContain("… Big: still running, 120 synced, 0 updated so far");
});

test("a failure outweighs one that still runs", () => {
  expect(reportState(sync([result("A", { status: "running" }), result("B", { status: "error" })]))).toBe("error");
});

test("without calendars the server's words stand alone", () => {
  const report = sync([], { message: "No calendars connected" });
  expect(reportTitle(report)).toBe("No calendars connected");
  expect(breakdownText(report)).toBe("No calendars connected");
});
