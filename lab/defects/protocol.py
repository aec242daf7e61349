"""Defects of protocol as it is served on the wire."""

from lab.defects.defect import WITHOUT_FLOOR, Defect, also, ciphers, serving, tls
from lab.defects.odd import on_old_openssl
from lab.host import Plant, Site
from lab.odd import old_openssl
from lab.services.postfix import FLOOR, MAIN, MODERN

BOTH_VERSIONS = "TLSv1.2 TLSv1.3"
CBC = "ECDHE-ECDSA-AES128-SHA"  # the best that there is below TLS 1.2
# OpenSSL 3 serves these versions without a floor alone, and then signs with SHA-1 too.
OLD = WITHOUT_FLOOR | also("cipher-suite.aead")
TOO_OLD = also("protocol.only-allowed", "protocol.tls13-offered", "cipher-suite.required-offered")


def _nginx(versions: str) -> Plant:
    def plant(site: Site) -> None:
        tls(BOTH_VERSIONS, versions)(site)
        ciphers(f"{CBC}:@SECLEVEL=0")(site)

    return plant


def _postfix(versions: str) -> Plant:
    def plant(site: Site) -> None:
        site.files.edit(MAIN, f"smtpd_tls_protocols = {MODERN}", f"smtpd_tls_protocols = {versions}")
        site.files.edit(MAIN, f"mandatory_protocols = {MODERN}", f"mandatory_protocols = {versions}")
        site.files.edit(MAIN, FLOOR, f":{CBC}:@SECLEVEL=0")

    return plant


PROTOCOL: tuple[Defect, ...] = (
    Defect(
        "protocols-spoken-old",
        "protocol.only-allowed",
        plant=_nginx("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
        also=OLD | also("service.protocols"),
    ),
    Defect(
        "protocols-spoken-old-mail",
        "protocol.only-allowed",
        change=serving("postfix"),
        plant=_postfix(">=TLSv1"),
        also=OLD,
    ),
    Defect(
        "protocols-too-old",
        "protocol.required-offered",
        plant=_nginx("TLSv1.1"),
        also=TOO_OLD | also("service.protocols"),
    ),
    Defect(
        "protocols-too-old-mail",
        "protocol.required-offered",
        change=serving("postfix"),
        plant=_postfix(">=TLSv1.1, <=TLSv1.1"),
        also=TOO_OLD,
    ),
    Defect("tls13-missing", "protocol.tls13-offered", plant=tls(BOTH_VERSIONS, "TLSv1.2")),
    Defect(
        "tls13-missing-mail",
        "protocol.tls13-offered",
        change=serving("postfix"),
        plant=_postfix(">=TLSv1.2, <=TLSv1.2"),
        also=OLD,
    ),
)

PROTOCOL_ODD: tuple[Defect, ...] = (
    on_old_openssl(
        "ssl2",
        "protocol.only-allowed",
        old_openssl.SSL2,
        also=also("cipher-suite.only-allowed", "cipher-suite.forward-secrecy"),
    ),
    on_old_openssl("ssl3", "protocol.only-allowed", old_openssl.SSL3, also=also("cipher-suite.aead")),
)
