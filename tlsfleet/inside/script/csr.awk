# csr.awk: hex of a CSR with the value of each challengePassword (PKCS #9, 1.2.840.113549.1.9.7) struck out with x.

{ gsub(/[ \t]/, ""); hex = hex $0 }
END {
    oid = "06092a864886f70d010907"
    while ((at = index(substr(hex, done + 1), oid)) > 0) {
        at += done + length(oid)
        at = header(header(at))
        size = value_size
        out = substr(hex, 1, at - 1)
        for (i = 0; i < size; i++) out = out "78"
        hex = out substr(hex, at + 2 * size)
        done = at + 2 * size - 1
        if (++rounds > 20) { hex = ""; break }
    }
    print hex
}

# Where the value of the DER element at a place begins; its size is value_size.
function header(place,    first, bytes, i) {
    first = byte(place + 2)
    if (first < 128) { value_size = first; return place + 4 }
    bytes = first - 128
    value_size = 0
    for (i = 0; i < bytes && i < 4; i++) value_size = value_size * 256 + byte(place + 4 + 2 * i)
    if (place + 4 + 2 * bytes + 2 * value_size > length(hex) + 1) value_size = 0
    return place + 4 + 2 * bytes
}

function byte(place) { return 16 * digit(substr(hex, place, 1)) + digit(substr(hex, place + 1, 1)) }

function digit(character) { return index("0123456789abcdef", character) - 1 }
