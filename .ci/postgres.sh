# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ../test: a PostgreSQL server in its temporary folder. Uses say, die and $work from there
# and postgres_folder from tools.sh.

server_user='' # who it runs as when we are root

as_server() ( # runs a command as the server's user; PostgreSQL refuses to run as root
    cd /
    if ((EUID != 0)); then
        "$@"
    elif setpriv --reuid=0 true 2>/dev/null; then
        setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups "$@"
    else
        su -s /bin/sh "$server_user" -c "$(printf '%q ' "$@")"
    fi
)

start_postgres() { # sets database_url; stop_postgres must follow, whatever happens
    local programs password port attempt
    programs=$(postgres_folder)
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -m 700 "$work/pg"
    say "$password" >"$work/pg/password"
    if ((EUID == 0)); then
        if id -u postgres >/dev/null 2>&1; then server_user=postgres; else server_user=nobody; fi
        chmod 711 "$work"
        chown -R "$server_user" "$work/pg"
    fi
    as_server "$programs/initdb" -D "$work/pg/data" -U gatehouse --pwfile="$work/pg/password" \
        --auth=scram-sha-256 --no-locale --encoding=UTF8 --no-sync >"$work/initdb.log" 2>&1 \
        || die "initdb failed:" "$(cat "$work/initdb.log")"
    cat >>"$work/pg/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$work/pg'
max_connections = 300
fsync = off # the data need not outlive the run
synchronous_commit = off
full_page_writes = off
END
    for attempt in {1..10}; do
        port=$((20000 + RANDOM % 12000)) # below the ports the system hands out by itself
        if as_server "$programs/pg_ctl" start -w -D "$work/pg/data" -l "$work/pg/log" -o "-p $port" >/dev/null 2>&1; then
            database_url=postgres://gatehouse:$password@127.0.0.1:$port/postgres
            say "PostgreSQL answers on port $port."
            return
        fi
        if ! tail -n 5 "$work/pg/log" | grep -q 'already in use'; then break; fi
    done
    die "PostgreSQL did not start (attempt $attempt):" "$(tail -n 20 "$work/pg/log")"
}

stop_postgres() {
    if [[ ! -f $work/pg/data/postmaster.pid ]]; then return 0; fi
    as_server "$(postgres_folder)/pg_ctl" stop -D "$work/pg/data" -m immediate >/dev/null
}
