# labels.awk: which PEM blocks each file holds, a line a file: certificates, private keys, encrypted keys, blocks, whether
# it begins as DER does (0x30, which is "0"), path.

function flush() {
    if (file != "") print certificates + 0, keys + 0, encrypted + 0, blocks + 0, der + 0, file
    certificates = keys = encrypted = blocks = der = 0
}
FNR == 1 { flush(); file = FILENAME; der = substr($0, 1, 1) == "0" }
/-----BEGIN / { blocks++ }
/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/ { certificates++ }
/PRIVATE KEY-----/ { if (/BEGIN/) keys++ }
/BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/ { encrypted++ }
END { flush() }
