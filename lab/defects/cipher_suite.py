"""Defects of cipher suite as it is served on the wire."""

from lab.defects.defect import WITHOUT_FLOOR, Change, Defect, also, both, ciphers, edit, host, leaf, serving, tls
from lab.defects.odd import on_old_openssl
from lab.host import Plant, Site
from lab.odd import old_openssl
from lab.services.postfix import FLOOR, MAIN

NULL, ANONYMOUS = "ECDHE-ECDSA-NULL-SHA", "AECDH-AES128-SHA"
CBC, STATIC = "ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256"
MAIL = serving("postfix")
WITH_RSA: Change = both(host(key="rsa-4096"), leaf(key_usage=frozenset({"digital_signature", "key_encipherment"})))
# What OpenSSL serves without a floor alone comes with SHA-1 in its signatures.
OLD = WITHOUT_FLOOR | also("cipher-suite.aead")


def _mail(more: str) -> Plant:
    """Put more behind Postfix's cipher string, whose floor may follow."""
    return edit(MAIN, FLOOR, f":{more}")


def _client_order(site: Site) -> None:
    tls("server_ciphers on", "server_ciphers off")(site)
    ciphers(CBC)(site)


def _client_order_mail(site: Site) -> None:
    site.files.edit(MAIN, "tls_preempt_cipherlist = yes", "tls_preempt_cipherlist = no")
    _mail(f"{CBC}{FLOOR}")(site)


def _cbc_alone(site: Site) -> None:
    tls("TLSv1.2 TLSv1.3", "TLSv1.2")(site)
    ciphers(f"{CBC}:!AESGCM:!CHACHA20")(site)


CIPHER_SUITE: tuple[Defect, ...] = (
    Defect(
        "suites-null",
        "cipher-suite.only-allowed",
        plant=ciphers(f"{NULL}:@SECLEVEL=0"),
        also=OLD | also("service.cipher-suites"),
    ),
    Defect(
        "suites-anonymous-mail",
        "cipher-suite.only-allowed",
        change=MAIL,
        plant=_mail(f"{ANONYMOUS}:@SECLEVEL=0"),
        also=OLD,
    ),
    Defect(
        "suites-of-yesterday",
        "cipher-suite.required-offered",
        plant=_cbc_alone,
        also=also("cipher-suite.aead", "protocol.tls13-offered"),
    ),
    Defect(
        "suites-in-the-clients-order",
        "cipher-suite.server-preference",
        plant=_client_order,
        also=also("service.server-preference", "cipher-suite.aead"),
    ),
    Defect(
        "suites-in-the-clients-order-mail",
        "cipher-suite.server-preference",
        change=MAIL,
        plant=_client_order_mail,
        also=also("cipher-suite.aead"),
    ),
    Defect("suites-static", "cipher-suite.forward-secrecy", change=WITH_RSA, plant=ciphers(STATIC)),
    Defect(
        "suites-static-mail",
        "cipher-suite.forward-secrecy",
        change=both(WITH_RSA, MAIL),
        plant=_mail(f"{STATIC}{FLOOR}"),
    ),
    Defect("suites-cbc", "cipher-suite.aead", plant=ciphers(CBC)),
    Defect("suites-cbc-mail", "cipher-suite.aead", change=MAIL, plant=_mail(f"{CBC}{FLOOR}")),
)

CIPHER_SUITE_ODD: tuple[Defect, ...] = (
    on_old_openssl(
        "ciphers-export",
        "cipher-suite.only-allowed",
        old_openssl.EXPORT,
        also=also("cipher-suite.forward-secrecy", "cipher-suite.aead"),
    ),
    on_old_openssl("ciphers-rc4", "cipher-suite.only-allowed", old_openssl.RC4, also=also("cipher-suite.aead")),
)
