// Connecting by a consent page that is clicked through, and what follows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, withPage } from "../lib/browser.mjs";
import { addEvent, sandbox, withSwitches } from "../lib/sandbox.mjs";
import { ADA, ask, badgeOf, cardOf, connectionOf, entryOf, inConsentWindow, openSettings, runsOf } from "./pieces.mjs";

const HARBOUR = { id: "harbour@group.calendar.example.com", name: "Harbour project", events: 60 };

/** A calendar that nobody has connected yet, with an event on each of the coming days. */
async function makeHarbour() {
  await sandbox("POST", "/calendars", { id: HARBOUR.id, summary: HARBOUR.name, timeZone: "Europe/Vienna", account: ADA });
  for (let day = 1; day <= HARBOUR.events; day += 1) await addEvent(HARBOUR.id, `Keel inspection ${day}`, { day });
}

export function connectScenarios(stage) {
  test("a refusal on the consent page is told, and nothing is connected", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const before = await ask(page, stage().base, "/api/calendar/accounts");
      await inConsentWindow(page, () => page.getByRole("button", { name: "Add Google Calendar" }).click(), (popup) => popup.getByRole("button", { name: "Cancel" }).click());
      const toast = page.locator(".toast-error");
      await toast.getByText("Not connected").waitFor();
      assert.match(await toast.textContent(), /\w{4,}.*\./);
      assert.deepEqual(await ask(page, stage().base, "/api/calendar/accounts"), before);
      assertQuiet(page);
    }));

  test("an account is connected by clicking: consent, choice of calendars, live progress, events", () =>
    withPage(stage(), {}, async (page) => {
      await makeHarbour();
      await openSettings(page);
      await inConsentWindow(
        page,
        () => page.getByRole("button", { name: "Add Google Calendar" }).click(),
        async (popup) => {
          await popup.getByLabel(ADA).check();
          await popup.getByRole("button", { name: "Allow" }).click();
        },
      );
      const dialog = page.getByRole("dialog", { name: "Choose calendars" });
      await dialog.getByLabel(new RegExp(`^${HARBOUR.name}`)).check();
      await dialog.getByLabel(new RegExp(`^${ADA}`)).uncheck();
      // Pages of ten, each taking its time, so that the progress can be seen.
      await sandbox("POST", "/faults", { operation: "events.list", calendarId: HARBOUR.id, times: 6, delayMs: 400 });
      await withSwitches({ shortPages: 10 }, async () => {
        await dialog.getByRole("button", { name: "Connect 1 calendar" }).click();
        const card = cardOf(page, HARBOUR.name);
        await card.getByRole("progressbar", { name: `Syncing ${HARBOUR.name}` }).waitFor();
        await card.locator(".progress").getByText(/^\w+ events… [\d,]+ seen$/).waitFor();
        await card.getByText(`${HARBOUR.events} events in step`).waitFor({ timeout: 40_000 });
        await badgeOf(card, "Active").waitFor();
        await card.getByRole("progressbar").waitFor({ state: "detached" });
      });
      const connection = await connectionOf(page, stage().base, HARBOUR.name);
      const runs = await runsOf(page, stage().base, connection.id);
      assert.deepEqual(runs.map((run) => [run.kind, run.outcome, run.synced]), [["full", "success", HARBOUR.events]]);
      await page.getByRole("link", { name: "Coming events" }).click();
      await entryOf(page, "Keel inspection 1").waitFor();
      assertQuiet(page);
    }));
}
