# nginx.awk: with nginx_lexer.awk, reads the configuration files of nginx and writes down, statement by statement, only
# what is on the lists below; the value of any other directive never leaves the host.
#
# From the environment: nginx_conf (the main file), nginx_prefix, nginx_globals (the text of -g) and nginx_resolve (the
# shell program that expands an include). Standard output, a line each, values with odd bytes as \0ooo and "\e" for empty:
#   F path   a file begins        S line name arg...   a statement        I line path...       an include, in place
#   E path   it was read wholly   B line name arg...   a block opens      N line path reason   an include not read
#   Z        all was read         X line               a block closes     P line reason        nginx stops here, and so do we
# and instead of a value: \w withheld, \d inline data, \k a key held by an engine or a store.
# File descriptor 3, for nginx.sh: "use PURPOSE path", "cipher string", "suites string", "conf path", "log path" ...

function allow(rule, names,    list, n, i) {
    n = split(names, list, " ")
    for (i = 1; i <= n; i++) rules[list[i]] = rule
}

# A rule is the shape of the values and how many may be sent.
function directives() {
    allow("A1", "ssl_certificate ssl_certificate_key ssl_dhparam ssl_session_ticket_key ssl_password_file ssl_crl")
    allow("A1", "ssl_trusted_certificate ssl_client_certificate ssl_stapling_file ssl_ech_file ssl_key_log")
    allow("A1", "proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_password_file proxy_ssl_trusted_certificate")
    allow("A1", "grpc_ssl_certificate grpc_ssl_certificate_key grpc_ssl_password_file grpc_ssl_trusted_certificate")
    allow("A1", "uwsgi_ssl_certificate uwsgi_ssl_certificate_key uwsgi_ssl_password_file uwsgi_ssl_trusted_certificate")
    allow("A1", "root alias pid load_module")
    allow("A2", "ssl_conf_command error_log")
    allow("W1", "ssl ssl_ciphers ssl_prefer_server_ciphers ssl_session_timeout ssl_session_tickets ssl_ecdh_curve")
    allow("W1", "ssl_early_data ssl_stapling ssl_stapling_verify ssl_verify_client ssl_verify_depth ssl_buffer_size")
    allow("W1", "ssl_reject_handshake ssl_ocsp ssl_engine ssl_preread ssl_handshake_timeout")
    allow("W1", "ssl_certificate_compression proxy_ssl proxy_ssl_verify http2 http3 daemon master_process protocol starttls")
    allow("W2", "ssl_session_cache user")
    allow("T9", "ssl_protocols")
    allow("L20", "listen")
    allow("N1000", "server_name")
    allow("R2", "return")
    allow("V3", "rewrite")
    allow("H3", "add_header")
    allow("D1", "deny allow")
    allow("O2", "location")
    allow("I0", "if")
    allow("B0", "http server stream mail events limit_except")
    allow("B0", "break")
    # Their entries are data, not directives.
    allow("-", "map geo types split_clients charset_map upstream keyval match")
    purposes()
}

function purposes(    list, n, i) {
    use["ssl_certificate"] = use["ssl_trusted_certificate"] = use["ssl_client_certificate"] = "certificate"
    use["ssl_certificate_key"] = "key"
    use["ssl_dhparam"] = "dh"
    use["ssl_session_ticket_key"] = use["ssl_password_file"] = use["ssl_crl"] = use["ssl_stapling_file"] = "file"
    n = split("proxy grpc uwsgi", list, " ")
    for (i = 1; i <= n; i++) {
        use[list[i] "_ssl_certificate"] = use[list[i] "_ssl_trusted_certificate"] = "certificate"
        use[list[i] "_ssl_certificate_key"] = "key"
        use[list[i] "_ssl_password_file"] = "file"
    }
    command["Certificate"] = command["ChainCAFile"] = command["VerifyCAFile"] = command["ClientCAFile"] = "certificate"
    command["PrivateKey"] = "key"
    command["DHParameters"] = "dh"
}

function encode(s,    out, c) {
    if (s == "") return "\\e"
    while (match(s, "[^A-Za-z0-9_./:@=+,!~*$-]")) {
        c = substr(s, RSTART, 1)
        out = out substr(s, 1, RSTART - 1) sprintf("\\0%03o", code[c])
        s = substr(s, RSTART + 1)
    }
    return out s
}

