"""What pkilint finds wrong with the form of a certificate."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from tlsfleet.facts import Unknown
from tlsfleet.names import is_fqdn

MAX_BYTES = 65_536
NAME_SYNTAX = "pkix.invalid_domain_name_syntax"
BROKEN_LINT = "base.unhandled_exception"


@dataclass(frozen=True, slots=True)
class Lint:
    """One clear violation of a standard: pkilint's code, its message, and where in the certificate."""

    code: str
    message: str
    place: str


@lru_cache(maxsize=1024)
def lint(der: bytes, *, public: bool) -> tuple[Lint, ...] | Unknown:
    """The findings of level error and above: by RFC 5280, for a public CA's certificate by the TLS BR as well.

    Unknown for what pkilint cannot examine. pkilint takes half a second to import, and 10 ms a certificate.
    """
    from pkilint.loader import load_certificate

    if len(der) > MAX_BYTES:
        return Unknown("certificate", f"{len(der)} bytes are more than can be examined")
    try:
        document = load_certificate(der, "certificate")
        results = _by_requirements(document) if public else _pkix().validate(document.root)
    except Exception as error:  # noqa: BLE001 - it decodes with pyasn1, which raises what it likes on hostile DER
        return Unknown("certificate", f"pkilint cannot examine it: {type(error).__name__} {error}"[:500])
    found = dict.fromkeys(
        Lint(item.finding.code, str(item.message or "")[:300], str(result.node.path)[:300])
        for result in results
        for item in result.finding_descriptions
        if item.finding.severity.name in {"FATAL", "ERROR"} and not _is_wildcard(result.node, item.finding.code)
    )
    if broken := [item for item in found if item.code == BROKEN_LINT]:
        return Unknown("certificate", f"pkilint failed at {broken[0].place}: {broken[0].message}")
    return tuple(found)


def _is_wildcard(node: Any, code: str) -> bool:
    """Whether it is the asterisk alone that a name is blamed for: RFC 5280 leaves that open, RFC 9525 6.3 has it."""
    return code == NAME_SYNTAX and str(node.pdu).startswith("*.") and is_fqdn(str(node.pdu))


@cache
def _pkix() -> Any:
    """The lints of `lint_pkix_cert`."""
    from pkilint.pkix import certificate, extension, name

    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


def _by_requirements(document: Any) -> Any:
    """The lints of `lint_cabf_serverauth_cert`: RFC 5280's where the Baseline Requirements do not say otherwise."""
    from pkilint import finding_filter
    from pkilint.cabf import serverauth
    from pkilint.pkix import certificate

    kind = serverauth.determine_certificate_type(document)
    validator = certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )
    filters = serverauth.create_serverauth_finding_filters(kind)
    results, _ = finding_filter.filter_results(filters, validator.validate(document.root))
    return results
