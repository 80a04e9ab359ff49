// Coming events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, fulfil, rewrite, withPage } from "../lib/browser.mjs";

const EVENTS = "**/api/calendar/events?*";

async function openAgenda(page, path = "/") {
  await page.at(path);
  await page.locator(".entry").first().waitFor({ timeout: 60_000 });
}

/** Loads further stretches until at least `wanted` lines are there. */
async function loadAtLeast(page, wanted) {
  for (let more = 0; more < 12 && (await page.locator(".entry").count()) < wanted; more += 1) {
    const before = await page.locator(".more p").textContent();
    await page.getByRole("button", { name: "Load more" }).click();
    await page.waitForFunction((text) => document.querySelector(".more p")?.textContent !== text, before);
  }
  return page.locator(".entry").count();
}

export function agendaScenarios(stage) {
  for (const path of ["/", "/dashboard/crm/calendar"]) {
    test(`${path} lists at least ten events under day headers, in order`, () =>
      withPage(stage(), {}, async (page) => {
        await openAgenda(page, path);
        assert.ok((await loadAtLeast(page, 10)) >= 10);
        const days = await page.locator(".day h2").evaluateAll((heads) => heads.map((head) => head.id.slice(4)));
        assert.ok(days.length >= 1);
        assert.deepEqual(days, [...days].sort());
        assert.equal(new URL(page.url()).pathname, path);
        assertQuiet(page);
      }));
  }

  test("whole days stand before times", () =>
    withPage(stage(), {}, async (page) => {
      await openAgenda(page);
      const kinds = await page.locator(".day").evaluateAll((days) => days.map((day) => [...day.querySelectorAll(".entry-time")].map((time) => (/All day/.test(time.textContent) && !/\d/.test(time.textContent) ? 0 : 1))));
      // A later day of an event over several days may also read "All day"; times never come before the first of them.
      for (const day of kinds) assert.ok(day.indexOf(1) === -1 || !day.slice(0, day.indexOf(1)).includes(1));
    }));

  test("the search narrows the list, and clearing it brings everything back", () =>
    withPage(stage(), {}, async (page) => {
      await openAgenda(page);
      const all = await page.locator(".entry").count();
      const title = await page.locator(".entry-open").first().textContent();
      await page.getByLabel("Search the loaded events").fill(title);
      await page.waitForFunction((count) => document.querySelectorAll(".entry").length <= count, all);
      for (const found of await page.locator(".entry-open").allTextContents()) assert.ok(found.toLowerCase().includes(title.toLowerCase().split(" ")[0]));
      await page.getByLabel("Search the loaded events").fill("no event is called this");
      await page.getByText("Nothing matches").waitFor();
      await page.getByRole("button", { name: "Show everything" }).click();
      await page.waitForFunction((count) => document.querySelectorAll(".entry").length === count, all);
      assertQuiet(page);
    }));

  test("a calendar that is switched off is hidden, also after a reload", () =>
    withPage(stage(), {}, async (page) => {
      await openAgenda(page);
      const all = await page.locator(".entry").count();
      const boxes = page.locator(".filter-open input[type=checkbox]");
      await boxes.first().waitFor();
      for (let box = 0; box < (await boxes.count()); box += 1) await boxes.nth(box).uncheck();
      await page.getByText("Nothing matches").waitFor();
      assert.equal(await page.locator(".entry").count(), 0);
      await page.reload();
      await page.getByText("Nothing matches").waitFor();
      await page.getByRole("button", { name: "Show everything" }).click();
      await page.waitForFunction((count) => document.querySelectorAll(".entry").length === count, all);
    }));

  test("an event opens by click and closes by Escape, the focus returns to it", () =>
    withPage(stage(), {}, async (page) => {
      await openAgenda(page);
      const title = await page.locator(".entry-open").first().textContent();
      await page.locator(".entry").first().click();
      await page.getByRole("dialog").getByRole("heading", { name: title }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), title);
      assertQuiet(page);
    }));

  test("foreign text is never markup, and only web addresses become links", () =>
    withPage(stage(), {}, async (page) => {
      const evil = '<img src="/none" onerror="window.hit=1"><script>window.hit=1</script>';
      await rewrite(page, EVENTS, (body) => {
        for (const one of body.items) Object.assign(one, { title: `${evil}X`, location: evil, description: `${evil}<a href="javascript:window.hit=1">go</a>`, conferenceUrl: "javascript:window.hit=1" });
      });
      await openAgenda(page);
      assert.equal(await page.locator(".entry-join").count(), 0);
      await page.locator(".entry-open").first().click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("<img src=").first().waitFor();
      assert.equal(await dialog.locator("img, script, a[href^=javascript]").count(), 0);
      assert.equal(await page.evaluate(() => window.hit), undefined);
      assertQuiet(page);
    }));

  test("a meeting that two calendars hold stands there once, with both", () =>
    withPage(stage(), {}, async (page) => {
      const [one, other] = ["Copies A", "Copies B"].map((name, index) => ({ id: `copies-${index}`, name, color: null, timeZone: null }));
      await fulfil(page, "**/api/calendar/calendars", 200, { items: [one, other] });
      await rewrite(page, EVENTS, (body) => ({ items: [one, other, one].map((calendar, index) => ({ ...body.items[0], id: `copy-${index}`, calendarId: calendar.id, title: index === 2 ? "Another" : "Shared" })), nextCursor: null }));
      await openAgenda(page);
      const shared = page.locator(".day").first().locator(".entry", { hasText: "Shared" });
      assert.deepEqual(await shared.locator(".meta-calendar").allTextContents(), ["Copies A", "Copies B"]);
      assert.equal(await page.locator(".day").first().locator(".entry").count(), 2);
      await shared.click();
      for (const name of ["Copies A", "Copies B"]) await page.getByRole("dialog").getByText(name).waitFor();
    }));

  test("a time from another zone is shown on both clocks, a guessed zone is flagged", () =>
    withPage(stage(), {}, async (page) => {
      await rewrite(page, EVENTS, (body) => {
        body.nextCursor = null;
        body.items = body.items.slice(0, 1).map((one) => {
          const start = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
          return { ...one, allDay: false, start: `${start}T09:00:00-05:00`, end: `${start}T10:00:00-05:00`, timeZone: "America/Bogota", zoneGuessed: true };
        });
      });
      await openAgenda(page);
      const line = page.locator(".entry").first();
      await line.getByText("09:00 Bogota").waitFor();
      await line.getByText("Zone guessed").waitFor();
      assert.match(await line.locator(".entry-time").textContent(), /1[56]:00/);
    }));

  test("a load that fails says so and can be tried again", () =>
    withPage(stage(), {}, async (page) => {
      await fulfil(page, EVENTS, 503, { detail: "The database is being migrated." });
      await page.at("/");
      await page.getByRole("alert").getByText("The database is being migrated.").waitFor();
      await page.unroute(EVENTS);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator(".entry").first().waitFor();
      assertQuiet(page, /status of 503/);
    }));

  test("without a connected calendar the page says what to do", () =>
    withPage(stage(), {}, async (page) => {
      await fulfil(page, EVENTS, 200, { items: [], nextCursor: null });
      await fulfil(page, "**/api/calendar/connections", 200, { items: [] });
      await page.at("/");
      await page.getByText("No calendar is connected yet").waitFor();
      await page.getByRole("link", { name: "Connect a calendar" }).click();
      await page.getByRole("heading", { name: "Calendar Integrations", level: 1 }).waitFor();
    }));
}
