# notes.sh: the notes' folders: which files of dated sets they hold, and every file of the public folder, for keys astray.

notes_collect() {
    for folder in "$localcerts" "$private" "$public"; do
        use file "$folder"
        notes_list "$folder"
    done
    [ -z "$dh_file" ] || use dh "$dh_file"
    notes_public
}

# Names of the form server_YYYYMMDD.*: each is a file in use.
notes_list() {
    if ! [ -d "$1" ]; then return 0; fi
    if ! [ -r "$1" ] || ! [ -x "$1" ]; then unknown listing "$1" 'permission denied'; return 0; fi
    set +f
    found=
    for path in "$1"/server_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].*; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        name=${path##*/}
        case $name in *[!A-Za-z0-9._-]*) continue ;; esac
        found=$found$name$newline
        case $name in
            *.crt) use certificate "$path" ;;
            *.key) use key "$path" ;;
            *.csr) use csr "$path" ;;
            *) use file "$path" ;;
        esac
    done
    printf '%s' "$found" | frame listing "$1"
}

notes_public() {
    [ -d "$public" ] || return 0
    if ! [ -r "$public" ] || ! [ -x "$public" ]; then unknown scan "$public" 'permission denied'; return 0; fi
    found=$(find "$public/" -maxdepth 1 -type f -name '*[!a-zA-Z0-9._+@=,~ -]*' -prune -o -maxdepth 1 -type f -print | head -n 1001)
    if [ "$(printf '%s\n' "$found" | wc -l)" -gt 1000 ]; then unknown scan "$public" 'it holds more than 1000 files: not all were searched for keys'; fi
    found_odd=$(find "$public/" -maxdepth 1 -type f -name '*[!a-zA-Z0-9._+@=,~ -]*' -print | tr -dc '/' | head -c 1)
    [ -z "$found_odd" ] || unknown scan "$public" 'a file in it has a name with odd characters, and was not searched for keys'
    each_line notes_scan "$found$newline"
}

notes_scan() { use scan "$public/${1##*/}"; }
