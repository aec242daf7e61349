"""What certificates services name."""

from dataclasses import replace

import pytest

from tests.checks import certificates
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.edits import (
    declared,
    setting,
    with_certificate_file,
    with_certificates,
    with_file,
    with_listing,
    without_set,
)
from tests.checks.hosts import COMBINED, CRT, KEY, LOCALCERTS, SET, SITE, Edit, made_file, sound_host, sound_nginx
from tlsfleet.facts import (
    Absent,
    Certificate,
    CertificateFile,
    CertificatePair,
    FolderListing,
    HostFacts,
    Malformed,
    TlsBlock,
    Unknown,
)

OTHER = "/etc/ssl/certs/other.pem"
OLD = ("/etc/ssl/certs/server_20250101.combined.crt", "/etc/ssl/private/server_20250101.key")
LIVE = "/etc/letsencrypt/live/www.example.org"
ARCHIVE = "/etc/letsencrypt/archive/www.example.org"


def naming(*pairs: CertificatePair) -> Edit:
    return setting(certificates=pairs)


def certbot(*edits: Edit) -> HostFacts:
    host = without_set(sound_host())
    for edit in edits:
        host = edit(host)
    return host


def another_block(certificate: Certificate, names: tuple[str, ...] = ("www.example.org",)) -> Edit:
    """The host with a second service on port 8443 that names a certificate."""

    def edit(host: HostFacts) -> HostFacts:
        service = sound_nginx()
        one = service.blocks[1]
        assert isinstance(one, TlsBlock)
        settings = replace(one.settings, certificates=(CertificatePair(OTHER, KEY),))
        two = replace(one, addresses=("0.0.0.0:8443",), server_names=names, settings=settings)
        return replace(
            with_certificates(OTHER, certificate)(host),
            services=(service, replace(service, service="stunnel", blocks=(two,))),
        )

    return edit


def rsa() -> Certificate:
    return certificates.leaf(key=("rsa leaf", "rsa-2048"))


