// Google, Outlook and CalDAV around one calendar.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, withPage } from "../lib/browser.mjs";
import { addEvent, changeEvent, sandbox } from "../lib/sandbox.mjs";
import { ADA, ask, cardOf, entryOf, openSettings, syncCard } from "./pieces.mjs";

const ATLAS = "team-atlas@group.calendar.example.com";
const NAMES = ["Google Calendar", "Outlook Calendar", "CalDAV"];

/** The connections of the shared local calendar: those of the calendar that Google's is in. */
async function shared(page, base) {
  const { items } = await ask(page, base, "/api/calendar/connections");
  const first = items.find((one) => one.name === "Team Atlas");
  assert.ok(first, "Team Atlas is connected");
  return items.filter((one) => one.calendarId === first.calendarId);
}

/** Titles of what a vendor has of the team's calendar. */
const atOutlook = async (id) => (await sandbox("GET", `/graph/events/${encodeURIComponent(id)}`)).items.map((one) => one.subject);
const atCaldav = async () => {
  const { items } = await sandbox("GET", `/caldav/objects/${encodeURIComponent(ADA)}/team`);
  return items.map((one) => one.text.replaceAll("\r\n ", "").match(/^SUMMARY:(.*)$/m)?.[1].trim().replaceAll("\\,", ","));
};

/** Asks again until `found` answers true; each time the cards of the three are synced by their buttons. */
async function syncedUntil(page, base, connections, found) {
  for (let round = 0; round < 4; round += 1) {
    for (const { id } of connections) await syncCard(page, base, page.locator(`article.card[data-connection-id="${id}"]`));
    if (await found()) return;
  }
  assert.fail("it never arrived");
}

export function threeScenarios(stage) {
  test("the page of calendars shows an account at each vendor, each with its calendars", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      for (const name of NAMES) {
        await page.getByText(name, { exact: true }).first().waitFor({ timeout: 60_000 });
      }
      for (const name of ["Team Atlas", "Calendar", "Personal", "School"]) await cardOf(page, name).first().waitFor({ timeout: 60_000 });
      const { items } = await ask(page, stage().base, "/api/calendar/accounts");
      assert.deepEqual([...new Set(items.map((one) => one.provider))].sort(), ["caldav", "google", "outlook"]);
      const three = await shared(page, stage().base);
      assert.deepEqual(three.map((one) => [one.provider, one.syncDirection]).sort(), [["caldav", "bidirectional"], ["google", "bidirectional"], ["outlook", "bidirectional"]]);
      assertQuiet(page);
    }));

  test("an event made at Google shows at Outlook and CalDAV, and an edit of it goes the same way", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const three = await shared(page, stage().base);
      const outlook = three.find((one) => one.provider === "outlook").externalCalendarId;
      const event = await addEvent(ATLAS, "Keel laying, with guests");
      const everywhere = (title) => async () => (await atOutlook(outlook)).includes(title) && (await atCaldav()).includes(title);
      await syncedUntil(page, stage().base, three, everywhere("Keel laying, with guests"));
      await changeEvent(ATLAS, event.id, { summary: "Keel laying, moved indoors" });
      await syncedUntil(page, stage().base, three, everywhere("Keel laying, moved indoors"));
      assert.equal((await atCaldav()).includes("Keel laying, with guests"), false);
      await page.getByRole("link", { name: "Coming events" }).click();
      await entryOf(page, "Keel laying, moved indoors").first().waitFor();
      assert.deepEqual((await sandbox("GET", "/mails")).items, [], "nobody was mailed");
      assertQuiet(page);
    }));
}
