// Takes the pictures of the documents: docs/images/agenda.png, agenda-dark.png, settings.png.
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

async function shoot(stage, name, options, open) {
  await withPage(stage, { deviceScaleFactor: 2, reducedMotion: "reduce", ...options }, async (page) => {
    await open(page);
    // Let the last answer be drawn, and nothing look pressed or focused.
    await page.waitForTimeout(600);
    await page.mouse.move(2, 798);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(join(folder, `${name}.png`));
  });
}

async function agenda(page) {
  await page.at("/");
  await page.locator(".entry").first().waitFor({ timeout: 60_000 });
}

async function settings(page) {
  await page.at("/settings/calendars");
  await page.locator("article.card").first().waitFor();
}

await mkdir(folder, { recursive: true });
const stage = await openStage();
try {
  await shoot(stage, "agenda", { colorScheme: "light" }, agenda);
  await shoot(stage, "agenda-dark", { colorScheme: "dark" }, agenda);
  await shoot(stage, "settings", { colorScheme: "light", viewport: { width: 1280, height: 1000 } }, settings);
} finally {
  await stage.close();
}
