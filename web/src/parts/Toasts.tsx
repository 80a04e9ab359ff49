import { dismissToast, toastStore } from "../state/toasts";
import { useStore } from "../state/store";
import { Button } from "./Button";
import { Icon } from "./Icon";

const ICONS = { success: "checkCircle", error: "errorCircle", info: "info" } as const;

/** The messages at the lower edge. The region is always there, so that screen readers announce what enters it. */
export function Toasts() {
  const toasts = useStore(toastStore);
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label="Messages">
      {toasts.map((toast) => (
        <div key={toast.id} class={`toast toast-${toast.tone}`}>
          <Icon name={ICONS[toast.tone]} size={18} />
          <div class="toast-text">
            <strong>{toast.text}</strong>
            {toast.detail !== null && <p>{toast.detail}</p>}
          </div>
          <Button kind="quiet" size="small" icon="cross" label="Dismiss message" onClick={() => dismissToast(toast.id)} />
        </div>
      ))}
    </div>
  );
}
