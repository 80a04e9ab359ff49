// Signing in with e-mail and password. Accounts are made on the command line; the page says how.
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem } from "../api/problem";
import { Button } from "../parts/Button";
import { Logo } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { go } from "../state/router";
import { signIn } from "../state/session";

function wordsFor(error: unknown): string {
  const problem = asProblem(error);
  if (problem.code === "invalid_credentials" || problem.status === 401) {
    return "This e-mail address and password do not belong together. Check both, then try again.";
  }
  return problem.message;
}

export function SignInPage({ ended }: { ended: boolean }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · Tidecal";
    emailField.current?.focus();
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const missing = email.trim() === "" ? emailField : password === "" ? passwordField : null;
    if (missing) {
      setFailure("Fill in both the e-mail address and the password.");
      missing.current?.focus();
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await signIn(email.trim(), password);
      if (location.pathname === "/signin") go("/");
    } catch (error) {
      setFailure(wordsFor(error));
      setBusy(false);
      passwordField.current?.select();
    }
  };

  return (
    <main class="signin">
      <div class="signin-card">
        <div class="signin-brand">
          <Logo size={40} />
          <h1>Sign in to Tidecal</h1>
          <p class="muted">Your calendars, in step.</p>
        </div>
        {ended && failure === null && (
          <Notice tone="info" title="Your session has ended">
            <p>Sign in again; you will be back where you were.</p>
          </Notice>
        )}
        {failure !== null && <Notice tone="error" role="alert" title={failure} />}
        <form onSubmit={(event) => void submit(event)} noValidate>
          <label class="field">
            <span>E-mail address</span>
            <input ref={emailField} type="email" name="email" autocomplete="username" autocapitalize="none" spellcheck={false} value={email} onInput={(event) => setEmail(event.currentTarget.value)} aria-invalid={failure !== null} />
          </label>
          <label class="field">
            <span>Password</span>
            <input ref={passwordField} type="password" name="password" autocomplete="current-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} aria-invalid={failure !== null} />
          </label>
          <Button type="submit" kind="primary" busy={busy} icon="right">
            {busy ? "Signing in…" : "Sign in"}
          </Button>
        </form>
        <details class="signin-help">
          <summary>No account, or the password is lost?</summary>
          <p>Whoever runs this server can make an account, or a link that signs in once without a password, on its command line:</p>
          <pre tabIndex={0}>
            <code>
              tidecal users add you@example.com{"\n"}tidecal users link you@example.com
            </code>
          </pre>
          <p>
            <code>tidecal demo</code> prints such links at its start.
          </p>
        </details>
      </div>
    </main>
  );
}
