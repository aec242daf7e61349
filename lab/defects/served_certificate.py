"""Defects of certificates that only show as they are served."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lab.defects.defect import Change, Defect, also, both, leaf, serving
from lab.host import Plant, Site
from lab.services.nginx import TLS

DOMAIN_VALIDATED = x509.ObjectIdentifier("2.23.140.1.2.1")  # BR 7.1.6.1: no CA but a public one has it
PUBLIC = x509.CertificatePolicies([x509.PolicyInformation(DOMAIN_VALIDATED, None)])
MUST_STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
STAPLE = "certificate.must-staple-honoured"
FILE = "/etc/nginx/staple.der"
DAY = dt.timedelta(days=1)


def stapled(age: int, lifetime: int = 7) -> Plant:
    """An OCSP response of so many days, by the CA itself, that nginx staples."""

    def plant(site: Site) -> None:
        issuer, start = site.material.intermediates[0], site.now - age * DAY
        builder = ocsp.OCSPResponseBuilder().add_response(
            site.material.leaf.certificate,
            issuer.certificate,
            hashes.SHA1(),
            ocsp.OCSPCertStatus.GOOD,
            start,
            start + lifetime * DAY,
            None,
            None,
        )
        assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
        signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate).sign(
            issuer.key, hashes.SHA256()
        )
        site.files.write(FILE, signed.public_bytes(Encoding.DER))
        site.files.append(TLS, f"ssl_stapling on;\nssl_stapling_file {FILE};\n")

    return plant


def _with(extension: x509.ExtensionType) -> Change:
    return lambda before: leaf(extensions=(*before.leaf.extensions, extension))(before)


SERVED_CERTIFICATE: tuple[Defect, ...] = (
    Defect("staple-missing", STAPLE, _with(MUST_STAPLE)),
    Defect("staple-missing-mail", STAPLE, both(_with(MUST_STAPLE), serving("postfix")), stapled(1)),
    Defect("staple-expired", STAPLE, _with(MUST_STAPLE), stapled(8)),
    Defect("not-in-logs", "certificate.transparency", _with(PUBLIC), also=also("certificate.well-formed")),
)
