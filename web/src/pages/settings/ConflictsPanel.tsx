// Events that both sides changed, until somebody chooses.
import { useEffect, useState } from "preact/hooks";
import { getConflict, type Resolution, resetConflict, resolveConflict } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Conflict, ConflictSides, Connection } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Empty, Failure, Notice } from "../../parts/Notice";
import { Skeleton } from "../../parts/Skeleton";
import { clockface, useNow } from "../../state/clock";
import { conflicts, connections, reloadDecisions } from "../../state/data";
import { useStore } from "../../state/store";
import { showToast } from "../../state/toasts";
import { fieldName, valueWords } from "../../text/sides";
import { fullTime, timeAgo } from "../../time/words";

type Side = "local" | "remote";
const SIDES: Side[] = ["local", "remote"];

const titleOf = (conflict: Conflict) => conflict.title || "Untitled event";

function whatHappened(conflict: Conflict): string {
  if (conflict.fields.length === 0) return "One side deleted what the other changed.";
  return `Both sides changed: ${conflict.fields.map(fieldName).join(", ")}.`;
}

/** A row per field that differs; where both changed it, a choice. */
function SideTable({ sides, place, chosen, onChoose }: { sides: ConflictSides; place: string; chosen: Record<string, Side>; onChoose: (field: string, side: Side) => void }) {
  const fields = sides.differing.length > 0 ? sides.differing : ["title", "time"];
  const cell = (field: string, side: Side) => {
    const event = sides[side];
    const words = event === null ? "Deleted" : valueWords(field, event[field]);
    if (!sides.fields.includes(field)) return words;
    return (
      <label class="side-choice">
        <input type="radio" name={`side-${field}`} checked={chosen[field] === side} onChange={() => onChoose(field, side)} />
        <span>{words}</span>
      </label>
    );
  };
  return (
    <div class="sides">
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Agreed before</th>
            <th scope="col">Here</th>
            <th scope="col">{place}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              <td>{sides.base === null ? "—" : valueWords(field, sides.base[field])}</td>
              {SIDES.map((side) => (
                <td key={side}>{cell(field, side)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function useSides(id: string) {
  const [sides, setSides] = useState<ConflictSides | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const loading = new AbortController();
    setProblem(null);
    getConflict(id, loading.signal).then(setSides, (error: unknown) => {
      if (!loading.signal.aborted) setProblem(asProblem(error));
    });
    return () => loading.abort();
  }, [id, round]);
  return { sides, problem, again: () => setRound(round + 1) };
}

function ConflictDialog({ conflict, place, onClose }: { conflict: Conflict; place: string; onClose: () => void }) {
  const { sides, problem, again } = useSides(conflict.id);
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const [busy, setBusy] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const decide = async (what: string, work: () => Promise<unknown>, told: string) => {
    setBusy(what);
    setRefused(null);
    try {
      await work();
      showToast("success", titleOf(conflict), told);
      onClose();
      await reloadDecisions();
    } catch (error) {
      setRefused(asProblem(error).message);
      setBusy(null);
    }
  };
  const settle = (choice: Resolution["choice"]) => {
    const seen = sides?.localVersion ?? null;
    const resolution: Resolution = { choice, ...(choice === "fields" ? { fields: chosen } : {}), ...(seen === null ? {} : { localVersion: seen }) };
    const told = choice === "remote" ? `It says here what ${place} says.` : `${place} is told with the next sync.`;
    return decide(choice, () => resolveConflict(conflict.id, resolution), told);
  };
  const bothThere = sides !== null && sides.local !== null && sides.remote !== null && sides.fields.length > 0;
  const open = sides?.fields.filter((field) => chosen[field] === undefined) ?? [];
  return (
    <Dialog
      title={titleOf(conflict)}
      wide
      onClose={onClose}
      footer={
        sides && (
          <>
            <Button busy={busy === "reset"} icon="refresh" tip="Reads both sides again and decides anew" onClick={() => void decide("reset", () => resetConflict(conflict.id), "Both sides are read again.")}>
              Look again
            </Button>
            <Button busy={busy === "local"} onClick={() => void settle("local")}>
              {sides.local === null ? "Delete there, too" : "Keep mine"}
            </Button>
            <Button busy={busy === "remote"} onClick={() => void settle("remote")}>
              {sides.remote === null ? "Delete here, too" : "Keep theirs"}
            </Button>
            {bothThere && (
              <Button kind="primary" icon="check" busy={busy === "fields"} disabledReason={open.length > 0 ? `Choose a side for ${open.map(fieldName).join(", ")}.` : null} tipAlign="end" onClick={() => void settle("fields")}>
                Save choice
              </Button>
            )}
          </>
        )
      }
    >
      <p class="muted">{whatHappened(conflict)} Nothing of it is written on either side until you choose.</p>
      {problem && <Failure what="The two sides could not be loaded" problem={problem} onRetry={again} />}
      {sides === null && !problem && <Skeleton lines={4} label="Loading both sides" />}
      {sides !== null && <SideTable sides={sides} place={place} chosen={chosen} onChoose={(field, side) => setChosen({ ...chosen, [field]: side })} />}
      {refused !== null && <Notice tone="error" role="alert" title={refused} />}
    </Dialog>
  );
}

function Row({ conflict, connection, onOpen }: { conflict: Conflict; connection: Connection | undefined; onOpen: () => void }) {
  const present = useNow();
  const since = Date.parse(conflict.createdAt);
  return (
    <li class="decision">
      <div class="decision-text">
        <p class="verdict-title">{titleOf(conflict)}</p>
        <p>{whatHappened(conflict)}</p>
        <p class="muted">
          {connection?.name ?? "A calendar"},{" "}
          <time dateTime={conflict.createdAt} title={fullTime(since, clockface)}>
            {timeAgo(since, present)}
          </time>
        </p>
      </div>
      <Button onClick={onOpen} label={`Choose for ${titleOf(conflict)}`} icon="sliders">
        Choose
      </Button>
    </li>
  );
}

export function ConflictsPanel() {
  const { data, error, loading } = useStore(conflicts.state);
  const list = useStore(connections.state).data ?? [];
  const [open, setOpen] = useState<Conflict | null>(null);
  useEffect(() => void conflicts.reload(), []);
  const connectionOf = (conflict: Conflict) => list.find((one) => one.id === conflict.connectionId);
  if (data === null && error) return <Failure what="The conflicts could not be loaded" problem={error} onRetry={() => void conflicts.reload()} busy={loading} />;
  if (data === null) return <Skeleton lines={5} label="Loading conflicts" />;
  return (
    <section aria-label="Conflicts">
      {error && <Failure what="The list may be out of date" problem={error} onRetry={() => void conflicts.reload()} busy={loading} />}
      {data.length === 0 ? (
        <Empty icon="checkCircle" title="No conflicts">
          <p>When an event is changed here and at its vendor at the same time, in the same place, you choose here what counts. Nothing is overwritten before that.</p>
        </Empty>
      ) : (
        <ul class="decisions">
          {data.map((conflict) => (
            <Row key={conflict.id} conflict={conflict} connection={connectionOf(conflict)} onOpen={() => setOpen(conflict)} />
          ))}
        </ul>
      )}
      {open && <ConflictDialog conflict={open} place={connectionOf(open)?.name ?? "There"} onClose={() => setOpen(null)} />}
    </section>
  );
}
