#!/usr/bin/env bash
# Runs two processes of Gatehouse on one PostgreSQL through PgBouncer with pool_mode = transaction and fewer
# connections than the processes have, on loopback, and checks that they find each other's work, that deadlines hold
# and that a wrong setting is told. Ends by itself in about a minute.
#
#   tests/deploy/pgbouncer.sh [PROGRAM]     the program; target/debug/gatehouse if left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

find_program "$@"
for tool in pgbouncer curl; do
    if ! command -v "$tool" >/dev/null; then
        say "Skipped: two processes before PgBouncer ($tool is not installed)."
        exit 0
    fi
done

wait_for() { # PORT
    local attempt
    for attempt in {1..100}; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.1
    done
    die "nothing listens at port $1 (attempt $attempt)"
}
psql() { "$(postgres_folder)/psql" -qAtX "$database_url" "$@"; }

start_postgres
server_port=${database_url##*:} server_port=${server_port%%/*}
password=${database_url#*gatehouse:} password=${password%%@*}

# PgBouncer does not run as root either.
pooler() { # NAME LINE...: starts one with these lines, and tells its port
    local port name=$1
    shift
    port=$(free_port)
    {
        printf '[databases]\npostgres = host=127.0.0.1 port=%s\n[pgbouncer]\n' "$server_port"
        printf 'listen_addr = 127.0.0.1\nlisten_port = %s\nunix_socket_dir =\n' "$port"
        printf 'pidfile = %s\n' "$work/pg/$name.pid"
        printf 'auth_type = plain\nauth_file = %s\n' "$work/pg/users"
        printf 'pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n'
        printf '%s\n' "$@"
    } >"$work/pg/$name.ini"
    as_server "$(command -v pgbouncer)" -q "$work/pg/$name.ini" >"$work/$name.log" 2>&1 &
    pooled_url=postgres://gatehouse:$password@127.0.0.1:$port/postgres
    wait_for "$port"
    started+=("$(cat "$work/pg/$name.pid")")
}
printf '"gatehouse" "%s"\n' "$password" >"$work/pg/users"
chmod 644 "$work/pg/users"

export DATA_DIR=$work/data SECRET_KEY=0123456789abcdef0123456789abcdef RATE_LIMIT=0 RUST_LOG=warn
mkdir -m 700 "$DATA_DIR"
# shellcheck disable=SC2069 # the error alone
refusal() { "$program" migrate 2>&1 >/dev/null || true; }

pooler dropping 'ignore_startup_parameters = extra_float_digits, options'
DATABASE_URL=$pooled_url
export DATABASE_URL
check "a pooler that drops settings is noticed" "$(refusal)" \
    "gatehouse: DATABASE_POOLING: must be transaction behind this pooler, which drops the settings of a session"
pooler refusing
DATABASE_URL=$pooled_url
check "a pooler that refuses settings is noticed" "$(refusal)" \
    "gatehouse: DATABASE_POOLING: must be transaction behind this pooler, which takes no settings for a session"
export DATABASE_POOLING=transaction

one=$(free_port) two=$(free_port)
for port in "$one" "$two"; do
    BIND_ADDR=127.0.0.1:$port "$program" >"$work/$port.out" 2>"$work/$port.log" &
    started+=($!)
done
for port in "$one" "$two"; do
    wait_for "$port"
    check "the process on $port, started with the other on an empty database, is ready" \
        "$(curl -s "http://127.0.0.1:$port/ready")" ready
done
check "each step of the schema was taken once" \
    "$(psql -c 'SELECT count(*) = count(DISTINCT version) AND count(*) > 10 FROM seaql_migrations')" t

printf 'correct horse battery' | "$program" user create --email asha@example.com --role customer --password-stdin >/dev/null
ask() { curl -s -b "$work/cookies" -c "$work/cookies" --max-time 30 "$@"; }
status() { ask -o /dev/null -w '%{http_code}' "$@"; }
location() { ask -o /dev/null -w '%{redirect_url}' "$@"; }
check "somebody signs in" "$(status "http://127.0.0.1:$one/login" -d email=asha@example.com \
    -d password='correct horse battery')" 303
draft=$(location "http://127.0.0.1:$one/submissions/new" -d vehicle_number='MH 12 AB 1234' -d customer_phone=9876543210 \
    -d expected_on="$(TZ=Asia/Kolkata date +%F)")
draft=${draft#http://*/}
# A cookie goes to every port of a host.
location "http://127.0.0.1:$two/$draft/crew" -d driver_name='Ramesh Kumar' -d driver_phone=9820000001 >/dev/null
location "http://127.0.0.1:$one/$draft/documents" -F 'puc=@tests/papers/ok__good.pdf' -F puc_valid_until=2030-01-01 >/dev/null
version=$(ask "http://127.0.0.1:$two/$draft/review" | sed -n 's/.*name="draft_version" value="\([0-9]*\)".*/\1/p')
check "what one process was told, the other submits" \
    "$(status "http://127.0.0.1:$two/$draft/review" -d consent=yes -d draft_version="$version")" 303
check "everything is what it was" "$("$program" documents verify)" \
    "Checked 1 files ($(wc -c <tests/papers/ok__good.pdf) bytes) and 1 passes."

for number in {1..300}; do
    port=$one
    if ((number % 2)); then port=$two; fi
    case $((number % 3)) in
        0) say "http://127.0.0.1:$port/submissions" ;;
        1) say "http://127.0.0.1:$port/$draft" ;;
        2) say "http://127.0.0.1:$port/documents" ;;
    esac
done >"$work/addresses"
check "three hundred pages, twenty at a time, over four connections" "$(xargs -P 20 -n 1 curl -s -b "$work/cookies" \
    -o /dev/null --max-time 30 -w '%{http_code}\n' <"$work/addresses" | sort | uniq -c | tr -s ' ')" " 300 200"

PGOPTIONS='-c idle_in_transaction_session_timeout=0' psql -c 'BEGIN; LOCK TABLE vehicle IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(12); ROLLBACK' >/dev/null &
locking=$!
sleep 1
begun=$SECONDS
check "who waits for a lock is told to try again" "$(status "http://127.0.0.1:$one/submissions/new" \
    -d vehicle_number='MH 12 AB 5678' -d customer_phone=9876543210 -d expected_on="$(TZ=Asia/Kolkata date +%F)")" 503
((SECONDS - begun < 9)) || die "FAILED: after $((SECONDS - begun)) s"
check "others read meanwhile" "$(status "http://127.0.0.1:$two/documents")" 200
wait "$locking"
check "and then it works" "$(status "http://127.0.0.1:$one/submissions/new" -d vehicle_number='MH 12 AB 5678' \
    -d customer_phone=9876543210 -d expected_on="$(TZ=Asia/Kolkata date +%F)")" 303
if grep -h 'prepared statement' "$work"/*.log "$work/pg/log"; then die "FAILED: a prepared statement got lost"; fi
say "All is well."
