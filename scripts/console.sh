# What ./run and ./test say, and the parts of a test run with their times. Sourced, not run.
# shellcheck shell=bash

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
  # Parts write into a pipe (to a log and the terminal): tell them that colours are welcome.
  export CARGO_TERM_COLOR=always FORCE_COLOR=1
else
  BOLD='' RED='' GREEN='' YELLOW='' PLAIN=''
  export CARGO_TERM_COLOR=never NO_COLOR=1
fi

say() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN"; }
note() { printf '    %s%s%s\n' "$YELLOW" "$*" "$PLAIN"; }
give_up() {
  printf '%serror: %s%s\n' "$RED" "$1" "$PLAIN" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# Parts, in the order in which they ran: name, seconds, result.
PART_NAMES=() PART_SECONDS=() PART_RESULTS=()
LOGS=var/test
PASSED=0 FAILED=0

# part NAME COMMAND...: runs it, keeps its output in a log, its time and its result for the table.
part() {
  local name=$1 log status=0 begun=$SECONDS
  shift
  log="$LOGS/${name// /-}.log"
  say "$name"
  mkdir -p "$LOGS"
  { ("$@") 2>&1 || status=$?; echo "$status" >"$log.status"; } | tee "$log"
  status=$(cat "$log.status") && rm -f "$log.status"
  PART_NAMES+=("$name")
  PART_SECONDS+=($((SECONDS - begun)))
  if [ "$status" -eq 0 ]; then PART_RESULTS+=(ok); else PART_RESULTS+=(FAILED); fi
  count "$log" "$status"
  return 0
}

# Adds what a log says of tests passed and failed: nextest, cargo test, vitest, node --test and the
# judges ("N passed, N failed"). A part that failed without such a line counts as one failure.
count() {
  local passed failed
  read -r passed failed < <(sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    function number(word,   text) {
      text = $0
      if (!match(text, "[0-9]+ " word)) return 0
      return substr(text, RSTART, RLENGTH) + 0
    }
    /^ *Summary \[/ || /^ *test result:/ || /^ *Tests  / || /^[0-9]+ passed, [0-9]+ failed/ {
      passed += number("passed"); failed += number("failed") + number("timed out")
    }
    /^(#|ℹ) pass [0-9]+/ { passed += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]+/ { failed += $3 }
    END { print passed + 0, failed + 0 }')
  if [ "$2" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
}

# The table of times, the summary lines of the test programs, and the total as the last line.
report() {
  local index colour
  say 'Times'
  for index in "${!PART_NAMES[@]}"; do
    colour=$GREEN
    [ "${PART_RESULTS[$index]}" = ok ] || colour=$RED
    printf '    %-22s %4d:%02d  %s%s%s\n' "${PART_NAMES[$index]}" $((PART_SECONDS[index] / 60)) \
      $((PART_SECONDS[index] % 60)) "$colour" "${PART_RESULTS[$index]}" "$PLAIN"
  done
  printf '    %-22s %4d:%02d\n' 'in all' $((SECONDS / 60)) $((SECONDS % 60))
  for index in "${!PART_NAMES[@]}"; do
    sed 's/\x1b\[[0-9;]*m//g' "$LOGS/${PART_NAMES[$index]// /-}.log" | grep -E '^ *(Summary \[|test result:|Tests  )' | grep -v ' 0 passed; 0 failed' || true
  done
  printf '%s passed, %s failed\n' "$PASSED" "$FAILED"
}
