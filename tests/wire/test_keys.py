"""Keys that hide behind others: of each type that a server has a certificate for, and of each name, the chain."""

import socket
import ssl
from collections.abc import Mapping

import pytest

from tests.wire.examined import examined
from tests.wire.servers import flights, gnutls, scripted
from tests.wire.servers.identities import identity
from tlsfleet.endpoints import EndpointFacts
from tlsfleet.missing import Malformed, Unknown
from tlsfleet.wire.keys import NO_CHAIN

NAME, FURTHER = "server.test", "further.test"
OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
Identities = tuple[tuple[str, str], ...]  # of kinds of key and names
OWN: Identities = (("p256", NAME), ("rsa", NAME))
OTHER_RSA: Identities = (("p256", NAME), ("rsa", FURTHER))


def seen(
    *names: str, of_name: Mapping[str, Identities], lowest: ssl.TLSVersion = OLD, highest: ssl.TLSVersion = NEW
) -> tuple[EndpointFacts, ...]:
    """What is seen of a server with some identities for each name."""
    contexts = {name: _context(identities, lowest, highest) for name, identities in of_name.items()}

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts.get(name or "", contexts[NAME])

    contexts[NAME].sni_callback = choose

    def script(link: socket.socket) -> None:
        with contexts[NAME].wrap_socket(link, server_side=True) as session:
            while session.recv(4096):
                pass

    with scripted.serving(script) as served:
        return examined(*(served.endpoint(server_name=name) for name in names))


def _context(identities: Identities, lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = lowest, highest
    context.set_ciphers("ECDHE+AESGCM")
    for kind, name in identities:
        own = identity(kind, name)
        context.load_cert_chain(own.certificate_file, own.key_file)
    return context


def types(facts: EndpointFacts) -> set[str]:
    assert isinstance(facts.chains, tuple)
    return {chain.key_type for chain in facts.chains}


@pytest.mark.parametrize(("lowest", "highest"), [(NEW, NEW), (OLD, NEW), (OLD, OLD)])
def test_three_types_of_key(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> None:
    own = (("rsa", NAME), ("p256", NAME), ("ed25519", NAME))
    (facts,) = seen(NAME, of_name={NAME: own}, lowest=lowest, highest=highest)
    assert types(facts) == {"RSA", "ECDSA", "EdDSA"}


@pytest.mark.parametrize(("lowest", "highest"), [(NEW, NEW), (OLD, NEW), (OLD, OLD)])
@pytest.mark.parametrize("further", [OTHER_RSA, (*OWN, ("ed25519", NAME)), OWN[:1]])
def test_a_further_name_with_another_chain_behind_the_first_one(
    further: Identities, lowest: ssl.TLSVersion, highest: ssl.TLSVersion
) -> None:
    first, other = seen(NAME, FURTHER, of_name={NAME: OWN, FURTHER: further}, lowest=lowest, highest=highest)
    assert first.chains != other.chains
    assert types(other) == {identity(*each).key_type for each in further}


def test_a_further_name_with_the_same_chains_costs_less() -> None:
    first, other = seen(NAME, FURTHER, of_name={NAME: OWN, FURTHER: OWN})
    assert first.chains == other.chains
    assert first.unknown_name == "same"


@pytest.mark.parametrize("certificate", [flights.message(flights.CERTIFICATE, bytes(3)), b""])
def test_a_server_that_sends_no_certificate(certificate: bytes) -> None:
    def script(link: socket.socket) -> None:
        hello = flights.client_hello(link)
        if flights.AES_128_GCM in hello.suites and hello.version == flights.TLS1_2:
            link.sendall(flights.in_record(flights.server_hello(flights.AES_128_GCM) + certificate + flights.done()))
        else:
            link.sendall(flights.alert(flights.HANDSHAKE_FAILURE))

    with scripted.serving(script) as served:
        (facts,) = examined(served.endpoint(server_name=NAME))
    assert facts.protocols["TLSv1.2"] is True
    assert facts.chains == Unknown(facts.subject, "it sends no certificate")


def test_what_tls_13_serves_and_cannot_be_read_is_told_beside_what_was_seen() -> None:
    with gnutls.serving(gnutls.FFDHE_ONLY) as served:
        (facts,) = examined(served.endpoint(server_name=NAME))
    assert isinstance(facts.chains, tuple)
    assert [chain.key_type for chain in facts.chains] == ["RSA", "other"]
    assert facts.chains[1].certificates == (Malformed("certificate", NO_CHAIN),)