function tell(what, value) {
    if (!((what, value) in told)) print what " " encode(value) | "cat >&3"
    told[what, value] = 1
}

# Paths of the global directives are relative to the prefix, all others to the folder of the main file.
function absolute(path, base) { return substr(path, 1, 1) == "/" ? path : base "/" path }

# What may be sent of one value; anything else is withheld.
function clean(shape, i, v) {
    if (substr(v, 1, 5) == "data:") return "\\d"
    if (v ~ "^(engine|store):") return "\\k"
    if (v ~ "PRIVATE KEY|-----BEGIN" || v ~ "[\001-\037\177]") return "\\w"
    if (shape == "A") return encode(v)
    if (shape == "W") return v ~ "^[A-Za-z0-9_.:!@=,+ -]*$" ? encode(v) : "\\w"
    if (shape == "T") return v ~ "^(SSLv[23]|TLSv1([.][123])?)$" ? v : "\\w"
    if (shape == "N") return v ~ "[ \"\047;]" ? "\\w" : encode(v)
    if (shape == "L") return clean_listen(i, v)
    if (shape == "R" || shape == "V") return clean_redirect(shape, i, v)
    if (shape == "H") return clean_header(i, v)
    if (shape == "D") return v == "all" ? v : "\\w"
    if (shape == "O") return v ~ "^(=|~|~[*]|\\^~|/|/[.]well-known/[A-Za-z0-9_./-]*)$" ? encode(v) : "\\w"
    return "\\w"
}

function clean_listen(i, v) {
    if (i == 1) return v ~ "^unix:" || v ~ "^[]A-Za-z0-9_.:*[-]+$" ? encode(v) : "\\w"
    return v ~ "^[a-z_0-9]+(=[A-Za-z0-9_:.]*)?$" ? encode(v) : "\\w"
}

function clean_redirect(shape, i, v) {
    if (shape == "R" && i == 1 && v ~ "^[0-9][0-9][0-9]$") return v
    if (shape == "V" && i == 3) return v ~ "^(last|break|redirect|permanent)$" ? v : "\\w"
    if (shape == "V" && i == 1) return v ~ "^(\\^|\\^?[(]?/?[(]?[.][*][)]?[$]?)$" ? "all" : "\\w"
    if (match(v, "^https?://")) return substr(v, 1, RLENGTH)
    return substr(v, 1, 1) == "/" ? "/" : "\\w"
}

function clean_header(i, v) {
    if (tolower(arg[1]) != "strict-transport-security") return "\\w"
    if (i == 1) return "Strict-Transport-Security"
    if (i == 3) return v == "always" ? v : "\\w"
    return tolower(v) ~ "^ *max-age=\"?[0-9]+\"?( *; *(includesubdomains|preload)?)* *$" ? encode(v) : "\\w"
}

# Conditions that always hold for a request that came in without TLS are told apart; of others nothing is said.
function clean_condition(    text, i) {
    for (i = 1; i < nargs; i++) text = text arg[i]
    gsub("[() ]", "", text)
    if (text == "$scheme=http" || text == "$scheme!=https" || text == "$https=" || text == "$https!=on") return " plain"
    return text == "$server_port=80" || text == "$server_port!=443" ? " port80" : " \\w"
}

function known_name(name) { return length(name) < 64 && name ~ "^[a-z][a-z0-9_]*$" }
function like_tls(name) {
    return known_name(name) && name ~ "ssl|tls|quic|http3|cert|cipher|acme|ocsp|hsts|openssl"
}

function problem(text) {
    print "P " line_no " " text
    broken = 1
}

# One statement is complete: arg[0] is its name.
function statement(opens,    name, rule, out, i, max) {
    name = arg[0]
    if (opens) depth++
    if (skip) {
        if (name == "state") tell("refuse", name)
        return
    }
    rule = rules[name]
    if (opens && rule == "-") {
        skip = depth
        return
    }
    prepare(name, opens)
    if (name == "include" && nargs == 2 && !opens) {
        include(absolute(arg[1], folder))
        return
    }
    if (rule == "-" || (rule == "" && !like_tls(name) && name != "include")) {
        if (opens) print "B " start_no " " (known_name(name) ? name : "\\w")
        return
    }
    out = (opens ? "B " : "S ") start_no " " name
    max = substr(rule, 2) + 0
    if (name == "if") out = out clean_condition()
    else if (rule == "") out = out (nargs > 1 ? " \\w" : "")
    else for (i = 1; i < nargs; i++) out = out " " (i > max ? "\\w" : clean(substr(rule, 1, 1), i, arg[i]))
    print out
    if (!opens) register(name)
}

