// What only a person can decide: conflicts, what is held back, and a direction whose effect is shown first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, fulfil, rewrite, withPage } from "../lib/browser.mjs";

const API = "**/api/calendar";
const CONFLICT = { id: "c-1", connectionId: "gone", eventId: "e-1", title: "Review", externalEventId: "x-1", recurrenceId: null, fields: ["title"], open: true, resolution: null, resolvedAt: null, createdAt: "2026-11-30T09:00:00Z", updatedAt: "2026-11-30T09:00:00Z" };
const TIME = { start: "2026-12-01T09:00:00", end: "2026-12-01T10:00:00", timeZone: "UTC", recurrence: null };
const SIDES = { ...CONFLICT, base: { title: "Review", location: "", time: TIME }, local: { title: "Review, mine", location: "", time: TIME }, remote: { title: "Review, theirs", location: "Room 4", time: TIME }, differing: ["title", "location"], localVersion: 7 };
const HELD = { runs: [{ connectionId: "k-1", name: "Team", reason: "60 of 80 events would be deleted within 24 h", deletions: 60, releasedAt: null }], events: [{ id: "h-1", connectionId: "k-1", eventId: "e-2", title: "Board", start: "2026-12-02T09:00:00Z", reason: "would mail 2 people" }] };

/** Answers as long as nothing was sent; then the list is empty. Returns what was sent. */
async function pending(page, list, full, empty, deeds, answer = {}) {
  const sent = [];
  await page.route(list, (route) => route.fulfill({ json: sent.length > 0 ? empty : full }));
  await page.route(deeds, (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    sent.push([new URL(route.request().url()).pathname.replace("/api/calendar/", ""), route.request().postDataJSON()]);
    return route.fulfill({ json: answer });
  });
  return sent;
}

/** One conflict and two things held back, whatever the server has. */
export async function showDecisions(page) {
  await fulfil(page, `${API}/conflicts?limit=200`, 200, { items: [CONFLICT], nextCursor: null });
  await fulfil(page, `${API}/conflicts/c-1`, 200, SIDES);
  await fulfil(page, `${API}/held`, 200, HELD);
}

async function openConflict(page) {
  const sent = await pending(page, `${API}/conflicts?limit=200`, { items: [CONFLICT], nextCursor: null }, { items: [], nextCursor: null }, `${API}/conflicts/c-1/*`, CONFLICT);
  await fulfil(page, `${API}/conflicts/c-1`, 200, SIDES);
  await page.at("/settings/calendars?tab=conflicts");
  await page.getByRole("button", { name: "Choose for Review" }).click();
  const dialog = page.getByRole("dialog", { name: "Review" });
  await dialog.getByRole("rowheader", { name: "Title" }).waitFor();
  return { sent, dialog };
}

