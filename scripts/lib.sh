# shellcheck shell=bash disable=SC2034  # the variables are for those who source this
# What the scripts share: where things are, numbered steps, stamps. Sourced, never run.
set -euo pipefail

# --help of a script: the comment at its head. A script that answers by itself sets own_help first.
if [ -z "${own_help:-}" ] && { [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; }; then
  awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
  exit 0
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# With SKIPBENCH_CACHE all that is downloaded lies there; without it, inside the checkout, or beside an
# installed program (there is no CMakeLists.txt then) in the user's own cache.
cache=$root/.cache
[ -e "$root/CMakeLists.txt" ] || cache=${XDG_CACHE_HOME:-$HOME/.cache}/skipbench
cache=${SKIPBENCH_CACHE:-$cache}
venv=${SKIPBENCH_CACHE:+$SKIPBENCH_CACHE/venv}
venv=${venv:-$root/.venv}
build=$root/build/release
indent=${SKIPBENCH_INDENT:-}
cd "$root"

# fail MESSAGE...: one line on stderr each, exit code 2 (the user can do something about it).
fail() {
  printf '%s\n' "$@" >&2
  exit 2
}

# steps N: how many steps follow. step TEXT COMMAND...: runs one and says how long it took; a failure
# ends the script, unless its exit code is at most step_accepts. Output of scripts inside is indented.
step_count=0
step_index=0
step_status=0
steps() { step_count=$1; }
step() {
  local title=$1 begin=$SECONDS
  shift
  step_index=$((step_index + 1))
  local label="${indent}[$step_index/$step_count] $title"
  echo "$label"
  # Bash ignores "set -e" within anything tested by || or if; hence the plain call.
  set +e
  (
    set -e
    export SKIPBENCH_INDENT="$indent      "
    indent=$SKIPBENCH_INDENT
    "$@"
  )
  step_status=$?
  set -e
  if [ "$step_status" -gt "${step_accepts:-0}" ]; then
    echo "$label: failed after $((SECONDS - begin)) s (exit code $step_status)" >&2
    exit "$step_status"
  fi
  echo "$label: $((SECONDS - begin)) s"
}

# say TEXT: one line of what is going on.
say() { echo "$indent$*"; }

# logged FILE COMMAND...: output goes to a log; its end is shown when the command fails.
logged() {
  local log=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 25 "$log" >&2
    echo "The whole output: $log" >&2
  fi
  return "$status"
}

# Stamps mark what was installed, by the content of the file that asked for it: editing a pin, or
# another Python, makes the stamp stale; an interruption leaves none.
stamp_of() {
  local key
  key=$({ cat "$1"; "$venv/bin/python" --version; } | sha256sum | cut -c1-16)
  echo "$venv/.installed-$(basename "$1" .txt)-$key"
}

# python_with_pip: that of the virtual environment, or the system's where only data are fetched.
python_with_pip() {
  local python
  for python in "$venv/bin/python" python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  fail "No Python with pip, neither in $venv nor as python3: scripts/bootstrap of a checkout makes one" \
    "(Debian: apt-get install python3-pip)."
}

# pip_install REQUIREMENTS: exact pins, nothing else (--no-deps), once.
pip_install() {
  local stamp
  stamp=$(stamp_of "$1")
  if [ -e "$stamp" ]; then
    say "present: $(basename "$1")"
    return
  fi
  say "installing $(basename "$1") ($(grep -c '==' "$1") packages) into $venv"
  logged "$cache/logs/$(basename "$1" .txt).log" \
    "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --no-deps -r "$1"
  touch "$stamp"
}

sha256_is() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }
