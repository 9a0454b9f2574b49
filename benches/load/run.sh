#!/usr/bin/env bash
# Measures the release build on a PostgreSQL server of its own, with durable commits, and prints a table.
# Everything on loopback; ends by itself after some ten minutes.
#
#   benches/load/run.sh [--rows 50000] [--seconds 5] [--rounds 3] [--only sign-in] [--processes 2]
#
# $SERVER names a program that is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

if [[ -z ${SERVER:-} ]]; then
    cargo build --release --package gatehouse --bin gatehouse
    SERVER=${CARGO_TARGET_DIR:-target}/release/gatehouse
fi
cargo build --package load
cargo build --release --package probe
start_postgres
psql=$(postgres_folder)/psql
for setting in fsync=on full_page_writes=on synchronous_commit=on shared_buffers="'512MB'"; do
    "$psql" -qX "$database_url" -c "ALTER SYSTEM SET ${setting%%=*} = ${setting#*=}"
done
as_server "$(postgres_folder)/pg_ctl" restart -w -D "$work/pg/data" -l "$work/pg/log" >/dev/null
DATABASE_URL=$database_url "${CARGO_TARGET_DIR:-target}/debug/load" --server "$SERVER" \
    --probe "${CARGO_TARGET_DIR:-target}/release/probe" --work "$work" \
    --psql "$psql" --postgres-pid "$(head -n 1 "$work/pg/data/postmaster.pid")" "$@"
