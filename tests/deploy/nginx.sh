#!/usr/bin/env bash
# Runs deploy/nginx.conf before two processes of Gatehouse on one PostgreSQL, on loopback, and checks that
# what one of them was told the other knows, and what nginx adds and takes away. Ends by itself in about half a minute.
#
#   tests/deploy/nginx.sh [PROGRAM]     the program; target/debug/gatehouse if left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

. .ci/script.sh

find_program "$@"
for tool in nginx curl openssl; do
    if ! command -v "$tool" >/dev/null; then
        say "Skipped: nginx before two processes ($tool is not installed)."
        exit 0
    fi
done

start_postgres
http=$(free_port) https=$(free_port) one=$(free_port) two=$(free_port)
origin=https://localhost:$https

export DATABASE_URL=$database_url DATA_DIR=$work/data SECRET_KEY=0123456789abcdef0123456789abcdef
export BASE_URL=$origin TRUSTED_PROXIES=127.0.0.1 ACCEL_REDIRECT_PREFIX=/papers RUST_LOG=warn
mkdir -m 700 "$work/data"
for port in "$one" "$two"; do
    BIND_ADDR=127.0.0.1:$port "$program" >"$work/$port.out" 2>"$work/$port.log" &
    started+=($!)
    wait_for_page "http://127.0.0.1:$port/ready" # the first brings the database up to date
done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
sed -e "s|app:8080; .*|127.0.0.1:$one; server 127.0.0.1:$two;|" \
    -e "s|/etc/nginx/tls|$work|; s|/data/documents/|$work/data/documents/|" \
    -e "s|/run/nginx.pid|$work/nginx.pid|; s|/var/log/nginx|$work|" \
    -e "s|listen 80;|listen 127.0.0.1:$http;|; s|listen 443 ssl|listen 127.0.0.1:$https ssl|" \
    deploy/nginx.conf >"$work/nginx.conf"
if ((EUID == 0)); then sed -i '1i user root;' "$work/nginx.conf"; fi # who runs Gatehouse here
nginx -q -t -c "$work/nginx.conf" -g "error_log $work/start.log;" 2>"$work/test.log" || die "nginx refuses the file:" "$(cat "$work/test.log")"
nginx -c "$work/nginx.conf" -g 'daemon off;' 2>"$work/nginx.log" &
started+=($!)
wait_for_page "$origin/health"

ask() { curl -s --cacert "$work/cert.pem" --max-time 20 "$@"; }
status() { ask -o /dev/null -w '%{http_code}' "$@"; }
as() { local who=$1; shift; ask -b "$work/$who" -c "$work/$who" "$@"; }
as_status() { local who=$1; shift; as "$who" -o /dev/null -w '%{http_code}' "$@"; }
header() { tr -d '\r' <"$work/head" | sed -n "s/^$1: //Ip"; }

check "plain http leads to https" "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "http://localhost:$http/login")" \
    "301 https://localhost/login"

# Two customers.
password='correct horse battery'
for who in asha bina; do
    ask -o /dev/null "$origin/register" -d company_name="$who" -d full_name="$who" -d phone=9876543210 \
        -d email="$who@example.com" -d password="$password" -d password_confirm="$password"
    check "$who signs in through nginx" \
        "$(as_status "$who" "$origin/login" -d email="$who@example.com" -d password="$password")" 303
    grep -q '__Host-session' "$work/$who" || die "the cookie is not bound to the host"
done

# Each process by itself, with the session that came through nginx.
session=$(awk '$6 == "__Host-session" { print $7 }' "$work/asha")
for port in "$one" "$two"; do
    check "signed in on one process, known to the one on $port" "$(curl -s -o /dev/null -w '%{http_code}' \
        -H "Cookie: __Host-session=$session" "http://127.0.0.1:$port/submissions")" 200
done

today=$(TZ=Asia/Kolkata date +%F)
draft=$(as asha -o /dev/null -w '%{redirect_url}' "$origin/submissions/new" \
    -d vehicle_number='MH 12 AB 1234' -d customer_phone=9876543210 -d expected_on="$today")
