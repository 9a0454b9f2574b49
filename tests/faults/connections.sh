#!/usr/bin/env bash
# Strangers hold the portal's connections while a guard works: see connections.py. Everything on loopback; a minute or
# two for each kind.
#
#   tests/faults/connections.sh [pipelines | heads | downloads | idle]     all of them if none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

find_program
command -v python3 >/dev/null || { say "Skipped: connections of strangers (Python is not installed)."; exit 0; }
python3 tests/faults/connections.py "$program" "$work" "$@"
