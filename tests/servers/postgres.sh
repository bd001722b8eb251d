#!/usr/bin/env bash
# A private PostgreSQL on loopback for the tests: one role, one password, everything below DIR, a certificate of its own.
#
#   postgres.sh start DIR    starts it and prints what a test needs to know, as NAME=value lines
#   postgres.sh stop DIR     stops the one started for DIR, by its pid
#
# Needs root (PostgreSQL runs as the user of that name, never as root) and Debian's postgresql. Every test makes a database
# of its own there; they go with DIR.
set -euo pipefail
action=${1:?start or stop} dir=${2:?a folder}
run="$dir/postgres" data="$dir/postgres/data"
here=$(cd "$(dirname "$0")" && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)

as_postgres() { (cd "$run" && runuser -u postgres -- env LC_ALL=C.UTF-8 "$@"); }

stop() {
  local pid
  pid=$(head -1 "$data/postmaster.pid" 2>/dev/null) || return 0
  [ -n "$pid" ] || return 0
  # The fast shutdown: sessions are rolled back and ended, the data directory is left whole.
  kill -INT "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -QUIT "$pid"
}

# A leaf certificate of an authority made for the occasion (rustls refuses an authority's own as a leaf).
certificates() {
  local ca="$run/ca" leaf="$run/leaf"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=dutyclerk test authority" \
    -keyout "$ca.key" -out "$ca.pem" -addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
    -keyout "$leaf.key" -out "$leaf.csr" 2>/dev/null
  printf 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost\n' > "$leaf.ext"
  openssl x509 -req -in "$leaf.csr" -CA "$ca.pem" -CAkey "$ca.key" -CAcreateserial -days 2 -extfile "$leaf.ext" \
    -out "$leaf.pem" 2>/dev/null
  chown postgres "$leaf.key"
  chmod 600 "$leaf.key"
}

# fsync stays on: what a commit promises is part of what is tested. Text sorts as English does, not by bytes: nothing may
# hang on how.
make() {
  certificates
  printf 'secret\n' > "$run/password"
  as_postgres "$bin/initdb" -D "$data" -U dutyclerk --pwfile="$run/password" --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en-GB \
    --auth-host=scram-sha-256 --auth-local=trust >"$run/initdb.log"
  "$here/free-ports" 1 > "$run/port"
  as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $(cat "$run/port")
unix_socket_directories = '$run'
max_connections = 200
shared_buffers = 64MB
ssl = on
ssl_cert_file = '$run/leaf.pem'
ssl_key_file = '$run/leaf.key'
log_min_messages = warning
log_min_error_statement = panic
CONF
}

start() {
  [ -n "$bin" ] || { echo "PostgreSQL is not installed (Debian: postgresql)" >&2; exit 1; }
  mkdir -p "$run"
  chmod 755 "$dir" "$run"
  chown postgres "$run"
  [ -f "$data/PG_VERSION" ] || make
  # Without a terminal of ours: whoever reads this script's output would otherwise wait for the server's end.
  as_postgres "$bin/pg_ctl" -D "$data" -l "$run/log" -w -t 60 start >/dev/null </dev/null || { cat "$run/log" >&2; exit 1; }
  printf 'DUTYCLERK_TEST_POSTGRES=postgres://dutyclerk:secret@127.0.0.1:%s/postgres\n' "$(cat "$run/port")"
  printf 'DUTYCLERK_TEST_POSTGRES_CA=%s\nDUTYCLERK_TEST_POSTGRES_DATA=%s\n' "$run/ca.pem" "$data"
}

case $action in
  start) start ;;
  stop) stop ;;
  *) echo "start or stop, not $action" >&2; exit 2 ;;
esac
