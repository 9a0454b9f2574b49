#!/usr/bin/env bash
# Backs a small portal up as the README says, restores it elsewhere and asks whether all is well. On loopback; ends by itself.
#
#   tests/deploy/backup.sh [PROGRAM]     the program; target/debug/gatehouse if left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

find_program "$@"

start_postgres
folder=$(postgres_folder)
export DATABASE_URL=$database_url DATA_DIR=$work/data SECRET_KEY=0123456789abcdef0123456789abcdef RUST_LOG=warn
BIND_ADDR=127.0.0.1:$(free_port)
export BIND_ADDR
"$program" >"$work/out" 2>"$work/program.log" &
server=$!
started=("$server")
origin=http://$BIND_ADDR
wait_for_page "$origin/ready"

printf 'correct horse battery' | "$program" user create --email asha@example.com --role customer --password-stdin >/dev/null
ask() { curl -s -b "$work/cookies" -c "$work/cookies" "$@"; }
location() { ask -o /dev/null -w '%{redirect_url}' "$@"; }
location "$origin/login" -d email=asha@example.com -d password='correct horse battery' >/dev/null
draft=$(location "$origin/submissions/new" -d vehicle_number='MH 12 AB 1234' -d customer_phone=9876543210 \
    -d expected_on="$(TZ=Asia/Kolkata date +%F)")
location "$draft/crew" -d driver_name='Ramesh Kumar' -d driver_phone=9820000001 >/dev/null
location "$draft/documents" -F 'puc=@tests/papers/ok__good.pdf' -F puc_valid_until=2030-01-01 \
    -F 'vehicle_registration=@tests/papers/ok__good.jpg' -F vehicle_registration_valid_until=2030-01-01 >/dev/null
version=$(ask "$draft/review" | sed -n 's/.*name="draft_version" value="\([0-9]*\)".*/\1/p')
location "$draft/review" -d consent=yes -d draft_version="$version" >/dev/null
before=$("$program" documents verify)
say "before: $before"
[[ $before == *" 2 files "*" 1 passes." ]] || die "FAILED: the entry is not there"

# As the README says.
"$folder/pg_dump" --format=custom --file="$work/gatehouse.dump" "$DATABASE_URL"
tar --create --gzip --file="$work/papers.tar.gz" --directory="$DATA_DIR" documents

kill "$server"
wait "$server"
started=()
rm -rf "$DATA_DIR"
"$folder/psql" -qX "$DATABASE_URL" -c 'CREATE DATABASE restored'
DATABASE_URL=${DATABASE_URL%/*}/restored DATA_DIR=$work/elsewhere
mkdir "$DATA_DIR"
"$folder/pg_restore" --no-owner --dbname="$DATABASE_URL" "$work/gatehouse.dump"
tar --extract --gzip --file="$work/papers.tar.gz" --directory="$DATA_DIR"
after=$("$program" documents verify)
say "after:  $after"
[[ $after == "$before" ]] || die "FAILED: something was lost"
if SECRET_KEY=fedcba9876543210fedcba9876543210 "$program" documents verify 2>"$work/refusal"; then
    die "FAILED: another key was taken"
fi
say "with another key: $(cat "$work/refusal")"
rm "$DATA_DIR"/documents/??/"$(cd "$DATA_DIR/documents" && find . -type f -path './??/*' -printf '%f\n' | head -n 1)"
if "$program" documents verify >"$work/missing" 2>&1; then die "FAILED: a lost file was not missed"; fi
say "with a file lost: $(tail -n 1 "$work/missing")"
say "All is well."
