import { useState } from "preact/hooks";
import { Button } from "./Button";

/** Plain HTTP in a local network has no clipboard interface: select and copy as of old. */
function copyOldWay(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  // Behind an open dialog nothing can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  const press = async () => {
    setState((await copy(text)) ? "done" : "failed");
    setTimeout(() => setState("idle"), 2000);
  };
  return (
    <Button kind="quiet" size="small" icon={state === "done" ? "check" : "copy"} onClick={() => void press()}>
      <span aria-live="polite">{state === "idle" ? label : state === "done" ? "Copied" : "Not copied"}</span>
    </Button>
  );
}
