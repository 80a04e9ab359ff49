// What the scenarios run against. E2E_BASE_URL and E2E_SIGNIN_URL (a one-time link) name a running server, such as
// `tidecal demo`; without them the pretended server of the web folder is started with what `npm run build` made.
import { startMock } from "../../web/dev/mock.mjs";

/**
 * `login` is null when no password is known (E2E_EMAIL, E2E_PASSWORD). `close` ends what was started here.
 */
export async function openTarget({ trouble = false } = {}) {
  const base = process.env.E2E_BASE_URL;
  const signin = process.env.E2E_SIGNIN_URL;
  if (base || signin) {
    if (!signin) throw new Error("E2E_BASE_URL needs E2E_SIGNIN_URL beside it: a one-time sign-in link of that server");
    const { E2E_EMAIL: email, E2E_PASSWORD: password } = process.env;
    return { base: (base ?? new URL(signin).origin).replace(/\/+$/, ""), signin, login: email && password ? { email, password } : null, close: async () => undefined };
  }
  const mock = await startMock({ trouble, pace: 250 });
  return { base: mock.origin, signin: mock.newLink(), login: { email: "anna@example.com", password: "tidecal-demo" }, close: mock.close };
}
