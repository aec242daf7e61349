"""Defects of the key exchange as it is served on the wire: groups, and what it is signed with."""

from lab.defects.defect import Defect, ciphers, edit, serving
from lab.services.nginx import TLS
from lab.services.postfix import FLOOR, MAIN

KEY_EXCHANGE: tuple[Defect, ...] = (
    Defect(
        "groups-odd",
        "key-exchange.groups",
        plant=lambda site: site.files.append(TLS, "ssl_ecdh_curve secp256k1:X25519:prime256v1;\n"),
    ),
    Defect(
        "groups-odd-mail",
        "key-exchange.groups",
        change=serving("postfix"),
        plant=lambda site: site.files.append(MAIN, "tls_eecdh_auto_curves = secp256k1 X25519 prime256v1\n"),
    ),
    Defect(
        "groups-of-today-alone",
        "key-exchange.post-quantum",
        plant=lambda site: site.files.append(TLS, "ssl_ecdh_curve X25519:prime256v1;\n"),
    ),
    Defect("signed-with-sha1", "key-exchange.signature-schemes", plant=ciphers("@SECLEVEL=0")),
    Defect(
        "signed-with-sha1-mail",
        "key-exchange.signature-schemes",
        change=serving("postfix"),
        plant=edit(MAIN, FLOOR, ""),
    ),
)
