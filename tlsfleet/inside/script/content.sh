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

# The public half. -passin keeps openssl from asking for a passphrase.
content_key() {
    content_text=$(content_read "$1" | limited_input openssl pkey -passin pass: -pubout |
        sed -n '/^-----BEGIN PUBLIC KEY-----$/,/^-----END PUBLIC KEY-----$/p')
    case $content_text in *BEGIN*) ;; *)
        content_text=$(content_read "$1" | limited_input openssl pkey -inform DER -passin pass: -pubout |
            sed -n '/^-----BEGIN PUBLIC KEY-----$/,/^-----END PUBLIC KEY-----$/p') ;;
    esac
    printf '%s\n' "$content_text" | frame key "$1"
}

# The DER as hex, a challenge password in it struck out.
content_csr() {
    content_read "$1" | limited_input openssl req -outform DER | od -A n -v -t x1 | awk "$csr_awk" | frame csr "$1"
}

content_dh() {
    content_read "$1" | limited_input openssl dhparam -outform PEM |
        sed -n '/^-----BEGIN .*DH PARAMETERS-----$/,/^-----END .*DH PARAMETERS-----$/p' | frame dh "$1"
}

# A key in DER has no label: ask openssl about small files without any PEM block.
content_scan() {
    case $newline$labels$newline in *' 0 '"$1$newline"*) ;; *) return 0 ;; esac
    if content_read "$1" | limited_input openssl pkey -inform DER -passin pass: -noout; then
        printf 'key' | frame scan "$1"
    fi
}

if timeout 1 true; then limited_input() { timeout 10 "$@"; }; else limited_input() { "$@"; }; fi
