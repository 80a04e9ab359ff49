// Deleting a connection: the server says what would go before anything goes.
import { useEffect, useState } from "preact/hooks";
import { deleteConnection } from "../../api/client";
import { ApiProblem, asProblem } from "../../api/problem";
import type { Connection } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Notice } from "../../parts/Notice";
import { calendars, reloadConnections } from "../../state/data";
import { showToast } from "../../state/toasts";
import { plural } from "../../text/search";

type Radius = { kind: "asking" } | { kind: "known"; mappings: number } | { kind: "unknown"; problem: ApiProblem };

/** Asks by a DELETE without confirmation, which the server refuses with the numbers. */
function useBlastRadius(connectionId: string): Radius {
  const [radius, setRadius] = useState<Radius>({ kind: "asking" });
  useEffect(() => {
    let here = true;
    deleteConnection(connectionId, false)
      .then(() => new ApiProblem(200, "deleted", "It is deleted already."), asProblem)
      .then((problem) => {
        if (!here) return;
        const { mappings } = problem.body;
        setRadius(problem.status === 409 && typeof mappings === "number" ? { kind: "known", mappings } : { kind: "unknown", problem });
      })
      .catch(() => undefined);
    return () => {
      here = false;
    };
  }, [connectionId]);
  return radius;
}

export function DeleteDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const radius = useBlastRadius(connection.id);
  const remove = async () => {
    try {
      await deleteConnection(connection.id, true);
    } catch (error) {
      // Somebody else was faster: the wish is fulfilled.
      if (asProblem(error).status !== 404) throw error;
    }
    showToast("success", `${connection.name} deleted`, "Jobs that still name it skip it quietly.");
    await Promise.all([reloadConnections(), calendars.reload()]);
  };
  return (
    <Confirm title={`Delete ${connection.name}?`} action="Delete" danger onClose={onClose} onConfirm={remove}>
      <p>This cannot be undone. For this calendar:</p>
      <ul class="blast">
        <li>
          {radius.kind === "asking" && <span aria-busy="true">counting mappings…</span>}
          {radius.kind === "known" && (
            <>
              <strong>{plural(radius.mappings, "mapping")}</strong> to events {radius.mappings === 1 ? "is" : "are"} removed
            </>
          )}
          {radius.kind === "unknown" && "all mappings to its events are removed"}
        </li>
        <li>webhooks are removed</li>
        <li>syncing is halted</li>
      </ul>
      <p class="muted">The calendar at the vendor is not touched. To pause instead, use Disconnect or switch it off.</p>
      {radius.kind === "unknown" && radius.problem.status !== 409 && <Notice tone="warning" title={radius.problem.message} />}
    </Confirm>
  );
}
