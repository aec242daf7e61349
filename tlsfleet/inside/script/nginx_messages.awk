# nginx_messages.awk: reduces messages of nginx to shapes that are known: level, constant text, path of a file, file:line.
# With -v logs=1: only failures to load a certificate, key or DH file.

function safe_path(s) { return s ~ "^/[A-Za-z0-9_./@%+=: -]*$" ? s : "..." }
function place(s) { return match(s, " in /[A-Za-z0-9_./@%+=-]*:[0-9]+$") ? substr(s, RSTART) : "" }
function cause(s,    i) {
    for (i = 1; i <= causes; i++) if (index(s, known[i])) return ": " known[i]
    return ""
}
function about_file(s,    quoted) {
    quoted = substr(s, index(s, "\"") + 1)
    sub("\".*", "", quoted)
    return substr(s, 1, index(s, "\"")) safe_path(quoted) "\"" cause(s) place(s)
}
function shape(s,    head) {
    if (s ~ file_trouble) return about_file(s)
    if (match(s, "^\"[a-z_]+\" ")) return substr(s, 1, RLENGTH) (s ~ "is duplicate" ? "is duplicate" : "...") place(s)
    if (match(s, "^(invalid number of arguments in|directive|unexpected) \"([a-z_]+|[;{}])\"")) {
        return substr(s, 1, RLENGTH) (s ~ "is not terminated" ? " is not terminated" : "") place(s)
    }
    head = s
    sub("\".*", "\"...\"", head)
    if (head !~ "^[A-Za-z0-9 _.,:()/-]*(\"[.][.][.]\")?$" || length(head) > 160) head = "(withheld)"
    return head (index(head, "\"") ? place(s) : "")
}
BEGIN {
    causes = split("No such file or directory|Permission denied|key values mismatch|no start line|key too small|" \
        "md too weak|bad decrypt|bad end line|expired|no cipher match|wrong tag|not enough data", known, "|")
    file_trouble = "^(cannot load certificate( key)?|SSL_CTX_use_(certificate|PrivateKey)|SSL_CTX_load_verify_locations|" \
        "BIO_new_file|PEM_read_bio[A-Za-z0-9_]*|SSL_CTX_set0?_tmp_dh[a-z_]*|SSL_load_client_CA_file)[( ]+\""
}
{
    when = ""
    if (match($0, "^[0-9]+/[0-9]+/[0-9]+ [0-9:]+ ")) {
        when = substr($0, 1, RLENGTH)
        $0 = substr($0, RLENGTH + 1)
    }
    sub("^nginx: ", "")
    if (!match($0, "^\\[(emerg|alert|crit|error|warn)\\] ")) next
    level = substr($0, 2, RLENGTH - 3)
    text = substr($0, RLENGTH + 1)
    sub("^[0-9]+#[0-9]+: ([*][0-9]+ )?", "", text)
    if (logs && text !~ file_trouble) next
    sub(" while [a-zA-Z ]*, client: .*", "", text)
    if (++rows <= 200) print when level " " shape(text)
}
