#!/bin/sh
# Looks up whose account it is, again and again: agent.sh [TIMES] [SECONDS BETWEEN TWO]
set -eu

fail() {
    echo "long-running: $1" >&2
    exit 1
}

[ -n "${X_ACCESS_TOKEN_FILE:-}" ] || fail 'no file: use `xreq run --keep-fresh -- ./agent.sh`'

times=${1:-}
while [ "$times" != 0 ]; do
    # The file holds the newest token, whole. It goes to curl by a pipe: arguments can be read by
    # every user of the machine.
    printf 'Authorization: Bearer %s\n' "$(cat "$X_ACCESS_TOKEN_FILE")" |
        curl --silent --show-error --fail-with-body --max-time 30 --header @- --write-out '\n' \
            "${X_API_BASE_URL:-https://api.x.com}/2/users/me"
    sleep "${2:-60}"
    [ -z "$times" ] || times=$((times - 1))
done
