#!/bin/sh
# Posts a text with curl, and prints what X answers: agent.sh TEXT
set -eu

fail() {
    echo "post-shell: $1" >&2
    exit 1
}

# A text as the inside of a JSON string. Line breaks stay, other control characters are dropped.
json() {
    printf '%s' "$1" | sed 's/[\\"]/\\&/g; $!s/$/\\n/' | tr -d '\000-\037'
}

[ -n "${X_ACCESS_TOKEN:-}" ] || fail 'X_ACCESS_TOKEN is not set: use `xreq run -- ./agent.sh TEXT`'
[ $# -eq 1 ] || fail 'say what to post: `xreq run -- ./agent.sh TEXT`'

# The token goes to curl by a pipe: arguments can be read by every user of the machine.
printf 'Authorization: Bearer %s\n' "$X_ACCESS_TOKEN" |
    curl --silent --show-error --fail-with-body --max-time 30 \
        --header @- --header 'Content-Type: application/json' --write-out '\n' \
        --data "{\"text\":\"$(json "$1")\"}" \
        "${X_API_BASE_URL:-https://api.x.com}/2/tweets"
