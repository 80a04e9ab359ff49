// Takes the pictures of the documents into docs/images.
//
//   E2E_SIGNIN_URL=… node screenshots.mjs [folder]     from a running server, e.g. `tidecal demo`
//
// Without E2E_SIGNIN_URL the pretended server stands in; give a folder then, so that no document shows it by mistake.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStage, withPage } from "./lib/browser.mjs";

const folder = process.argv[2] ?? fileURLToPath(new URL("../docs/images", import.meta.url));
if (!process.env.E2E_SIGNIN_URL && !process.argv[2]) {
  console.error("Set E2E_SIGNIN_URL to a one-time sign-in link of a running server, or name a folder to try the pretended one.");
  process.exit(1);
}

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };

async function agenda(page) {
  await page.at("/");
  await page.locator(".entry").first().waitFor({ timeout: 60_000 });
  // Names of calendars come after the events.
  await page.locator(".meta-calendar").first().waitFor();
}

/** The first meeting with people in it. */
async function event(page) {
  await agenda(page);
  await page.locator(".entry", { hasText: /\d people/ }).first().click();
  await page.getByRole("dialog").locator(".people li").first().waitFor();
}

async function settings(page) {
  await page.at("/settings/calendars");
  await page.locator("article.card").first().waitFor();
  await page.locator(".stat").first().waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
}

const PICTURES = [
  ["agenda", { colorScheme: "light", viewport: DESK }, agenda],
  ["agenda-dark", { colorScheme: "dark", viewport: DESK }, agenda],
  ["agenda-phone", { colorScheme: "light", viewport: PHONE }, agenda],
  ["event", { colorScheme: "light", viewport: DESK }, event],
  ["settings", { colorScheme: "light", viewport: { ...DESK, height: 1000 } }, settings],
  ["settings-phone-dark", { colorScheme: "dark", viewport: PHONE }, settings],
];

await mkdir(folder, { recursive: true });
const stage = await openStage();
try {
  for (const [name, options, open] of PICTURES) {
    await withPage(stage, { deviceScaleFactor: 1.5, reducedMotion: "reduce", ...options }, async (page) => {
      await open(page);
      // Nothing looks pointed at.
      await page.mouse.move(2, options.viewport.height - 2);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
      console.log(join(folder, `${name}.png`));
    });
  }
} finally {
  await stage.close();
}
