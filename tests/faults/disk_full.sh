#!/usr/bin/env bash
# The disk of the papers is full, and has room again. Everything on loopback; ends by itself in some seconds. The small disk
# is one in memory, which root alone may make.
#
#   tests/faults/disk_full.sh [PROGRAM]     the program; target/debug/gatehouse if left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

find_program "$@"
command -v curl >/dev/null || { say "Skipped: a full disk (curl is not installed)."; exit 0; }
mkdir -m 700 "$work/data" "$work/disk"
if ! mount -t tmpfs -o size=8m,mode=700 tmpfs "$work/disk" 2>/dev/null; then
    say "Skipped: a full disk (no disk can be mounted here)."
    exit 0
fi
unmount() { local status=$?; set +e; umount -l "$work/disk"; (exit "$status"); clean_up; }
trap unmount EXIT

port=$(free_port)
origin=http://127.0.0.1:$port
DATA_DIR=$work/data STORAGE_URL=file:$work/disk RATE_LIMIT=0 BIND_ADDR=127.0.0.1:$port \
    "$program" >"$work/program.out" 2>"$work/program.log" &
started=("$!")
wait_for_page "$origin/ready"

ask() { curl -s -b "$work/cookies" -c "$work/cookies" --max-time 20 -o "$work/answer" -w '%{http_code}' "$@"; }
expect() { # STATUS WORDS CURL-ARGUMENT...
    local status
    status=$(ask "${@:3}")
    if [[ $status != "$1" ]]; then die "FAILED: $3 answers $status, not $1"; fi
    if [[ -n $2 ]] && ! grep -q "$2" "$work/answer"; then die "FAILED: $3 does not say '$2'"; fi
}
hand_in() { # STATUS WORDS
    expect "$1" "$2" "$origin/documents" -F document_type=puc -F vehicle_number=MH12AB1234 -F valid_until=2040-01-31 \
        -F "file=@$work/scan.pdf"
}
files() { find "$work/disk" -type f | wc -l; }

password='correct horse battery'
ask "$origin/register" -d company_name=Asha -d full_name=Asha -d phone=9876543210 -d email=asha@example.com \
    -d password="$password" -d password_confirm="$password" >/dev/null
expect 303 '' "$origin/login" -d email=asha@example.com -d password="$password"
{ cat tests/papers/ok__good.pdf; head -c 5000000 /dev/zero | tr '\0' '%'; } >"$work/scan.pdf"

hand_in 303 ''
before=$(files)
hand_in 503 'We have no room for this file'
grep -q 2040-01-31 "$work/answer" || die "FAILED: the date is lost"
[[ $(files) == "$before" ]] || die "FAILED: half a paper stays"
head -c 8000000 /dev/zero >"$work/disk/other" 2>/dev/null || true
sleep 2
expect 503 'storage does not answer' "$origin/ready"
expect 200 'MH 12 AB 1234' "$origin/documents"
expect 200 'alive' "$origin/health"
rm "$work/disk/other"
find "$work/disk" -type f -size +1000k -delete
sleep 2
expect 200 'ready' "$origin/ready"
hand_in 303 ''
say "Figures: on a full disk a paper is refused at its field and has no file, /ready says 503; all is well once there is room"
