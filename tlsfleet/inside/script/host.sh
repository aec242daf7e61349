# host.sh: the host itself: its accounts, sockets, packages, libraries and clock.

host_identity() {
    printf 'uid %s\nclock %s\n' "$(id -u)" "$(host_clock)" | frame begin ''
}

# Busybox's date knows no %N.
host_clock() {
    host_time=$(date +%s.%N)
    case $host_time in *[!0-9.]*) date +%s ;; *) printf '%s\n' "$host_time" ;; esac
}

host_collect() {
    host_accounts
    host_listeners
    host_packages
    host_libraries
}

# Groups that own a file in use, that an ACL names, or whose members may read keys; members by primary group too.
host_accounts() {
    IFS=$newline
    set -f
    set -- $visited
    names=$(limited 20 stat -L -c '%G' -- "$@" | sort -u
        if command -v getfacl >/dev/null; then limited 20 getfacl -p -s -- "$@" | sed -n 's/^group:\([^:]*\):.*/\1/p'; fi
        printf '%s\n' "$key_groups" | tr ' ' '\n')
    set -- $(printf '%s\n' "$names" | sort -u | grep -v -x -e UNKNOWN -e '')
    if command -v getent >/dev/null; then
        limited 10 getent group "$@" | frame groups ''
        limited 20 getent passwd | cut -d : -f 1,3,4 | frame passwd ''
    else
        for name do awk -F : -v name="$name" '$1 == name' /etc/group; done | frame groups ''
        cut -d : -f 1,3,4 /etc/passwd | frame passwd ''
    fi
    set +f
    unset IFS
    each_line host_account "$accounts"
}

host_account() {
    case $1 in -* | *[!A-Za-z0-9_.@\\-]*) unknown user "$1" 'it is no user name'; return 0 ;; esac
    if id -u "$1" >/dev/null; then
        { id -u "$1"; id -Gn "$1"; } | frame user "$1"
    else
        unknown user "$1" 'there is no such user'
    fi
}

host_listeners() {
    if command -v ss >/dev/null; then
        limited 10 ss -l -n -t -u -p | frame sockets ss
    else
        cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 | awk '$4 == "0A" || $4 == "07"' | frame sockets proc
    fi
}

host_packages() {
    sed -n -e '/^ID=/p' -e '/^ID_LIKE=/p' -e '/^VERSION_ID=/p' -e '/^VERSION_CODENAME=/p' /etc/os-release | head -c 2000 | frame release ''
    limited 10 openssl version | head -n 1 | frame openssl ''
    set -- openssl libssl1.0.0 libssl1.0.2 libssl1.1 libssl3 libssl3t64 libgnutls26 libgnutls-deb0-28 libgnutls28 libgnutls30 \
        libgnutls30t64 gnutls-bin nginx nginx-light nginx-core nginx-full nginx-extras postfix dovecot-core prosody apache2 \
        haproxy exim4-base ssl-cert ca-certificates certbot openssh-server
    if command -v dpkg-query >/dev/null; then
        limited 20 dpkg-query -W -f '${Status} ${Package} ${Version}\n' "$@" | sed -n 's/^[a-z]* ok installed //p' | sort -u | frame packages dpkg
        return 0
    fi
    set -- openssl openssl-libs openssl1.1 compat-openssl10 compat-openssl11 gnutls nginx nginx-core postfix dovecot prosody httpd haproxy exim ca-certificates certbot openssh-server
    if command -v rpm >/dev/null; then
        limited 20 rpm -q --qf '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n' "$@" | grep -v ' is not installed' | sed 's/ 0:/ /' | frame packages rpm
    elif [ -r /lib/apk/db/installed ]; then
        awk -F : '$1 == "P" { name = $2 } $1 == "V" { print name, $2 }' /lib/apk/db/installed |
            grep -E '^(openssl|libssl[0-9.]*|libcrypto[0-9.]*|gnutls|nginx|postfix|dovecot|prosody|apache2|haproxy|exim|certbot) ' | frame packages apk
    else
        unknown packages '' 'neither dpkg, rpm nor apk is there'
    fi
}

# TLS libraries that were replaced on disk while a process maps them.
host_libraries() {
    grep -E '(libssl|libcrypto|libgnutls)[^/]*\.so[^/]* \(deleted\)$' /proc/[0-9]*/maps | sed 's/^\/proc\/\([0-9]*\)\/maps:.*[[:space:]]\(\/.*\)$/\1 \2/' |
        sort -u | head -n 500 | host_named | frame libraries ''
    [ "$(id -u)" = 0 ] || unknown libraries '' 'not root: the memory maps of other users cannot be read'
}

host_named() {
    while read -r host_pid host_library; do
        host_name=
        read -r host_name <"/proc/$host_pid/comm"
        printf '%s %s %s\n' "$host_pid" "${host_library}" "${host_name}"
    done
}

host_end() { printf 'clock %s\n' "$(host_clock)" | frame end ''; }
