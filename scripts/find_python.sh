#!/usr/bin/env bash
# Prints the path of the newest Python, 3.14 down to 3.11, that can make virtual
# environments; pyenv's count too. PYTHON=/path/to/it chooses another. Asked for one
# version, as in `find_python.sh 3.11`, it prints the path of that.
set -euo pipefail

# Prints version and path. A name on PATH may be a shim of pyenv that fails, or lead
# into a virtual environment; JAX has no wheels for a Python without the GIL.
interpreter_behind() {
  "$1" -c '
import ensurepip, sys, sysconfig
if not sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("%d.%d" % sys.version_info[:2], sys._base_executable)' 2>/dev/null
}

candidates_for() {
  if [[ -n "${PYTHON:-}" ]]; then echo "$PYTHON"; fi
  type -aP "python$1" python3 || true
  printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python3 |
    sort --version-sort --reverse
}

find_version() {
  local candidate found
  while read -r candidate; do
    found="$(interpreter_behind "$candidate")" || continue
    if [[ "$found" == "$1 "* ]]; then
      echo "${found#* }"
      return 0
    fi
  done < <(candidates_for "$1")
  return 1
}

if (($#)); then
  find_version "$1" && exit 0
  needed="Python $1"
elif [[ -n "${PYTHON:-}" ]]; then
  "$PYTHON" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null &&
    echo "$PYTHON" && exit 0
  needed="Python 3.11 or newer (PYTHON=$PYTHON)"
else
  for version in 3.14 3.13 3.12 3.11; do
    find_version "$version" && exit 0
  done
  needed="Python 3.11 or newer"
fi

cat >&2 <<SENTENCE
$needed with its module venv is needed and was not found. Install it (on Debian:
sudo apt-get install python3 python3-venv), or name it with PYTHON=/path/to/python.
SENTENCE
exit 1
