#!/usr/bin/env bash
# A private Postfix on loopback for the tests: whatever it accepts is delivered into the Maildirs that the test Dovecot of
# the same folder serves, a Maildir for each address, so that a test reads what each recipient really got.
#
#   postfix.sh start DIR    starts it and prints what a test needs to know, as NAME=value lines
#   postfix.sh stop DIR     stops the one started for DIR, by its pid
#
# `dovecot.sh start DIR` comes first: its certificate, its passwords (SASL) and its Maildirs are used here.
#
# What it does to mail depends on the address, so that a test chooses a fault without a server of its own:
#
#   recipient refused-…@           550 5.1.1 at RCPT          recipient deferred-…@   450 4.2.1 at RCPT
#   recipient returned-…@          accepted; then Postfix finds no such mailbox (5.1.10) and writes to the sender
#   sender    refused-after-data…@ 554 5.7.1 after the dot    sender deferred-after-data…@   451 4.7.1 after the dot
#   sender    throttled-after-data…@   432 4.3.2 after the dot, as Microsoft 365 says to who sends too fast
#   sender    slow-at-data…@       thinks for 5 s after DATA
#   sender    slow-at-the-dot…@    thinks for 5 s after the dot, then accepts, whether or not the client is still there
#   sender    slowly-refused…@     the same, then refuses
#   sender    slowly-refused-once…@    the same for the first mail of that very sender; the next are taken at once
#   sender    login-refused-at-rcpt…@ and login-refused-after-data…@   550 5.7.30, as Microsoft 365 says that a login is
#                                  of a kind it takes no more
#
# Two more ports have limits: three recipients a transaction, and mails of 20,480 bytes. One announces that (SIZE, RFC 1870),
# the other says so only when it has the mail.
#
# POSTFIX_EXTRA is more configuration. Where the folder has a file `clock`, mail is delivered with that file's date: a story
# goes by a clock of its own.
#
# Needs root and Debian's postfix.
set -euo pipefail
action=${1:?start or stop} dir=${2:?a folder}
run="$dir/postfix" dovecot="$dir/dovecot"
here=$(cd "$(dirname "$0")" && pwd)
# More of Postfix's own configuration, for a test that needs a server of its own kind.
extra=${POSTFIX_EXTRA:-}

stop() {
  local pid
  pid=$(tr -d ' ' < "$run/queue/pid/master.pid" 2>/dev/null) || return 0
  [ -n "$pid" ] && kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid"
}

# Delivery of one mail to one address: the way of a Maildir, so that nobody reads half a message.
deliver() {
  cat > "$run/deliver" <<'SCRIPT'
#!/bin/sh
set -eu
# EX_NOUSER; pipe(8) takes the status from the text.
case "$2" in returned-*) echo "5.1.10 no such mailbox"; exit 67 ;; esac
maildir="$1/$2"
mkdir -p "$maildir/tmp" "$maildir/new" "$maildir/cur"
name="$(date +%s).$$-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n').postfix"
cat > "$maildir/tmp/$name"
if [ -e "$3" ]; then touch -r "$3" "$maildir/tmp/$name"; fi
mv "$maildir/tmp/$name" "$maildir/new/$name"
SCRIPT
  chmod 755 "$run/deliver"
}

# A policy server (SMTPD_POLICY_README) that refuses the first mail of each sender.
refuse_once() {
  cat > "$run/refuse-once" <<'SCRIPT'
#!/bin/sh
set -eu
while IFS= read -r line; do
  case $line in
    sender=*) sender=${line#sender=} ;;
    '')
      if mkdir "$1/$sender" 2>/dev/null; then sleep 5; action='554 5.7.1 not this once'; else action=DUNNO; fi
      printf 'action=%s\n\n' "$action"
      ;;
  esac
done
SCRIPT
  chmod 755 "$run/refuse-once"
  mkdir -p "$run/refused"
  chown vmailtest "$run/refused"
}

