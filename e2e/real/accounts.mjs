// Disconnecting, access that ends at the vendor, deleting: what is kept and what goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, withPage } from "../lib/browser.mjs";
import { addEvent, countEvents, removeEvent, sandbox } from "../lib/sandbox.mjs";
import { badgeOf, BEN, cardOf, connectionOf, entryOf, inConsentWindow, openSettings, runsOf, syncCard } from "./pieces.mjs";

/** What must survive a reconnect. */
const kept = ({ id, accountId, calendarId, externalCalendarId, name, counts }) => ({ id, accountId, calendarId, externalCalendarId, name, counts });

const allow = (popup) => popup.getByRole("button", { name: "Allow" }).click();

export function accountScenarios(stage) {
  test("an account is disconnected and reconnected: the same card, its events, its cursor", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const card = cardOf(page, BEN);
      const before = await connectionOf(page, stage().base, BEN);
      await card.getByRole("button", { name: "Disconnect" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
      await badgeOf(card, "Disabled").waitFor();
      assert.equal(await card.getAttribute("data-connection-id"), before.id);
      await card.getByText("Access has ended", { exact: false }).waitFor();

      await inConsentWindow(page, () => card.getByRole("button", { name: "Reconnect" }).click(), allow);
      await page.getByText("Account reconnected").waitFor();
      await badgeOf(card, "Active").waitFor();
      assert.deepEqual(kept(await connectionOf(page, stage().base, BEN)), kept(before));
      // Goes on from the cursor: only what is new is read.
      const event = await addEvent(BEN, "Anchor watch");
      await syncCard(page, stage().base, card);
      const runs = await runsOf(page, stage().base, before.id);
      assert.deepEqual(runs.filter((run) => run.kind !== "delta").map((run) => run.kind), ["full"], "one full reading, the first");
      await page.getByRole("link", { name: "Coming events" }).click();
      await entryOf(page, "Anchor watch").waitFor();
      await removeEvent(BEN, event.id);
      assertQuiet(page);
    }));

  test("access that was withdrawn at the vendor is noticed, explained, and given anew", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const card = cardOf(page, BEN);
      const before = await connectionOf(page, stage().base, BEN);
      await sandbox("POST", "/oauth/revoke", { account: BEN });
      const failed = await syncCard(page, stage().base, card);
      assert.equal(failed.outcome, "error");
      await card.getByText("Access has ended", { exact: false }).waitFor();
      await page.locator(".account-head").getByText("Reconnect needed").waitFor();
      await inConsentWindow(page, () => card.getByRole("button", { name: "Reconnect" }).click(), allow);
      await badgeOf(card, "Active").waitFor();
      await page.locator(".account-head").getByText("Reconnect needed").waitFor({ state: "detached" });
      const { counts: _then, ...same } = kept(before);
      const { counts: _now, ...present } = kept(await connectionOf(page, stage().base, BEN));
      assert.deepEqual(present, same);
    }));

  test("deleting states the blast radius; mappings and copies go, the vendor keeps everything", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const connection = await connectionOf(page, stage().base, "Atlas (team)");
      const mappings = Object.values(connection.counts).reduce((sum, one) => sum + one, 0);
      const atVendor = await countEvents(connection.externalCalendarId);
      const card = cardOf(page, "Atlas (team)");
      await card.getByRole("button", { name: "Delete" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(`${mappings} mappings`).waitFor();
      await dialog.getByRole("button", { name: "Delete" }).click();
      await card.waitFor({ state: "detached" });
      await page.getByText("Atlas (team) deleted").waitFor();
      await page.getByRole("link", { name: "Coming events" }).click();
      await page.locator(".entry").first().waitFor();
      await page.locator(".filter-open").getByText("Birthdays").waitFor();
      for (const place of [".filter-open", ".meta-calendar"]) assert.equal(await page.locator(place).getByText("Atlas (team)").count(), 0, place);
      assert.equal(await countEvents(connection.externalCalendarId), atVendor);
      assertQuiet(page, /status of 409/);
    }));
}
