import { useState } from "preact/hooks";
import { updateConnection } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Connection } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Notice } from "../../parts/Notice";

export function RenameDialog({ connection, onClose, onRenamed }: { connection: Connection; onClose: () => void; onRenamed: (changed: Connection) => void }) {
  const [name, setName] = useState(connection.name);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy || name.trim() === "") return;
    setBusy(true);
    try {
      onRenamed(await updateConnection(connection.id, { name: name.trim() }));
      onClose();
    } catch (error) {
      setFailure(asProblem(error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Rename ${connection.name}`} onClose={onClose}>
      <form class="form" onSubmit={(event) => void save(event)}>
        <label class="field">
          <span>Name in Tidecal</span>
          <input autofocus type="text" value={name} maxLength={200} required onInput={(event) => setName(event.currentTarget.value)} />
          <span class="field-hint">The calendar at the vendor keeps its name.</span>
        </label>
        {failure !== null && <Notice tone="error" role="alert" title={failure} />}
        <div class="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" icon="check" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
