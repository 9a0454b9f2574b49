#!/usr/bin/env bash
# PostgreSQL goes away for 30 seconds under pages that are read by many, and comes back; or every process of it is
# stopped (SIGSTOP), so that it takes all that is asked and answers nothing. Everything on loopback; ends by itself in
# about a minute.
#
#   tests/faults/database_away.sh [--frozen] [PROGRAM]     the program; target/debug/gatehouse if left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

how=gone patience=4 # seconds that a page may take without its database
if [[ ${1:-} == --frozen ]]; then
    how=frozen patience=15 # what was asked when it froze waits for an answer; later ones for a connection alone
    shift
fi
find_program "$@"
if ! postgres_folder >/dev/null; then
    say "Skipped: a database that goes away (PostgreSQL is not installed)."
    exit 0
fi
command -v curl >/dev/null || { say "Skipped: a database that goes away (curl is not installed)."; exit 0; }

server() { as_server "$(postgres_folder)/pg_ctl" -s -D "$work/pg/data" "$@" >>"$work/server.log" 2>&1; }
signal() { # NAME: to the server, then to the processes that it has started
    local postmaster
    postmaster=$(head -n 1 "$work/pg/data/postmaster.pid")
    # shellcheck disable=SC2046 # a word a process
    kill "-$1" "$postmaster" $(ps -o pid= --ppid "$postmaster")
}
memory() { echo $(($(ps -o rss= -p "$process") / 1024)); } # MB
now() { say "${EPOCHREALTIME:-$(date +%s)}"; } # old bashes tell whole seconds alone

start_postgres >/dev/null
server_port=${database_url##*:} server_port=${server_port%%/*}
# All connections are made anew at once, and a debug build takes a tenth of a second of CPU to prove that it knows a password.
sed -i.old 's/scram-sha-256/trust/' "$work/pg/data/pg_hba.conf"
server reload
port=$(free_port)
origin=http://127.0.0.1:$port
mkdir -m 700 "$work/data"
DATABASE_URL=$database_url DATA_DIR=$work/data SECRET_KEY=0123456789abcdef0123456789abcdef RATE_LIMIT=0 \
    BIND_ADDR=127.0.0.1:$port "$program" >"$work/program.out" 2>"$work/program.log" &
process=$!
started=("$process")
wait_for_page "$origin/ready"

ask() { curl -s -b "$work/cookies" -c "$work/cookies" -o /dev/null --max-time 20 -w "$1" "${@:2}"; }
password='correct horse battery'
printf '%s\n' "$password" | DATABASE_URL=$database_url DATA_DIR=$work/data SECRET_KEY=0123456789abcdef0123456789abcdef \
    "$program" user create --email desk@example.com --role supervisor --name Sunita --password-stdin >/dev/null
[[ $(ask '%{http_code}' "$origin/login" -d email=desk@example.com -d password="$password") == 303 ]] \
    || die "FAILED: nobody can sign in"

# Asks for a path until told to end: a line for each answer, with the second at which it was asked for.
read_on() { # NAME PATH CURL-ARGUMENT...
    while [[ ! -e $work/over ]]; do
        printf '%s %s\n' "$(now)" "$(curl -s -o /dev/null --max-time 20 \
            -w '%{http_code} %{time_total}' "$origin$2" "${@:3}" || true)"
        sleep 0.05
    done >"$work/$1.read"
}
readers=()
read_on sign-in /login & readers+=($!)
read_on health /health & readers+=($!)
read_on ready /ready & readers+=($!)
read_on gate /gate -b "$work/cookies" & readers+=($!)
read_on scans /gate/scan -b "$work/cookies" -d code=MH12AB1234 & readers+=($!)
read_on desk '/admin/submissions?q=kumar' -b "$work/cookies" & readers+=($!)
read_on pass "/p/$(printf 'A%.0s' {1..120})" & readers+=($!)
for number in {1..30}; do
    read_on "crowd-$number" /admin/vehicles -b "$work/cookies" & readers+=($!)
done
sleep 2

before=$(memory)
gone=$(now)
if [[ $how == gone ]]; then server stop -m immediate; else signal STOP; fi
sleep 10
sent=$(ask '%{http_code} %{time_total}' "$origin/login" -d email=desk@example.com -d password="$password")
sleep 20
after=$(memory)
kill -0 "$process" || die "FAILED: the program has ended"
back=$(now)
if [[ $how == gone ]]; then server start -w -l "$work/pg/log" -o "-p $server_port"; else signal CONT; fi
sleep 8
touch "$work/over"
wait "${readers[@]}"
kill -0 "$process" || die "FAILED: the program has ended"

# Of the answers of a page: how many of which status, and the longest wait, while the server was away; and how
# soon after it was started again the first came that is as before, and the last that is not.
figures() { # NAME AS-BEFORE WHILE-AWAY
    awk -v name="$1" -v gone="$gone" -v back="$back" -v usual="$2" -v away="$3" -v how="$how" -v patience="$patience" '
        $1 < gone - 1 && $2 != usual { wrong = wrong " " $2 " before" }
        $2 == "000" { wrong = wrong " no answer" }
        $3 > patience { wrong = wrong sprintf(" %s after %.1f s", $2, $3) }
        $1 > gone + 0.5 && $1 < back - 5 {
            count[$2]++
            if ($2 != away) wrong = wrong " " $2 " while away"
        }
        $1 + $3 > gone && $3 > longest { longest = $3 }
        $1 + $3 > back && $2 == usual && !well { well = $1 + $3 - back }
        $1 + $3 > back && $2 != usual { late = $1 + $3 - back }
        { last = $2 }
        END {
            for (status in count) counts = counts sprintf(" %d times %s,", count[status], status)
            printf "Figures: %s while the database was %s:%s after %.2f s at most; %s again %.2f s after its start",
                name, how, counts, longest, usual, well
            if (late) printf ", the last other %.2f s after", late
            print ""
            if (wrong != "" || counts == "" || last != usual || well > 5 || late > 5) { print "FAILED: " name wrong; exit 1 }
        }' "$work/$1.read"
}
figures sign-in 200 200 # asks the database nothing
figures health 200 200
figures ready 200 503
figures gate 200 503
figures scans 303 503
figures desk 200 503
figures pass 404 503
sort -m "$work"/crowd-*.read >"$work/crowd.read"
figures crowd 200 503
say "Figures: a form while the database was $how: ${sent% *} after ${sent#* } s"
awk -v patience="$patience" '$1 != 503 || $2 > patience { exit 1 }' <<<"$sent" || die "FAILED: a form is answered with ${sent% *} after ${sent#* } s"
say "Figures: memory $before MB before, $after MB after 30 s without a database"
((after < before + 30)) || die "FAILED: memory grows"
kill -TERM "$process"
wait "$process" || die "FAILED: the program does not end well"
started=()
