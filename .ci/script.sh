# shellcheck shell=bash disable=SC2034
# Sourced by scripts that start servers on loopback, from the top folder: words, tools, a folder $work that goes with the
# script, and the end of what is in $started, whatever happens.

say() { printf '%s\n' "$@"; }
die() { say "$@" >&2; exit 1; }
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
