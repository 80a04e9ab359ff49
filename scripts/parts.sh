# The parts of ./test. Sourced, not run.
# shellcheck shell=bash

TARGET=${CARGO_TARGET_DIR:-target}
SANDBOX_JUDGE=crates/tidecal-sandbox/judge
TYPES_JUDGE=crates/tidecal-providers/judge
# Apart from the other Python packages of the tests: they want different versions of some.
GOOGLE_VENV=var/venv-google
GRAPH_VENV=var/venv-graph

install_all() {
  local status=0
  need_test_packages || status=1
  if wanted rust; then want_cyrus; fi
  if wanted rust || wanted judges; then need_venv .venv scripts/requirements-test.txt || status=1; fi
  if wanted judges; then need_venv "$GOOGLE_VENV" "$SANDBOX_JUDGE/requirements.txt" || status=1; fi
  if wanted judges; then need_venv "$GRAPH_VENV" "$SANDBOX_JUDGE/requirements-graph.txt" || status=1; fi
  if wanted web || wanted rust || wanted e2e; then need_npm web || status=1; fi
  if wanted judges; then need_npm "$TYPES_JUDGE" || status=1; fi
  if wanted e2e; then need_npm e2e || status=1; fi
  cargo fetch --locked --quiet || status=1
  return $status
}

run_lint() {
  part 'arrows' cargo xtask arrows
  part 'lines' cargo xtask lines
  part 'format' cargo fmt --all --check
  part 'clippy' cargo clippy --locked --workspace --all-targets --keep-going --quiet -- -D warnings
  if cargo deny --version >/dev/null 2>&1; then
    part 'licences' cargo deny --log-level error check licenses bans sources
  else
    note 'licences: not checked, cargo-deny is not installed (cargo install --locked cargo-deny)'
  fi
}

run_postgres() {
  part 'postgres' start_postgres
  TIDECAL_TEST_POSTGRES_URL=$(cat "$LOGS/postgres.url")
  export TIDECAL_TEST_POSTGRES_URL
}

run_rust() {
  part 'build' cargo test --locked --workspace --no-run --quiet
  if cargo nextest --version >/dev/null 2>&1; then
    part 'rust tests' cargo nextest run --locked --workspace
  else
    part 'rust tests' cargo test --locked --workspace --all-targets --no-fail-fast --quiet
  fi
  part 'doc tests' cargo test --locked --workspace --doc --quiet
  part 'simulation' simulate
  part 'crash robot' crash_robot
  part 'documents' cargo xtask gen --check
}

# Calendars, people and trouble against the core, seed by seed; more of it where nobody waits.
simulate() {
  local seeds=2000
  [ -z "${CI:-}" ] || seeds=10000
  cargo xtask sim --seeds "$seeds" && cargo xtask sim --planner --cases 100000
}

# SIGKILL at seeded instants, on both databases and at every vendor; more of it where nobody waits.
crash_robot() {
  local google=12 other=6 restarts=2
  if [ -n "${CI:-}" ]; then google=50 other=12 restarts=6; fi
  cargo xtask soak --anew --kills "$google" &&
    cargo xtask soak --anew --kills "$google" --database postgres --postgres-restarts "$restarts" &&
    cargo xtask soak --anew --kills "$other" --vendor outlook --database postgres &&
    cargo xtask soak --anew --kills "$other" --vendor caldav
}

# Writes the server's URL to a file, and leaves a mark if it did not run before.
start_postgres() {
  : >"$LOGS/postgres.url"
  if ! cargo xtask pg url >/dev/null 2>&1; then touch "$LOGS/postgres.started"; fi
  cargo xtask pg start | tee "$LOGS/postgres.url"
}

run_web() {
  part 'web' npm run check --prefix web --silent
}

# listen FILE PATTERN COMMAND...: starts a server in the background, its output into FILE, and
# waits until a line of it matches; the match is in FOUND. It is ended at the end of the tests.
listen() {
  local file=$1 pattern=$2 tries
  shift 2
  FOUND=''
  "$@" >"$file" 2>&1 &
  echo $! >>"$LOGS/started.pids"
  for ((tries = 0; tries < 600; tries++)); do
    if FOUND=$(grep --only-matching --extended-regexp --max-count=1 "$pattern" "$file"); then
      FOUND=${FOUND%%$'\n'*}
      return 0
    fi
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  printf 'this did not start: %s\n' "$*"
  cat "$file"
  return 1
}

