// Chromium, signed in once, and pages that remember everything that went wrong in them.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { openTarget } from "./target.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const DEFAULTS = { viewport: { width: 1280, height: 800 }, timezoneId: "Europe/Vienna", locale: "en-GB" };

/** Opens target and browser and signs in by the one-time link. */
export async function openStage(options = {}) {
  const target = await openTarget(options);
  const browser = await chromium.launch({ executablePath: process.env.E2E_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const context = await browser.newContext(DEFAULTS);
  const page = await context.newPage();
  await page.goto(target.signin);
  await page.getByRole("heading", { name: "Coming events" }).waitFor({ timeout: 15_000 });
  const storageState = await context.storageState();
  await context.close();

  /** A page in a context of its own. `signedIn: false` starts without the session. */
  async function open({ signedIn = true, ...more } = {}) {
    const own = await browser.newContext({ ...DEFAULTS, ...(signedIn ? { storageState } : {}), ...more });
    own.setDefaultTimeout(10_000);
    return watched(await own.newPage(), target.base);
  }
  async function close() {
    await browser.close();
    await target.close();
  }
  return { base: target.base, login: target.login, open, close };
}

/** Adds to a page: `at` (go to a path), `problems` (what the console and the security policy complained about). */
function watched(page, base) {
  const problems = [];
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/i.test(message.text())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  return Object.assign(page, { problems, at: (path) => page.goto(base + path) });
}

/** Fails when the page complained, apart from answers that the scenario itself brought about. */
export function assertQuiet(page, ...expected) {
  const left = page.problems.filter((text) => !expected.some((pattern) => pattern.test(text)));
  assert.deepEqual(left, [], "console errors or violations of the security policy");
}

/** Runs `scenario` with a page and closes its context afterwards, whatever happens. */
export async function withPage(stage, options, scenario) {
  const page = await stage.open(options);
  try {
    await scenario(page);
  } finally {
    // Answers that are still being rewritten are nobody's any more.
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.context().close();
  }
}

/** Answers a request of the page with JSON instead of asking the server. */
export function fulfil(page, pattern, status, body) {
  const contentType = status >= 400 ? "application/problem+json" : "application/json";
  return page.route(pattern, (route) => route.fulfill({ status, contentType, body: JSON.stringify(body) }));
}

/** Lets the server's JSON through after `change` has seen to it. */
export function rewrite(page, pattern, change) {
  return page.route(pattern, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    await route.fulfill({ response, json: change(body) ?? body });
  });
}
