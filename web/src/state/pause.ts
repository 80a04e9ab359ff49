// Pausing a calendar and letting it go on.
import { updateConnection } from "../api/client";
import type { Connection } from "../api/types";
import { putConnection, reloadConnections } from "./data";
import { showFailure, showToast } from "./toasts";

/** Switches a connection on or off and says so. Never rejects. */
export async function switchConnection(connection: Connection, enabled: boolean): Promise<void> {
  try {
    const changed = await updateConnection(connection.id, { enabled });
    putConnection(changed);
    showToast("success", `${connection.name} ${changed.enabled ? "is kept in step again" : "is paused"}`);
    await reloadConnections();
  } catch (error) {
    showFailure(`${connection.name} was not changed`, error);
  }
}
