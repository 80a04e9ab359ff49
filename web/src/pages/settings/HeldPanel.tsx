// What waits for a person: runs that a brake has stopped, and writes that would mail somebody.
import { useEffect, useState } from "preact/hooks";
import { discardRun, discardWrite, releaseRun, releaseWrite } from "../../api/client";
import type { HeldEvent, HeldRun } from "../../api/types";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Empty, Failure } from "../../parts/Notice";
import { Skeleton } from "../../parts/Skeleton";
import { clockface } from "../../state/clock";
import { connections, held, reloadDecisions } from "../../state/data";
import { useStore } from "../../state/store";
import { showToast } from "../../state/toasts";
import { plural } from "../../text/search";
import { fullTime } from "../../time/words";

/** What the person is about to decide, in words, and the deed behind it. */
interface Asked {
  title: string;
  action: string;
  danger: boolean;
  text: string;
  done: string;
  work: () => Promise<unknown>;
}

function runQuestions(run: HeldRun): { release: Asked; discard: Asked } {
  return {
    release: {
      title: `Release ${run.name}?`,
      action: "Release",
      danger: run.deletions > 0,
      text: `${run.reason}. The next sync, right now, carries that out.`,
      done: "The next sync carries it out.",
      work: () => releaseRun(run.connectionId),
    },
    discard: {
      title: `Give up what ${run.name} holds back?`,
      action: "Give up",
      danger: false,
      text: "Events that you deleted here come back. What is gone at the vendor stays held back.",
      done: "Nothing was deleted.",
      work: () => discardRun(run.connectionId),
    },
  };
}

function writeQuestions(event: HeldEvent): { release: Asked; discard: Asked } {
  const title = event.title || "Untitled event";
  return {
    release: { title: `Send ${title}?`, action: "Send", danger: false, text: `It ${event.reason}: the guests of the event, about how it is now.`, done: "It goes out with the next sync.", work: () => releaseWrite(event.id) },
    discard: { title: `Keep ${title} to yourself?`, action: "Do not send", danger: false, text: "What stands here stays here, and the vendor's side as it is, until you change the event again.", done: "It is not sent.", work: () => discardWrite(event.id) },
  };
}

function Actions({ name, questions, onAsk }: { name: string; questions: { release: Asked; discard: Asked }; onAsk: (asked: Asked) => void }) {
  return (
    <div class="decision-actions">
      <Button icon="check" label={`${questions.release.action} ${name}`} onClick={() => onAsk(questions.release)}>
        {questions.release.action}
      </Button>
      <Button kind="quiet" label={`${questions.discard.action} ${name}`} onClick={() => onAsk(questions.discard)}>
        {questions.discard.action}
      </Button>
    </div>
  );
}

function RunRow({ run, onAsk }: { run: HeldRun; onAsk: (asked: Asked) => void }) {
  return (
    <li class="decision">
      <div class="decision-text">
        <p class="verdict-title">{run.name}</p>
        <p>{run.reason}</p>
        <p class="muted">{run.releasedAt === null ? "The sync has stopped before it; nothing was deleted. Check at the vendor whether that is right." : "Released: the next sync carries it out."}</p>
      </div>
      {run.releasedAt === null && <Actions name={run.name} questions={runQuestions(run)} onAsk={onAsk} />}
    </li>
  );
}

function WriteRow({ event, name, onAsk }: { event: HeldEvent; name: string; onAsk: (asked: Asked) => void }) {
  return (
    <li class="decision">
      <div class="decision-text">
        <p class="verdict-title">{event.title || "Untitled event"}</p>
        <p>
          Writing it to {name} {event.reason}.
        </p>
        {event.start !== null && <p class="muted">{fullTime(Date.parse(event.start), clockface)}</p>}
      </div>
      <Actions name={event.title || "Untitled event"} questions={writeQuestions(event)} onAsk={onAsk} />
    </li>
  );
}

export function HeldPanel() {
  const { data, error, loading } = useStore(held.state);
  const list = useStore(connections.state).data ?? [];
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => void held.reload(), []);
  if (data === null && error) return <Failure what="What waits could not be loaded" problem={error} onRetry={() => void held.reload()} busy={loading} />;
  if (data === null) return <Skeleton lines={5} label="Loading what waits" />;
  const nameOf = (connection: string) => list.find((one) => one.id === connection)?.name ?? "its calendar";
  const decide = async (question: Asked) => {
    await question.work();
    showToast("success", question.action, question.done);
    await reloadDecisions();
  };
  const total = data.runs.length + data.events.length;
  return (
    <section aria-label="Held back">
      {error && <Failure what="The list may be out of date" problem={error} onRetry={() => void held.reload()} busy={loading} />}
      {total === 0 ? (
        <Empty icon="checkCircle" title="Nothing waits for you">
          <p>Syncs that would delete a lot, and changes that would mail your guests, wait here until you say so.</p>
        </Empty>
      ) : (
        <>
          <p class="muted">{plural(total, "decision waits", "decisions wait")} for you. All other events go on.</p>
          <ul class="decisions">
            {data.runs.map((run) => (
              <RunRow key={run.connectionId} run={run} onAsk={setAsked} />
            ))}
            {data.events.map((event) => (
              <WriteRow key={event.id} event={event} name={nameOf(event.connectionId)} onAsk={setAsked} />
            ))}
          </ul>
        </>
      )}
      {asked && (
        <Confirm title={asked.title} action={asked.action} danger={asked.danger} onClose={() => setAsked(null)} onConfirm={() => decide(asked)}>
          <p>{asked.text}</p>
        </Confirm>
      )}
    </section>
  );
}
