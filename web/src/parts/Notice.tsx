// Boxes that inform: alerts, empty states, failures with a way out.
import type { ComponentChildren } from "preact";
import type { ApiProblem } from "../api/problem";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

type Tone = "success" | "warning" | "error" | "info";
const ICONS: Record<Tone, IconName> = { success: "checkCircle", warning: "warning", error: "errorCircle", info: "info" };

export function Notice({ tone, title, children, actions, role }: { tone: Tone; title: ComponentChildren; children?: ComponentChildren; actions?: ComponentChildren; role?: "alert" | "status" }) {
  return (
    <div class={`notice notice-${tone}`} role={role}>
      <Icon name={ICONS[tone]} size={18} />
      <div class="notice-text">
        <p class="notice-title">{title}</p>
        {children}
      </div>
      {actions !== undefined && <div class="notice-actions">{actions}</div>}
    </div>
  );
}

/** A load that failed, with the way to try again. */
export function Failure({ what, problem, onRetry, busy = false }: { what: string; problem: ApiProblem; onRetry: () => void; busy?: boolean }) {
  return (
    <Notice
      tone="error"
      role="alert"
      title={what}
      actions={
        <Button icon="refresh" busy={busy} onClick={onRetry}>
          Try again
        </Button>
      }
    >
      <p>{problem.message}</p>
      {problem.requestId !== null && <p class="faint">Request {problem.requestId}</p>}
    </Notice>
  );
}

/** Nothing here yet, and what to do about it. */
export function Empty({ icon, title, children, actions }: { icon: IconName; title: string; children: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={26} />
      </span>
      <h2>{title}</h2>
      <div class="empty-text">{children}</div>
      {actions !== undefined && <div class="empty-actions">{actions}</div>}
    </div>
  );
}
