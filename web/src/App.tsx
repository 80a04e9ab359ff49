// Chooses between signing in and the pages, and keeps live data running while somebody is signed in.
import { useEffect } from "preact/hooks";
import { Toasts } from "./parts/Toasts";
import { Failure } from "./parts/Notice";
import { AgendaPage } from "./pages/agenda/AgendaPage";
import { SettingsPage } from "./pages/settings/SettingsPage";
import { Shell } from "./pages/Shell";
import { SignInPage } from "./pages/SignInPage";
import { clearAgenda } from "./state/agenda";
import { calendars, clearData, reloadConnections, reloadSettings } from "./state/data";
import { onEventsChanged, startLive, stopLive } from "./state/live";
import { placeStore } from "./state/router";
import { loadSession, sessionStore } from "./state/session";
import { useStore } from "./state/store";

const REFRESH_MS = 30_000;

/** Loads what all pages share, listens to the stream and refreshes every 30 s while the page is seen. */
function useLiveData(signedIn: boolean): void {
  useEffect(() => {
    if (!signedIn) return undefined;
    void reloadSettings();
    startLive();
    const refresh = () => {
      if (document.visibilityState === "visible") void reloadConnections();
    };
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener("visibilitychange", refresh);
    const stopListening = onEventsChanged(() => void calendars.reload());
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
      stopListening();
      stopLive();
      clearData();
      clearAgenda();
    };
  }, [signedIn]);
}

function Content() {
  const state = useStore(sessionStore);
  const place = useStore(placeStore);
  useLiveData(state.kind === "signedIn");
  if (state.kind === "loading") return <div class="boot" role="status" aria-label="Loading Tidecal" />;
  if (state.kind === "unreachable") {
    return (
      <main class="boot">
        <Failure what="Tidecal does not answer" problem={state.problem} onRetry={() => void loadSession()} />
      </main>
    );
  }
  if (state.kind === "signedOut") return <SignInPage ended={state.ended} />;
  return (
    <Shell session={state.session} place={place}>
      {place.page === "settings" ? <SettingsPage session={state.session} /> : <AgendaPage session={state.session} />}
    </Shell>
  );
}

export function App() {
  useEffect(() => void loadSession(), []);
  return (
    <>
      <Content />
      <Toasts />
    </>
  );
}
