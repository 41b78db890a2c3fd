#!/bin/sh
# Receives Cowry's webhooks. POSIX shell, openssl and curl; a CGI program for any web server.
#
#     sh receiver.sh            answers one request, whose headers CGI has put into the environment
#     sh receiver.sh work       reads the payments that events came about; call it again and again
#     sh receiver.sh verify SECRET ID TIMESTAMP SIGNATURE < body       ends with 0 (genuine) or 1
#     sh receiver.sh verify-body SECRET X_ORQEX_SIGNATURE < body       the same for the second signature
#
# Environment: WEBHOOK_SECRET, WEBHOOK_STORE (the folder ./webhooks); for `work` COWRY_URL and COWRY_KEY, a payment key.
# openssl gets its keys as arguments, which other users of this machine can list: use it where there are none.
set -euf
LC_ALL=C
export LC_ALL
umask 077

tolerance_s=300
max_body_bytes=1048576
store=${WEBHOOK_STORE:-webhooks}

hex() { od -An -v -tx1 | tr -d ' \n'; }

# The bytes of HMAC-SHA256 over stdin. $1: the key in hex.
mac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }

# The bytes behind `whsec_`, in hex. An empty key would make every forgery genuine, so a short one is an error.
key_of() {
    key=''
    case $1 in whsec_?*) key=$(printf %s "${1#whsec_}" | openssl base64 -d -A | hex) ;; esac
    [ "${#key}" -ge 48 ] || { echo 'a secret is whsec_ and base64' >&2; exit 2; }
    printf %s "$key"
}

# Compares both under a key that is used once, so that the time it takes tells nothing.
is_same() {
    once=$(openssl rand -hex 32)
    one=$(printf %s "$1" | mac "$once" | hex)
    other=$(printf %s "$2" | mac "$once" | hex)
    [ "${#one}" -eq 64 ] && [ "$one" = "$other" ]
}

# Whether the three headers of Standard Webhooks belong to a body.
# $1 secret, $2 id, $3 timestamp, $4 signatures, $5 file with the body
verify() {
    case $2 in '' | *[!A-Za-z0-9_-]*) return 1 ;; esac
    case $3 in '' | 0* | *[!0-9]* | ?????????????*) return 1 ;; esac
    [ "${#2}" -le 64 ] || return 1
    age_s=$(($(date +%s) - $3))
    [ "$age_s" -le "$tolerance_s" ] && [ "$age_s" -ge "-$tolerance_s" ] || return 1
    key=$(key_of "$1") || exit 2
    expected=$({ printf %s "$2.$3." && cat "$5"; } | mac "$key" | openssl base64 -A)
    [ "${#expected}" -eq 44 ] || return 1
    # While a secret is being replaced there are two signatures; one that fits is enough.
    for given in $4; do
        if is_same "v1,$expected" "$given"; then return 0; fi
    done
    return 1
}

# The second way, `x-orqex-signature`. It says nothing about id and time: prefer `verify` where you can.
verify_body() { # $1 secret, $2 signature, $3 file
    [ "${#1}" -gt 6 ] || return 1
    expected=$(mac "$(printf %s "$1" | hex)" <"$3" | hex)
    [ "${#expected}" -eq 64 ] && is_same "$expected" "$2"
}

answer() { # $1 status, $2 text
    printf 'Status: %s\r\nContent-Type: text/plain\r\n\r\n%s' "$1" "$2"
    exit 0
}

receive() {
    [ "${REQUEST_METHOD:-}" = POST ] || answer '405 Method Not Allowed' 'only POST'
    case ${CONTENT_LENGTH:-} in '' | *[!0-9]* | ????????*) answer '411 Length Required' 'no length' ;; esac
    [ "$CONTENT_LENGTH" -le "$max_body_bytes" ] || answer '413 Content Too Large' 'the body is too long'
    head -c "$CONTENT_LENGTH" >"$work/body"
    id=${HTTP_WEBHOOK_ID:-}
    verify "${WEBHOOK_SECRET:?}" "$id" "${HTTP_WEBHOOK_TIMESTAMP:-}" "${HTTP_WEBHOOK_SIGNATURE:-}" "$work/body" ||
        answer '401 Unauthorized' 'wrong signature'
    # The first line says which payment to read. It is not signed and need not be: it is only asked about.
    printf '%s\n' "${HTTP_X_PAYMENT_ID:-}" | tr -cd 'A-Za-z0-9_\n' >"$work/event"
    cat "$work/body" >>"$work/event"
    sync
    # The name is the unique key. `ln` makes the whole file at once, or fails when it is there.
    if [ -e "$store/done/$id" ]; then answer '200 OK' 'seen before'; fi
    if ! ln "$work/event" "$store/new/$id" 2>"$work/error"; then
        if [ -e "$store/new/$id" ] || [ -e "$store/done/$id" ]; then answer '200 OK' 'seen before'; fi
        cat "$work/error" >&2
        answer '500 Internal Server Error' 'not stored, send it again'
    fi
    sync
    answer '200 OK' 'stored'
}

# The payment as it is now, whatever the order in which its events came. What fails stays in `new` for the next call.
work() {
    : "${COWRY_URL:?}" "${COWRY_KEY:?}"
    find "$store/new" -type f | while read -r event; do
        payment=$(head -n 1 "$event")
        # The key goes through a file, not through the arguments.
        printf 'header = "Authorization: Bearer %s"\n' "$COWRY_KEY" >"$work/curl"
        url=$COWRY_URL/v1/payment/intents/$payment
        status=$(curl -sS -m 15 -K "$work/curl" -o "$work/payment" -w '%{http_code}' "$url") || continue
        case $status in
            200) mv "$work/payment" "$store/payments/$payment" ;;
            404) ;; # A test event: its payment is made up.
            *) continue ;;
        esac
        mv "$event" "$store/done/"
    done
}

# Makes a folder that goes at the end. $@: where
make_room() {
    work=$(mktemp -d "$@")
    trap 'rm -rf "$work"' EXIT
}

case "${1:-}/$#" in
    /0 | work/1)
        mkdir -p "$store/new" "$store/done" "$store/payments"
        make_room "$store/work.XXXXXX" # On the same disk as the events.
        if [ $# -eq 0 ]; then receive; else work; fi
        ;;
    verify/5)
        make_room
        cat >"$work/body"
        verify "$2" "$3" "$4" "$5" "$work/body"
        ;;
    verify-body/3)
        make_room
        cat >"$work/body"
        verify_body "$2" "$3" "$work/body"
        ;;
    *)
        echo 'usage: receiver.sh [work | verify SECRET ID TIMESTAMP SIGNATURE | verify-body SECRET SIGNATURE]' >&2
        exit 2
        ;;
esac
