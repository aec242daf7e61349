"""What services offer: protocols, cipher suites, their order, compression."""

from typing import Any

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import block, service, setting
from tests.checks.hosts import SITE, SUITES, sound_host
from tlsfleet.facts import CipherSuite, HostFacts, TlsBlock, Unknown
from tlsfleet.verdict import Level

GAP = Unknown("ssl_ciphers", "it was not sent")
CBC = CipherSuite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLSv1.0")
RC4 = CipherSuite("TLS_RSA_WITH_RC4_128_SHA", "SSLv3")
TRIPLE = CipherSuite("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "SSLv3")
DHE_EXPORT = CipherSuite("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", "SSLv3")
NULL13 = CipherSuite("TLS_SHA256_SHA256", "TLSv1.3")
GOST = CipherSuite("GOST2012-GOST8912", "TLSv1.2")


def offering(*suites: CipherSuite, **changes: Any) -> HostFacts:
    return sound_host(setting(cipher_suites=(*SUITES, *suites), **changes))


def rejecting() -> HostFacts:
    return sound_host(setting(reject_handshake=True, certificates=(), protocols=("SSLv3",), cipher_suites=(RC4,)))


def no_service() -> HostFacts:
    return sound_host(services=())


CASES = [
    Case("service.protocols", "1.2 and 1.3", CONFORMS, sound_host),
    Case("service.protocols", "1.3 alone", CONFORMS, lambda: sound_host(setting(protocols=("TLSv1.3",)))),
    Case(
        "service.protocols",
        "SSL 3",
        VIOLATES,
        lambda: sound_host(setting(protocols=("SSLv3", "TLSv1.2"))),
        "POODLE CVE-2014-3566 CIS NGINX 4.1.4",
    ),
    Case(
        "service.protocols",
        "a default is told as such",
        VIOLATES,
        lambda: sound_host(
            setting(protocols=("TLSv1.0", "TLSv1.2")), block(origins={"protocols": "default of nginx 1.22.1"})
        ),
        f"at {SITE}:5 (default of nginx 1.22.1); mend: add to the block at",
    ),
    Case("service.protocols", "not told", UNKNOWN, lambda: sound_host(setting(protocols=GAP)), "not sent"),
    Case("service.protocols", "none", UNKNOWN, lambda: sound_host(setting(protocols=()))),
    Case("service.protocols", "a block that rejects", NOT_APPLICABLE, rejecting),
    Case("service.protocols", "no service", NOT_APPLICABLE, no_service),
    Case(
        "service.protocols",
        "a block that could not be told",
        UNKNOWN,
        lambda: sound_host(service(blocks=(Unknown("server", "unbalanced"),))),
    ),
    Case(
        "service.protocols",
        "TLS 1.0 in 2014",
        CONFORMS,
        lambda: sound_host(setting(protocols=("TLSv1.0", "TLSv1.2"))),
        policy="notes-2014",
    ),
    Case("service.protocols", "TLS 1.3 in 2014", VIOLATES, sound_host, policy="notes-2014"),
    Case("service.cipher-suites", "modern", CONFORMS, sound_host),
    Case("service.cipher-suites", "CBC is allowed in notes", CONFORMS, lambda: offering(CBC)),
    Case("service.cipher-suites", "RC4", VIOLATES, lambda: offering(RC4), "RC4 CVE-2013-2566"),
    Case("service.cipher-suites", "3DES", VIOLATES, lambda: offering(TRIPLE), "ssl_ciphers ECDHE+AESGCM:!3DES;"),
    Case("service.cipher-suites", "export", VIOLATES, lambda: offering(DHE_EXPORT), "Logjam"),
    Case(
        "service.cipher-suites",
        "DHE without parameters is not on offer",
        CONFORMS,
        lambda: offering(DHE_EXPORT, dh_parameters=None),
    ),
    Case(
        "service.cipher-suites",
        "DHE with parameters that could not be told",
        UNKNOWN,
        lambda: offering(DHE_EXPORT, dh_parameters=GAP),
    ),
    Case("service.cipher-suites", "integrity alone in TLS 1.3", VIOLATES, lambda: offering(NULL13), "NULL"),
    Case(
        "service.cipher-suites",
        "an old suite that TLS 1.3 alone cannot carry",
        CONFORMS,
        lambda: offering(RC4, protocols=("TLSv1.3",)),
    ),
    Case(
        "service.cipher-suites",
        "a new suite that TLS 1.2 cannot carry",
        CONFORMS,
        lambda: offering(NULL13, protocols=("TLSv1.2",)),
    ),
    Case(
        "service.cipher-suites",
        "a bad one, the protocols not told",
        UNKNOWN,
        lambda: offering(RC4, protocols=GAP),
    ),
    Case("service.cipher-suites", "not told", UNKNOWN, lambda: sound_host(setting(cipher_suites=GAP))),
    Case("service.cipher-suites", "none", UNKNOWN, lambda: sound_host(setting(cipher_suites=()))),
    Case("service.cipher-suites", "a name of no known form", UNKNOWN, lambda: offering(GOST), "not known here"),
    Case("service.cipher-suites", "a block that rejects", NOT_APPLICABLE, rejecting),
    Case(
        "service.cipher-suites",
        "outside the policy's list",
        VIOLATES,
        lambda: offering(CBC),
        "the policy's list",
        parameters=(("cipher_suites", [suite.name for suite in SUITES]),),
    ),
    Case(
        "service.cipher-suites",
        "within the policy's list",
        CONFORMS,
        sound_host,
        parameters=(("cipher_suites", [suite.name for suite in SUITES]),),
    ),
    Case("service.server-preference", "off, all suites are good", CONFORMS, sound_host),
    Case("service.server-preference", "off, CBC on offer", VIOLATES, lambda: offering(CBC), CBC.name),
    Case("service.server-preference", "on, CBC on offer", CONFORMS, lambda: offering(CBC, server_preference=True)),
    Case(
        "service.server-preference",
        "on, suites not told",
        CONFORMS,
        lambda: sound_host(setting(cipher_suites=GAP, server_preference=True)),
    ),
    Case("service.server-preference", "off, suites not told", UNKNOWN, lambda: sound_host(setting(cipher_suites=GAP))),
    Case("service.server-preference", "not told, CBC on offer", UNKNOWN, lambda: offering(CBC, server_preference=GAP)),
    Case("service.server-preference", "no such setting", NOT_APPLICABLE, lambda: offering(CBC, server_preference=None)),
    Case("service.server-preference", "off in 2014", VIOLATES, sound_host, policy="notes-2014"),
    Case("service.compression-off", "off", CONFORMS, sound_host),
    Case("service.compression-off", "on", VIOLATES, lambda: sound_host(setting(compression=True)), "CRIME"),
    Case("service.compression-off", "not told", UNKNOWN, lambda: sound_host(setting(compression=GAP))),
    Case("service.compression-off", "nothing known", UNKNOWN, lambda: sound_host(setting(compression=None))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_each_forbidden_kind_is_a_finding_of_its_own() -> None:
    found = verdict("service.cipher-suites", offering(RC4, TRIPLE, CipherSuite("TLS_RSA_WITH_NULL_SHA", "SSLv3")))
    assert {finding.expected for finding in found.findings} == {
        f"no {kind} cipher suite" for kind in ("RC4", "3DES", "NULL")
    }


def test_a_hostile_cipher_string_is_not_put_into_a_command() -> None:
    found = verdict("service.cipher-suites", offering(RC4, cipher_string="ALL;$(reboot)"))
    assert "reboot" not in found.findings[0].remedy + found.findings[0].reproduce


def test_the_level_is_the_catalogues() -> None:
    assert verdict("service.protocols", sound_host()).level is Level.MUST
    assert verdict("service.server-preference", sound_host()).level is Level.SHOULD


def test_a_violation_does_not_hide_a_block_that_could_not_be_told() -> None:
    host = offering(RC4)
    services = host.services
    assert isinstance(services, tuple)
    assert not isinstance(services[0], Unknown)
    blocks: tuple[TlsBlock | Unknown, ...] = (*services[0].blocks, Unknown("server at x:9", "not sent"))
    found = verdict("service.cipher-suites", sound_host(service(blocks=blocks)))
    assert found.status is VIOLATES
    assert [result.subject for result in found.subjects if result.status is UNKNOWN] == ["server at x:9"]
