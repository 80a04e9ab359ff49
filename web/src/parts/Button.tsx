// Buttons. A button that cannot be used says why: `disabledReason` keeps it focusable and explains.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon, type IconName } from "./Icon";

export interface ButtonProps {
  children?: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  icon?: IconName;
  /** Says what the button does when it has no text. */
  label?: string;
  kind?: "plain" | "primary" | "quiet" | "danger" | "danger-solid";
  size?: "small" | "normal";
  type?: "button" | "submit";
  busy?: boolean;
  disabled?: boolean;
  disabledReason?: string | null;
  tip?: string | null;
  tipAlign?: "center" | "start" | "end";
  expanded?: boolean;
}

export function Button(props: ButtonProps) {
  const tipId = useId();
  const { kind = "plain", size = "normal", busy = false } = props;
  // Once pressed, the tip gets out of the way of what the press brought up.
  const [pressed, setPressed] = useState(false);
  const blocked = Boolean(props.disabledReason);
  const tip = props.disabledReason ?? props.tip ?? null;
  const classes = ["button", `button-${kind}`, `button-${size}`];
  if (props.children === undefined) classes.push("button-icon");
  const button = (
    <button
      type={props.type ?? "button"}
      class={classes.join(" ")}
      aria-label={props.label}
      aria-describedby={tip !== null ? tipId : undefined}
      aria-disabled={blocked || busy ? true : undefined}
      aria-expanded={props.expanded}
      aria-busy={busy ? true : undefined}
      disabled={props.disabled}
      onClick={(event) => {
        if (blocked || busy) {
          event.preventDefault();
          return;
        }
        setPressed(true);
        props.onClick?.(event);
      }}
    >
      {props.icon !== undefined && <Icon name={busy ? "spinner" : props.icon} spin={busy} />}
      {props.children !== undefined && <span>{props.children}</span>}
    </button>
  );
  if (tip === null) return button;
  return (
    <span class={`tip tip-${props.tipAlign ?? "center"}${pressed ? " tip-off" : ""}`} onMouseLeave={() => setPressed(false)}>
      {button}
      <span role="tooltip" id={tipId} class="tip-text">
        {tip}
      </span>
    </span>
  );
}
