// The frame around the pages: name, navigation, who is signed in.
import type { ComponentChildren } from "preact";
import type { Session } from "../api/types";
import { Button } from "../parts/Button";
import { Icon, Logo, type IconName } from "../parts/Icon";
import { connections } from "../state/data";
import { followLink, type Page, type Place } from "../state/router";
import { signOut } from "../state/session";
import { useStore } from "../state/store";
import { showFailure } from "../state/toasts";

const LINKS: { page: Page; href: string; icon: IconName; text: string }[] = [
  { page: "agenda", href: "/", icon: "calendar", text: "Coming events" },
  { page: "settings", href: "/settings/calendars", icon: "sliders", text: "Calendar Integrations" },
];

function Navigation({ page }: { page: Page }) {
  const ailing = (useStore(connections.state).data ?? []).filter((connection) => connection.enabled && connection.status !== "Active").length;
  return (
    <nav class="nav" aria-label="Pages">
      {LINKS.map((link) => (
        <a key={link.page} href={link.href} onClick={followLink} aria-current={link.page === page ? "page" : undefined}>
          <Icon name={link.icon} size={18} />
          <span>{link.text}</span>
          {link.page === "settings" && ailing > 0 && (
            <span class="nav-count">
              {ailing}
              <span class="visually-hidden"> need attention</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function initials(session: Session): string {
  const words = (session.user.name || session.user.email).split(/[\s.@]+/).filter((word) => word !== "");
  return words.slice(0, 2).map((word) => word.slice(0, 1).toUpperCase()).join("");
}

export function Shell({ session, place, children }: { session: Session; place: Place; children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="shell-bar">
        <a class="brand" href="/" onClick={followLink}>
          <Logo />
          <span>Tidecal</span>
        </a>
        <Navigation page={place.page} />
        <div class="shell-gap" />
        <div class="who">
          <span class="avatar" aria-hidden="true">
            {initials(session)}
          </span>
          <span class="who-text">
            <span class="who-name">{session.user.name || session.user.email}</span>
            <span class="who-tenant">{session.tenant.name}</span>
          </span>
          <Button kind="quiet" icon="signOut" label="Sign out" tip="Sign out" tipAlign="end" onClick={() => void signOut().catch((error: unknown) => showFailure("Not signed out", error))} />
        </div>
      </header>
      <main id="content" class="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
