// The only place that reads the present, the viewer's zone and the locale.
import { useEffect, useState } from "preact/hooks";
import type { Clockface } from "../time/words";

export function now(): number {
  return Date.now();
}

/** The present, redrawn every `interval` milliseconds (relative times, the change of the day). */
export function useNow(interval = 20_000): number {
  const [present, setPresent] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setPresent(now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return present;
}

/** The zone of the browser and an English locale (the texts are English) with the viewer's habits where it has them. */
export const clockface: Clockface = {
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  locale: navigator.language.startsWith("en-") ? navigator.language : "en-GB",
};
