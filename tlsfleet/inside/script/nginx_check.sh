# nginx_check.sh: what nginx's own checker says, where running it changes nothing; what its error logs say.

# nginx -t opens logs and the pid file, makes folders and binds sockets: it is run only where all of that exists already.
nginx_check() {
    nginx_why=
    nginx_user=$(nginx_option user nobody)
    if [ "$(id -u)" != 0 ]; then nginx_why='it needs root'
    elif [ -z "$nginx_pid" ]; then nginx_why='nginx is not running, and its checker would create its log and pid files'
    elif [ "$(nginx_option error-log-path logs/error.log)" != stderr ]; then
        case $(limited 10 "$nginx_binary" -h 2>&1) in
            *' -e '*) ;;
            *) nginx_why='this version of its checker would write to its log' ;;
        esac
    fi
    if [ -z "$nginx_why" ]; then
        nginx_pid_file=$(nginx_path "$(nginx_option pid-path logs/nginx.pid)")
        nginx_each nginx_named
        nginx_each nginx_obstacle
        nginx_obstacle log "$nginx_pid_file"
    fi
    if [ -n "$nginx_why" ]; then unknown nginx-check "$nginx_conf" "$nginx_why"; else nginx_test; fi
}

nginx_path() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$nginx_prefix/$1" ;; esac; }

nginx_named() {
    case $1 in
        user) nginx_user=$2 ;;
        pid) nginx_pid_file=$2 ;;
    esac
}

nginx_obstacle() {
    case $1 in
        log) if ! [ -f "$2" ] && ! [ -c "$2" ]; then nginx_why="its checker would create $2"; fi ;;
        socket) if ! [ -S "$2" ]; then nginx_why="its checker would create $2"; fi ;;
        dir)
            if [ -z "$(find "$2" -prune -type d -user "$nginx_user" -perm -700 2>/dev/null)" ]; then
                nginx_why="its checker would create or change $2"
            fi
            ;;
        verbose) nginx_why="its checker would write to an error log of level $2" ;;
        refuse) nginx_why="its checker could run or make what the directive $2 names" ;;
        module)
            case ${2##*/} in
                ngx_stream_module.so | ngx_mail_module.so | ngx_http_echo_module.so | ngx_http_geoip*_module.so | \
                    ngx_stream_geoip*_module.so | ngx_http_image_filter_module.so | ngx_http_xslt_filter_module.so | \
                    ngx_http_brotli_*_module.so | ngx_http_headers_more_filter_module.so | \
                    ngx_http_dav_ext_module.so | ngx_http_fancyindex_module.so | ngx_http_subs_filter_module.so) ;;
                *) nginx_why="its checker would run the module ${2##*/}" ;;
            esac
            ;;
        context) nginx_http_obstacles ;;
    esac
}

nginx_http_obstacles() {
    nginx_obstacle log "$(nginx_path "$(nginx_option http-log-path logs/access.log)")"
    for nginx_kind in client-body proxy fastcgi uwsgi scgi; do
        case $nginx_options in *" --without-http_${nginx_kind}_module"*) continue ;; esac
        nginx_name=$(printf '%s_temp\n' "$nginx_kind" | tr - _)
        nginx_obstacle dir "$(nginx_path "$(nginx_option "http-$nginx_kind-temp-path" "$nginx_name")")"
    done
}

nginx_test() {
    set -- -t -e stderr -c "$nginx_conf" -p "$nginx_prefix/"
    if [ "$(nginx_option error-log-path logs/error.log)" = stderr ]; then
        case $(limited 10 "$nginx_binary" -h 2>&1) in
            *' -e '*) ;;
            *) set -- -t -c "$nginx_conf" -p "$nginx_prefix/" ;;
        esac
    fi
    if [ -n "$nginx_globals" ]; then set -- "$@" -g "$nginx_globals"; fi
    nginx_text=$(limited 20 "$nginx_binary" "$@" 2>&1)
    nginx_status=$?
    {
        printf 'exit %s\n' "$nginx_status"
        printf '%s\n' "$nginx_text" | awk "$nginx_messages_awk"
    } | frame nginx-check "$nginx_conf"
}

# The ends of its error logs: only failures to load a certificate, key or DH file.
nginx_logs() {
    [ -n "$nginx_pid" ] || return 0
    nginx_logged=${nginx_errors:-$(nginx_option error-log-path logs/error.log)}
    case $nginx_logged in stderr) ;; *) nginx_log errors "$(nginx_path "$nginx_logged")" ;; esac
    nginx_each nginx_log
}

nginx_log() {
    [ "$1" = errors ] && [ -f "$2" ] || return 0
    case "$nginx_seen|" in *"|log:$2|"*) return 0 ;; esac
    nginx_seen="$nginx_seen|log:$2"
    if [ -r "$2" ]; then
        tail -c 262144 "$2" | awk -v logs=1 "$nginx_messages_awk" | frame nginx-log "$2"
    else
        unknown nginx-log "$2" 'permission denied'
    fi
}
