"""Endpoints examined: what each server truly supports is found, and no more, and the evidence alone says the same."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from lab.odd.faulty import TLS1_3
from tests.wire.examined import examined
from tests.wire.servers import faulty, gnutls, modern_openssl, old_openssl, scripted, system_openssl
from tests.wire.servers.identities import identity
from tests.wire.servers.truth import Serving, Truth
from tlsfleet import iana
from tlsfleet.certificates import Certificate
from tlsfleet.endpoints import EndpointFacts
from tlsfleet.missing import Unknown

NAME = "server.test"
Told = system_openssl.OpenSsl | old_openssl.OldOpenSsl | gnutls.GnuTls
SERVERS: dict[str, Told] = {
    **{
        f"openssl {name}": told
        for name, told in vars(system_openssl).items()
        if isinstance(told, system_openssl.OpenSsl)
    },
    **{
        f"old openssl {name}": told
        for name, told in vars(old_openssl).items()
        if isinstance(told, old_openssl.OldOpenSsl)
    },
    **{f"gnutls {name}": told for name, told in vars(gnutls).items() if isinstance(told, gnutls.GnuTls)},
}


def serving(told: Told) -> Serving:
    if isinstance(told, system_openssl.OpenSsl):
        return system_openssl.serving(told)
    return old_openssl.serving(told) if isinstance(told, old_openssl.OldOpenSsl) else gnutls.serving(told)


@pytest.fixture(scope="module", params=SERVERS)
def found(request: pytest.FixtureRequest) -> Iterator[tuple[EndpointFacts, Truth]]:
    with serving(SERVERS[request.param]) as served:
        (facts,) = examined(served.endpoint(server_name=NAME))
        yield facts, served.truth


def test_protocols(found: tuple[EndpointFacts, Truth]) -> None:
    facts, truth = found
    assert facts.failure is None
    assert facts.protocols == {protocol: protocol in truth.protocols for protocol in iana.PROTOCOLS}


def test_cipher_suites(found: tuple[EndpointFacts, Truth]) -> None:
    facts, truth = found
    assert {protocol: set(suites) for protocol, suites in suites_of(facts).items()} == {
        protocol: set(suites) for protocol, suites in truth.suites.items()
    }


def test_their_order(found: tuple[EndpointFacts, Truth]) -> None:
    facts, truth = found
    if truth.server_order is None:
        pytest.skip("the fixture does not say")
    several = {protocol for protocol, suites in truth.suites.items() if len(suites) > 1} - {"SSLv2"}
    assert {protocol: facts.server_order[protocol] for protocol in several} == dict.fromkeys(
        several, truth.server_order
    )
    if truth.server_order:
        assert suites_of(facts) == dict(truth.suites)


def test_groups(found: tuple[EndpointFacts, Truth]) -> None:
    facts, truth = found
    if truth.groups is None:
        pytest.skip("the fixture does not say")
    assert isinstance(facts.groups, tuple)
    assert set(facts.groups) == truth.groups


def test_chains(found: tuple[EndpointFacts, Truth]) -> None:
    facts, truth = found
    assert isinstance(facts.chains, tuple)
    if truth.chains:
        served = {
            chain.key_type: tuple(each.der for each in chain.certificates if isinstance(each, Certificate))
            for chain in facts.chains
            if chain.key_type != "other"  # which stands for one that could not be seen
        }
        assert served == dict(truth.chains)


def suites_of(facts: EndpointFacts) -> dict[str, tuple[str, ...]]:
    assert all(isinstance(suites, tuple) for suites in facts.cipher_suites.values()), facts.cipher_suites
    return {protocol: suites for protocol, suites in facts.cipher_suites.items() if isinstance(suites, tuple)}


def test_a_name_that_the_server_does_not_serve_is_left_out_where_another_is_served() -> None:
    with system_openssl.serving(system_openssl.two_names("second.test", strict=True)) as served:
        names = ("nobody.test", "second.test", None)
        found = examined(*(served.endpoint(server_name=name) for name in names))
        (alone,) = examined(served.endpoint(server_name="nobody.test"))
    assert [facts.endpoint.server_name for facts in found] == ["second.test", None]
    assert alone.failure is not None
    assert alone.refused


def test_a_server_that_asks_for_ml_kem_first() -> None:
    with modern_openssl.serving() as served:
        (facts,) = examined(served.endpoint(server_name=NAME))
    assert isinstance(facts.groups, tuple)
    assert frozenset(facts.groups) == served.truth.groups
    assert suites_of(facts) == dict(served.truth.suites)
    assert facts.resumption["psk"] is True
    assert facts.early_data is False


def test_a_server_that_takes_offence_at_groups_that_are_not_for_tls_13() -> None:
    with faulty.serving(TLS1_3) as served:
        (facts,) = examined(served.endpoint(server_name=NAME))
    assert facts.protocols["TLSv1.3"] is True
    assert len(suites_of(facts)["TLSv1.3"]) == 3
    assert isinstance(facts.groups, Unknown)


@pytest.mark.parametrize("answered", [100, 12])
def test_a_client_without_a_name_that_is_sent_away_without_a_word(answered: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity().certificate_file, identity().key_file)
    links: list[socket.socket] = []

    def script(link: socket.socket) -> None:
        links.append(link)
        if NAME.encode() in link.recv(65536, socket.MSG_PEEK) and len(links) < answered:
            with context.wrap_socket(link, server_side=True) as session:
                while session.recv(4096):
                    pass

    with scripted.serving(script) as served:
        found = examined(served.endpoint(server_name=NAME), served.endpoint(server_name=None))
    failures = {facts.endpoint.server_name: facts.failure for facts in found}
    if answered > len(links):
        assert failures == {NAME: None}
    else:
        assert isinstance(failures[None], Unknown)