export function decisionScenarios(stage) {
  test("a conflict is settled field by field, with the keyboard alone", () =>
    withPage(stage(), {}, async (page) => {
      const { sent, dialog } = await openConflict(page);
      for (const words of ["Review, mine", "Review, theirs", "Room 4"]) await dialog.getByText(words, { exact: true }).waitFor();
      assert.equal(await dialog.getByRole("button", { name: "Save choice" }).getAttribute("aria-disabled"), "true", "a side is chosen first");
      await dialog.getByRole("radio", { name: "Review, mine" }).focus();
      await page.keyboard.press("Space");
      await dialog.getByRole("button", { name: "Save choice" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("No conflicts").waitFor();
      assert.deepEqual(sent, [["conflicts/c-1/resolve", { choice: "fields", fields: { title: "local" }, localVersion: 7 }]]);
      assertQuiet(page);
    }));

  for (const [button, path, body] of [
    ["Keep theirs", "conflicts/c-1/resolve", { choice: "remote", localVersion: 7 }],
    ["Keep mine", "conflicts/c-1/resolve", { choice: "local", localVersion: 7 }],
    ["Look again", "conflicts/c-1/reset", null],
  ]) {
    test(`a conflict is settled by ${button}`, () =>
      withPage(stage(), {}, async (page) => {
        const { sent, dialog } = await openConflict(page);
        await dialog.getByRole("button", { name: button }).click();
        await page.getByText("No conflicts").waitFor();
        assert.deepEqual(sent, [[path, body]]);
        assertQuiet(page);
      }));
  }

  test("a conflict that cannot be settled says why and stays", () =>
    withPage(stage(), {}, async (page) => {
      const { dialog } = await openConflict(page);
      await fulfil(page, `${API}/conflicts/c-1/resolve`, 409, { code: "version_moved", detail: "The event has changed meanwhile: look at it again." });
      await dialog.getByRole("button", { name: "Keep mine" }).click();
      await dialog.getByRole("alert").getByText("The event has changed meanwhile: look at it again.").waitFor();
      assertQuiet(page, /status of 409/);
    }));

  test("the badge of a calendar leads to its conflicts; without any that is said", () =>
    withPage(stage(), {}, async (page) => {
      await rewrite(page, `${API}/connections`, (body) => ({ items: body.items.slice(0, 1).map((one) => ({ ...one, counts: { ...one.counts, conflicted: 2 } })) }));
      await fulfil(page, `${API}/conflicts?limit=200`, 200, { items: [], nextCursor: null });
      await page.at("/settings/calendars");
      await page.getByRole("link", { name: "Conflict (2)" }).click();
      await page.getByRole("tab", { name: "Conflicts", selected: true }).waitFor();
      await page.getByText("No conflicts").waitFor();
      assertQuiet(page);
    }));

  test("lists that fail say so and can be tried again", () =>
    withPage(stage(), {}, async (page) => {
      for (const [tab, path] of [["conflicts", "conflicts?limit=200"], ["held", "held"]]) {
        await fulfil(page, `${API}/${path}`, 500, { detail: "The database is locked." });
        await page.at(`/settings/calendars?tab=${tab}`);
        await page.getByRole("alert").getByText("The database is locked.").waitFor();
        await page.getByRole("button", { name: "Try again" }).waitFor();
      }
      assertQuiet(page, /status of 500/);
    }));

  for (const [button, question, path] of [
    ["Release Team", "Release", "connections/k-1/release"],
    ["Give up Team", "Give up", "connections/k-1/discard"],
    ["Send Board", "Send", "held/h-1/release"],
    ["Do not send Board", "Do not send", "held/h-1/discard"],
  ]) {
    test(`what is held back is decided: ${button}`, () =>
      withPage(stage(), {}, async (page) => {
        const deeds = new RegExp("/api/calendar/(held/h-1|connections/k-1)/(release|discard)$");
        const sent = await pending(page, `${API}/held`, HELD, { runs: [], events: [] }, deeds);
        await page.at("/settings/calendars?tab=held");
        for (const words of ["60 of 80 events would be deleted within 24 h", "2 decisions wait for you. All other events go on."]) await page.getByText(words, { exact: true }).waitFor();
        await page.getByRole("button", { name: button, exact: true }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("button", { name: "Cancel" }).click();
        assert.deepEqual(sent, [], "nothing happens without a yes");
        await page.getByRole("button", { name: button, exact: true }).click();
        await dialog.getByRole("button", { name: question, exact: true }).click();
        await page.getByText("Nothing waits for you").waitFor();
        assert.deepEqual(sent.map(([to]) => to), [path]);
        assertQuiet(page);
      }));
  }

  test("a direction is changed only after its plan was seen", () =>
    withPage(stage(), {}, async (page) => {
      const counts = { createdHere: 0, changedHere: 0, deletedHere: 0, createdThere: 12, changedThere: 0, deletedThere: 0, more: 0, keptOut: 0 };
      const change = { side: "there", action: "create", eventId: "e", title: "Dentist", start: "2026-12-03T09:00:00", recurrenceId: null, fields: [], mails: ["ben@example.com"] };
      const sent = [];
      await page.route(`${API}/connections/*/plan`, (route) => {
        sent.push(["plan", route.request().postDataJSON()]);
        return route.fulfill({ json: { kind: "comparison", brake: null, counts, changes: [change], stops: [], mails: ["ben@example.com"], callsMade: 2, callsToCome: 14 } });
      });
      await page.route(`${API}/connections/*`, (route) => {
        if (route.request().method() !== "PATCH") return route.fallback();
        sent.push(["patch", route.request().postDataJSON()]);
        return route.fulfill({ status: 422, json: { code: "invalid_input", detail: "this calendar can only be read" } });
      });
      await page.at("/settings/calendars");
      const select = page.getByRole("combobox", { name: /^Direction of/ }).first();
      await select.waitFor();
      await rewrite(page, `${API}/connections`, (body) => body);
      const before = await select.inputValue();
      const [value, words] = before === "bidirectional" ? ["outbound", "Outbound"] : ["bidirectional", "Two-way"];
      await select.selectOption(value);
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/12 events are created\.$/).waitFor();
      await dialog.getByText("1 person is mailed: ben@example.com.").waitFor();
      assert.deepEqual(sent, [["plan", { syncDirection: value }]], "nothing is stored yet");
      assert.equal(await select.inputValue(), before);
      await dialog.getByText("Which events").click();
      await dialog.getByText("Dentist").waitFor();
      await dialog.getByRole("button", { name: `Switch to ${words}` }).click();
      await dialog.getByRole("alert").getByText("this calendar can only be read").waitFor();
      assert.deepEqual(sent.at(-1), ["patch", { syncDirection: value }]);
      await dialog.getByRole("button", { name: "Cancel" }).click();
      assert.equal(await select.inputValue(), before, "a refused change leaves what is stored");
      assertQuiet(page, /status of 422/);
    }));

  test("a plan that cannot be had is said, and the choice is the person's", () =>
    withPage(stage(), {}, async (page) => {
      await fulfil(page, `${API}/connections/*/plan`, 502, { code: "vendor", detail: "The calendar's server does not answer." });
      await page.at("/settings/calendars");
      const select = page.getByRole("combobox", { name: /^Direction of/ }).first();
      await select.selectOption((await select.inputValue()) === "outbound" ? "inbound" : "outbound");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("The calendar's server does not answer.").waitFor();
      for (const name of ["Try again", "Switch without a look"]) await dialog.getByRole("button", { name }).waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      assertQuiet(page, /status of 502/);
    }));
}
