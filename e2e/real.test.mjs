// What only a real server can show, as Ben of the demo: the vendor's consent page clicked through, first syncs, changes and
// failures at the vendor, disconnecting and deleting. The demo should have been started just now: one scenario is about that.
//
//   E2E_BASE_URL=… E2E_SIGNIN_URL=<Ben's one-time link> E2E_SANDBOX_URL=… node --test real.test.mjs
import { after, before } from "node:test";
import { openStage } from "./lib/browser.mjs";
import { accountScenarios } from "./real/accounts.mjs";
import { connectScenarios } from "./real/connect.mjs";
import { firstScenarios, syncScenarios } from "./real/sync.mjs";

for (const name of ["E2E_BASE_URL", "E2E_SIGNIN_URL", "E2E_SANDBOX_URL"]) {
  if (!process.env[name]) throw new Error(`${name} is not set. \`tidecal demo\` prints what it should be; all.test.mjs runs without.`);
}

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const opened = () => stage;
firstScenarios(opened);
connectScenarios(opened);
syncScenarios(opened);
accountScenarios(opened);
