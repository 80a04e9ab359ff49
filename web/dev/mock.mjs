// A pretended server for working on the pages without the real one: deterministic data, a live stream, faults on
// demand, and the built pages (`npm run build` first). Nothing here is part of the product.
//
//   node dev/mock.mjs [--port 3000] [--empty] [--healthy] [--pace 700]
//
// Sign in with anna@example.com / tidecal-demo, or by the printed link.
// Faults: curl -X POST -d '{"path":"/api/calendar/events","status":503}' http://127.0.0.1:3000/mock/fail   (status 0: off)
import { createReadStream, existsSync, statSync } from "node:fs";
import http from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { makeState } from "./mock/data.mjs";
import { addAccount, problem, ROUTES } from "./mock/routes.mjs";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const MIME = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
// The policy of the real server: nothing inline may slip in unnoticed.
const HEADERS = { "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin" };

function answer(response, status, body) {
  const text = body === null ? "" : JSON.stringify(body);
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { ...HEADERS, ...(text === "" ? {} : { "Content-Type": type }) }).end(text);
}

const html = (response, status, body) => response.writeHead(status, { ...HEADERS, "Content-Type": MIME[".html"] }).end(`<!doctype html><html lang="en"><title>Mock</title><body>${body}`);

function sessionOf(request) {
  return /(?:^|;\s*)tidecal_session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? null;
}

function newSession(state, response) {
  const token = `ses-${(state.serial += 1)}-${Math.round(state.started % 1e6)}`;
  state.sessions.add(token);
  response.setHeader("Set-Cookie", `tidecal_session=${token}; HttpOnly; SameSite=Lax; Path=/`);
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function matchRoute(method, path) {
  for (const [verb, pattern, run] of ROUTES) {
    const found = verb === method && new RegExp(`^${pattern.replaceAll("*", "([^/]+)")}$`).exec(path);
    if (found) return { run, params: found.slice(1).map(decodeURIComponent) };
  }
  return null;
}

function openStream(state, request, response) {
  response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": hello\n\n");
  state.listeners.add(response);
  const beat = setInterval(() => response.write(": beat\n\n"), 15_000);
  request.on("close", () => {
    clearInterval(beat);
    state.listeners.delete(response);
  });
}

/** The vendor's consent page, its callback, one-time links and fault switches. */
function serveMock(state, url, body, response) {
  if (url.pathname === "/mock/consent") return html(response, 200, `<h1>Pretended consent</h1><p><a id="allow" href="/mock/callback?accountId=${encodeURIComponent(url.searchParams.get("accountId") ?? "")}">Allow</a></p>`);
  if (url.pathname === "/mock/callback") return html(response, 200, `<p id="result" data-account="${finishOauth(state, url.searchParams.get("accountId"))}">Done.</p><script src="/mock/callback.js"></script>`);
  if (url.pathname === "/mock/callback.js") {
    return response.writeHead(200, { "Content-Type": MIME[".js"] }).end('opener?.postMessage({type:"tidecal:oauth",ok:true,accountId:document.getElementById("result").dataset.account},location.origin);close();');
  }
  if (url.pathname === "/mock/fail") {
    if (body.status) state.faults.set(body.path, body.status);
    else state.faults.delete(body.path);
    return answer(response, 200, {});
  }
  return answer(response, ...problem(404, "not_found", "No such switch."));
}

function finishOauth(state, accountId) {
  const known = state.accounts.find((one) => one.id === accountId);
  if (!known) return addAccount(state, "google", "anna.private@example.com").id;
  known.status = "active";
  for (const one of state.connections.filter((each) => each.accountId === known.id)) Object.assign(one, { status: "Active", isActive: true, reauthRequired: false, oauthComplete: true });
  return known.id;
}

function serveSession(state, request, response, body) {
  const token = sessionOf(request);
  if (request.method === "POST") {
    if (body.email !== "anna@example.com" || body.password !== "tidecal-demo") return answer(response, ...problem(401, "invalid_credentials", "E-mail address or password is wrong."));
    newSession(state, response);
    return answer(response, 200, state.session);
  }
  if (!state.sessions.has(token)) return answer(response, ...problem(401, "unauthenticated", "Sign in first."));
  if (request.method === "DELETE") {
    state.sessions.delete(token);
    return answer(response, 204, null);
  }
  return answer(response, 200, state.session);
}

async function serveApi(state, pace, request, response, url, body) {
  if (url.pathname === "/api/session") return serveSession(state, request, response, body);
  const fault = state.faults.get(url.pathname);
  if (fault) return answer(response, ...problem(fault, "mock_fault", "The pretended server was told to fail."));
  if (!state.sessions.has(sessionOf(request))) return answer(response, ...problem(401, "unauthenticated", "Sign in first."));
  if (url.pathname === "/api/calendar/stream") return openStream(state, request, response);
  const route = matchRoute(request.method, url.pathname);
  if (!route) return answer(response, ...problem(404, "not_found", "No such address."));
  const result = await route.run({ state, params: route.params, query: url.searchParams, body, pace });
  return Array.isArray(result) ? answer(response, ...result) : answer(response, 200, result);
}

function serveFile(response, path) {
  const wanted = join(dist, normalize(path));
  const file = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, "index.html");
  if (!existsSync(file)) return html(response, 503, "Not built yet: npm run build");
  response.writeHead(200, { ...HEADERS, "Content-Type": MIME[extname(file)] ?? "application/octet-stream" });
  return createReadStream(file).pipe(response);
}

/** Starts the server; resolves with its address, a one-time sign-in link and `close`. */
export function startMock({ port = 0, empty = false, trouble = true, pace = 700 } = {}) {
  const state = makeState(Date.now(), { empty, trouble });
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://mock");
    const body = request.method === "GET" ? {} : await bodyOf(request);
    const link = /^\/signin\/(.+)$/.exec(url.pathname)?.[1];
    if (link !== undefined) {
      if (!state.links.delete(link)) return html(response, 410, "This link was used already.");
      newSession(state, response);
      return response.writeHead(303, { Location: "/" }).end();
    }
    if (url.pathname.startsWith("/mock/")) return serveMock(state, url, body, response);
    if (url.pathname.startsWith("/api/")) return serveApi(state, pace, request, response, url, body);
    return serveFile(response, url.pathname);
  });
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const origin = `http://127.0.0.1:${server.address().port}`;
      const newLink = () => {
        const token = `link-${(state.serial += 1)}`;
        state.links.add(token);
        return `${origin}/signin/${token}`;
      };
      const close = () => {
        for (const response of state.listeners) response.end();
        server.closeAllConnections();
        return new Promise((done) => server.close(done));
      };
      resolve({ origin, newLink, close, state });
    });
  });
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : Number(process.argv[at + 1]);
  };
  const mock = await startMock({ port: option("port", 3000), pace: option("pace", 700), empty: process.argv.includes("--empty"), trouble: !process.argv.includes("--healthy") });
  console.log(`Mock server at ${mock.origin}\nSign in once by ${mock.newLink()}`);
}
