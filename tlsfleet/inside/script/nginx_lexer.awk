# nginx_lexer.awk: cuts the configuration files of nginx into statements exactly as nginx does (ngx_conf_read_token), and
# calls statement() of nginx.awk for each, with its words in arg[0] to arg[nargs - 1].

function unescape(s,    out, i, c) {
    while ((i = index(s, "\\")) > 0) {
        c = substr(s, i + 1, 1)
        out = out substr(s, 1, i - 1)
        if (c == "\"" || c == "\047" || c == "\\") out = out c
        else if (c == "t") out = out "\t"
        else if (c == "r") out = out "\r"
        else if (c == "n") out = out "\n"
        else out = out "\\" c
        s = substr(s, i + 2)
    }
    return out s
}

function take(s, length_) {
    word = word substr(s, 1, length_)
    return substr(s, length_ + 1)
}

function word_ends() {
    if (nargs == 0) start_no = line_no
    arg[nargs++] = unescape(word)
    word = ""
}

function statement_ends(c) {
    statement(c == "{")
    if (c == "{" && arg[0] ~ "_by_lua_block$") state = "lua"
    else state = " "
    lua = 1
    nargs = 0
}

# One line, its newline included, in the state that the lines before it left. The states are those of nginx: last_space (" "),
# a bare word ("w"), a quoted one (its quote) and need_space ("n"); besides, the body of a Lua block.
function read_line(s) {
    while (s != "" && !broken) {
        if (state == " ") s = between(s)
        else if (state == "w") s = bare(s)
        else if (state == "n") s = after_quote(s)
        else if (state == "lua") s = lua_text(s)
        else s = quoted(s)
        fits(length(word))
    }
}

# nginx keeps a parameter, its quotes and the byte after it in one buffer.
function fits(bytes_) { if (bytes_ >= 4096) problem("too_long_parameter") }

function between(s,    c) {
    if (match(s, "^[ \t\r\n]+")) return substr(s, RLENGTH + 1)
    c = substr(s, 1, 1)
    word = ""
    variable = 0
    if (c == "#") {
        if (length(s) > 4096) problem("too_long_parameter")
        return ""
    }
    if (c == "}") {
        block_ends()
        return substr(s, 2)
    }
    if (c == ";" || c == "{") {
        if (nargs == 0) problem(c == ";" ? "unexpected_semicolon" : "unexpected_brace")
        else statement_ends(c)
        return substr(s, 2)
    }
    if (c == "\"" || c == "\047") {
        state = c
        return substr(s, 2)
    }
    state = "w"
    variable = c == "$"
    return take(s, c == "\\" ? 2 : 1)
}

function block_ends() {
    if (nargs > 0 || depth == 0) {
        problem("unexpected_closing_brace")
        return
    }
    if (!skip) print "X " line_no
    else if (skip == depth) skip = 0
    depth--
}

function bare(s,    c) {
    if (match(s, "^[^\\\\$ \t\r\n;{]+")) {
        variable = 0
        return take(s, RLENGTH)
    }
    c = substr(s, 1, 1)
    if (c == "{" && variable) return take(s, 1)
    variable = c == "$"
    if (variable) return take(s, 1)
    if (c == "\\") return take(s, 2)
    if (c != ";" && c != "{") fits(length(word) + 1)
    word_ends()
    state = " "
    if (c == ";" || c == "{") statement_ends(c)
    return substr(s, 2)
}

function quoted(s,    c) {
    if (match(s, state == "\"" ? "^[^\\\\\"]+" : "^[^\\\\\047]+")) return take(s, RLENGTH)
    c = substr(s, 1, 1)
    if (c == "\\") return take(s, 2)
    last_length = length(word) + 1
    fits(last_length)
    word_ends()
    state = "n"
    return substr(s, 2)
}

function after_quote(s,    c) {
    c = substr(s, 1, 1)
    state = " "
    if (c == ")") return s
    if (c == ";" || c == "{") statement_ends(c)
    else if (c !~ "[ \t\r\n]") problem("unexpected_after_quote")
    else fits(last_length + 1)
    return substr(s, 2)
}

# The body of a *_by_lua_block ends at its brace; strings, long brackets and comments of Lua may hold others.
function lua_text(s,    rest) {
    if (bracket != "") {
        rest = index(s, bracket)
        if (!rest) return ""
        rest += length(bracket)
        bracket = ""
        return substr(s, rest)
    }
    if (match(s, "^[^][{}\"\047-]+")) return substr(s, RLENGTH + 1)
    if (match(s, "^(--)?\\[=*\\[")) {
        bracket = substr(s, 1, RLENGTH)
        gsub("\\[", "]", bracket)
        sub("^--", "", bracket)
        return substr(s, RLENGTH + 1)
    }
    if (substr(s, 1, 2) == "--") return ""
    if (match(s, "^(\"(\\\\.|[^\"\\\\\n])*\"|\047(\\\\.|[^\047\\\\\n])*\047)")) return substr(s, RLENGTH + 1)
    return lua_brace(s)
}

function lua_brace(s,    c) {
    c = substr(s, 1, 1)
    if (c == "{") lua++
    if (c == "}" && --lua == 0) {
        state = " "
        block_ends()
    }
    return substr(s, 2)
}

function begin(path) {
    state = " "
    word = bracket = ""
    nargs = depth = skip = broken = line_no = start_no = 0
    print "F " encode(path)
}

function finish(path) {
    if (!broken && (nargs > 0 || state != " ")) problem("unexpected_end_of_file")
    if (!broken && depth > 0) problem("missing_closing_brace")
    if (!broken) print "E " encode(path)
}

function read_file(path,    row, status) {
    begin(path)
    while (!broken && (status = (getline row < path)) > 0) {
        line_no++
        bytes += length(row) + 1
        read_line(row "\n")
        if (bytes > 16777216) problem("too_much_configuration")
    }
    if (status < 0) problem("cannot_be_read")
    close(path)
    finish(path)
}
