// The coming events: a stretch of days that grows by "load more" and is read again when something changed.
import { listEvents } from "../api/client";
import { asProblem, type ApiProblem } from "../api/problem";
import type { Instance } from "../api/types";
import { mergeInstances } from "../agenda/days";
import { addDays, startOfDay } from "../time/zone";
import { createStore } from "./store";

export const STRETCH_DAYS = 30;
const PAGE_SIZE = 200;
/** A reload never asks for more pages than this; the rest comes by "load more". */
const MAX_PAGES = 20;

export interface AgendaState {
  /** First day (inclusive) and last day (exclusive) in the viewer's zone. */
  from: string;
  to: string;
  instances: Instance[] | null;
  /** Set while the stretch has further pages. */
  cursor: string | null;
  loading: "first" | "more" | "again" | null;
  error: ApiProblem | null;
}

const empty = (from: string): AgendaState => ({
  from,
  to: addDays(from, STRETCH_DAYS),
  instances: null,
  cursor: null,
  loading: null,
  error: null,
});

export const agendaStore = createStore<AgendaState>(empty("1970-01-01"));
let current: AbortController | null = null;

const instantText = (date: string, zone: string) => new Date(startOfDay(date, zone)).toISOString().replace(".000Z", "Z");

interface Stretch {
  from: string;
  to: string;
  zone: string;
}

/** Reads pages from `cursor` on until `wanted` occurrences are there or the stretch ends. */
async function readPages(stretch: Stretch, cursor: string | null, wanted: number, signal: AbortSignal): Promise<{ instances: Instance[]; cursor: string | null }> {
  let instances: Instance[] = [];
  let next = cursor;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = { start: instantText(stretch.from, stretch.zone), end: instantText(stretch.to, stretch.zone), limit: PAGE_SIZE, cursor: next };
    const answer = await listEvents(query, signal);
    instances = mergeInstances(instances, answer.items);
    next = answer.nextCursor;
    if (next === null || instances.length >= wanted) break;
  }
  return { instances, cursor: next };
}

async function run(loading: AgendaState["loading"], work: (signal: AbortSignal) => Promise<Partial<AgendaState>>): Promise<void> {
  current?.abort();
  const mine = new AbortController();
  current = mine;
  agendaStore.set({ ...agendaStore.get(), loading });
  try {
    const change = await work(mine.signal);
    if (current === mine) agendaStore.set({ ...agendaStore.get(), ...change, error: null, loading: null });
  } catch (error) {
    if (current === mine) agendaStore.set({ ...agendaStore.get(), error: asProblem(error), loading: null });
  }
}

/** Forgets everything (signing out). */
export function clearAgenda(): void {
  current?.abort();
  current = null;
  agendaStore.set(empty("1970-01-01"));
}

/** Shows the stretch that begins on `from`; one that is there already is only brought up to date. */
export function openAgenda(from: string, zone: string): Promise<void> {
  const known = agendaStore.get();
  if (known.from === from && known.instances !== null) return reloadAgenda(zone);
  agendaStore.set(empty(from));
  const { to } = agendaStore.get();
  return run("first", (signal) => readPages({ from, to, zone }, null, 1, signal));
}

/** Reads again what is shown, e.g. after a sync. Does not disturb a "load more" on its way. */
export function reloadAgenda(zone: string): Promise<void> {
  const { from, to, instances, loading } = agendaStore.get();
  if (loading === "first" || loading === "more") return Promise.resolve();
  return run("again", (signal) => readPages({ from, to, zone }, null, instances?.length ?? 1, signal));
}

/** The next page of the stretch or, at its end, the next stretch. */
export function loadMore(zone: string): Promise<void> {
  const { from, to, instances, cursor } = agendaStore.get();
  return run("more", async (signal) => {
    if (cursor !== null) {
      const page = await readPages({ from, to, zone }, cursor, 1, signal);
      return { instances: mergeInstances(instances ?? [], page.instances), cursor: page.cursor };
    }
    const further = addDays(to, STRETCH_DAYS);
    const page = await readPages({ from: to, to: further, zone }, null, 1, signal);
    return { to: further, instances: mergeInstances(instances ?? [], page.instances), cursor: page.cursor };
  });
}