start() {
  [ -f "$dovecot/leaf.pem" ] || { echo "start dovecot.sh for $dir first" >&2; exit 2; }
  mkdir -p "$run/etc" "$run/queue" "$run/data"
  chmod 755 "$dir" "$run" "$run/etc"
  chown postfix "$run/data"
  # Kept over a restart, so that a client finds the server again where it was.
  [ -f "$run/ports" ] || "$here/free-ports" 5 > "$run/ports"
  read -r submission smtps plain narrow mute < "$run/ports"
  deliver
  refuse_once
  cat > "$run/etc/recipients" <<'MAP'
/^refused-/   550 5.1.1 nobody of this name
/^deferred-/  450 4.2.1 come again later
MAP
  cat > "$run/etc/senders" <<'MAP'
/^login-refused-at-rcpt/  550 5.7.30 Basic authentication is not supported for Client Submission
MAP
  cat > "$run/etc/at-data" <<'MAP'
/^slow-at-data/  slowly
MAP
  cat > "$run/etc/at-the-dot" <<'MAP'
/^refused-after-data/   554 5.7.1 not this one
/^deferred-after-data/  451 4.7.1 not now
/^throttled-after-data/  432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded
/^login-refused-after-data/  550 5.7.30 Basic authentication is not supported for Client Submission
/^slow-at-the-dot/      slowly
/^slowly-refused-once/  refused_once
/^slowly-refused/       slowly_refused
MAP
  cat > "$run/etc/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $run/queue
data_directory = $run/data
maillog_file = $run/log
maillog_file_prefixes = $dir
myhostname = localhost
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter =
in_flow_delay = 0
message_size_limit = 41943040
notify_classes =
smtpd_peername_lookup = no
smtpd_forbid_bare_newline = yes
# A test's many connections are no attack.
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
default_process_limit = 50
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all
virtual_transport = maildir
maildir_destination_recipient_limit = 1
smtpd_tls_cert_file = $dovecot/leaf.pem
smtpd_tls_key_file = $dovecot/leaf.key
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dovecot/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access regexp:$run/etc/recipients, permit_sasl_authenticated, reject
smtpd_sender_restrictions = check_sender_access regexp:$run/etc/senders
smtpd_data_restrictions = check_sender_access regexp:$run/etc/at-data
smtpd_end_of_data_restrictions = check_sender_access regexp:$run/etc/at-the-dot
smtpd_restriction_classes = slowly, slowly_refused, refused_once
slowly = sleep 5
slowly_refused = sleep 5, reject
refused_once = check_policy_service unix:private/refuse-once
$extra
CONF
  # Of what is said twice the last holds. Postfix would warn of it in each of its programs, and hang: its log takes ten
  # lines before the program that writes them has begun.
  tac "$run/etc/main.cf" | awk -F ' *= *' '/^#/ || !seen[$1]++' | tac > "$run/etc/main.cf.once"
  mv "$run/etc/main.cf.once" "$run/etc/main.cf"
  cat > "$run/etc/master.cf" <<CONF
127.0.0.1:$submission inet n - n - - smtpd
  -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
127.0.0.1:$smtps inet n - n - - smtpd
  -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
127.0.0.1:$plain inet n - n - - smtpd
  -o syslog_name=postfix/plain -o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no -o smtpd_sasl_auth_enable=yes
127.0.0.1:$narrow inet n - n - - smtpd
  -o syslog_name=postfix/narrow -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o message_size_limit=20480 -o smtpd_recipient_limit=3
127.0.0.1:$mute inet n - n - - smtpd
  -o syslog_name=postfix/mute -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o message_size_limit=20480 -o smtpd_discard_ehlo_keywords=size
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
tlsmgr    unix - - n 1000? 1 tlsmgr
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
refuse-once unix - n n - 0 spawn
  user=vmailtest argv=$run/refuse-once $run/refused
maildir   unix - n n - 20 pipe
  flags=DR user=vmailtest argv=$run/deliver $dovecot/mail \${recipient} $dir/clock
CONF
  if ! /usr/sbin/postfix -c "$run/etc" start > "$run/start.log" 2>&1; then
    cat "$run/start.log" >&2
    exit 1
  fi
  for port in "$submission" "$smtps" "$plain" "$narrow" "$mute"; do
    for _ in $(seq 100); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
      sleep 0.1
    done
    echo "Postfix does not listen on port $port: see $run/log" >&2
    exit 1
  done
  printf 'DUTYCLERK_TEST_SMTP=%s\nDUTYCLERK_TEST_SMTPS=%s\nDUTYCLERK_TEST_SMTP_PLAIN=%s\n' "$submission" "$smtps" "$plain"
  printf 'DUTYCLERK_TEST_SMTP_NARROW=%s\nDUTYCLERK_TEST_SMTP_MUTE=%s\n' "$narrow" "$mute"
}

case $action in
  start) start ;;
  stop) stop ;;
  *) echo "start or stop, not $action" >&2; exit 2 ;;
esac
