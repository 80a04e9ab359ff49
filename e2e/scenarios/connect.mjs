// Connecting accounts: the sign-in window and the CalDAV dialog. The vendor's side is played here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, fulfil, rewrite, withPage } from "../lib/browser.mjs";

const START = "**/api/calendar/oauth/google/start*";
const calendar = (name, more) => ({ externalCalendarId: name, name, description: null, color: "#0d9488", timeZone: "Europe/Vienna", readOnly: false, primary: false, connectionId: null, ...more });

/** Makes Google connectable and plays its pages: the window ends with `message`. */
async function playVendor(page, base, message) {
  await rewrite(page, "**/api/calendar/providers", (body) => ({ items: [...body.items.filter((one) => one.provider !== "google"), { provider: "google", name: "Google Calendar", connect: "oauth", available: true, reason: null }] }));
  await fulfil(page, START, 200, { authorizationUrl: `${base}/vendor-consent` });
  const script = message === null ? "" : `opener.postMessage(${JSON.stringify(message)}, location.origin);`;
  await page.context().route(`${base}/vendor-consent`, (route) => route.fulfill({ contentType: "text/html", body: `<title>Consent</title><script>${script}close()</script>` }));
  await fulfil(page, "**/accounts/acc-e2e/calendars", 200, { items: [calendar("Main", { primary: true }), calendar("Team"), calendar("Taken", { connectionId: "con-1" })] });
}

async function addGoogle(page) {
  await page.at("/settings/calendars");
  await page.locator(".stat").first().waitFor();
  await page.getByRole("button", { name: "Add Google Calendar" }).click();
}

export function connectScenarios(stage) {
  test("after consent the account's calendars are offered, the main one chosen, a connected one settled", () =>
    withPage(stage(), {}, async (page) => {
      await playVendor(page, stage().base, { type: "tidecal:oauth", ok: true, accountId: "acc-e2e" });
      const created = [];
      await page.route("**/api/calendar/connections", async (route) => {
        if (route.request().method() !== "POST") return route.fallback();
        created.push(route.request().postDataJSON());
        return route.fulfill({ status: 201, contentType: "application/json", body: "{}" });
      });
      await addGoogle(page);
      const dialog = page.getByRole("dialog", { name: "Choose calendars" });
      await dialog.waitFor();
      assert.equal(await dialog.getByLabel(/^Main/).isChecked(), true);
      assert.equal(await dialog.getByLabel(/^Taken/).isDisabled(), true);
      await dialog.getByLabel(/^Team/).check();
      await dialog.getByRole("button", { name: "Connect 2 calendars" }).click();
      await dialog.waitFor({ state: "detached" });
      assert.deepEqual(created.map((one) => [one.accountId, one.externalCalendarId, one.syncDirection]), [["acc-e2e", "Main", "inbound"], ["acc-e2e", "Team", "inbound"]]);
      await page.getByText("2 calendars connected").waitFor();
    }));

  test("a refusal at the vendor is told in its words", () =>
    withPage(stage(), {}, async (page) => {
      await playVendor(page, stage().base, { type: "tidecal:oauth", ok: false, error: { code: "access_denied", detail: "You pressed Cancel at Google." } });
      await addGoogle(page);
      await page.locator(".toast-error").getByText("You pressed Cancel at Google.").waitFor();
      assertQuiet(page);
    }));

  test("a message from another origin connects nothing", () =>
    withPage(stage(), {}, async (page) => {
      await playVendor(page, stage().base, null);
      await page.addInitScript(() => {
        const real = window.open.bind(window);
        window.open = (...all) => {
          // Again and again, so that some arrive while the page listens.
          setInterval(() => window.dispatchEvent(new MessageEvent("message", { origin: "https://evil.example.org", data: { type: "tidecal:oauth", ok: true, accountId: "acc-e2e" } })), 20);
          return real(...all);
        };
      });
      await addGoogle(page);
      await page.getByText("Sign-in window closed").waitFor();
      assert.equal(await page.getByRole("dialog").count(), 0);
    }));

  test("a blocked window is explained, with a way to go on in this tab", () =>
    withPage(stage(), {}, async (page) => {
      await playVendor(page, stage().base, null);
      await page.addInitScript(() => (window.open = () => null));
      await addGoogle(page);
      await page.getByRole("alert").getByText("Your browser blocked the sign-in window").waitFor();
      await page.getByText("Allow pop-ups for this site").waitFor();
      await page.getByRole("button", { name: "Continue in this tab" }).waitFor();
    }));

  test("the CalDAV dialog explains app passwords and shows what the server refused beside its field", () =>
    withPage(stage(), {}, async (page) => {
      await fulfil(page, "**/accounts/caldav", 422, { code: "caldav_credentials", detail: "The server refused the password.", errors: [{ field: "password", message: "Use an app password." }] });
      await page.at("/settings/calendars");
      await page.locator(".stat").first().waitFor();
      await page.getByRole("button", { name: "Add CalDAV account" }).click();
      const dialog = page.getByRole("dialog");
      for (const name of ["iCloud", "Fastmail", "Nextcloud"]) await dialog.getByText(name, { exact: true }).waitFor();
      await dialog.getByText("Fastmail", { exact: true }).click();
      await dialog.getByText(/Manage app passwords/).waitFor();
      await dialog.getByLabel("Server").fill("cloud.example.org");
      await dialog.getByLabel("Username").fill("anna@example.org");
      await dialog.getByLabel("App password").fill("wrong");
      await dialog.getByRole("button", { name: "Connect" }).click();
      await dialog.locator(".field-error").getByText("Use an app password.").waitFor();
      assert.equal(await dialog.getByLabel("App password").getAttribute("aria-invalid"), "true");
      assertQuiet(page, /status of 422/);
    }));

  test("a CalDAV account is reconnected by its password alone; the server stays as it was", () =>
    withPage(stage(), {}, async (page) => {
      await rewrite(page, "**/api/calendar/accounts", (body) => ({ items: body.items.slice(0, 1).map((one) => ({ ...one, provider: "caldav", email: "anna@example.org", status: "reauth_required" })) }));
      let sent = null;
      await page.route("**/accounts/caldav", (route) => {
        sent = route.request().postDataJSON();
        return route.fulfill({ status: 201, contentType: "application/json", body: JSON.stringify({ id: sent.accountId }) });
      });
      await page.at("/settings/calendars");
      await page.locator(".account-head").getByRole("button", { name: "Reconnect" }).click();
      const dialog = page.getByRole("dialog", { name: "Reconnect anna@example.org" });
      await dialog.getByText("Leave this empty to stay with the present server.").waitFor();
      assert.equal(await dialog.getByLabel("App password").evaluate((field) => field === document.activeElement), true);
      await page.keyboard.type("new-app-password");
      await page.keyboard.press("Enter");
      await page.getByText("Account reconnected").waitFor();
      assert.deepEqual({ ...sent, accountId: typeof sent.accountId }, { url: "", username: "anna@example.org", password: "new-app-password", accountId: "string" });
    }));
}
