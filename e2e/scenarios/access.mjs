// Everybody can use it: axe-core on every page in light and dark, the keyboard alone, narrow windows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { rewrite, withPage } from "../lib/browser.mjs";
import { showDecisions } from "./decisions.mjs";

/** Colours are judged when nothing moves any more. */
const settled = (page) => page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => undefined))));

/** Nothing but the colours depends on the scheme, so `rules` may be those alone. */
async function assertAccessible(page, rules = []) {
  await settled(page);
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules.length === 0 ? axe : axe.withRules(rules)).analyze();
  const grave = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  assert.deepEqual(grave.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`).join(" | ")}`), []);
}

/** Good news goes after five seconds; here it is looked at for longer. */
const keepReport = (page) =>
  page.addInitScript(() => {
    const real = window.setTimeout.bind(window);
    window.setTimeout = (action, ms, ...rest) => (ms === 5000 ? 0 : real(action, ms, ...rest));
  });

/** Forty lines of the list show everything that hundreds do, and axe-core looks at each of them. */
const shortList = (page) => rewrite(page, "**/api/calendar/events?*", (body) => ({ ...body, items: body.items.slice(0, 40) }));

/** Every view of the interface: how to get there from a fresh page. */
const VIEWS = {
  "signing in": { signedIn: false, go: async (page) => { await page.at("/"); await page.getByText("No account, or the password is lost?").click(); } },
  "coming events": { go: async (page) => { await page.at("/"); await page.locator(".entry").first().waitFor(); } },
  "an event": { go: async (page) => { await page.at("/"); await page.locator(".entry-open").first().click(); await page.getByRole("dialog").waitFor(); } },
  "the report of a sync": { go: async (page) => { await keepReport(page); await page.at("/"); await page.locator(".entry").first().waitFor(); await page.getByRole("button", { name: "Sync", exact: true }).click(); await page.locator(".report").waitFor({ timeout: 40_000 }); } },
  "calendar integrations": { go: async (page) => { await page.at("/settings/calendars"); await page.locator("article.card").first().waitFor(); } },
  "my calendars": { go: async (page) => { await page.at("/settings/calendars?tab=mine"); await page.locator(".mine-row").first().waitFor(); } },
  "a conflict": { go: async (page) => { await showDecisions(page); await page.at("/settings/calendars?tab=conflicts"); await page.getByRole("button", { name: "Choose for Review" }).click(); await page.getByRole("radio").first().waitFor(); } },
  "what is held back": { go: async (page) => { await showDecisions(page); await page.at("/settings/calendars?tab=held"); await page.locator(".decision").first().waitFor(); } },
  "the plan of a direction": { go: async (page) => { await page.at("/settings/calendars"); await page.locator(".direction").first().selectOption("outbound"); await page.getByText("Nobody is mailed.").waitFor(); } },
  "the CalDAV dialog": { go: async (page) => { await page.at("/settings/calendars"); await page.getByRole("button", { name: "Add CalDAV account" }).click(); await page.getByRole("dialog").waitFor(); } },
  "the delete dialog": { go: async (page) => { await page.at("/settings/calendars"); await page.getByRole("button", { name: "Delete" }).first().click(); await page.getByRole("dialog").waitFor(); } },
};

/** Presses Tab until the focus is on what `matches`; fails after `most` stops. */
async function tabTo(page, selector, most = 60) {
  for (let stop = 0; stop < most; stop += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  assert.fail(`${selector} is not reached with the Tab key`);
}

export function accessScenarios(stage) {
  for (const [name, view] of Object.entries(VIEWS)) {
    test(`${name}: nothing serious for axe-core in light and dark, and it fits a narrow window`, () =>
      withPage(stage(), { colorScheme: "light", signedIn: view.signedIn ?? true, reducedMotion: "reduce" }, async (page) => {
        await shortList(page);
        await view.go(page);
        await assertAccessible(page);
        await page.emulateMedia({ colorScheme: "dark" });
        await assertAccessible(page, ["color-contrast"]);
        await page.setViewportSize({ width: 390, height: 844 });
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= window, `${content} px wide in ${window}`);
      }));
  }

  test("Sync Now by keyboard alone: navigation, tab by arrow key, button", () =>
    withPage(stage(), {}, async (page) => {
      await page.at("/");
      await page.locator(".entry").first().waitFor();
      await tabTo(page, 'a[href="/settings/calendars"]');
      await page.keyboard.press("Enter");
      await page.locator("article.card").first().waitFor();
      await tabTo(page, '[role=tab][aria-selected="true"]');
      await page.keyboard.press("ArrowRight");
      await page.locator(".mine-row").first().waitFor();
      await tabTo(page, ".mine-head .button-primary");
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.equal(ring, "solid", "the focus is visible");
      await page.keyboard.press("Enter");
      await page.locator(".report").waitFor({ timeout: 40_000 });
    }));

  test("the small month is one stop for Tab; arrows walk through days and months, Enter goes there", () =>
    withPage(stage(), {}, async (page) => {
      await page.at("/");
      await page.locator(".entry").first().waitFor();
      const days = await page.locator('.month-day[tabindex="0"]').count();
      assert.equal(days, 1);
      await page.locator('.month-day[tabindex="0"]').focus();
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-date"));
      const first = await focused();
      for (let weeks = 0; weeks < 7; weeks += 1) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowLeft");
      const expected = new Date(Date.parse(`${first}T00:00:00Z`) + 48 * 86_400_000).toISOString().slice(0, 10);
      assert.equal(await focused(), expected);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Back to today" }).waitFor();
      assert.equal(await page.locator('.month-day[aria-pressed="true"]').getAttribute("data-date"), expected);
    }));

  test("the focus stays in a dialog and comes back to its button", () =>
    withPage(stage(), {}, async (page) => {
      await page.at("/settings/calendars");
      const button = page.getByRole("button", { name: "Add CalDAV account" });
      await button.waitFor();
      await button.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      for (let stop = 0; stop < 15; stop += 1) {
        await page.keyboard.press("Tab");
        assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null));
      }
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal(await button.evaluate((element) => element === document.activeElement), true);
    }));
}
