"""DHE on the wire: its parameters, and whether it should be there."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.edits import endpoints, only_endpoint, setting, with_dh
from tests.checks.hosts import DH, FFDHE2048, Edit, sound_endpoint, sound_host
from tlsfleet.facts import Absent, DhGroup, HostFacts, Malformed, Unknown

SERVED, RETIRED = "dh-parameters.served", "dh-parameters.dhe-retired"
SILENT = Unknown("443", "it fell silent")
SUITE = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
OWN, OTHER = DhGroup(FFDHE2048, 2), DhGroup(FFDHE2048 + 2, 2)
SUITES = sound_endpoint().cipher_suites
STATIC = {**SUITES, "TLSv1.2": ("TLS_DH_RSA_WITH_AES_128_CBC_SHA",)}
MAYBE = {**sound_endpoint().protocols, "TLSv1.0": SILENT}
WITH_DHE = {**SUITES, "TLSv1.2": (SUITE,)}


def dhe(*groups: DhGroup, edit: Edit | None = None) -> HostFacts:
    """A web server that takes DHE with these groups."""
    edits = (edit,) if edit else ()
    return sound_host(only_endpoint(sound_endpoint(dh=groups, cipher_suites=WITH_DHE)), *edits)


CASES = [
    Case(SERVED, "the file's", CONFORMS, lambda: dhe(OWN)),
    Case(
        SERVED,
        "another prime",
        VIOLATES,
        lambda: dhe(OTHER),
        f"mend: nginx -t && systemctl reload nginx; see: openssl s_client -connect 192.0.2.10:443 -servername "
        f"www.example.org -no_tls1_3 -cipher DHE:@SECLEVEL=0 -trace </dev/null | grep dh_p; openssl dhparam -in {DH}",
    ),
    Case(SERVED, "another generator", VIOLATES, lambda: dhe(DhGroup(FFDHE2048, 5)), "generator 5"),
    Case(SERVED, "the file's and another", VIOLATES, lambda: dhe(OWN, OTHER)),
    Case(SERVED, "no DHE", NOT_APPLICABLE, sound_host, "DHE is not on offer"),
    Case(SERVED, "no file is named", NOT_APPLICABLE, lambda: dhe(OTHER, edit=setting(dh_parameters=None)), "names no"),
    Case(SERVED, "left to the library", NOT_APPLICABLE, lambda: dhe(OTHER, edit=setting(dh_parameters="auto"))),
    Case(SERVED, "which file cannot be told", UNKNOWN, lambda: dhe(OWN, edit=setting(dh_parameters=SILENT))),
    Case(SERVED, "the file is gone", UNKNOWN, lambda: dhe(OWN, edit=with_dh(Absent(DH))), "no such file"),
    Case(SERVED, "the file is no DH file", UNKNOWN, lambda: dhe(OWN, edit=with_dh(Malformed(DH, "no PEM")))),
    Case(SERVED, "the file cannot be read", UNKNOWN, lambda: dhe(OWN, edit=with_dh(Unknown(DH, "denied"))), "denied"),
    Case(SERVED, "the prime cannot be told", UNKNOWN, lambda: sound_host(endpoints(dh=SILENT)), "fell silent"),
    Case(SERVED, "DHE without a prime", UNKNOWN, dhe, "no prime of it was seen"),
    Case(
        SERVED,
        "not every suite could be told",
        UNKNOWN,
        lambda: sound_host(endpoints(cipher_suites={"TLSv1.2": SILENT, "TLSv1.3": ()})),
    ),
    Case(RETIRED, "no DHE", CONFORMS, sound_host),
    Case(
        RETIRED,
        "DHE",
        VIOLATES,
        lambda: dhe(OWN),
        "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\nnginx -t && systemctl reload nginx",
    ),
    Case(
        RETIRED,
        "anonymous DH",
        VIOLATES,
        lambda: sound_host(endpoints(cipher_suites={**SUITES, "TLSv1.2": ("TLS_DH_anon_WITH_AES_128_CBC_SHA",)})),
        "D(HE)at",
    ),
    Case(RETIRED, "static DH is another check's", CONFORMS, lambda: sound_host(endpoints(cipher_suites=STATIC))),
    Case(
        RETIRED,
        "the suites cannot be told",
        UNKNOWN,
        lambda: sound_host(endpoints(cipher_suites={**SUITES, "TLSv1.2": SILENT})),
        "TLSv1.2: it fell silent",
    ),
    Case(RETIRED, "they were not tried", UNKNOWN, lambda: sound_host(endpoints(cipher_suites={})), "not tried"),
    Case(
        RETIRED,
        "of one version they cannot be told, another has DHE",
        VIOLATES,
        lambda: sound_host(endpoints(cipher_suites={"TLSv1.0": SILENT, **WITH_DHE}, protocols=MAYBE)),
        "TLSv1.0: it fell silent",
    ),
    Case(RETIRED, "no endpoints", NOT_APPLICABLE, lambda: sound_host(only_endpoint())),
    Case(RETIRED, "no answer", UNKNOWN, lambda: sound_host(only_endpoint(SILENT))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
