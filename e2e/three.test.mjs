// Three vendors and one calendar, as Ada of the demo: accounts at Google, at Outlook and on a CalDAV server, and what the
// team has at each of them in step. Everything is seen in the browser, or at the vendors' side.
//
//   E2E_BASE_URL=… E2E_SIGNIN_URL=<Ada's one-time link> E2E_SANDBOX_URL=… node --test three.test.mjs
import { after, before } from "node:test";
import { openStage } from "./lib/browser.mjs";
import { threeScenarios } from "./real/three.mjs";

for (const name of ["E2E_BASE_URL", "E2E_SIGNIN_URL", "E2E_SANDBOX_URL"]) {
  if (!process.env[name]) throw new Error(`${name} is not set. \`tidecal demo\` prints what it should be.`);
}

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

threeScenarios(() => stage);
