// Events come in by themselves, changes at the vendor by Sync Now, and what failures look like.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, withPage } from "../lib/browser.mjs";
import { addEvent, changeEvent, removeEvent, sandbox } from "../lib/sandbox.mjs";
import { ask, badgeOf, BEN, cardOf, entryOf, openSettings, syncCard } from "./pieces.mjs";

/** Presses Sync over the list; resolves with the report's line of Ben's main calendar. */
async function syncAll(page) {
  await page.getByRole("button", { name: "Sync", exact: true }).click();
  const report = page.locator(".report");
  await report.getByText("Calendar sync completed successfully").waitFor({ timeout: 40_000 });
  const line = await report.locator("li").filter({ hasText: BEN }).textContent();
  await report.getByRole("button", { name: "Close report" }).click();
  return line;
}

export function firstScenarios(stage) {
  test("the first events are there within a minute of the start", () =>
    withPage(stage(), {}, async (page) => {
      await page.at("/");
      await page.locator(".entry").first().waitFor({ timeout: 60_000 });
      // The demo connects its people's accounts as soon as it runs.
      const { items } = await ask(page, stage().base, "/api/calendar/accounts");
      const took = Date.now() - Date.parse(items[0].createdAt);
      assert.ok(took < 60_000, `${took} ms; was the demo started just now?`);
      assertQuiet(page);
    }));
}

export function syncScenarios(stage) {
  test("Sync brings what was added, changed and deleted at the vendor, each counted in the report", () =>
    withPage(stage(), {}, async (page) => {
      await page.at("/");
      await page.locator(".entry").first().waitFor();
      const event = await addEvent(BEN, "Sail repair");
      assert.match(await syncAll(page), /: 1 synced, 0 updated$/);
      await entryOf(page, "Sail repair").waitFor();
      await changeEvent(BEN, event.id, { summary: "Sail repair, moved indoors", location: "Boat house" });
      assert.match(await syncAll(page), /: 0 synced, 1 updated$/);
      await entryOf(page, "Sail repair, moved indoors").getByText("Boat house").waitFor();
      assert.equal(await entryOf(page, "Sail repair").count(), 0);
      await removeEvent(BEN, event.id);
      await syncAll(page);
      await entryOf(page, "Sail repair, moved indoors").waitFor({ state: "detached" });
      assertQuiet(page);
    }));

  test("a vendor that fails: Error with a hint, text to copy and a guide; Sync Now mends it", () =>
    withPage(stage(), { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      await openSettings(page);
      const card = cardOf(page, BEN);
      await sandbox("POST", "/faults", { operation: "events.list", calendarId: BEN, times: 4, status: 503 });
      const failed = await syncCard(page, stage().base, card);
      assert.equal(failed.outcome, "error");
      await badgeOf(card, "Error").waitFor();
      const message = await card.locator(".trouble-message").textContent();
      assert.match(message, /503/);
      await card.getByText(/tried again by itself/).waitFor();
      // An outage of the vendor counts against no calendar, but nobody is told that all is in step.
      await page.getByText(`1 calendar could not be read and will be tried again: ${BEN}.`).waitFor();
      await page.getByRole("navigation", { name: "Pages" }).getByText("need attention").waitFor({ state: "attached" });
      await card.getByRole("button", { name: "Copy" }).click();
      await card.getByText("Copied").waitFor();
      assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes(message));
      const [guide] = await Promise.all([page.waitForEvent("popup"), card.getByRole("link", { name: "Troubleshooting guide" }).click()]);
      await guide.getByText("Calendar sync troubleshooting guide").waitFor();
      assert.notEqual(await guide.evaluate(() => document.querySelector(":target")?.textContent ?? null), null, "the link leads to a section");
      await guide.close();
      const mended = await syncCard(page, stage().base, card);
      assert.equal(mended.outcome, "success");
      await badgeOf(card, "Active").waitFor();
      await card.locator(".trouble").waitFor({ state: "detached" });
      await page.getByText("All calendars are in step.").waitFor();
      assertQuiet(page);
    }));
}
