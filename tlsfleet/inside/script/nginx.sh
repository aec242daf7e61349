# nginx.sh: every nginx of this host: how it runs, what its configuration files say, what its checker and its logs say.

# Expands one include (run by nginx.awk through sh, with $pattern set): a row a file, marked
# + to be read, m missing, r unreadable, x in a folder that cannot be looked into, d no regular file, b too big, z with
# NUL bytes.
nginx_resolve='
LC_ALL=C; export LC_ALL; IFS=; set +f
newline="
"
look() {
    d=$1
    while [ -n "$d" ] && ! [ -d "$d" ]; do d=${d%/*}; done
    if ! [ -x "${d:-/}" ] || { [ "$d" = "$1" ] && [ -n "$2" ] && ! [ -r "$d" ]; }; then
        printf "x%s\n" "$pattern"
        exit
    fi
}
case $pattern in
    *"$newline"*) exit ;;
    *[*?[]*)
        fixed=${pattern%%[*?[]*}
        look "${fixed%/*}" list
        for d in ${pattern%/*}; do if [ -d "$d" ]; then look "$d" list; fi; done
        set --
        for f in $pattern; do if [ -e "$f" ] || [ -L "$f" ]; then set -- "$@" "$f"; fi; done
        ;;
    *)
        look "${pattern%/*}"
        set -- "$pattern"
        ;;
esac
[ $# -gt 0 ] || exit
big=$(find -L "$@" -prune -size +16384 2>/dev/null)
for f do
    shift
    case $newline$big$newline in *"$newline$f$newline"*) mark=b ;; *) mark=+ ;; esac
    if ! [ -e "$f" ]; then mark=m; elif ! [ -f "$f" ]; then mark=d; elif ! [ -r "$f" ]; then mark=r; fi
    case $f in *"$newline"*) f=$pattern mark=d ;; esac
    if [ "$mark" = + ]; then set -- "$@" "$f"; else printf "%s%s\n" "$mark" "$f"; fi
done
[ $# -gt 0 ] || exit
nuls=$(cat -- "$@" | tr -dc "\000" | wc -c)
for f do
    mark=+
    if [ "$nuls" -gt 0 ] && [ "$(tr -dc "\000" <"$f" | wc -c)" -gt 0 ]; then mark=z; fi
    printf "%s%s\n" "$mark" "$f"
done
'

nginx_collect() {
    nginx_seen= nginx_count=0
    for nginx_pid in $(pids nginx); do nginx_process "$nginx_pid"; done
    [ "$nginx_count" = 0 ] || return 0
    for nginx_binary in /usr/sbin/nginx /usr/local/sbin/nginx /usr/local/nginx/sbin/nginx /usr/bin/nginx \
        /opt/nginx/sbin/nginx /usr/local/openresty/nginx/sbin/nginx; do
        [ -x "$nginx_binary" ] || continue
        nginx_pid= nginx_arguments=
        nginx_instance
        return 0
    done
}

# One process: masters, and what runs without one, are instances; workers belong to theirs.
nginx_process() {
    nginx_title=$(tr '\000' '\n' <"/proc/$1/cmdline" 2>/dev/null) || return 0
    case $nginx_title in
        '')
            case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
                '' | [XZ]*) ;;
                *) unknown nginx-process "$1" 'its command line cannot be read' ;;
            esac
            return 0
            ;;
        'nginx: master process '*) nginx_arguments=${nginx_title#nginx: master process } nginx_split=' ' ;;
        'nginx: '*) return 0 ;;
        *) nginx_arguments=$nginx_title nginx_split=$newline ;;
    esac
    if ! nginx_same_root "$1"; then
        unknown nginx-process "$1" 'it runs in another root (a container or a chroot), which was not examined'
        return 0
    fi
    nginx_count=$((nginx_count + 1))
    nginx_binary=/proc/$1/exe
    if ! [ -x "$nginx_binary" ]; then nginx_binary=${nginx_arguments%%"$nginx_split"*}; fi
    nginx_instance
}

nginx_same_root() {
    if [ "/proc/$1/root/." -ef /. ]; then return 0; fi
    if [ "$(id -u)" = 0 ]; then return 1; fi
    nginx_root=$(awk '$5 == "/" { print $3, $4 }' "/proc/$1/mountinfo" 2>/dev/null)
    [ -n "$nginx_root" ] && [ "$nginx_root" = "$(awk '$5 == "/" { print $3, $4 }' /proc/self/mountinfo)" ]
}

# One instance: its options (as -V and its command line tell), its configuration, its state.
nginx_instance() {
    nginx_options=$(nginx_build) || {
        unknown nginx-config "$nginx_binary" 'its build options (nginx -V) cannot be told'
        return 0
    }
    nginx_prefix=$(nginx_option prefix /usr/local/nginx)
    nginx_conf=$(nginx_option conf-path conf/nginx.conf)
    nginx_globals='' nginx_errors=''
    nginx_parse_arguments
    nginx_prefix=${nginx_prefix%/}
    case $nginx_prefix in /* | '') ;; *) nginx_prefix=$(readlink "/proc/$nginx_pid/cwd")/$nginx_prefix ;; esac
    case $nginx_conf in /*) ;; *) nginx_conf=$nginx_prefix/$nginx_conf ;; esac
    if nginx_unused; then return 0; fi
    nginx_how=$(nginx_state)
    printf '%s\n' "$nginx_how" | frame nginx-process "$nginx_conf"
    case "$nginx_seen|" in *"|$nginx_conf|"*) return 0 ;; esac
    nginx_seen="$nginx_seen|$nginx_conf"
    case $nginx_conf in
        *[*?[]*) unknown nginx-config "$nginx_conf" 'the name of its configuration file holds wildcards' ;;
        *) nginx_configuration ;;
    esac
}

# A program that others than root could replace is not run by root.
nginx_build() {
    if [ "$(id -u)" = 0 ]; then
        [ -n "$(find -L "$nginx_binary" -prune -user 0 ! -perm -020 ! -perm -002 2>/dev/null)" ] || return 1
    fi
    nginx_text=$(limited 10 "$nginx_binary" -V 2>&1) || return 1
    case $nginx_text in *' version: '*'configure arguments:'*) printf '%s\n' "$nginx_text" ;; *) return 1 ;; esac
}

nginx_option() {
    case $nginx_options in
        *" --$1="*)
            nginx_value=${nginx_options#*" --$1="}
            printf '%s\n' "${nginx_value%% *}"
            ;;
        *) printf '%s\n' "$2" ;;
    esac
}

nginx_parse_arguments() {
    nginx_noglob
    set -- $nginx_arguments
    nginx_glob
    while [ $# -gt 0 ]; do
        case $1 in
            -c) nginx_conf=${2-}; [ $# -lt 2 ] || shift ;;
            -p) nginx_prefix=${2-}; [ $# -lt 2 ] || shift ;;
            -e) nginx_errors=${2-}; [ $# -lt 2 ] || shift ;;
            -c*) nginx_conf=${1#-c} ;;
            -p*) nginx_prefix=${1#-p} ;;
            -e*) nginx_errors=${1#-e} ;;
            -g*)
                nginx_globals=${1#-g}
                while [ $# -gt 1 ]; do
                    case "$nginx_globals|$2" in *\;"|-"*) break ;; esac
                    nginx_globals="$nginx_globals $2"
                    shift
                done
                ;;
        esac
        shift
    done
}

# A binary that does not run and has no configuration file (seen not to be there) is not in use.
nginx_unused() {
    [ -z "$nginx_pid" ] && ! [ -e "$nginx_conf" ] && ! [ -L "$nginx_conf" ] || return 1
    nginx_folder=${nginx_conf%/*}
    [ -e "$nginx_folder" ] || nginx_folder=${nginx_folder%/*}
    [ -d "${nginx_folder:-/}" ] && [ -x "${nginx_folder:-/}" ]
}

# How it runs: rows of "name value"; times as clock ticks since the boot.
nginx_state() {
    printf '%s\n' "$nginx_options" | sed -n 's/^\([A-Za-z]*\) version: /version /p; s/^built with /library /p'
    case $nginx_options in *' --with-openssl='*) echo 'build with-openssl' ;; esac
    printf 'openssl %s\n' "$(limited 10 openssl version 2>/dev/null)"
    printf 'prefix %s\nzone %s\nuid %s\n' "$nginx_prefix" "$(date +%z)" "$(id -u)"
    printf 'default-user %s\n' "$(nginx_option user nobody)"
    if [ -n "$nginx_pid" ]; then nginx_started; fi
}

nginx_started() {
    printf 'pid %s\nhertz %s\n' "$nginx_pid" "$(getconf CLK_TCK 2>/dev/null || echo 100)"
    sed -n 's/^btime /boot /p' /proc/stat
    printf 'master %s\n' "$(nginx_ticks "$nginx_pid")"
    for nginx_worker in $(pids nginx); do
        case $(tr '\000' '\n' <"/proc/$nginx_worker/cmdline" 2>/dev/null) in
            'nginx: worker process'*'is shutting down'*) continue ;;
            'nginx: worker process'*) ;;
            *) continue ;;
        esac
        [ "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$nginx_worker/status" 2>/dev/null)" = "$nginx_pid" ] || continue
        printf 'worker %s %s\n' "$(nginx_ticks "$nginx_worker")" "$(ls -ld "/proc/$nginx_worker" | awk '{ print $3 }')"
    done
}

nginx_ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ print $20 }'; }

nginx_configuration() {
    if [ -n "$nginx_pid" ] && ! [ -e "$nginx_conf" ]; then
        unknown nginx-config "$nginx_conf" 'nginx runs, but its configuration file cannot be found'
        return 0
    fi
    { nginx_found=$(nginx_read 3>&1 >&4); } 4>&1
    nginx_user=
    nginx_each nginx_use
    [ -n "$nginx_user" ] || service_user "$(nginx_option user nobody)"
    for nginx_user in $(printf '%s\n' "$nginx_how" | sed -n 's/^worker [0-9]* //p' | sort -u); do
        service_user "$nginx_user"
    done
    nginx_ciphers
    nginx_changed
    nginx_check
    nginx_logs
}

# Rows for the shell come on descriptor 3, what goes into the frame on standard output.
nginx_read() {
    nginx_conf=$nginx_conf nginx_prefix=$nginx_prefix nginx_globals=$nginx_globals nginx_resolve=$nginx_resolve \
        awk "$nginx_lexer_awk $nginx_awk" 3>&3 </dev/null | frame nginx-config "$nginx_conf"
}

# Calls a function with each row: what it is, and its value.
nginx_each() {
    nginx_function=$1
    nginx_split=$newline
    nginx_noglob
    set -- $nginx_found
    nginx_glob
    for nginx_row do
        nginx_value=${nginx_row##* }
        case $nginx_value in *\\*) nginx_value=$(printf '%b' "$nginx_value") ;; esac
        "$nginx_function" "${nginx_row% *}" "$nginx_value"
    done
}

# Around a word splitting at $nginx_split, without pathname expansion.
nginx_noglob() {
    case $- in *f*) nginx_restore=: ;; *) nginx_restore='set +f' ;; esac
    set -f
    IFS=$nginx_split
}

nginx_glob() {
    unset IFS
    $nginx_restore
}

nginx_use() {
    case $1 in
        'use '*) use "${1#use }" "$2" ;;
        user)
            nginx_user=$2
            service_user "$2"
            ;;
    esac
}

# Cipher strings, each expanded by this host's OpenSSL: TLS 1.3 first, then what lower versions can carry.
nginx_ciphers() {
    nginx_each nginx_expand
}

nginx_expand() {
    case $1 in cipher | suites) ;; *) return 0 ;; esac
    nginx_string=$2
    case $2 in -*) nginx_string=:$2 ;; esac
    if [ "$1" = cipher ]; then
        nginx_text=$(
            limited 10 openssl ciphers -s -V -tls1_3 "$nginx_string" 2>/dev/null
            limited 10 openssl ciphers -s -V -tls1_2 "$nginx_string" 2>/dev/null ||
                limited 10 openssl ciphers -V "$nginx_string" 2>/dev/null
        )
    else
        nginx_text=$(limited 10 openssl ciphers -s -V -tls1_3 -ciphersuites "$nginx_string" ALL 2>/dev/null)
    fi
    case $nginx_text in
        *0x*) printf "%s\n" "$nginx_text" | awk "{ print \$1, \$4 }" | frame "nginx-$1" "$2" ;;
        *) unknown "nginx-$1" "$2" 'openssl ciphers could not expand it' ;;
    esac
}

# When the configuration last changed: the times of its files, and of the links to them.
nginx_changed() {
    nginx_files=
    nginx_each nginx_file
    nginx_split=$newline
    nginx_noglob
    set -- $nginx_files
    nginx_glob
    {
        stat -c %Y -- "$@"
        stat -L -c %Y -- "$@"
    } 2>/dev/null | frame nginx-changed "$nginx_conf"
}

nginx_file() {
    [ "$1" = conf ] || return 0
    nginx_files=$nginx_files$newline$2
}
