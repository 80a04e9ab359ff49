// What several real scenarios do.
import assert from "node:assert/strict";

export const BEN = "ben@example.com";
export const ADA = "ada@example.com";

/** Opens Calendar Integrations and waits for its cards. */
export async function openSettings(page) {
  await page.at("/settings/calendars");
  await page.locator("article.card").first().waitFor();
}

/** The card of the calendar with exactly this name. */
export const cardOf = (page, name) => page.locator("article.card").filter({ has: page.getByRole("heading", { level: 3, name, exact: true }) });

export const badgeOf = (card, status) => card.locator(".badge").getByText(status, { exact: true });

/** The line of the coming events with this title. */
export const entryOf = (page, title) => page.locator(".entry").filter({ has: page.getByRole("button", { name: title, exact: true }) });

/** Asks the JSON interface as the page would. */
export async function ask(page, base, path) {
  const response = await page.request.get(base + path);
  assert.equal(response.status(), 200, path);
  return response.json();
}

export async function connectionOf(page, base, name) {
  const { items } = await ask(page, base, "/api/calendar/connections");
  const found = items.filter((one) => one.name === name);
  assert.equal(found.length, 1, `connections called ${name}`);
  return found[0];
}

/** The runs of a connection, youngest first. */
export const runsOf = async (page, base, id) => (await ask(page, base, `/api/calendar/connections/${id}/runs`)).items;

/** Lets the page note which runs have ended, as the live stream tells it. */
const listen = (page) =>
  page.evaluate(() => {
    if (window.endedRuns) return undefined;
    window.endedRuns = new Set();
    const stream = new EventSource("/api/calendar/stream");
    stream.addEventListener("sync", (event) => {
      const { runId, phase } = JSON.parse(event.data);
      if (phase === "finished" || phase === "failed") window.endedRuns.add(runId);
    });
    return new Promise((resolve) => stream.addEventListener("open", () => resolve()));
  });

/** Presses Sync Now on a card and waits until the run that it asked for is over; resolves with that run. */
export async function syncCard(page, base, card) {
  const id = await card.getAttribute("data-connection-id");
  await listen(page);
  const asked = page.waitForResponse((response) => response.url().endsWith(`/connections/${id}/sync`));
  await card.getByRole("button", { name: "Sync Now" }).click();
  const { runId } = await (await asked).json();
  await page.waitForFunction((wanted) => window.endedRuns.has(wanted), runId, { timeout: 40_000 });
  const run = (await runsOf(page, base, id)).find((one) => one.id === runId);
  assert.ok(run, "the run is in the connection's list");
  return run;
}

/** Clicks through the consent page in the window that opens by `press`. `decide` clicks in it. */
export async function inConsentWindow(page, press, decide) {
  const [popup] = await Promise.all([page.waitForEvent("popup"), press()]);
  const closed = popup.waitForEvent("close");
  await popup.getByRole("heading", { name: "An app wants access to your account" }).waitFor();
  await decide(popup);
  await closed;
}
