// Typed calls to the server, one line each. Not here: state, retries, wording.
import { ApiProblem, networkProblem, problemFrom } from "./problem";
import type {
  Account,
  Calendar,
  Conflict,
  ConflictSides,
  Connection,
  Health,
  HeldList,
  InstancePage,
  List,
  ManualSync,
  MappingRow,
  Page,
  Plan,
  ProviderInfo,
  RemoteCalendar,
  Session,
  Verdict,
} from "./types";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Query = Record<string, string | number | null | undefined>;

let onUnauthorised: () => void = () => undefined;

/** Registers what happens when the session has ended (401 anywhere but on signing in). */
export function whenSignedOut(listener: () => void): void {
  onUnauthorised = listener;
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Waits for the network; whatever goes wrong there is a problem for the reader, unless we gave up ourselves. */
async function reached<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw networkProblem();
  }
}

async function call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;

  const answer = await reached(fetch(path, init));
  // A refusal is one even if its words were lost on the way: the status says enough.
  const text = await reached(answer.text()).catch((error: unknown) => {
    if (answer.ok || !(error instanceof ApiProblem)) throw error;
    return "";
  });
  if (!answer.ok) {
    if (answer.status === 401 && path !== "/api/session") onUnauthorised();
    throw problemFrom(answer.status, text);
  }
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiProblem(answer.status, "bad_answer", "The server's answer could not be read. A proxy in between may have replaced it; reload the page.");
  }
}

const id = encodeURIComponent;
const base = "/api/calendar";

export const getSession = () => call<Session>("GET", "/api/session");
export const createSession = (email: string, password: string) => call<Session>("POST", "/api/session", { email, password });
export const deleteSession = () => call<void>("DELETE", "/api/session");

export const getHealth = (signal?: AbortSignal) => call<Health>("GET", `${base}/health`, undefined, signal);
export const syncAll = () => call<ManualSync>("POST", `${base}/sync/manual`, {});

export const listProviders = (signal?: AbortSignal) => call<List<ProviderInfo>>("GET", `${base}/providers`, undefined, signal);
export const startOauth = (provider: string, accountId?: string) =>
  call<{ authorizationUrl: string }>("GET", withQuery(`${base}/oauth/${id(provider)}/start`, { accountId }));

export const listAccounts = (signal?: AbortSignal) => call<List<Account>>("GET", `${base}/accounts`, undefined, signal);
export const disconnectAccount = (account: string) => call<Account>("POST", `${base}/accounts/${id(account)}/disconnect`);
export const deleteAccount = (account: string) => call<void>("DELETE", `${base}/accounts/${id(account)}`);
export const listRemoteCalendars = (account: string, signal?: AbortSignal) =>
  call<List<RemoteCalendar>>("GET", `${base}/accounts/${id(account)}/calendars`, undefined, signal);

export interface CaldavLogin {
  url: string;
  username: string;
  password: string;
  accountId?: string;
}
export const connectCaldav = (login: CaldavLogin) => call<Account>("POST", `${base}/accounts/caldav`, login);

export const listConnections = (signal?: AbortSignal) => call<List<Connection>>("GET", `${base}/connections`, undefined, signal);
export const createConnection = (accountId: string, externalCalendarId: string, name: string) =>
  call<Connection>("POST", `${base}/connections`, { accountId, externalCalendarId, name, syncDirection: "inbound", enabled: true });
export const updateConnection = (connection: string, change: { name?: string; enabled?: boolean; syncDirection?: Connection["syncDirection"] }) =>
  call<Connection>("PATCH", `${base}/connections/${id(connection)}`, change);
/** What the next sync would do after that change; nothing is changed. */
export const planConnection = (connection: string, change: { syncDirection?: Connection["syncDirection"] }, signal?: AbortSignal) =>
  call<Plan>("POST", `${base}/connections/${id(connection)}/plan`, change, signal);
/** Without `confirm` the server answers 409 with the number of mappings that would go. */
export const deleteConnection = (connection: string, confirm: boolean) =>
  call<void>("DELETE", withQuery(`${base}/connections/${id(connection)}`, { confirm: confirm ? "true" : null }));
export const syncConnection = (connection: string) => call<{ runId: string }>("POST", `${base}/connections/${id(connection)}/sync`);
export const resyncConnection = (connection: string) => call<{ runId: string }>("POST", `${base}/connections/${id(connection)}/resync`);
export const listVerdicts = (connection: string, verdict: Verdict, signal?: AbortSignal) =>
  call<List<MappingRow>>("GET", withQuery(`${base}/connections/${id(connection)}/events`, { verdict }), undefined, signal);

export const listConflicts = (signal?: AbortSignal) => call<Page<Conflict>>("GET", withQuery(`${base}/conflicts`, { limit: 200 }), undefined, signal);
export const getConflict = (conflict: string, signal?: AbortSignal) => call<ConflictSides>("GET", `${base}/conflicts/${id(conflict)}`, undefined, signal);
export interface Resolution {
  choice: "local" | "remote" | "fields";
  fields?: Record<string, "local" | "remote">;
  localVersion?: number;
}
export const resolveConflict = (conflict: string, resolution: Resolution) => call<Conflict>("POST", `${base}/conflicts/${id(conflict)}/resolve`, resolution);
export const resetConflict = (conflict: string) => call<Conflict>("POST", `${base}/conflicts/${id(conflict)}/reset`);

export const listHeld = (signal?: AbortSignal) => call<HeldList>("GET", `${base}/held`, undefined, signal);
export const releaseRun = (connection: string) => call<void>("POST", `${base}/connections/${id(connection)}/release`);
export const discardRun = (connection: string) => call<{ restored: number }>("POST", `${base}/connections/${id(connection)}/discard`);
export const releaseWrite = (held: string) => call<void>("POST", `${base}/held/${id(held)}/release`);
export const discardWrite = (held: string) => call<void>("POST", `${base}/held/${id(held)}/discard`);

export const listCalendars = (signal?: AbortSignal) => call<List<Calendar>>("GET", `${base}/calendars`, undefined, signal);
export interface EventQuery {
  start: string;
  end: string;
  limit: number;
  cursor: string | null;
}
export const listEvents = (query: EventQuery, signal?: AbortSignal) =>
  call<InstancePage>("GET", withQuery(`${base}/events`, { ...query }), undefined, signal);
export const getEvent = (event: string, signal?: AbortSignal) =>
  call<Record<string, unknown>>("GET", `${base}/events/${id(event)}`, undefined, signal);

export const streamPath = `${base}/stream`;
