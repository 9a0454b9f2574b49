#!/usr/bin/env bash
# Has systemd check deploy/gatehouse.service, without starting anything.
#
#   tests/deploy/unit.sh [PROGRAM]     the program; target/debug/gatehouse if left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

find_program "$@"
if ! command -v systemd-analyze >/dev/null; then
    say "Skipped: the unit of systemd (systemd-analyze is not installed)."
    exit 0
fi

sed "s|/usr/local/bin/gatehouse|$program|" deploy/gatehouse.service >"$work/gatehouse.service"
systemd-analyze verify "$work/gatehouse.service" 2>"$work/findings" || die "FAILED:" "$(cat "$work/findings")"
if grep -F gatehouse.service "$work/findings" >&2; then die "FAILED: systemd has something to say"; fi
say "ok  systemd takes the unit"
# Of 100; a service with no hardening has 96. 252 or newer judges a file.
systemd-analyze security --offline=true --no-pager --threshold=20 "$work/gatehouse.service" >"$work/exposure" \
    || die "FAILED: the unit is too open:" "$(cat "$work/exposure")"
say "ok  $(tail -n 1 "$work/exposure")"
