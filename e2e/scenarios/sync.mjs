// "Sync" in the toolbar and "Sync Now" for all calendars.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, fulfil, withPage } from "../lib/browser.mjs";

const MANUAL = "**/api/calendar/sync/manual";
const SUCCESS = "Calendar sync completed successfully";

/** A fast server would be done before anybody sees the button change. */
const slowDown = (page) => page.route(MANUAL, async (route) => setTimeout(() => void route.continue(), 400));

const listen = (page) =>
  page.addInitScript(() => {
    window.heard = [];
    window.addEventListener("calendarSyncComplete", (event) => window.heard.push(event.detail));
  });

export function syncScenarios(stage) {
  test("the toolbar button says Syncing..., then the report comes and goes, and the window hears of it", () =>
    withPage(stage(), {}, async (page) => {
      await listen(page);
      await slowDown(page);
      await page.clock.install();
      await page.at("/");
      const button = page.locator(".toolbar-actions .button-primary");
      await page.locator(".toolbar-actions [role=tooltip]", { hasText: /^Last sync: .+ \(.+\)$/ }).waitFor({ state: "attached" });
      await button.click();
      await page.getByRole("button", { name: "Syncing..." }).waitFor();
      assert.equal(await button.getAttribute("aria-busy"), "true");
      const report = page.locator(".report");
      await report.getByText(SUCCESS).waitFor({ timeout: 40_000 });
      const text = await report.textContent();
      for (const part of ["✓", "Synced: ", "Updated: ", "Skipped: ", "Total: ", "Calendar Results:"]) assert.ok(text.includes(part), part);
      assert.match(text, /: \d+ synced, \d+ updated/);
      await page.getByRole("button", { name: "Sync", exact: true }).waitFor();
      const heard = await page.evaluate(() => window.heard);
      assert.equal(heard.length, 1);
      assert.equal(heard[0].success, true);
      assert.equal(typeof heard[0].message, "string");
      await page.clock.fastForward(5000);
      await report.waitFor({ state: "detached" });
      assertQuiet(page);
    }));

  test("a failed sync stays on the page, and the window hears success: false", () =>
    withPage(stage(), {}, async (page) => {
      await listen(page);
      await page.clock.install();
      await fulfil(page, MANUAL, 503, { detail: "Try again in a minute." });
      await page.at("/");
      await page.getByRole("button", { name: "Sync", exact: true }).click();
      await page.locator(".report").getByText("Try again in a minute.").waitFor();
      await page.clock.fastForward(60_000);
      assert.equal(await page.locator(".report").count(), 1);
      assert.deepEqual(await page.evaluate(() => window.heard), [{ success: false, message: "Try again in a minute." }]);
      await page.getByRole("button", { name: "Close report" }).click();
      await page.locator(".report").waitFor({ state: "detached" });
      assertQuiet(page, /status of 503/);
    }));

  test("one failed calendar does not hide the others, and its line stays", () =>
    withPage(stage(), {}, async (page) => {
      const line = (calendarName, more) => ({ connectionId: calendarName, email: "a@example.com", calendarName, status: "success", synced: 5, updated: 1, skipped: 0, total: 6, ...more });
      await page.clock.install();
      await fulfil(page, MANUAL, 200, { success: false, message: "Synced 1 of 2 calendar(s)", synced: 5, updated: 1, skipped: 0, total: 6, results: [line("Work"), line("Home", { status: "error", error: "Authentication failed: reconnect" })], timestamp: new Date().toISOString() });
      await page.at("/settings/calendars?tab=mine");
      await page.getByRole("button", { name: "Sync Now" }).click();
      const report = page.locator(".report");
      await report.getByText("✓").waitFor();
      assert.match(await report.textContent(), /✓ Work: 5 synced, 1 updated/);
      assert.match(await report.textContent(), /✗ Home: Authentication failed: reconnect/);
      await page.clock.fastForward(30_000);
      assert.equal(await report.count(), 1);
    }));

  test("Sync Now in the settings tab shows Syncing… and the new time", () =>
    withPage(stage(), {}, async (page) => {
      await slowDown(page);
      await page.at("/settings/calendars?tab=mine");
      await page.locator(".mine-row").first().waitFor();
      await page.getByRole("button", { name: "Sync Now" }).click();
      await page.getByRole("button", { name: "Syncing…" }).waitFor();
      await page.locator(".report").getByText(SUCCESS).waitFor({ timeout: 40_000 });
      await page.locator(".mine-head").getByText("last sync just now").waitFor();
      assertQuiet(page);
    }));

  test("Sync Now cannot be pressed without calendars, and says why", () =>
    withPage(stage(), {}, async (page) => {
      await fulfil(page, "**/api/calendar/connections", 200, { items: [] });
      let asked = 0;
      await page.route(MANUAL, (route) => ((asked += 1), route.abort()));
      await page.at("/settings/calendars?tab=mine");
      const button = page.getByRole("button", { name: "Sync Now" });
      await page.locator('.mine-head .button[aria-disabled="true"]').waitFor();
      await button.click({ force: true });
      assert.equal(asked, 0);
      await page.locator(".mine-head").getByText("No calendars connected").waitFor();
    }));
}
