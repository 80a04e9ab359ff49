// A small month: dots on days whose events are loaded; a day begins the list there.
import { useEffect, useMemo, useState } from "preact/hooks";
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

export function MiniMonth({ today, selected, onSelect, instances }: MiniMonthProps) {
  const [month, setMonth] = useState(`${selected.slice(0, 7)}-01`);
  useEffect(() => setMonth(`${selected.slice(0, 7)}-01`), [selected]);
  const weeks = useMemo(() => monthWeeks(month), [month]);
  const busyDays = useMemo(() => {
    const first = weeks[0]?.[0]?.date ?? month;
    return new Set(groupByDay(instances, clockface.zone, first, addDays(first, weeks.length * 7)).map((day) => day.date));
  }, [instances, weeks, month]);

  const dayLabel = (date: string) => `${longDate(date, today, clockface.locale)}${date === today ? ", today" : ""}${busyDays.has(date) ? ", has events" : ""}`;
  return (
    <section class="month" aria-label="Go to a day">
      <div class="month-head">
        <h2>{monthName(month, clockface.locale)}</h2>
        <Button kind="quiet" size="small" icon="left" label="Previous month" onClick={() => setMonth(shiftMonth(month, -1))} />
        <Button kind="quiet" size="small" icon="right" label="Next month" onClick={() => setMonth(shiftMonth(month, 1))} />
      </div>
      <div class="month-grid">
        {WEEKDAYS.map((name) => (
          <span key={name} class="month-weekday" aria-hidden="true">
            {name}
          </span>
        ))}
        {weeks.flat().map((cell) => (
          <button
            key={cell.date}
            type="button"
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
