# labels.awk: which PEM blocks each file holds, a line a file: certificates, private keys, encrypted keys, blocks, path.

function flush() {
    if (file != "") print certificates + 0, keys + 0, encrypted + 0, blocks + 0, file
    certificates = keys = encrypted = blocks = 0
}
FNR == 1 { flush(); file = FILENAME }
/-----BEGIN / { blocks++ }
/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/ { certificates++ }
/PRIVATE KEY-----/ { if (/BEGIN/) keys++ }
/BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/ { encrypted++ }
END { flush() }
