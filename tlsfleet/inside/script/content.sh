# content.sh: what a file in use holds, in the words of this host's openssl: what it does not recognise is not sent.

content_read() { head -c "$content_limit" <"$1"; }

# All certificates at once; where that fails, block by block, so that a damaged one keeps its place.
content_certificate() {
    content_text=$(content_read "$1" | openssl crl2pkcs7 -nocrl -certfile /dev/stdin | openssl pkcs7 -print_certs |
        sed -n '/^-----BEGIN CERTIFICATE-----$/,/^-----END CERTIFICATE-----$/p')
    case $content_text in
        *BEGIN*) printf '%s\n' "$content_text" | frame certificate "$1" ;;
        *) content_blocks "$1" ;;
    esac
}

content_blocks() {
    content_count=$(content_read "$1" | grep -c -E -e '-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----')
    if [ "${content_count:-0}" -gt 100 ]; then unknown certificate "$1" 'it holds more than 100 certificates'; return 0; fi
    content_index=0
    {
        while [ "$content_index" -lt "${content_count:-0}" ]; do
            content_index=$((content_index + 1))
            content_text=$(content_read "$1" | awk -v wanted="$content_index" "$block_awk" | openssl x509 -outform PEM)
            case $content_text in *BEGIN*) printf '%s\n' "$content_text" ;; *) echo malformed ;; esac
        done
    } | frame certificate "$1"
}

# content_ask PURPOSE PATH COMMAND...: what openssl says of a file, in content_text; its exit status. Where it did not end
# by itself, or is not there, that is sent.
content_ask() {
    content_purpose=$1 content_path=$2
    shift 2
    content_text=$(content_read "$content_path" | limited_input openssl "$@")
    content_status=$?
    [ "$content_status" -lt 124 ] || unknown "$content_purpose" "$content_path" 'openssl could not be run on it, or took too long'
    return "$content_status"
}

content_lines() { printf '%s\n' "$content_text" | sed -n "/^-----BEGIN $1-----\$/,/^-----END $1-----\$/p"; }

# The public half. -passin keeps openssl from asking for a passphrase.
content_key() {
    content_ask key "$1" pkey -passin pass: -pubout
    [ "$content_status" -lt 124 ] || return 0
    case $content_text in *'BEGIN PUBLIC KEY'*) ;; *) content_ask key "$1" pkey -inform DER -passin pass: -pubout ;; esac
    [ "$content_status" -ge 124 ] || content_lines 'PUBLIC KEY' | frame key "$1"
}

# The DER as hex, a challenge password in it struck out.
content_csr() {
    content_ask csr "$1" req -outform PEM
    [ "$content_status" -lt 124 ] || return 0
    content_lines 'CERTIFICATE REQUEST' | grep -v -e '^-----' | base64 -d | od -A n -v -t x1 | awk "$csr_awk" | frame csr "$1"
}

content_dh() {
    content_ask dh "$1" dhparam -outform PEM
    [ "$content_status" -ge 124 ] || content_lines '.*DH PARAMETERS' | frame dh "$1"
}

# DER has no labels: openssl is asked about small files that begin as DER does. What it cannot open may hold a key.
content_scan() {
    case $newline$labels$newline in *' 0 1 '"$1$newline"*) ;; *) return 0 ;; esac
    if content_ask scan "$1" pkey -inform DER -passin pass: -noout; then printf 'key' | frame scan "$1"; return 0; fi
    [ "$content_status" -lt 124 ] || return 0
    for content_kind in 'x509 -noout' 'crl -noout' 'req -noout' 'pkey -pubin -noout' 'dhparam -noout'; do
        if content_ask scan "$1" ${content_kind%% *} -inform DER ${content_kind#* }; then return 0; fi
        [ "$content_status" -lt 124 ] || return 0
    done
    if content_read "$1" | limited_input openssl asn1parse -inform DER >/dev/null; then
        unknown scan "$1" 'it is in DER form, and openssl does not know it: it may hold a sealed key (as PKCS #12 does)'
    fi
}

if timeout 1 true; then limited_input() { timeout 10 "$@"; }; else limited_input() { "$@"; }; fi
