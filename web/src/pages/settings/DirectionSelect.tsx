// Which way changes of one calendar go, and the choice of it.
import { useState } from "preact/hooks";
import { updateConnection } from "../../api/client";
import type { Connection } from "../../api/types";
import { putConnection, reloadConnections } from "../../state/data";
import { showFailure, showToast } from "../../state/toasts";

type Direction = Connection["syncDirection"];

const DIRECTIONS: { value: Direction; name: string; after: (name: string) => string }[] = [
  { value: "inbound", name: "Inbound", after: (name) => `Changes in ${name} appear here. Nothing is written there.` },
  { value: "outbound", name: "Outbound", after: (name) => `Changes here reach ${name} with the next sync. Its own events stay there.` },
  { value: "bidirectional", name: "Two-way", after: () => "Changes on both sides are kept in step with the next sync. Nobody is mailed unless you say so." },
];

/** Goes back to what it was if the server refuses, and says why. */
export function DirectionSelect({ connection }: { connection: Connection }) {
  const [busy, setBusy] = useState(false);
  const choose = async (value: Direction) => {
    setBusy(true);
    try {
      putConnection(await updateConnection(connection.id, { syncDirection: value }));
      const chosen = DIRECTIONS.find((it) => it.value === value);
      showToast("success", `${connection.name}: ${chosen?.name ?? value}`, chosen?.after(connection.name));
    } catch (error) {
      showFailure(`${connection.name} was not changed`, error);
    }
    await reloadConnections();
    setBusy(false);
  };
  return (
    <select
      class="direction"
      aria-label={`Direction of ${connection.name}`}
      disabled={busy}
      value={connection.syncDirection}
      onChange={(event) => void choose(event.currentTarget.value as Direction)}
    >
      {DIRECTIONS.map(({ value, name }) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
