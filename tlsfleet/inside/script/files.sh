# files.sh: every file in use: lstat and stat of it and of all folders on the way to it, its ACLs, and what it holds.

files_collect() {
    visited='' walked=- links='' absent='' hidden=''
    printf '%s' "$uses" | frame uses ''
    each_line files_place "$uses"
    printf '%s' "$links" | frame links ''
    printf '%s' "$absent" | frame absent ''
    printf '%s' "$hidden" | frame hidden ''
    files_stat
    files_content
}

files_place() { files_walk "${1#* }"; }

files_visit() {
    case $newline$visited in *"$newline$1$newline"*) ;; *) visited=$visited$1$newline ;; esac
}

# Looks at each part of a path, links followed by hand, so that every folder and link on the way is seen.
files_walk() {
    rest=${1#/} at='' hops=0
    if [ "${1%/*}" = "$walked" ]; then at=$walked rest=${1##*/}; fi # a neighbour of the last one, no link above it
    files_visit /
    while [ -n "$rest" ]; do
        part=${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
        case $part in
            '' | .) continue ;;
            ..) at=${at%/*}; continue ;;
        esac
        folder=${at:-/}
        at=$at/$part
        if [ -L "$at" ]; then
            files_visit "$at"
            hops=$((hops + 1))
            [ "$hops" -le 40 ] || { hidden=$hidden$at$newline; return 0; }
            link=$(readlink -- "$at")
            case $link in '' | *"$newline"*) hidden=$hidden$at$newline; return 0 ;; esac
            links=$links$at$newline$link$newline
            case $link in /*) at= ;; *) at=${at%/*} ;; esac
            rest=$link/$rest
        elif [ -e "$at" ]; then
            files_visit "$at"
        elif [ -d "$folder" ] && [ -x "$folder" ]; then
            absent=$absent$at$newline
            return 0
        elif [ -e "$folder" ] && ! [ -d "$folder" ]; then
            absent=$absent$at$newline
            return 0
        else
            hidden=$hidden$at$newline
            return 0
        fi
    done
    if [ "$hops$at" = "0$1" ]; then walked=${1%/*}; fi
}

# %f mode and type in hex, then numbers, names, and the path last. No user or group name holds a colon.
files_stat() {
    IFS=$newline
    set -f
    set -- $visited
    set +f
    unset IFS
    [ $# -gt 0 ] || return 0
    limited 20 stat -c '%f:%u:%g:%s:%Y:%U:%G:%n' -- "$@" | frame stat ''
    acls=
    if command -v getfacl >/dev/null; then
        acls=$(limited 20 getfacl -p -- "$@")
        printf '%s\n' "$acls" | frame acl ''
    else
        unknown acl '' 'getfacl is not installed'
    fi
}

# What may be read: regular files of a sane size, links followed. The others get the reason.
files_content() {
    readable='' asked=''
    each_line files_readable "$uses"
    IFS=$newline
    set -f
    set -- $readable
    set +f
    unset IFS
    [ $# -gt 0 ] || return 0
    small=$(limited 20 find -L "$@" -prune -type f -size -2049 -print)$newline
    labels=$(each_line files_is_small "$readable")$newline
    IFS=$newline
    set -f
    set -- $labels
    set +f
    unset IFS
    labels='' digests=$newline seen=$newline
    if [ $# -gt 0 ]; then
        labels=$(limited 20 awk "$labels_awk" "$@")
        digests=$newline$(limited 20 sha256sum -- "$@")$newline
    fi
    printf '%s\n' "$labels" | frame labels ''
    each_line files_examine "$uses"
}

files_readable() {
    purpose=${1%% *} path=${1#* }
    [ "$purpose" != file ] || return 0
    [ -e "$path" ] || return 0
    if ! [ -f "$path" ]; then unknown "$purpose" "$path" 'it is not a regular file'
    elif ! [ -r "$path" ]; then unknown "$purpose" "$path" 'permission denied'
    else
        case $newline$readable in *"$newline$path$newline"*) ;; *) readable=$readable$path$newline ;; esac
    fi
}

files_is_small() {
    case $newline$small in *"$newline$1$newline"*) printf '%s\n' "$1" ;; esac
}

files_examine() {
    purpose=${1%% *} path=${1#* }
    case $newline$readable in *"$newline$path$newline"*) ;; *) return 0 ;; esac
    [ "$purpose" != file ] || return 0
    case $newline$small in
        *"$newline$path$newline"*)
            if ! command -v openssl >/dev/null; then unknown "$purpose" "$path" 'openssl is not installed'
            else files_copy || "content_$purpose" "$path"
            fi
            ;;
        *) unknown "$purpose" "$path" 'it is larger than 1 MiB' ;;
    esac
}

# A file with the content of one that was read: the name of that one is enough. A set has copies of most of its files.
files_copy() {
    [ "$purpose" != scan ] || return 1
    case $digests in *"  $path$newline"*) ;; *) return 1 ;; esac
    digest=${digests%%"  $path$newline"*}
    digest=$purpose:${digest##*"$newline"}
    case $seen in
        *"$newline$digest "*)
            first=${seen#*"$newline$digest "}
            printf '%s' "${first%%"$newline"*}" | frame "copy-$purpose" "$path"
            ;;
        *) seen=$seen$digest' '$path$newline; return 1 ;;
    esac
}
