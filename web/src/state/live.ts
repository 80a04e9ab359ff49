// The live stream: progress of running syncs, and a bell for everything that should be loaded again.
// The pages also refresh every 30 s, so a lost stream only costs freshness.
import { streamPath } from "../api/client";
import type { SyncSignal } from "../api/types";
import { reloadConnections, reloadDecisions } from "./data";
import { createStore } from "./store";

/** Progress by connection; an entry exists only while its sync runs. */
export const progressStore = createStore<ReadonlyMap<string, SyncSignal>>(new Map());
export const liveStore = createStore<"off" | "live" | "lost">("off");

type EventsListener = () => void;
const eventsListeners = new Set<EventsListener>();

/** Calls `listener` when events may have changed on the server; at most every 3 s while a sync runs. */
export function onEventsChanged(listener: EventsListener): () => void {
  eventsListeners.add(listener);
  return () => eventsListeners.delete(listener);
}

/** Runs `action` after `wait`; calls in between join the one that waits. */
function joined(action: () => void, wait: number): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      action();
    }, wait);
  };
}

const ring = () => eventsListeners.forEach((listener) => listener());
const ringSoon = joined(ring, 400);
const ringInRun = joined(ring, 3000);
const reloadSoon = joined(() => void reloadConnections(), 400);
const decideSoon = joined(() => void reloadDecisions(), 400);

function setProgress(signal: SyncSignal): void {
  const next = new Map(progressStore.get());
  if (signal.phase === "finished" || signal.phase === "failed") next.delete(signal.connectionId);
  else next.set(signal.connectionId, signal);
  progressStore.set(next);
}

function receiveSync(signal: SyncSignal): void {
  setProgress(signal);
  if (signal.phase === "finished" || signal.phase === "failed") {
    reloadSoon();
    ringSoon();
  } else if (signal.phase === "started") {
    reloadSoon();
  } else if (signal.phase === "fetching") {
    // The first page of a long read is worth showing before the last one is there.
    ringInRun();
  }
}

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | null = null;
let wait = 2000;

function parsed<T>(event: Event): T | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as T;
  } catch {
    return null;
  }
}

export function startLive(): void {
  stopLive();
  const mine = new EventSource(streamPath);
  source = mine;
  mine.addEventListener("open", () => {
    // What was missed while the stream was down is fetched, not guessed.
    if (liveStore.get() === "lost") {
      reloadSoon();
      ringSoon();
    }
    wait = 2000;
    liveStore.set("live");
  });
  mine.addEventListener("sync", (event) => {
    const signal = parsed<SyncSignal>(event);
    if (signal) receiveSync(signal);
  });
  mine.addEventListener("connection", () => {
    reloadSoon();
    ringSoon();
  });
  mine.addEventListener("notification", decideSoon);
  mine.addEventListener("error", () => {
    liveStore.set("lost");
    progressStore.set(new Map());
    // The browser retries by itself unless the answer was refused; then it gives up for good.
    if (mine.readyState === EventSource.CLOSED && source === mine) {
      retry = setTimeout(startLive, wait);
      wait = Math.min(wait * 2, 60_000);
    }
  });
}

export function stopLive(): void {
  source?.close();
  source = null;
  if (retry !== null) clearTimeout(retry);
  retry = null;
}