# Files in use and cipher strings, for the shell to look at.
function register(name,    path) {
    if (name == "ssl_ciphers" && clean("W", 1, arg[1]) != "\\w") tell("cipher", arg[1])
    if (name == "ssl_conf_command" && nargs == 3) {
        if (arg[1] == "CipherString") tell("cipher", arg[2])
        if (arg[1] == "Ciphersuites") tell("suites", arg[2])
        path = arg[1] in command ? arg[2] : ""
        if (path != "" && clean("A", 1, path) !~ "^\\\\[wdk]") tell("use " command[arg[1]], absolute(path, folder))
    }
    if (!(name in use) || nargs != 2 || arg[1] == "" || index(arg[1], "$")) return
    if (clean("A", 1, arg[1]) !~ "^\\\\[wdk]") tell("use " use[name], absolute(arg[1], folder))
}

# What nginx would open or make when it tests this configuration, and what runs code of its own: see nginx_check.
function prepare(name, opens) {
    if (name ~ "_(cache|temp)_path$") tell("dir", absolute(arg[1], prefix))
    else if (name ~ "_log$" && name != "rewrite_log" && name != "ssl_key_log") prepare_log(name)
    else if (name == "pid") tell("pid", absolute(arg[1], prefix))
    else if (name == "user") tell("user", arg[1])
    else if (name == "load_module") tell("module", arg[1])
    else if (name == "listen" && arg[1] ~ "^unix:") tell("socket", substr(arg[1], 6))
    else if (name ~ "lua|perl|^js_|passenger|perftools|^acme_|state|_store$|ssl_engine|^env$") tell("refuse", name)
    if (opens && name == "http") tell("context", name)
}

function prepare_log(name,    i) {
    if (arg[1] == "off" || arg[1] == "stderr" || arg[1] ~ "^(syslog|memory):" || arg[1] == "" || nargs < 2) return
    tell(index(arg[1], "$") ? "variable" : "log", absolute(arg[1], prefix))
    if (name != "error_log") return
    tell("errors", absolute(arg[1], prefix))
    for (i = 2; i < nargs; i++) if (arg[i] ~ "^(debug|info)") tell("verbose", arg[i])
}

function quote(s) {
    gsub("\047", "\047\\\047\047", s)
    return "\047" s "\047"
}

# Expands one include, once; every file found is read later.
function include(pattern,    command_line, row, mark, path, out) {
    if (!(pattern in includes)) {
        command_line = "pattern=" quote(pattern) "\n" ENVIRON["nginx_resolve"]
        while ((command_line | getline row) > 0) {
            mark = substr(row, 1, 1)
            path = substr(row, 2)
            if (mark == "+") out = out " " enqueue(path)
            else not_read[pattern] = not_read[pattern] "\n" encode(path) " " mark
        }
        close(command_line)
        includes[pattern] = out
    }
    if (files > 2000) problem("too_many_files")
    print "I " start_no includes[pattern]
    note(not_read[pattern])
}

function note(rows,    list, n, i) {
    n = split(substr(rows, 2), list, "\n")
    for (i = 1; i <= n; i++) if (list[i] != "") print "N " start_no " " list[i]
}

function enqueue(path) {
    if (!(path in queued)) {
        queued[path] = 1
        queue[++files] = path
        tell("conf", path)
    }
    return encode(path)
}

BEGIN {
    for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
    directives()
    prefix = ENVIRON["nginx_prefix"]
    main = ENVIRON["nginx_conf"]
    folder = main
    sub("/[^/]*$", "", folder)
    if (ENVIRON["nginx_globals"] != "") {
        begin("-g")
        line_no = 1
        read_line(ENVIRON["nginx_globals"] "\n")
        finish("-g")
    }
    tell("cipher", "HIGH:!aNULL:!MD5")
    start_no = 0
    print "F /"
    include(main)
    for (i = 1; i <= files; i++) read_file(queue[i])
    print "Z"
    close("cat >&3")
}
