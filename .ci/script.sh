# shellcheck shell=bash disable=SC2034
# Sourced by scripts that start servers on loopback, from the top folder: words, tools, a folder $work that goes with the
# script, and the end of what is in $started, whatever happens.

say() { printf '%s\n' "$@"; }
die() { say "$@" >&2; exit 1; }
PATH=$PATH:/usr/sbin # where Debian has servers
. .ci/tools.sh
. .ci/postgres.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-script.XXXXXX")
started=()
clean_up() {
    local status=$? process
    trap '' HUP INT PIPE TERM
    set +e
    if ((status != 0)); then tail -n 5 "$work"/*.log >&2; fi
    for process in ${started[@]+"${started[@]}"}; do kill "$process" && wait "$process"; done 2>/dev/null
    stop_postgres
    rm -rf "$work"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

find_program() { # [PROGRAM]: sets program, to target/debug/gatehouse if left out
    program=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/gatehouse}")
    [[ -x $program ]] || die "There is no program at $program: build it, or name it."
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then say "$port"; return; fi
    done
}

wait_for_page() { # URL
    local attempt
    for attempt in {1..100}; do
        if curl -skf -o /dev/null "$1"; then return; fi
        sleep 0.1
    done
    die "Nothing answers at $1 after $attempt tries."
}

checks=0
check() { # WHAT FOUND EXPECTED
    [[ $2 == "$3" ]] || die "FAILED: $1: '$2' instead of '$3'"
    checks=$((checks + 1))
    say "ok  $1"
}
