// All browser scenarios in one process: a server's one-time sign-in link can be used once.
//
//   node --test all.test.mjs                                     against the pretended server (web: npm run build first)
//   E2E_BASE_URL=… E2E_SIGNIN_URL=… node --test all.test.mjs     against a running one, e.g. `tidecal demo`
import { after, before } from "node:test";
import { openStage } from "./lib/browser.mjs";
import { accessScenarios } from "./scenarios/access.mjs";
import { agendaScenarios } from "./scenarios/agenda.mjs";
import { connectScenarios } from "./scenarios/connect.mjs";
import { decisionScenarios } from "./scenarios/decisions.mjs";
import { settingsScenarios } from "./scenarios/settings.mjs";
import { signinScenarios } from "./scenarios/signin.mjs";
import { syncScenarios } from "./scenarios/sync.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const opened = () => stage;
signinScenarios(opened);
agendaScenarios(opened);
syncScenarios(opened);
settingsScenarios(opened);
decisionScenarios(opened);
connectScenarios(opened);
accessScenarios(opened);