check "a draft opens, and its address is that of the site" "${draft%/*}" "$origin/submissions"
check "a form with a paper passes" "$(as_status asha "$draft/documents" \
    -F 'puc=@tests/papers/ok__good.pdf' -F puc_valid_until=2030-01-01)" 303
truncate -s 49M "$work/large"
check "a paper of 49 MiB is told at its field" "$(as_status asha -H Expect: "$draft/documents" -F "puc=@$work/large")" 422
truncate -s 202M "$work/large"
check "a body over 201 MiB is refused by nginx" "$(as_status asha -H Expect: "$draft/documents" -F "puc=@$work/large")" 413
truncate -s 2M "$work/large"
check "where no paper is taken nothing large is" "$(as_status asha -H Expect: "$origin/account" -F "name=@$work/large")" 413
rm "$work/large"
for attempt in {1..8}; do
    [[ $(as_status asha "$draft") == 200 ]] || die "the draft does not open at attempt $attempt"
done
for port in "$one" "$two"; do
    grep -q "upstream=127.0.0.1:$port" "$work/access.log" || die "nginx never asked the process on $port"
done
say "ok  eight visits of the draft were shared out to both processes"

paper=$(as asha "$draft/documents" | grep -o '/documents/[0-9a-f-]*' | head -n 1)
as asha -D "$work/head" -o "$work/paper" "$origin$paper/download"
cmp -s "$work/paper" tests/papers/ok__good.pdf || die "FAILED: the paper that comes back is another"
say "ok  the paper comes back byte for byte, from the disk"
check "its type" "$(header content-type)" application/pdf
check "its name" "$(header content-disposition)" 'attachment; filename="ok__good.pdf"'
check "it runs nothing" "$(header content-security-policy)" "default-src 'none'; sandbox"
check "it is what it says" "$(header x-content-type-options)" nosniff
check "no cache keeps it" "$(header cache-control)" no-store
check "browsers stay with TLS" "$(header strict-transport-security)" max-age=31536000
check "where it lies is nobody's business" "$(header x-accel-redirect)" ''
check "another customer does not get it" "$(as_status bina "$origin$paper/download")" 404
stored=$(cd "$work/data/documents" && find . -type f -path './??/*' | head -n 1)
check "nobody gets it from the folder" "$(as_status asha "$origin/papers/${stored#./}")" 404

ask -o /dev/null "$origin/login" -d email=asha@example.com -d password=wrong \
    -H 'X-Forwarded-For: 203.0.113.9' -H 'Forwarded: for=203.0.113.9'
check "what a client says of its address is not believed" "$("$(postgres_folder)/psql" -qAt "$database_url" \
    -c "SELECT address FROM audit_log WHERE action = 'SIGN_IN_FAILED' ORDER BY id DESC LIMIT 1")" 127.0.0.1
check "the numbers are not for the world" "$(status "$origin/metrics")" 404

status "$origin/p/SECRETSECRETSECRET" >/dev/null
if grep -rq SECRETSECRET "$work"/*.log; then die "FAILED: the address of a pass is in a log"; fi
say "ok  the address of a pass is in no log"

begun=$SECONDS
{ printf 'GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: '; sleep 25; } \
    | openssl s_client -quiet -connect "127.0.0.1:$https" >/dev/null 2>&1 &
slow=$!
for attempt in {1..25}; do
    if ! kill -0 "$(pgrep -P $$ -n openssl)" 2>/dev/null; then break; fi
    sleep 1
done
took=$((SECONDS - begun))
kill "$slow" 2>/dev/null || true
((took < 20)) || die "FAILED: a head that never ends held its connection for $took s"
say "ok  a head that never ends is cut off after $took s"

kill "${started[0]}"
wait "${started[0]}" || die "FAILED: a process that is told to end does not end well"
for attempt in {1..4}; do
    [[ $(as_status asha "$draft") == 200 ]] || die "FAILED: with one process gone, attempt $attempt did not succeed"
done
say "ok  with one process gone the other goes on"
check "and the store is sound" "$("$program" documents verify)" "Checked 1 files ($(wc -c <tests/papers/ok__good.pdf) bytes) and 0 passes."
say "All is well."
