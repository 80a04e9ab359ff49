// Calendar Integrations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, fulfil, rewrite, withPage } from "../lib/browser.mjs";

const CONNECTIONS = "**/api/calendar/connections";

async function openSettings(page, path = "/settings/calendars") {
  await page.at(path);
  await page.locator("article.card").first().waitFor();
}

/** Shows only the first connection, changed. */
const withConnection = (page, change) => rewrite(page, CONNECTIONS, (body) => ({ items: body.items.slice(0, 1).map((one) => ({ ...one, ...change })) }));

export function settingsScenarios(stage) {
  for (const path of ["/settings/calendars", "/sales/settings/calendar"]) {
    test(`${path} shows health, summary and a card per calendar`, () =>
      withPage(stage(), {}, async (page) => {
        await openSettings(page, path);
        await page.getByText(/^(Healthy|Degraded)$/).waitFor();
        assert.deepEqual(await page.locator(".stat dt").allTextContents(), ["Total Syncs", "Active", "With Errors", "Connected"]);
        const total = Number(await page.locator(".stat dd").first().textContent());
        assert.equal(await page.locator("article.card").count(), total);
        for (const card of await page.locator("article.card").all()) {
          assert.match(await card.locator(".badge").first().textContent(), /^(Active|Error|Disabled)$/);
          assert.equal(await card.locator(".badge .icon").count() >= 1, true);
          const text = await card.textContent();
          for (const word of ["Last sync", "Direction", "Events synced", "Duration", "Failures"]) assert.ok(text.includes(word), word);
        }
        await page.getByText("Live", { exact: true }).waitFor();
        assertQuiet(page);
      }));
  }

  test("one calendar is synced from its card: Syncing…, then a new last sync", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const card = page.locator("article.card", { hasText: "Active" }).first();
      await page.route("**/connections/*/sync", async (route) => setTimeout(() => void route.continue(), 300));
      await card.getByRole("button", { name: "Sync Now" }).click();
      await card.getByRole("button", { name: "Syncing…" }).waitFor();
      await card.getByRole("button", { name: "Sync Now" }).waitFor({ timeout: 60_000 });
      await card.locator(".facts").getByText("just now").waitFor();
      assertQuiet(page);
    }));

  test("Delete states the blast radius and can be called off", () =>
    withPage(stage(), {}, async (page) => {
      await openSettings(page);
      const before = await page.locator("article.card").count();
      await page.getByRole("button", { name: "Delete" }).first().click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/^[\d,]+ mappings?$/).waitFor();
      for (const words of ["webhooks are removed", "syncing is halted"]) await dialog.getByText(words).waitFor();
      await dialog.getByRole("button", { name: "Cancel" }).click();
      assert.equal(await page.locator("article.card").count(), before);
      assertQuiet(page, /status of 409/);
    }));

  test("a failing calendar shows its error, a hint, the guide and a copy button", () =>
    withPage(stage(), { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      const lastError = { message: "Rate limit exceeded: google 429", hint: "Wait; it goes on by itself.", guide: "/docs/calendar-sync-troubleshooting#rate" };
      await withConnection(page, { status: "Error", consecutiveFailures: 3, lastError, backoffUntil: new Date(Date.now() + 600_000).toISOString(), counts: { mirrored: 1, filtered: 0, outOfWindow: 0, quarantined: 0, conflicted: 2, held: 0 } });
      await openSettings(page);
      const card = page.locator("article.card");
      for (const words of ["Error", "Conflict (2)", lastError.message, lastError.hint, "Troubleshooting guide"]) await card.getByText(words, { exact: true }).waitFor();
      await card.getByText(/Waiting until/).waitFor();
      await card.getByRole("button", { name: "Copy" }).click();
      await card.getByText("Copied").waitFor();
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /Rate limit exceeded: google 429/);
    }));

  test("an account without access offers Reconnect in place of Sync Now", () =>
    withPage(stage(), {}, async (page) => {
      await withConnection(page, { status: "Disabled", isActive: false, reauthRequired: true, oauthComplete: false, tokenExpiry: "2020-01-01T00:00:00Z" });
      await openSettings(page);
      const card = page.locator("article.card");
      await card.getByText("Disabled", { exact: true }).waitFor();
      await card.getByRole("button", { name: "Reconnect" }).waitFor();
      assert.equal(await card.getByRole("button", { name: "Sync Now" }).count(), 0);
      await card.getByText(/Access has ended/).waitFor();
    }));

  test("a paused calendar says so and can be resumed from its card", () =>
    withPage(stage(), {}, async (page) => {
      let enabled = false;
      await rewrite(page, CONNECTIONS, (body) => ({ items: body.items.slice(0, 1).map((one) => ({ ...one, enabled, isActive: enabled, status: enabled ? "Active" : "Disabled" })) }));
      const sent = [];
      await page.route("**/api/calendar/connections/*", async (route) => {
        if (route.request().method() !== "PATCH") return route.fallback();
        sent.push(route.request().postDataJSON());
        enabled = true;
        const [first] = (await (await page.request.get(stage().base + "/api/calendar/connections")).json()).items;
        return route.fulfill({ json: first });
      });
      await openSettings(page);
      const card = page.locator("article.card");
      await card.getByText(/^Paused: nothing is synced/).waitFor();
      assert.equal(await card.getByRole("button", { name: "Sync Now" }).count(), 0);
      await card.getByRole("button", { name: "Resume" }).click();
      await card.getByRole("button", { name: "Sync Now" }).waitFor();
      await page.getByText("is kept in step again").waitFor();
      assert.deepEqual(sent, [{ enabled: true }]);
      assertQuiet(page);
    }));

  test("a brake on mass deletion says what waits, and for whom", () =>
    withPage(stage(), {}, async (page) => {
      await withConnection(page, { id: "con-held", held: { reason: "60 of 80 events are gone at the source.", deletions: 60 }, counts: { mirrored: 20, filtered: 0, outOfWindow: 0, quarantined: 0, conflicted: 0, held: 60 } });
      await openSettings(page);
      const card = page.locator("article.card");
      for (const words of ["60 deletions held back", "60 of 80 events are gone at the source.", "tidecal held release con-held"]) await card.getByText(words, { exact: true }).waitFor();
      await card.getByRole("button", { name: "60 held back" }).waitFor();
    }));

  test("events without a copy are listed with the reason", () =>
    withPage(stage(), {}, async (page) => {
      await withConnection(page, { counts: { mirrored: 5, filtered: 0, outOfWindow: 0, quarantined: 1, conflicted: 0, held: 0 } });
      await fulfil(page, "**/connections/*/events?verdict=quarantined", 200, { items: [{ externalEventId: "e1@example.com", recurrenceId: null, title: "Broken lunch", verdict: "quarantined", reason: "DTEND is no date (line 41)" }] });
      await openSettings(page);
      await page.getByRole("button", { name: "1 quarantined" }).click();
      const dialog = page.getByRole("dialog");
      for (const words of ["Broken lunch", "DTEND is no date (line 41)", "e1@example.com"]) await dialog.getByText(words, { exact: true }).waitFor();
    }));

  test("a provider that is not set up says why", () =>
    withPage(stage(), {}, async (page) => {
      await rewrite(page, "**/api/calendar/providers", (body) => ({ items: [...body.items.filter((one) => one.provider !== "outlook"), { provider: "outlook", name: "Outlook Calendar", connect: "oauth", available: false, reason: "Set OUTLOOK_CLIENT_ID." }] }));
      await openSettings(page);
      await page.getByText("Outlook Calendar is not available: Set OUTLOOK_CLIENT_ID.").waitFor();
      assert.equal(await page.getByRole("button", { name: "Add Outlook Calendar" }).getAttribute("aria-disabled"), "true");
    }));

  test("the page refreshes every 30 seconds", () =>
    withPage(stage(), {}, async (page) => {
      await page.clock.install();
      await openSettings(page);
      for (const round of [1, 2]) {
        const again = page.waitForRequest(CONNECTIONS);
        await page.clock.fastForward(30_000);
        await again.catch(() => assert.fail(`no refresh in round ${round}`));
      }
    }));

  test("a load that fails says so and can be tried again", () =>
    withPage(stage(), {}, async (page) => {
      await fulfil(page, CONNECTIONS, 500, { detail: "The database is locked." });
      await page.at("/settings/calendars");
      await page.getByRole("alert").getByText("The database is locked.").waitFor();
      await page.unroute(CONNECTIONS);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator("article.card").first().waitFor();
    }));
}
