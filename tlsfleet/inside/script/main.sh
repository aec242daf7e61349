# main.sh: the order of things. Everything is read; nothing is written but the answer.

host_identity
notes_collect
nginx_collect
printf '%s' "$nginx_count" | frame nginx ''
files_collect
host_collect
host_end
exit 0
