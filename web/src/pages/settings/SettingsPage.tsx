// Settings -> Calendar Integrations: what is connected, how it fares, and what can be done about it.
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../../api/types";
import { Tip } from "../../parts/Tip";
import { liveStore } from "../../state/live";
import { placeStore, replaceQuery } from "../../state/router";
import { useStore } from "../../state/store";
import { ConflictsPanel } from "./ConflictsPanel";
import { ConnectPanel } from "./ConnectPanel";
import { HealthPanel } from "./HealthPanel";
import { HeldPanel } from "./HeldPanel";
import { MyCalendars } from "./MyCalendars";
import { useConnect } from "./useConnect";

const TABS = [
  { id: "connections", text: "Connections", query: "" },
  { id: "mine", text: "Settings for my calendars", query: "?tab=mine" },
  { id: "conflicts", text: "Conflicts", query: "?tab=conflicts" },
  { id: "held", text: "Held back", query: "?tab=held" },
] as const;
type TabId = (typeof TABS)[number]["id"];

/** Tabs as the ARIA practices have them: one stop for Tab, arrows move between. */
function Tabs({ selected, onSelect }: { selected: TabId; onSelect: (id: TabId) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const at = TABS.findIndex((tab) => tab.id === selected);
    const other = TABS[(at + (event.key === "ArrowRight" ? 1 : TABS.length - 1)) % TABS.length];
    if (!other) return;
    onSelect(other.id);
    list.current?.querySelector<HTMLButtonElement>(`#tab-${other.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Calendar settings" ref={list} onKeyDown={step}>
      {TABS.map((tab) => (
        <button key={tab.id} id={`tab-${tab.id}`} type="button" role="tab" aria-selected={tab.id === selected} aria-controls={`panel-${tab.id}`} tabIndex={tab.id === selected ? 0 : -1} onClick={() => onSelect(tab.id)}>
          {tab.text}
        </button>
      ))}
    </div>
  );
}

function LiveMark() {
  const live = useStore(liveStore);
  const lost = live === "lost";
  return (
    <Tip align="end" text={lost ? "The live connection is gone for the moment. The page still refreshes every 30 seconds." : "Progress appears as it happens; everything is also refreshed every 30 seconds."}>
      <span class={lost ? "live live-lost" : "live"}>{lost ? "Reconnecting" : "Live"}</span>
    </Tip>
  );
}

export function SettingsPage({ session }: { session: Session }) {
  const place = useStore(placeStore);
  // The address says which tab, so that links lead to one.
  const asked = new URLSearchParams(place.query).get("tab");
  const tab: TabId = TABS.find((one) => one.id === asked)?.id ?? "connections";
  const connect = useConnect();
  useEffect(() => void (document.title = "Calendar Integrations · Tidecal"), []);
  const select = (id: TabId) => replaceQuery(TABS.find((one) => one.id === id)?.query ?? "");
  return (
    <div class="settings">
      <header class="page-head">
        <h1>Calendar Integrations</h1>
        <LiveMark />
      </header>
      <Tabs selected={tab} onSelect={select} />
      <div role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`} class="tabpanel">
        {tab === "connections" && (
          <>
            <HealthPanel />
            <ConnectPanel session={session} connect={connect} />
          </>
        )}
        {tab === "mine" && <MyCalendars session={session} />}
        {tab === "conflicts" && <ConflictsPanel />}
        {tab === "held" && <HeldPanel />}
      </div>
      {connect.dialogs}
    </div>
  );
}
