# block.awk: the wanted-th certificate block of a PEM file.

/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/ { count++; inside = 1 }
inside && count == wanted { print }
/-----END (X509 |TRUSTED )?CERTIFICATE-----/ { inside = 0 }
