#!/bin/sh
# The guard behind guard.ts: ends child processes when the program that started them died without a chance to.
# It reads "+ <process group> <signal>" and "- <process group>" lines. At the end of its input (the program is
# gone, or has closed the guard) each group that is still listed gets its signal, and SIGKILL when the time that
# the first argument gives, in tenths of a second, is over.
# POSIX shell, for dash, bash and busybox alike; only `sleep 0.1` is more than POSIX promises.

trap '' INT TERM HUP QUIT

groups=''

# Prints the list without group $1.
without() {
  for entry in $groups; do
    [ "${entry%%:*}" = "$1" ] || printf '%s ' "$entry"
  done
}

# Prints those of the list that still have a process.
alive() {
  for entry in $groups; do
    kill -s 0 -- "-${entry%%:*}" 2>/dev/null && printf '%s ' "$entry"
  done
}

# Sends signal $1 to every group of the list; without $1, to each its own.
send() {
  for entry in $groups; do
    kill -s "${1:-${entry##*:}}" -- "-${entry%%:*}" 2>/dev/null
  done
}

while read -r sign group signal; do
  # Group 0, 1 or -1 would be the guard itself or every process there is.
  case "$group" in
    '' | 0 | 1 | *[!0-9]*) continue ;;
  esac
  case "$sign" in
    +) groups="$(without "$group")$group:${signal:-TERM}" ;;
    -) groups="$(without "$group")" ;;
  esac
done

send
tries=0
while [ "$tries" -lt "${1:-100}" ]; do
  groups="$(alive)"
  [ -n "$groups" ] || exit 0
  tries=$((tries + 1))
  sleep 0.1
done
send KILL
