// The weeks of a month for the small calendar. Pure.
import { addDays } from "../time/zone";

export interface MonthCell {
  date: string;
  inMonth: boolean;
}

/** Whole weeks, Monday first, that cover the month of `date`. */
export function monthWeeks(date: string): MonthCell[][] {
  const month = date.slice(0, 7);
  const first = `${month}-01`;
  const weekday = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7;
  const weeks: MonthCell[][] = [];
  let day = addDays(first, -weekday);
  do {
    const week: MonthCell[] = [];
    for (let i = 0; i < 7; i += 1) {
      week.push({ date: day, inMonth: day.startsWith(month) });
      day = addDays(day, 1);
    }
    weeks.push(week);
  } while (day.startsWith(month));
  return weeks;
}

/** The first day of the month `step` months away. */
export function shiftMonth(date: string, step: number): string {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7)) - 1 + step;
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}
