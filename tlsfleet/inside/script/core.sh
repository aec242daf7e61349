# core.sh: what every part of the script is made of: frames out, paths in use, bounded commands. Nothing here writes to disk.
# Set before it by the auditor: nonce, localcerts, private, public, dh_file, key_groups, and the awk programs.

LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset IFS
set +e +u
umask 077
cd / || :
exec 2>/dev/null </dev/null
newline='
'
frame_limit=4194304
content_limit=1048576
uses='' uses_count=0 accounts=''

if timeout 1 true; then
    limited() { timeout "$@" </dev/null; }
else
    limited() { shift; "$@" </dev/null; }
fi

encoded() { base64 | tr -d '\n'; }

# A line a frame: nonce, kind, subject, data and a full stop: without it, what should have sent the data could not run.
# What is cut off at the limit is one byte too long, and known by that.
frame() {
    printf '%s %s %s ' "$nonce" "$1" "$(printf '%s' "$2" | encoded)="
    { head -c "$((frame_limit + 1))" && printf .; } | encoded
    printf ' .\n'
}

unknown() {
    printf '%s %s %s ! %s .\n' "$nonce" "$1" "$(printf '%s' "$2" | encoded)=" "$(printf '%s' "$3" | encoded)"
}

# use PURPOSE PATH: a file in use, to be examined as a certificate, key, dh, csr, or file (its place and rights alone).
use() {
    case $2 in /*) ;; *) return 0 ;; esac
    case $2 in *"$newline"*) unknown "$1" "$2" 'its name holds a line break'; return 0 ;; esac
    case $newline$uses in *"$newline$1 $2$newline"*) return 0 ;; esac
    uses_count=$((uses_count + 1))
    if [ "$uses_count" -gt 3000 ]; then
        [ "$uses_count" -gt 3001 ] || unknown "$1" "$2" 'more than 3000 files are in use: it and those after it were left out'
        unknown "$1" "$2" 'one of more than 3000 files in use, left out'
        return 0
    fi
    uses=$uses$1' '$2$newline
}

service_user() {
    case $newline$accounts in *"$newline$1$newline"*) ;; *) accounts=$accounts$1$newline ;; esac
}

pids() {
    for process in /proc/[0-9]*; do
        process_name=
        read -r process_name <"$process/comm" || [ -n "$process_name" ] || continue
        [ "$process_name" != "$1" ] || printf '%s\n' "${process#/proc/}"
    done
}

# Calls a function with each line of a text.
each_line() {
    lines_function=$1 lines_rest=$2
    while [ -n "$lines_rest" ]; do
        line=${lines_rest%%"$newline"*}
        lines_rest=${lines_rest#*"$newline"}
        [ -z "$line" ] || "$lines_function" "$line"
    done
}
