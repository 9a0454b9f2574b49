#!/usr/bin/env bash
# Brings faults about that take a while, one after another, and prints what each came to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
    cat <<'END'
Usage: tests/faults/run.sh [-l] [--postgres] [NAME...]

Without a NAME, all of them: some ten minutes. On SQLite, or with --postgres on a PostgreSQL server started for
them, where `database` and `frozen` run too. -l lists the names.

$SERVER names a program that is built already: with a release build, `sign-ins` holds other pages to 100 ms.
END
}

# A name, words that only its test has in its name, and what happens.
faults() {
    cat <<'END'
kills         fifty_kills_during_submissions            the program is killed fifty times while customers submit
sigterm       told_to_end_under_load                    the program is told to end while customers read and submit
decisions     decide_five_hundred_times                 two supervisors decide at once, five hundred times
one-pass      let_one_pass_in_two_hundred_times         two guards let one pass in at once, two hundred times
two-passes    let_in_two_hundred_times                  two passes of a vehicle are let in at once, two hundred times
submits       submitted_fifty_times_at_once             a draft is submitted fifty times at once
phone         submitted_two_hundred_times_at_once       two hundred entries bring two names for one phone at once
replacements  a_hundred_replacements_of_a_paper         a paper is replaced a hundred times at once
hostile       ten_thousand_hostile_posts                ten thousand posts that nobody sends in good faith
senders       programs_killed_twenty_times              the program is killed twenty times while it sends messages
mail          an_hour_without_a_mail_server             a thousand messages wait for a mail server that is away
slow          a_thousand_slow_senders                   a thousand heads and bodies at ten bytes a second
sign-ins      two_hundred_sign_ins_a_second             two hundred sign in each second for half a minute
pipelines     -                                         a hundred connections send requests and read no answer
heads         -                                         second requests of five hundred connections, a byte in five seconds
downloads     -                                         three hundred downloads that nobody reads
idle          -                                         8300 connections that ask for nothing more
scans         sixty_four_scans_at_once                  64 scans of 5 MB arrive at once
disk          -                                         the disk of the papers is full, and has room again
database      -                                         PostgreSQL goes away for thirty seconds and comes back
frozen        -                                         every process of PostgreSQL is stopped for thirty seconds
END
}

die() { printf '%s\n' "$@" >&2; exit 2; }
words_of() { faults | awk -v name="$1" '$1 == name { print $2 }'; } # NAME

step=sqlite names=()
while (($# > 0)); do
    case $1 in
        -h | --help) usage; exit ;;
        -l) faults | awk '{ name = $1; $1 = $2 = ""; printf "%-13s%s\n", name, $0 }'; exit ;;
        --postgres) step=postgres ;;
        -*) usage >&2; exit 2 ;;
        *) [[ -n $(words_of "$1") ]] || die "There is no fault called $1; -l lists them."; names+=("$1") ;;
    esac
    shift
done
if ((${#names[@]} == 0)); then
    # shellcheck disable=SC2207 # names have no spaces
    names=($(faults | awk -v step="$step" '$2 != "-" || step == "postgres" { print $1 }'))
fi

output=$(mktemp "${TMPDIR:-/tmp}/gatehouse-fault.XXXXXX")
trap 'rm -f "$output"' EXIT

# The same features in both steps, so that neither builds what the other has built.
bring_about() { # NAME
    case $1-$step in
        database-* | frozen-*)
            local how=()
            if [[ $1 == frozen ]]; then how=(--frozen); fi
            # Builds the program; a failure in a function that || follows does not end it by itself.
            cargo test --workspace --test web --no-run && tests/faults/database_away.sh ${how[@]+"${how[@]}"}
            ;;
        pipelines-* | heads-* | downloads-* | idle-*)
            cargo test --workspace --test web --no-run && tests/faults/connections.sh "$1"
            ;;
        disk-*) cargo test --workspace --test web --no-run && tests/faults/disk_full.sh ;;
        *-sqlite) ./test sqlite -- --test web -- --include-ignored --nocapture "$(words_of "$1")" ;;
        *-postgres)
            ./test postgres -- -- --include-ignored --nocapture "$(words_of "$1")"
            ;;
    esac
}

failed=0
for name in "${names[@]}"; do
    SECONDS=0
    status=0
    bring_about "$name" >"$output" 2>&1 || status=$?
    sed -n -e "s/.*Figures: /$name: /p" -e "s/^Skipped: /$name: skipped: /p" "$output"
    # A test that is not found is none that fails.
    if ((status == 0)) && grep -Eq 'Figures: |^Skipped: ' "$output"; then
        printf '%s: passed, %s s with what had to be built\n' "$name" "$SECONDS"
    else
        failed=1
        printf '%s: FAILED\n' "$name"
        tail -n 40 "$output"
    fi
done
exit "$failed"
