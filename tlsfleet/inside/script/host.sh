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
        printf '%s\n' "$acls" | sed -n 's/^group:\([^:]*\):.*/\1/p'
        printf '%s\n' "$key_groups" | tr ' ' '\n')
    set -- $(printf '%s\n' "$names" | sort -u | grep -v -x -e UNKNOWN -e '')
    if command -v getent >/dev/null; then
        host_told groups '' 2 limited 10 getent group "$@"
        host_told passwd '' 0 limited 20 getent passwd
    else
        host_told groups '' 0 host_groups "$@"
        host_told passwd '' 0 cat /etc/passwd
    fi
    set +f
    unset IFS
    each_line host_account "$accounts"
}

host_groups() { for name do awk -F : -v name="$name" '$1 == name' /etc/group || return 1; done; }

# host_told KIND SUBJECT STATUS COMMAND...: what a command says, if it ends with 0 or that status: half an answer is none.
host_told() {
    host_kind=$1 host_subject=$2 host_allowed=$3
    shift 3
    host_text=$("$@")
    host_status=$?
    [ "$host_kind" != passwd ] || host_text=$(printf '%s\n' "$host_text" | cut -d : -f 1,3,4)
    case $host_status in
        0 | "$host_allowed") printf '%s\n' "$host_text" | frame "$host_kind" "$host_subject" ;;
        *) unknown "$host_kind" "$host_subject" "$host_kind could not be read to the end (exit status $host_status)" ;;
    esac
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
        host_told sockets ss 0 limited 10 ss -l -n -t -u -p
    else
        cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 | awk '$4 == "0A" || $4 == "07"' | frame sockets proc
    fi
}

# Each package manager that is there is asked, until one knows of anything: the tools of another may be installed too.
host_packages() {
    sed -n -e '/^ID=/p' -e '/^ID_LIKE=/p' -e '/^VERSION_ID=/p' -e '/^VERSION_CODENAME=/p' /etc/os-release | head -c 2000 | frame release ''
    limited 10 openssl version | head -n 1 | frame openssl ''
    for host_manager in dpkg apk rpm; do
        host_found=$("host_$host_manager")
        case $? in
            0) ;;
            3) continue ;;
            *) unknown packages '' "$host_manager could not be asked, or took too long"; return 0 ;;
        esac
        host_found=$(printf '%s\n' "$host_found" | grep -v -E -e '^$' -e '-(dev|devel|doc|dbg|dbgsym|debuginfo|debugsource|perl|help) ' | sort -u)
        [ -n "$host_found" ] || continue
        printf '%s\n' "$host_found" | frame packages "$host_manager"
        return 0
    done
    unknown packages '' 'neither dpkg, rpm nor apk lists a package of a TLS library or a server'
}

# Exit status 1 is that of a name or pattern without a package.
host_dpkg() {
    command -v dpkg-query >/dev/null || return 3
    host_rows=$(limited 20 dpkg-query -W -f '${Status} ${Package} ${Version}\n' openssl 'openssl[0-9]*' 'libssl[0-9]*' \
        'libgnutls[0-9]*' 'libgnutls-deb*' 'gnutls-bin' nginx nginx-light nginx-core nginx-full nginx-extras postfix \
        dovecot-core prosody apache2 haproxy exim4-base ssl-cert ca-certificates certbot openssh-server)
    case $? in 0 | 1) ;; *) return 1 ;; esac
    printf '%s\n' "$host_rows" | sed -n -e 's/^[a-z]* [a-z]* installed //p' -e 's/^[a-z]* [a-z]* triggers-[a-z]* //p' \
        -e 's/^[a-z]* [a-z]* half-configured //p' -e 's/^[a-z]* [a-z]* unpacked //p'
}

# As root rpm would write to its database, and make one where there is none: it is asked as nobody (65534).
host_rpm() {
    command -v rpm >/dev/null || return 3
    host_nobody=
    [ "$(id -u)" != 0 ] || host_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    host_rows=$(limited 20 $host_nobody rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' openssl openssl-libs \
        'openssl[0-9]*' 'openssl-[0-9]*' 'compat-openssl*' 'libopenssl[0-9]*' 'gnutls*' 'libgnutls*' nginx nginx-core \
        postfix dovecot prosody httpd apache2 haproxy exim ca-certificates certbot openssh-server) || return 1
    printf '%s\n' "$host_rows" | sed 's/ 0:/ /'
}

host_apk() {
    [ -r /lib/apk/db/installed ] || return 3
    host_rows=$(awk -F : '$1 == "P" { name = $2 } $1 == "V" { print name, $2 }' /lib/apk/db/installed) || return 1
    printf '%s\n' "$host_rows" | grep -E '^(openssl[0-9.]*(-compat)?|lib(ssl|crypto)[0-9.]*(-compat)?|gnutls|nginx|postfix|dovecot|prosody|apache2|haproxy|exim|ca-certificates|certbot|openssh-server) ' || :
}

# TLS libraries that were replaced on disk while a process maps them.
host_libraries() {
    host_maps=$(grep -E '(libssl|libcrypto|libgnutls)[^/]*\.so[^/]* \(deleted\)$' /proc/[0-9]*/maps 2>&1)
    if ! [ -r /proc/self/maps ]; then unknown libraries '' '/proc cannot be read'; return 0; fi
    {
        case $host_maps in *'Permission denied'*) echo denied ;; esac
        printf '%s\n' "$host_maps" | sed -n 's/^\/proc\/\([0-9]*\)\/maps:.*[[:space:]]\(\/.*\)$/\1 \2/p' |
            sort -u | head -n 500 | host_named
    } | frame libraries ''
}

host_named() {
    while read -r host_pid host_library; do
        host_name=
        read -r host_name <"/proc/$host_pid/comm"
        printf '%s %s %s\n' "$host_pid" "${host_library}" "${host_name}"
    done
}

host_end() { printf 'clock %s\n' "$(host_clock)" | frame end ''; }
