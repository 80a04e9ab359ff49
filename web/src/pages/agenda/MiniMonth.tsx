// A small month: dots on days whose events are loaded; a day begins the list there.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { groupByDay } from "../../agenda/days";
import { monthWeeks, shiftMonth } from "../../agenda/month";
import type { Instance } from "../../api/types";
import { Button } from "../../parts/Button";
import { clockface } from "../../state/clock";
import { longDate, monthName } from "../../time/words";
import { addDays } from "../../time/zone";

const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

interface MiniMonthProps {
  today: string;
  selected: string;
  onSelect: (date: string) => void;
  instances: readonly Instance[];
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** One stop for the Tab key; arrows move among the days and into the months beside. */
function useDayKeys(dates: readonly string[], selected: string, onLeave: (date: string) => void) {
  const grid = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(selected);
  const moved = useRef(false);
  const stop = [cursor, selected].find((date) => dates.includes(date)) ?? dates[0] ?? selected;
  // Before the next key: a month that changes takes the focused day away.
  useLayoutEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLButtonElement>(`[data-date="${cursor}"]`)?.focus();
    moved.current = false;
  }, [cursor]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = addDays((event.target as HTMLElement).dataset.date ?? stop, step);
    moved.current = true;
    setCursor(next);
    if (!dates.includes(next)) onLeave(next);
  };
  return { grid, stop, onKeyDown };
}

export function MiniMonth({ today, selected, onSelect, instances }: MiniMonthProps) {
  const [month, setMonth] = useState(`${selected.slice(0, 7)}-01`);
  useEffect(() => setMonth(`${selected.slice(0, 7)}-01`), [selected]);
  const weeks = useMemo(() => monthWeeks(month), [month]);
  const busyDays = useMemo(() => {
    const first = weeks[0]?.[0]?.date ?? month;
    return new Set(groupByDay(instances, clockface.zone, first, addDays(first, weeks.length * 7)).map((day) => day.date));
  }, [instances, weeks, month]);

  const keys = useDayKeys(weeks.flat().map((cell) => cell.date), selected, (date) => setMonth(`${date.slice(0, 7)}-01`));
  const dayLabel = (date: string) => `${longDate(date, today, clockface.locale)}${date === today ? ", today" : ""}${busyDays.has(date) ? ", has events" : ""}`;
  return (
    <section class="month" aria-label="Go to a day">
      <div class="month-head">
        <h2>{monthName(month, clockface.locale)}</h2>
        <Button kind="quiet" size="small" icon="left" label="Previous month" onClick={() => setMonth(shiftMonth(month, -1))} />
        <Button kind="quiet" size="small" icon="right" label="Next month" onClick={() => setMonth(shiftMonth(month, 1))} />
      </div>
      <div class="month-grid" ref={keys.grid} onKeyDown={keys.onKeyDown}>
        {WEEKDAYS.map((name) => (
          <span key={name} class="month-weekday" aria-hidden="true">
            {name}
          </span>
        ))}
        {weeks.flat().map((cell) => (
          <button
            key={cell.date}
            type="button"
            data-date={cell.date}
            tabIndex={cell.date === keys.stop ? 0 : -1}
            class={`month-day${cell.inMonth ? "" : " month-other"}${busyDays.has(cell.date) ? " month-busy" : ""}`}
            aria-label={dayLabel(cell.date)}
            aria-current={cell.date === today ? "date" : undefined}
            aria-pressed={cell.date === selected}
            onClick={() => onSelect(cell.date)}
          >
            {Number(cell.date.slice(8))}
          </button>
        ))}
      </div>
    </section>
  );
}
