// Asks before something that is hard to take back.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { asProblem } from "../api/problem";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Notice } from "./Notice";

interface ConfirmProps {
  title: string;
  action: string;
  danger?: boolean;
  onClose: () => void;
  /** Does it; the dialog stays open with the message when it rejects. */
  onConfirm: () => Promise<void>;
  children: ComponentChildren;
}

export function Confirm({ title, action, danger = false, onClose, onConfirm, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const press = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFailure(asProblem(error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind={danger ? "danger-solid" : "primary"} busy={busy} icon={danger ? "trash" : "check"} onClick={() => void press()}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {failure !== null && <Notice tone="error" role="alert" title={failure} />}
    </Dialog>
  );
}
