// What a change of a calendar's direction would do, before it is made.
import { useEffect, useState } from "preact/hooks";
import { planConnection, updateConnection } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Connection, Plan, PlannedChange } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Failure, Notice } from "../../parts/Notice";
import { Skeleton } from "../../parts/Skeleton";
import { planSentences } from "../../text/plan";

const LISTED = 20;
const ACTIONS: Record<PlannedChange["action"], string> = { create: "created", update: "changed", delete: "deleted", answer: "answered" };

function Changes({ plan, name }: { plan: Plan; name: string }) {
  if (plan.changes.length === 0) return null;
  const more = plan.changes.length + plan.counts.more - LISTED;
  return (
    <details class="plan-changes">
      <summary>Which events</summary>
      <ul>
        {plan.changes.slice(0, LISTED).map((change, index) => (
          <li key={index}>
            <strong>{change.title === "" ? "(no title)" : change.title}</strong>, {change.start.replace("T", " ")}: {ACTIONS[change.action]} {change.side === "here" ? "here" : `in ${name}`}
            {change.fields.length > 0 && ` (${change.fields.map((one) => one.field).join(", ")})`}
          </li>
        ))}
      </ul>
      {more > 0 && <p class="muted">and {more.toLocaleString("en")} more</p>}
    </details>
  );
}

function Told({ plan, name }: { plan: Plan; name: string }) {
  return (
    <>
      <ul class="plan" aria-label="What the next sync would do">
        {planSentences(plan, name).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Changes plan={plan} name={name} />
    </>
  );
}

interface PlanDialogProps {
  connection: Connection;
  direction: Connection["syncDirection"];
  /** The direction in words. */
  words: string;
  onClose: () => void;
  onChanged: (changed: Connection) => void;
}

/** Nothing is changed before the plan was seen, or could not be had and the person goes on all the same. */
export function PlanDialog({ connection, direction, words, onClose, onChanged }: PlanDialogProps) {
  const [plan, setPlan] = useState<Plan | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setProblem(null);
    planConnection(connection.id, { syncDirection: direction }, controller.signal).then(setPlan, (error: unknown) => {
      if (!controller.signal.aborted) setProblem(asProblem(error));
    });
    return () => controller.abort();
  }, [connection.id, direction, round]);
  const save = async () => {
    setBusy(true);
    setRefused(null);
    try {
      onChanged(await updateConnection(connection.id, { syncDirection: direction }));
      onClose();
    } catch (error) {
      setRefused(asProblem(error).message);
      setBusy(false);
    }
  };
  const loading = plan === null && problem === null;
  return (
    <Dialog
      title={`${connection.name}: ${words}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" icon="check" busy={busy} disabledReason={loading ? "Wait until it is known what would happen." : null} onClick={() => void save()}>
            {problem === null ? `Switch to ${words}` : "Switch without a look"}
          </Button>
        </>
      }
    >
      {loading && <Skeleton lines={3} label="Looking at both calendars" />}
      {plan !== null && (
        <>
          <p>The next sync, right after the change, would do this:</p>
          <Told plan={plan} name={connection.name} />
        </>
      )}
      {problem !== null && <Failure what="It could not be found out what would happen" problem={problem} onRetry={() => setRound(round + 1)} />}
      {refused !== null && <Notice tone="error" role="alert" title={refused} />}
    </Dialog>
  );
}
