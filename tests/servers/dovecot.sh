#!/usr/bin/env bash
# A private Dovecot on loopback for the tests: any user, one password, Maildirs below DIR, a certificate of its own. Tokens
# (XOAUTH2), too: a JWT under the key below opens every mailbox of the domain of the address in its claim `upn`, as one
# application's token does at Microsoft 365. Dovecot looks at the signature and the times by itself.
#
#   dovecot.sh start DIR    starts it and prints what a test needs to know, as NAME=value lines
#   dovecot.sh stop DIR     stops the one started for DIR, by its pid
#
# Needs root (it gives mail to a user of its own) and Debian's dovecot-imapd.
set -euo pipefail
action=${1:?start or stop} dir=${2:?a folder}
run="$dir/dovecot"
here=$(cd "$(dirname "$0")" && pwd)
# More of Dovecot's own configuration, for a test that needs a server of its own kind.
extra=${DOVECOT_EXTRA:-}

stop() {
  local pid
  pid=$(cat "$run/base/master.pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid"
}

# A leaf certificate of an authority made for the occasion (rustls refuses an authority's own as a leaf).
certificates() {
  local ca="$run/ca" leaf="$run/leaf"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=dutyclerk test authority" \
    -keyout "$ca.key" -out "$ca.pem" -addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
    -keyout "$leaf.key" -out "$leaf.csr" 2>/dev/null
  printf 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n' > "$leaf.ext"
  openssl x509 -req -in "$leaf.csr" -CA "$ca.pem" -CAkey "$ca.key" -CAcreateserial -days 2 -extfile "$leaf.ext" \
    -out "$leaf.pem" 2>/dev/null
}

# Where Dovecot looks for the key of a JWT: client, algorithm, key id.
tokens() {
  mkdir -p "$run/keys/default/HS256"
  printf '%s' "the test tokens are signed with this" | base64 -w0 > "$run/keys/default/HS256/default"
  chmod -R a+rX "$run/keys"
  cat > "$run/oauth2.conf" <<CONF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$run/keys/
username_attribute = upn
username_format = %d
CONF
}

start() {
  mkdir -p "$run/base" "$run/mail"
  tokens
  chmod 755 "$dir" "$run"
  getent passwd vmailtest >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin vmailtest
  chown vmailtest "$run/mail"
  [ -f "$run/leaf.pem" ] || certificates
  # Kept over a restart, so that a client finds the server again where it was.
  [ -f "$run/ports" ] || "$here/free-ports" 2 > "$run/ports"
  read -r imaps imap < "$run/ports"
  cat > "$run/dovecot.conf" <<CONF
base_dir = $run/base
state_dir = $run/base
log_path = $run/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <$run/leaf.pem
ssl_key = <$run/leaf.key
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2
auth_username_chars =
default_internal_user = vmailtest
default_login_user = vmailtest
mail_location = maildir:$run/mail/%u
mail_max_userip_connections = 100
first_valid_uid = 1
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = $run/oauth2.conf
}
passdb {
  driver = static
  mechanisms = plain login
  args = password=secret
}
userdb {
  driver = static
  args = uid=vmailtest gid=vmailtest home=$run/mail/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
# Passwords for Postfix (postfix.sh).
service auth {
  unix_listener $run/sasl {
    mode = 0666
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
$extra
CONF
  # Its children keep its standard error: whoever reads this script's to the end would wait for them.
  if ! /usr/sbin/dovecot -c "$run/dovecot.conf" 2> "$run/stderr"; then
    cat "$run/stderr" >&2
    exit 1
  fi
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$imaps") 2>/dev/null && break
    sleep 0.1
  done
  printf 'DUTYCLERK_TEST_IMAPS=%s\nDUTYCLERK_TEST_IMAP=%s\nDUTYCLERK_TEST_CA=%s\nDUTYCLERK_TEST_MAIL=%s\n' \
    "$imaps" "$imap" "$run/ca.pem" "$run/mail"
}

case $action in
  start) start ;;
  stop) stop ;;
  *) echo "start or stop, not $action" >&2; exit 2 ;;
esac
