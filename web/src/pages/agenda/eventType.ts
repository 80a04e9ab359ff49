// Icons and names of event types; the words are the server's.
import type { IconName } from "../../parts/Icon";

const TYPES: Record<string, { icon: IconName; name: string }> = {
  meeting: { icon: "people", name: "Meeting" },
  call: { icon: "phone", name: "Call" },
  task: { icon: "task", name: "Task" },
  deadline: { icon: "flag", name: "Deadline" },
  focus: { icon: "focus", name: "Focus time" },
  out_of_office: { icon: "away", name: "Out of office" },
  travel: { icon: "travel", name: "Travel" },
  birthday: { icon: "gift", name: "Birthday" },
  holiday: { icon: "star", name: "Holiday" },
};

export function eventType(word: string): { icon: IconName; name: string } {
  return TYPES[word] ?? { icon: "calendar", name: "Event" };
}
