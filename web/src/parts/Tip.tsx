// Words that explain other words, shown on hover and on focus.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export function Tip({ text, children, align = "center" }: { text: string; children: ComponentChildren; align?: "center" | "start" | "end" }) {
  const id = useId();
  return (
    <span class={`tip tip-${align}`}>
      <span class="tip-anchor" tabIndex={0} role="note" aria-describedby={id}>
        {children}
      </span>
      <span role="tooltip" id={id} class="tip-text">
        {text}
      </span>
    </span>
  );
}
