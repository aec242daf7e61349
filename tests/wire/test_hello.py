"""What a ClientHello says, byte for byte where that matters."""

import struct

import pytest

from tlsfleet.wire import offers
from tlsfleet.wire.hello import CERTIFICATE_SIGNATURES, KEY_SHARE, Hello


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


@pytest.mark.parametrize(
    ("groups", "sent"),
    [((23, 29), (23, 29)), ((29, 24, 23), (29, 23)), ((23,), (23,)), ((24,), ())],
    ids="in-order in-the-other-order not-offered none-offered".split(),
)
def test_key_shares_come_in_the_order_of_the_groups_that_are_offered(
    groups: tuple[int, ...], sent: tuple[int, ...]
) -> None:
    hello = Hello("TLSv1.3", (0x1301,), groups, shares=((29, b"x"), (23, b"p")))
    shares = b"".join(struct.pack("!HH", group, 1) + {29: b"x", 23: b"p"}[group] for group in sent)
    assert struct.pack("!HHH", KEY_SHARE, len(shares) + 2, len(shares)) + shares in hello.encode()


def test_what_is_left_of_a_hello_has_the_groups_of_its_key_shares() -> None:
    hello = Hello("TLSv1.3", (0x1301,), (30, 29, 256), shares=((30, b"x"),)).narrow()
    assert hello.groups == (30, 29)
