// Which way changes of one calendar go, and the choice of it: what a choice would do is shown first.
import { useState } from "preact/hooks";
import type { Connection } from "../../api/types";
import { putConnection, reloadConnections } from "../../state/data";
import { showToast } from "../../state/toasts";
import { PlanDialog } from "./PlanDialog";

type Direction = Connection["syncDirection"];

const DIRECTIONS: { value: Direction; name: string; after: (name: string) => string }[] = [
  { value: "inbound", name: "Inbound", after: (name) => `Changes in ${name} appear here. Nothing is written there.` },
  { value: "outbound", name: "Outbound", after: (name) => `Changes here reach ${name} with the next sync. Its own events stay there.` },
  { value: "bidirectional", name: "Two-way", after: () => "Changes on both sides are kept in step with the next sync. Nobody is mailed unless you say so." },
];

/** Shows what is stored until the choice is confirmed. */
export function DirectionSelect({ connection }: { connection: Connection }) {
  const [asked, setAsked] = useState<Direction | null>(null);
  const chosen = DIRECTIONS.find((it) => it.value === asked);
  const changed = (now: Connection) => {
    putConnection(now);
    showToast("success", `${connection.name}: ${chosen?.name ?? now.syncDirection}`, chosen?.after(connection.name));
    void reloadConnections();
  };
  return (
    <>
      <select
        class="direction"
        aria-label={`Direction of ${connection.name}`}
        value={connection.syncDirection}
        onChange={(event) => {
          const value = event.currentTarget.value as Direction;
          event.currentTarget.value = connection.syncDirection;
          setAsked(value);
        }}
      >
        {DIRECTIONS.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {chosen && <PlanDialog connection={connection} direction={chosen.value} words={chosen.name} onClose={() => setAsked(null)} onChanged={changed} />}
    </>
  );
}
