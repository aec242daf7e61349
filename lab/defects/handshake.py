"""Defects of handshake as it is served on the wire."""

from dataclasses import replace

from lab import keys
from lab.ca import issue
from lab.defects.defect import Defect, also, edit, serving, tls
from lab.defects.odd import on_odd, on_old_openssl
from lab.host import Site
from lab.odd import faulty, old_openssl
from lab.services.nginx import DEFAULT, TLS
from lab.services.postfix import MAIN
from lab.services.prosody import CONF as PROSODY

# Options of OpenSSL that Postfix has no name for.
ALLOW_RENEGOTIATION, NO_EXTENDED_MASTER_SECRET = "0x100", "0x1"
REJECTS = "ssl_reject_handshake on;"
CERTIFICATE = "ssl_certificate {certificate};\n    ssl_certificate_key {key};"


def _default_site(site: Site) -> None:
    site.files.edit(DEFAULT, REJECTS, CERTIFICATE.format(certificate=site.combined, key=site.key))


def _default_of_another(site: Site) -> None:
    """A default server with a certificate of its own."""
    key = keys.make("ec-p256", "other")
    other = replace(site.material, key=key, leaf=issue(site.host.leaf, site.now, site.material.intermediates[0], key))
    site.files.write("/etc/nginx/other.pem", other.chain(), 0o444)
    site.files.write("/etc/nginx/other.key", other.key_pem(), 0o400)
    site.files.edit(DEFAULT, REJECTS, CERTIFICATE.format(certificate="other.pem", key="other.key"))


HANDSHAKE: tuple[Defect, ...] = (
    Defect(
        "renegotiation-by-client",
        "handshake.no-client-renegotiation",
        change=serving("postfix"),
        plant=edit(MAIN, "NO_COMPRESSION, NO_RENEGOTIATION", ALLOW_RENEGOTIATION),
    ),
    Defect(
        "secret-not-extended",
        "handshake.extended-master-secret",
        plant=lambda site: site.files.append(TLS, "ssl_conf_command Options -ExtendedMasterSecret;\n"),
    ),
    Defect(
        "secret-not-extended-mail",
        "handshake.extended-master-secret",
        change=serving("postfix"),
        plant=edit(MAIN, "NO_COMPRESSION, NO_RENEGOTIATION", NO_EXTENDED_MASTER_SECRET),
    ),
    Defect("early-data", "handshake.no-early-data", plant=lambda site: site.files.append(TLS, "ssl_early_data on;\n")),
    Defect(
        "resumption-off",
        "handshake.session-resumption",
        plant=tls("shared:SSL:10m", "none"),
        also=also("service.session-cache"),
    ),
    Defect(
        "alpn-any",
        "handshake.alpn-strict",
        change=serving("prosody"),
        plant=edit(PROSODY, "    protocol =", '    alpn = { "xmpp-client" };\n    protocol ='),
    ),
    Defect("unknown-name-same", "handshake.unknown-name", plant=_default_site),
    Defect(
        "unknown-name-other",
        "handshake.unknown-name",
        plant=_default_of_another,
        also=also("service.certificate-configured"),
    ),
)

HANDSHAKE_ODD: tuple[Defect, ...] = (
    on_odd("renegotiation-insecure", "handshake.secure-renegotiation", faulty.NO_RENEGOTIATION_INFO),
    on_odd(
        "fallback-accepted",
        "handshake.fallback-scsv",
        *(faulty.TLS1_1, faulty.NO_FALLBACK_SCSV),
        also=also("protocol.only-allowed", "cipher-suite.aead"),
    ),
    on_old_openssl("compression", "handshake.no-compression", old_openssl.COMPRESSION),
)
