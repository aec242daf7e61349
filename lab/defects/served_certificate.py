"""Defects of certificates that only show as they are served."""

from cryptography import x509

from lab.defects.defect import Change, Defect, also, both, leaf, serving

DOMAIN_VALIDATED = x509.ObjectIdentifier("2.23.140.1.2.1")  # BR 7.1.6.1: no CA but a public one has it
PUBLIC = x509.CertificatePolicies([x509.PolicyInformation(DOMAIN_VALIDATED, None)])
MUST_STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
STAPLE = "certificate.must-staple-honoured"


def _with(extension: x509.ExtensionType) -> Change:
    return leaf(extensions=(extension,))


SERVED_CERTIFICATE: tuple[Defect, ...] = (
    Defect("staple-missing", STAPLE, _with(MUST_STAPLE)),
    Defect("staple-missing-mail", STAPLE, both(_with(MUST_STAPLE), serving("postfix"))),
    Defect("not-in-logs", "certificate.transparency", _with(PUBLIC), also=also("certificate.well-formed")),
)
