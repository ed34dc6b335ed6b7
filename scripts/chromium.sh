#!/usr/bin/env bash
# Prints the path of the Chromium that the browser tests drive; installs Debian's
# where there is none and this is root. CHROMIUM=/path/to/it chooses another.
set -euo pipefail

find_chromium() {
  local name
  for name in "${UNFLAX_VIZ_CHROMIUM:-}" "${CHROMIUM:-}" chromium chromium-browser google-chrome \
    google-chrome-stable "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if [[ -n "$name" ]] && command -v "$name"; then
      return 0
    fi
  done
  return 1
}

if find_chromium; then
  exit 0
fi

if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
  {
    echo "No Chromium here; installing Debian's"
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium
  } >&2
  hash -r
  if find_chromium; then
    exit 0
  fi
fi

cat >&2 <<'SENTENCE'
The browser tests need Chromium or Chrome and none was found. Install it (on Debian:
sudo apt-get install chromium), or name it with CHROMIUM=/path/to/chromium, or leave
the browser tests out with `make check`.
SENTENCE
exit 1
