"""What a ClientHello says, byte for byte where that matters."""

import struct

import pytest

from tlsfleet.wire import offers
from tlsfleet.wire.hello import CERTIFICATE_SIGNATURES, Hello


def asks_of_the_chain(hello: Hello) -> bool:
    listed = hello.certificate_schemes or hello.schemes
    numbers = b"".join(struct.pack("!H", number) for number in listed)
    return struct.pack("!HHH", CERTIFICATE_SIGNATURES, len(numbers) + 2, len(numbers)) + numbers in hello.encode()


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_server_with_a_certificate_signed_by_md5_is_not_driven_off(version: str) -> None:
    hello = Hello(version, offers.common_suites(version), schemes=offers.schemes())
    assert not asks_of_the_chain(hello)


def test_who_may_not_sign_by_some_schemes_may_have_a_chain_of_any() -> None:
    hello = Hello("TLSv1.2", (1,), schemes=offers.weak_schemes(), certificate_schemes=offers.schemes())
    assert asks_of_the_chain(hello)
