# What ./run and ./test need, and how it gets here. Sourced, not run.
# shellcheck shell=bash

# install_packages PACKAGE...: by apt, as root or by sudo; a clear message where neither works.
install_packages() {
  [ $# -gt 0 ] || return 0
  local command=(apt-get install --yes --no-install-recommends "$@") sudo=''
  command -v apt-get >/dev/null || give_up "missing here: $*" 'Install what these Debian packages hold, then start again.'
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "missing here: $*" 'As root, run:' "  ${command[*]}"
    sudo=sudo
  fi
  say "Installing $* by apt"
  # Tests run a PostgreSQL of their own: the package need not start one.
  local wish=/etc/postgresql-common/createcluster.d/tidecal-tests.conf
  $sudo mkdir -p "${wish%/*}" && echo 'create_main_cluster = false' | $sudo tee "$wish" >/dev/null
  { $sudo apt-get update --quiet --quiet && $sudo env DEBIAN_FRONTEND=noninteractive "${command[@]}" --quiet --quiet; } ||
    { $sudo rm -f "$wish"; give_up "apt could not install: $*" 'As root, run:' "  apt-get update && ${command[*]}"; }
  $sudo rm -f "$wish"
}

need_rust() {
  # shellcheck source=/dev/null
  [ ! -f "${CARGO_HOME:-$HOME/.cargo}/env" ] || . "${CARGO_HOME:-$HOME/.cargo}/env"
  command -v cargo >/dev/null || give_up 'Rust is missing' 'Install Rust 1.95 or newer as https://rustup.rs says, then start again.'
  local found
  found=$(rustc --version | cut -d' ' -f2)
  at_least 1.95 "$found" || give_up "Rust is $found, and 1.95 is needed" 'Run: rustup update stable'
  command -v cc >/dev/null || install_packages build-essential
}

need_node() {
  local remedy='Install Node.js 20.19 or newer (with npm) as https://nodejs.org/en/download says, then start again.' found
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    give_up 'Node.js is missing: it builds the web interface' "$remedy"
  fi
  found=$(node --version)
  at_least 20.19 "${found#v}" || give_up "Node.js is $found" "$remedy"
}

# at_least WANTED FOUND: compares versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort --version-sort | head -n 1)" = "$1" ]; }

# What tests need of Debian's packages: a PostgreSQL server, a browser, Python.
need_test_packages() {
  local missing=()
  if { wanted rust || wanted judges; } && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then missing+=(postgresql-15); fi
  if wanted e2e && ! command -v chromium >/dev/null; then missing+=(chromium fonts-dejavu-core); fi
  if { wanted rust || wanted judges; } && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
  if wanted judges && [ ! -d /usr/share/zoneinfo/Europe ]; then missing+=(tzdata); fi
  install_packages "${missing[@]}"
}

# Cyrus, one more CalDAV server to test against: only where Debian has it and it may be installed. It
# is not started here, nor at the machine's next start: tests run one of their own.
want_cyrus() {
  local packages=(cyrus-imapd cyrus-caldav sasl2-bin) sudo='' mute=/usr/sbin/policy-rc.d
  [ ! -x /usr/lib/cyrus/bin/httpd ] || [ ! -x /usr/sbin/saslpasswd2 ] || return 0
  command -v apt-get >/dev/null || { note 'Cyrus: not tested against, there is no apt-get here'; return 0; }
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || { note "Cyrus: not tested against; to change that, as root: apt-get install ${packages[*]}"; return 0; }
    sudo=sudo
  fi
  $sudo apt-get update --quiet --quiet
  apt-cache show "${packages[@]}" >/dev/null 2>&1 || { note 'Cyrus: not tested against, apt has no such package'; return 0; }
  say "Installing ${packages[*]} by apt"
  [ -e $mute ] || { printf '#!/bin/sh\nexit 101\n' | $sudo tee $mute >/dev/null && $sudo chmod +x $mute && local muted=yes; }
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --quiet --quiet "${packages[@]}" ||
    note 'Cyrus: not tested against, apt could not install it'
  [ -z "${muted:-}" ] || $sudo rm -f $mute
  $sudo systemctl disable --quiet cyrus-imapd saslauthd 2>/dev/null || true
}

# need_venv FOLDER LIST: Python packages in a folder of their own; anew when their list changes.
need_venv() {
  local folder=$1 list=$2
  if [ -x "$folder/bin/python" ] && cmp --silent "$list" "$folder/installed.txt"; then return 0; fi
  say "Installing the Python packages of $list"
  [ -x "$folder/bin/python" ] || python3 -m venv "$folder" || return 1
  "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" && cp "$list" "$folder/installed.txt"
}

# need_npm FOLDER: npm ci; anew when its lock file changes.
need_npm() {
  local stamp="$1/node_modules/.tidecal-lock" # the one that crates/tidecal-ui/build.rs looks at
  if cmp --silent "$1/package-lock.json" "$stamp"; then return 0; fi
  say "Installing the packages of $1"
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error && cp "$1/package-lock.json" "$stamp"
}
