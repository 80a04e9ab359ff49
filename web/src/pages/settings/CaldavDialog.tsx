// Connecting (or reconnecting) a CalDAV account with an app password.
import { useState } from "preact/hooks";
import { connectCaldav } from "../../api/client";
import { asProblem, type ApiProblem } from "../../api/problem";
import type { Account } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Notice } from "../../parts/Notice";

const HELP: { name: string; text: string; url: string }[] = [
  { name: "iCloud", url: "icloud.com", text: "Apple refuses your normal password here. Make an app-specific one at account.apple.com (Sign-In and Security → App-Specific Passwords). Server: icloud.com, username: your Apple Account e-mail. Changing the Apple password revokes it." },
  { name: "Fastmail", url: "fastmail.com", text: "Make an app password under Settings → Privacy & Security → Manage app passwords, with access to calendars. Server: fastmail.com, username: your full e-mail address." },
  { name: "Nextcloud", url: "https://", text: "Make one under Personal settings → Security → Devices & sessions → Create new app password. Server: the address of your Nextcloud, such as https://cloud.example.com; the path is found for you." },
];

interface FieldProps {
  name: string;
  label: string;
  hint?: string;
  type: "text" | "password";
  value: string;
  first?: boolean;
  required?: boolean;
  problem: ApiProblem | null;
  onChange: (value: string) => void;
}

function Field({ name, label, hint, type, value, first = false, required = true, problem, onChange }: FieldProps) {
  const message = problem?.fieldMessage(name) ?? null;
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type={type}
        name={name}
        value={value}
        autofocus={first}
        required={required}
        autocomplete={type === "password" ? "off" : undefined}
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={message !== null}
        aria-describedby={`${name}-hint`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span id={`${name}-hint`} class={message === null ? "field-hint" : "field-error"}>
        {message ?? hint}
      </span>
    </label>
  );
}

function Help({ onUse }: { onUse: (url: string) => void }) {
  return (
    <div class="caldav-help">
      <p class="muted">Where to find the app password:</p>
      {HELP.map((entry) => (
        <details key={entry.name} name="caldav-help" onToggle={(event) => event.currentTarget.open && onUse(entry.url)}>
          <summary>{entry.name}</summary>
          <p>{entry.text}</p>
        </details>
      ))}
    </div>
  );
}

interface CaldavDialogProps {
  /** The account to reconnect, or null for a new one. */
  again: Account | null;
  onClose: () => void;
  onConnected: (account: Account) => void;
}

export function CaldavDialog({ again, onClose, onConnected }: CaldavDialogProps) {
  const [url, setUrl] = useState("");
  const [username, setUsername] = useState(again?.email ?? "");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const login = { url: url.trim(), username: username.trim(), password };
      onConnected(await connectCaldav(again === null ? login : { ...login, accountId: again.id }));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };

  return (
    <Dialog title={again === null ? "Add CalDAV account" : `Reconnect ${again.email}`} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {problem && problem.fields.length === 0 && <Notice tone="error" role="alert" title={problem.message} />}
        {problem && problem.fields.length > 0 && <p class="visually-hidden" role="alert">{problem.message}</p>}
        <Field
          first={again === null}
          required={again === null}
          name="url"
          label="Server"
          hint={again === null ? "A domain, an e-mail address or a full URL; the rest is discovered." : "Leave this empty to stay with the present server."}
          type="text"
          value={url}
          problem={problem}
          onChange={setUrl}
        />
        <Field name="username" label="Username" hint="Mostly your e-mail address." type="text" value={username} problem={problem} onChange={setUsername} />
        <Field first={again !== null} name="password" label="App password" hint="Stored encrypted; used for calendars only." type="password" value={password} problem={problem} onChange={setPassword} />
        <Help onUse={(address) => url === "" && again === null && setUrl(address)} />
        <div class="form-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" icon="link" busy={busy}>
            {busy ? "Looking for calendars…" : again === null ? "Connect" : "Reconnect"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