run_judges() {
  part 'google client' judge_sandbox
  part 'microsoft client' judge_graph
  part 'microsoft types' judge_types
  part 'caldav client' judge_caldav
  part 'recurrence' judge_recurrence
  part 'in step' judge_step
}

# The vendor's own client library against the sandbox.
judge_sandbox() {
  cargo build --locked --quiet --package tidecal-sandbox --example serve || return 1
  listen "$LOGS/sandbox.log" 'http://[0-9.:]+' "$TARGET/debug/examples/serve" 0 || return 1
  "$GOOGLE_VENV/bin/python" "$SANDBOX_JUDGE/google_client.py" "$FOUND"
}

# The same for the Microsoft side.
judge_graph() {
  cargo build --locked --quiet --package tidecal-sandbox --example serve || return 1
  listen "$LOGS/sandbox-graph.log" 'http://[0-9.:]+' "$TARGET/debug/examples/serve" 0 || return 1
  "$GRAPH_VENV/bin/python" "$SANDBOX_JUDGE/graph_client.py" "$FOUND"
}

# What Tidecal writes to Outlook against Microsoft's own types.
judge_types() {
  local bodies="$LOGS/graph-bodies.jsonl"
  cargo build --locked --quiet --package tidecal-providers --example graph_bodies || return 1
  "$TARGET/debug/examples/graph_bodies" >"$bodies" || return 1
  node "$TYPES_JUDGE/types.mjs" <"$bodies"
}

# A client that many programs use against the sandbox's CalDAV server.
judge_caldav() {
  cargo build --locked --quiet --package tidecal-sandbox --example serve || return 1
  listen "$LOGS/sandbox-caldav.log" 'http://[0-9.:]+' "$TARGET/debug/examples/serve" 0 || return 1
  .venv/bin/python "$SANDBOX_JUDGE/caldav_client.py" "$FOUND"
}

# Expansion of series against python-dateutil and recurring-ical-events.
judge_recurrence() {
  cargo build --locked --quiet --package tidecal-ical --example oracle || return 1
  local judge=crates/tidecal-ical/oracle/compare.py TIDECAL_ORACLE_COMMAND status=0
  TIDECAL_ORACLE_COMMAND=$(realpath "$TARGET/debug/examples/oracle")
  export TIDECAL_ORACLE_COMMAND
  .venv/bin/python "$judge" cases || status=1
  .venv/bin/python "$judge" texts || status=1
  .venv/bin/python "$judge" files || status=1
  return $status
}

# A CalDAV server that other software fills and edits, and Tidecal beside it, on both databases.
judge_step() {
  cargo build --locked --quiet --package tidecal || return 1
  .venv/bin/python crates/tidecal/judge/step.py "$TARGET/debug/tidecal"
}

run_e2e() {
  part 'browser' browse_demo
}

# The browser scenarios against the real binary: what a newcomer gets from ./run, and a person who
# signs in by password.
browse_demo() {
  local binary="$TARGET/debug/tidecal" data="$LOGS/demo" email=eve@example.com password='correct horse battery'
  cargo build --locked --quiet --package tidecal || return 1
  rm -rf "$data"
  listen "$LOGS/demo.log" 'http://[^ ]+/signin/[^ ]+' "$binary" demo --listen 127.0.0.1:0 --data "$data" || return 1
  printf '%s' "$password" | "$binary" --database "sqlite:$data/tidecal.db" users add "$email" --tenant Demo --password-stdin || return 1
  browse_three "$binary" "$data" "${FOUND%%/signin/*}" || return 1
  E2E_SIGNIN_URL=$FOUND E2E_BASE_URL=${FOUND%%/signin/*} E2E_EMAIL=$email E2E_PASSWORD=$password \
    node --test --test-reporter=spec e2e/all.test.mjs
}

# Three vendors around one calendar, as the demo sets them up.
browse_three() {
  local binary=$1 data=$2 base=$3 sandbox link
  sandbox=$(grep --only-matching --extended-regexp --max-count=1 'CalDAV at http://[0-9.:]+' "$LOGS/demo.log") || return 1
  link=$("$binary" --database "sqlite:$data/tidecal.db" users link ada@example.com --json | grep --only-matching --extended-regexp '/signin/[^"]+') || return 1
  E2E_SIGNIN_URL=$base$link E2E_BASE_URL=$base E2E_SANDBOX_URL=${sandbox##* } \
    node --test --test-reporter=spec e2e/three.test.mjs
}
