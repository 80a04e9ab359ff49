// Signing in, and being sent there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, fulfil, withPage } from "../lib/browser.mjs";

const REFUSED = /status of 401/; // the console's note on the expected answer

export function signinScenarios(stage) {
  test("a page asks a stranger to sign in and says how to get an account", () =>
    withPage(stage(), { signedIn: false }, async (page) => {
      await page.at("/settings/calendars");
      await page.getByRole("heading", { name: "Sign in to Tidecal" }).waitFor();
      assert.equal(await page.getByLabel("E-mail address").evaluate((field) => field === document.activeElement), true);
      await page.getByText("No account, or the password is lost?").click();
      await page.getByText("tidecal users add").waitFor();
      assertQuiet(page, REFUSED);
    }));

  test("a wrong password is said plainly, and what was typed stays", () =>
    withPage(stage(), { signedIn: false }, async (page) => {
      await page.at("/");
      await page.getByLabel("E-mail address").fill("nobody@example.com");
      await page.getByLabel("Password").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").getByText("do not belong together").waitFor();
      assert.equal(await page.getByLabel("E-mail address").inputValue(), "nobody@example.com");
      assertQuiet(page, REFUSED);
    }));

  test("empty fields are named before anything is sent", () =>
    withPage(stage(), { signedIn: false }, async (page) => {
      await page.at("/");
      let sent = 0;
      page.on("request", (request) => (sent += request.method() === "POST" ? 1 : 0));
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").getByText("Fill in both").waitFor();
      assert.equal(sent, 0);
    }));

  test("the right password leads to the page that was asked for", async (context) => {
    const { login } = stage();
    if (!login) return context.skip("no password known: set E2E_EMAIL and E2E_PASSWORD");
    await withPage(stage(), { signedIn: false }, async (page) => {
      await page.at("/settings/calendars");
      await page.getByLabel("E-mail address").fill(login.email);
      await page.getByLabel("Password").fill(login.password);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Calendar Integrations", level: 1 }).waitFor();
      assert.equal(new URL(page.url()).pathname, "/settings/calendars");
      assertQuiet(page, REFUSED);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in to Tidecal" }).waitFor();
    });
  });

  test("a session that ends leads to signing in, not to an error", () =>
    withPage(stage(), {}, async (page) => {
      await page.at("/");
      await page.locator(".entry").first().waitFor();
      await fulfil(page, "**/api/calendar/events?*", 401, { code: "unauthenticated", detail: "Sign in first." });
      await page.getByRole("button", { name: "Refresh" }).click();
      await page.getByText("Your session has ended").waitFor();
      assertQuiet(page, REFUSED);
    }));
}
