// Everybody can use it: axe-core on every page in light and dark, the keyboard alone, narrow windows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { withPage } from "../lib/browser.mjs";

async function assertAccessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  assert.deepEqual(grave.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`).join(" | ")}`), []);
}

/** Every view of the interface: how to get there from a fresh page. */
const VIEWS = {
  "signing in": { signedIn: false, go: async (page) => { await page.at("/"); await page.getByText("No account, or the password is lost?").click(); } },
  "coming events": { go: async (page) => { await page.at("/"); await page.locator(".entry").first().waitFor(); } },
  "an event": { go: async (page) => { await page.at("/"); await page.locator(".entry-open").first().click(); await page.getByRole("dialog").waitFor(); } },
  "the report of a sync": { go: async (page) => { await page.at("/"); await page.locator(".entry").first().waitFor(); await page.getByRole("button", { name: "Sync", exact: true }).click(); await page.locator(".report").waitFor({ timeout: 40_000 }); } },
  "calendar integrations": { go: async (page) => { await page.at("/settings/calendars"); await page.locator("article.card").first().waitFor(); } },
  "my calendars": { go: async (page) => { await page.at("/settings/calendars?tab=mine"); await page.locator(".mine-row").first().waitFor(); } },
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
    for (const colorScheme of ["light", "dark"]) {
      test(`axe-core has nothing serious against ${name}, ${colorScheme}`, () =>
        withPage(stage(), { colorScheme, signedIn: view.signedIn ?? true, reducedMotion: "reduce" }, async (page) => {
          await view.go(page);
          // Colours are judged when nothing moves any more.
          await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => undefined))));
          await assertAccessible(page);
        }));
    }

    test(`${name} fits a narrow window`, () =>
      withPage(stage(), { viewport: { width: 390, height: 844 }, signedIn: view.signedIn ?? true }, async (page) => {
        await view.go(page);
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
