// Pretended sync runs: phases over the live stream, numbers at the end.

/** Sends an event to every open stream. */
export function send(state, event, data) {
  for (const response of state.listeners) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs one connection through its phases; `pace` is the length of a phase in ms. */
export async function runSync(state, connection, pace) {
  state.serial += 1;
  const runId = `run-${state.serial}`;
  const signal = (phase, seen) => send(state, "sync", { connectionId: connection.id, runId, phase, synced: 0, updated: 0, skipped: 0, seen, message: null });
  connection.syncing = true;
  connection.progress = { phase: "listing", seen: 0 };
  signal("started", 0);
  for (const [phase, share] of [["listing", 0.2], ["fetching", 0.6], ["comparing", 1]]) {
    const seen = Math.round(share * Math.max(40, connection.metrics.eventsSynced));
    connection.progress = { phase, seen };
    signal(phase, seen);
    await wait(pace);
  }
  const failed = connection.status === "Error" || connection.reauthRequired;
  connection.syncing = false;
  connection.progress = null;
  connection.nextSync = new Date(Date.now() + 900_000).toISOString().replace(/\.\d+Z$/, "Z");
  if (!failed) {
    connection.lastSync = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    connection.metrics = { eventsSynced: Math.max(12, connection.metrics.eventsSynced), syncDuration: pace * 3 };
    if (connection.counts.mirrored === 0) connection.counts.mirrored = 12;
  } else {
    connection.consecutiveFailures += 1;
  }
  signal(failed ? "failed" : "finished", connection.metrics.eventsSynced);
  send(state, "connection", { connectionId: connection.id });
  return failed;
}

/** The answer of "sync all". */
export async function syncAll(state, pace) {
  const active = state.connections.filter((one) => one.enabled);
  const results = await Promise.all(
    active.map(async (one, index) => {
      const failed = await runSync(state, one, pace + index * 60);
      const counts = failed ? { synced: 0, updated: 0, skipped: 0 } : { synced: 10 - index * 2, updated: index === 0 ? 2 : 1, skipped: index };
      const result = { connectionId: one.id, email: one.email, calendarName: one.name, status: failed ? "error" : "success", ...counts, total: counts.synced + counts.updated + counts.skipped };
      return failed ? { ...result, error: one.lastError?.message ?? "Authentication failed" } : result;
    }),
  );
  const sum = (key) => results.reduce((total, one) => total + one[key], 0);
  const good = results.filter((one) => one.status === "success").length;
  return {
    success: good === results.length,
    message: results.length === 0 ? "No calendars connected" : `Synced ${good} of ${results.length} calendar(s)`,
    synced: sum("synced"),
    updated: sum("updated"),
    skipped: sum("skipped"),
    total: sum("total"),
    results,
    timestamp: new Date().toISOString(),
  };
}