CASES = [
    Case("service.certificate-configured", "the newest set's copies", CONFORMS, sound_host),
    Case(
        "service.certificate-configured",
        "the newest set's originals",
        CONFORMS,
        lambda: sound_host(naming(CertificatePair(SET["combined.crt"], SET["key"]))),
    ),
    Case(
        "service.certificate-configured",
        "a link to the newest set",
        CONFORMS,
        lambda: sound_host(
            with_file(made_file("/etc/nginx/site.pem", 0o444, real_path=COMBINED)),
            naming(CertificatePair("/etc/nginx/site.pem", KEY)),
        ),
    ),
    Case(
        "service.certificate-configured",
        "the certificate without its chain",
        VIOLATES,
        lambda: sound_host(naming(CertificatePair(CRT, KEY))),
        f"ssl_certificate {COMBINED};\nssl_certificate_key {KEY};",
    ),
    Case("service.certificate-configured", "an older set", VIOLATES, lambda: sound_host(naming(CertificatePair(*OLD)))),
    Case(
        "service.certificate-configured",
        "a newer set that waits for its certificate",
        CONFORMS,
        lambda: sound_host(
            with_listing(
                FolderListing(
                    LOCALCERTS,
                    (*(path.rpartition("/")[2] for path in SET.values()), "server_20261122.key", "server_20261122.csr"),
                )
            )
        ),
    ),
    Case("service.certificate-configured", "no certificate", VIOLATES, lambda: sound_host(naming())),
    Case(
        "service.certificate-configured",
        "no key",
        VIOLATES,
        lambda: sound_host(naming(CertificatePair(COMBINED, None))),
    ),
    Case(
        "service.certificate-configured",
        "no certificate, but it rejects",
        NOT_APPLICABLE,
        lambda: sound_host(setting(certificates=(), reject_handshake=True)),
    ),
    Case(
        "service.certificate-configured",
        "no certificate, and nobody knows whether it rejects",
        UNKNOWN,
        lambda: sound_host(setting(certificates=(), reject_handshake=Unknown("ssl_reject_handshake", "not sent"))),
    ),
    Case(
        "service.certificate-configured",
        "a path with a variable",
        UNKNOWN,
        lambda: sound_host(naming(CertificatePair(Unknown("$host.crt", "its path holds a variable"), KEY))),
    ),
    Case(
        "service.certificate-configured",
        "sets not told",
        UNKNOWN,
        lambda: sound_host(with_listing(Unknown(LOCALCERTS, "permission denied"))),
    ),
    Case("service.certificate-configured", "certbot's lineage", CONFORMS, certbot),
    Case(
        "service.certificate-configured",
        "certbot's cert.pem",
        VIOLATES,
        lambda: certbot(
            with_certificates(f"{LIVE}/cert.pem", certificates.sound_leaf()),
            naming(CertificatePair(f"{LIVE}/cert.pem", f"{LIVE}/privkey.pem")),
        ),
        "without its chain",
    ),
    Case(
        "service.certificate-configured",
        "certbot's archive",
        VIOLATES,
        lambda: certbot(
            with_certificates(f"{ARCHIVE}/fullchain3.pem", *certificates.chain()),
            naming(CertificatePair(f"{ARCHIVE}/fullchain3.pem", f"{LIVE}/privkey.pem")),
        ),
        "archived",
    ),
    Case(
        "service.certificate-configured",
        "elsewhere, issued by a declared trust anchor",
        CONFORMS,
        lambda: certbot(with_certificates(f"{LIVE}/fullchain.pem", certificates.leaf(certificates.root()))),
    ),
    Case(
        "service.certificate-configured",
        "elsewhere, issued by who knows",
        VIOLATES,
        lambda: certbot(
            with_certificates(f"{LIVE}/fullchain.pem", certificates.leaf(certificates.root())),
            declared(trust_anchors=None),
        ),
    ),
    Case(
        "service.certificate-configured",
        "elsewhere, no key",
        VIOLATES,
        lambda: certbot(naming(CertificatePair(f"{LIVE}/fullchain.pem", None))),
    ),
    Case(
        "service.certificate-configured",
        "elsewhere, the file is not there",
        UNKNOWN,
        lambda: certbot(with_certificate_file(Absent(f"{LIVE}/fullchain.pem"))),
    ),
    Case(
        "service.certificate-configured",
        "elsewhere, a damaged certificate",
        VIOLATES,
        lambda: certbot(
            with_certificate_file(
                CertificateFile(f"{LIVE}/fullchain.pem", (Malformed(f"{LIVE}/fullchain.pem#1", "is no DER"),))
            )
        ),
    ),
    Case("service.certificate-configured", "no service", NOT_APPLICABLE, lambda: sound_host(services=())),
    Case(
        "service.same-certificate",
        "both the same",
        CONFORMS,
        lambda: sound_host(another_block(certificates.sound_leaf())),
    ),
    Case("service.same-certificate", "one a key type", CONFORMS, lambda: sound_host(another_block(rsa()))),
    Case(
        "service.same-certificate",
        "two",
        VIOLATES,
        lambda: sound_host(another_block(certificates.leaf())),
        f"in nginx {SITE}:10",
    ),
    Case(
        "service.same-certificate",
        "two, for other names",
        NOT_APPLICABLE,
        lambda: sound_host(another_block(certificates.leaf(), ("mail.example.org",))),
    ),
    Case("service.same-certificate", "one block alone", NOT_APPLICABLE, sound_host),
    Case(
        "service.same-certificate",
        "catch-alls share no name",
        NOT_APPLICABLE,
        lambda: sound_host(another_block(certificates.leaf(), ("_", "", "*.example.org", "~^www"))),
    ),
    Case(
        "service.same-certificate",
        "a file that is not there",
        UNKNOWN,
        lambda: sound_host(another_block(certificates.leaf()), with_certificate_file(Absent(OTHER))),
    ),
    Case(
        "service.same-certificate",
        "a block that could not be told",
        UNKNOWN,
        lambda: sound_host(services=(replace(sound_nginx(), blocks=(Unknown("server", "unbalanced"),)),)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
